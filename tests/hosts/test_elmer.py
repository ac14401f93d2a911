"""The deck for Elmer: keywords of its own list, tensors of the crystals; a run where Elmer is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.linalg import factorized
from scipy.spatial.transform import Rotation

from nmc_mesh import load_material
from nmc_mesh.cli.main import run
from nmc_mesh.crystal.tensors import VOIGT
from nmc_mesh.errors import InputError
from nmc_mesh.io import write
from nmc_mesh.io.deck_abaqus import strain_tensor
from nmc_mesh.io.deck_elmer import elmer_files_of, write_elmer_deck
from nmc_mesh.mechanics.chemo import galvanostatic_flux, grain_diffusivity
from nmc_mesh.mechanics.diffusion import (
    conduction_matrix,
    mass_matrix,
    per_cell,
    surface_load,
)
from nmc_mesh.mechanics.homogenize import effective_stiffness
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray

KEYWORDS = json.loads(Path(__file__).with_name("elmer_keywords.json").read_text(encoding="utf-8"))
PARTS = {"initial condition": "ic", "boundary condition": "bc"}
STRAIN = (1e-3, -4e-4, 2e-4, 3e-4, -1e-4, 5e-4)
NMC = load_material("nmc811")
PLAIN = {name: value for name, value in NMC.numbers.items() if name != "diffusivity.x"}
CONSTANT = replace(NMC, numbers={**PLAIN, "diffusivity.along": 0.01, "diffusivity.across": 1e-4})


@pytest.fixture(scope="module")
def turned(particle_mesh: TetMesh) -> TetMesh:
    turns = Rotation.random(int(particle_mesh.labels.max()), rng=np.random.default_rng(5))
    return replace(particle_mesh, info={"orientations": np.roll(turns.as_quat(), 1, axis=1)})


def deck(mesh: TetMesh, folder: Path, material: str, *load: str) -> str:
    write(folder / "particle.e", mesh)
    words = ["deck", "elmer", "-q", str(folder / "particle.e"), "--material", material]
    assert run([*words, "-o", str(folder / "case.sif"), *load]) == 0
    assert all(path.is_file() for path in elmer_files_of(folder / "case.sif"))
    return (folder / "case.sif").read_text()


def sections(text: str) -> dict[str, dict[str, str]]:
    """Keywords of every section, with all that stands up to the next one."""
    found: dict[str, dict[str, str]] = {}
    for title, body in re.findall(r"^(\w[\w ]*)\n((?:  .*\n)+)End\n", text, re.MULTILINE):
        words = re.split(r"^  (?=\S)", body, flags=re.MULTILINE)[1:]
        pairs = (word.rstrip().split(" = ", 1) for word in words if " = " in word)
        found[title] = dict(pairs)
    return found


@pytest.mark.parametrize(
    "load", [("--rate", "0.5"), ("--strain", ",".join(map(str, STRAIN)))], ids=["flow", "strain"]
)
def test_keywords_are_those_of_the_list(tmp_path: Path, turned: TetMesh, load: list[str]) -> None:
    """Checked against SOLVER.KEYWORDS, which also tells Elmer the types."""
    parts = sections(deck(turned, tmp_path, "nmc811", *load))
    assert len(parts) >= 2 * len(turned.grains) + 4
    for title, words in parts.items():
        kind = re.sub(r" \d+$", "", title).lower()
        if kind == "header":
            continue
        known = KEYWORDS[PARTS.get(kind, kind)]
        for word in words:
            plain = re.sub(r"\([\d,]+\)$", "", word)
            assert plain in known or re.sub(r" \d+$", " 1", plain) in known, (title, word)


def test_every_body_has_the_tensors_of_its_crystal(tmp_path: Path, turned: TetMesh) -> None:
    material = NMC
    parts = sections(deck(turned, tmp_path, "nmc811", "--rate", "-1"))
    assert float(parts["Initial Condition 1"]["Temperature"]) == material.content_range[0]
    assert float(parts["Boundary Condition 1"]["Heat Flux"]) > 0
    for number, grain in enumerate(turned.grains.tolist(), 1):
        assert parts[f"Body {number}"]["Target Bodies(1)"] == str(grain)
        rows = parts[f"Material {number}"]["Heat Conductivity(3,3)"].splitlines()[2:-1]
        table = np.array([row.split() for row in rows], dtype=float)
        quaternion = np.roll(turned.info["orientations"][grain - 1], -1)
        r = Rotation.from_quat(quaternion).as_matrix()
        for row in table[1:-1]:
            own = r @ material.diffusion_tensor(row[0]) @ r.T
            np.testing.assert_allclose(row[1:].reshape(3, 3), own, rtol=1e-6, atol=1e-12)


def test_what_does_not_fit_is_refused(
    tmp_path: Path, turned: TetMesh, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "particle.e", turned)
    line = ["deck", "elmer", str(tmp_path / "particle.e"), "--material", "nmc811", "-o"]
    job = str(tmp_path / "case.sif")
    for more, remedy in (
        (["--rate", "0"], "nothing happens"),
        (["--rate", "1", "--strain", "0,0,0,0,0,0"], "one load"),
        (["--content", "0.5"], "a deck for elmer has no --content"),
    ):
        assert run([*line, job, *more]) == InputError.exit_code
        assert remedy in capsys.readouterr().err
    assert run([*line, str(tmp_path / "case.inp")]) == InputError.exit_code
    assert "use .sif" in capsys.readouterr().err
    assert not list(tmp_path.glob("case*"))
    with pytest.raises(InputError, match="one load"):
        write_elmer_deck(tmp_path / "case.sif", turned, NMC)


def solved(folder: Path) -> tuple[AnyArray, dict[str, AnyArray]]:
    """Run Elmer; the nodes and the fields of its last frame."""
    if shutil.which("ElmerSolver") is None:
        pytest.skip("Elmer is missing; no package of Debian 12 or of pip brings it: build it")
    meshio = pytest.importorskip("meshio", reason="pip install meshio")
    done = subprocess.run(
        ["ElmerSolver", "case.sif"],
        cwd=folder, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert "ALL DONE" in done.stdout, done.stdout[-2000:]
    assert "WARNING" not in done.stdout, done.stdout
    last = meshio.read(sorted(folder.glob("case_t*.vtu"))[-1])
    return last.points, last.point_data


@pytest.mark.host
def test_elmer_finds_our_own_mean_stress(tmp_path: Path, turned: TetMesh) -> None:
    """<sigma> = sum x RF / V is C E with the stiffness that homogenize finds, to 1e-5."""
    deck(turned, tmp_path, "nmc811", "--strain", ",".join(map(str, STRAIN)))
    points, fields = solved(tmp_path)
    np.testing.assert_allclose(points, turned.points, atol=1e-9)
    corners = turned.points[turned.cells]
    volume = np.linalg.det(corners[:, 1:] - corners[:, :1]).sum() / 6
    stress = np.einsum("ni,nj->ij", points, fields["displacement loads"]) / volume
    doubled = np.array(STRAIN) * [1, 1, 1, 2, 2, 2]
    own = effective_stiffness(turned, NMC).gradient @ doubled
    expected = strain_tensor(own)
    assert [expected[pair] for pair in VOIGT] == pytest.approx(own.tolist())
    np.testing.assert_allclose(stress, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.host
def test_elmer_finds_our_own_content(tmp_path: Path, turned: TetMesh) -> None:
    """The same steps by our own matrices: implicit Euler, then BDF2; lithium is conserved."""
    flux, times = galvanostatic_flux(turned, CONSTANT, 0.5, 1.0, 100)
    seconds = float(times[-1])
    write_elmer_deck(tmp_path / "case.sif", turned, CONSTANT, flux=flux, seconds=seconds)
    _, fields = solved(tmp_path)
    low, high = CONSTANT.content_range
    tensors = per_cell(turned, grain_diffusivity(turned, CONSTANT, high))
    conduction = conduction_matrix(turned.points, turned.cells, tensors)
    mass = mass_matrix(turned.points, turned.cells)
    load = flux * surface_load(turned.points, turned.facets[turned.outer])
    step = times[1]
    before = now = np.full(len(turned.points), high)
    first, later = (factorized((mass / (b * step) + conduction).tocsc()) for b in (1, 2 / 3))
    for k in range(100):
        if k:
            after = later(load + mass @ (4 * now - before) / 3 / (2 / 3 * step))
        else:
            after = first(load + mass @ now / step)
        before, now = now, after
    content = fields["temperature"].ravel()
    np.testing.assert_allclose(content, now, atol=1e-7)
    mean = np.loadtxt(tmp_path / "content.dat")[:, 0]
    np.testing.assert_allclose(np.diff(mean), (low - high) / 100, atol=1e-8)
