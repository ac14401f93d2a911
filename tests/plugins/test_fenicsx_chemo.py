"""Chemo-mechanics in DOLFINx: right on a ball, and what our own assembly finds in a polycrystal."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from nmc_mesh.crystal.library import load_material, material_text
from nmc_mesh.crystal.texture import UniformTexture
from nmc_mesh.io import write
from nmc_mesh.mechanics import chemo, sphere
from nmc_mesh.mechanics.elasticity import tensors
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from tests.meshes import voronoi
from tests.particles import ball

pytestmark = pytest.mark.host
PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).parents[2] / "plugins" / "fenicsx" / "chemo_mechanics.py"
SHORT = ("--share", "0.3", "--steps", "20")
YOUNG, POISSON, TAU, BETA = 1000.0, 0.3, 0.1, 1e-4
ISOTROPIC = f"""
[concentration]
range = [0.6, 0.9]
[lattice]
x = [0.0, 2.0]
a = [1.0, {1 + 2 * BETA}]
c = [1.0, {1 + 2 * BETA}]
[stiffness]
C11 = {YOUNG * (1 - POISSON) / ((1 + POISSON) * (1 - 2 * POISSON))}
C12 = {YOUNG * POISSON / ((1 + POISSON) * (1 - 2 * POISSON))}
C13 = {YOUNG * POISSON / ((1 + POISSON) * (1 - 2 * POISSON))}
C14 = 0.0
C33 = {YOUNG * (1 - POISSON) / ((1 + POISSON) * (1 - 2 * POISSON))}
C44 = {YOUNG / (2 * (1 + POISSON))}
[diffusivity]
along = {TAU / 3600}
across = {TAU / 3600}
"""


@pytest.fixture(scope="module", autouse=True)
def dolfinx() -> None:
    probe = [PYTHON, "-c", "import dolfinx.fem.petsc, h5py, petsc4py"]
    found = Path(PYTHON).exists() and subprocess.run(probe, capture_output=True).returncode == 0
    if not found or shutil.which("mpirun") is None:
        pytest.skip("apt-get install python3-dolfinx python3-h5py openmpi-bin gcc")


def turned(mesh: TetMesh) -> TetMesh:
    places = np.zeros((int(mesh.labels.max()), 3))
    turns = UniformTexture().sample(places, None, np.random.default_rng(0))
    return replace(mesh, info={"orientations": turns})


def charged(
    folder: Path, mesh: TetMesh, material: str, *options: str, ranks: int = 1
) -> dict[str, float]:
    write(folder / "particle.xdmf", mesh)
    write(folder / "particle.json", mesh)
    (folder / "material.toml").write_text(material)
    mpi = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(ranks)]
    run = [PYTHON, SCRIPT, folder / "particle.xdmf", folder / "material.toml", *options]
    done = subprocess.run(
        [*(mpi if ranks > 1 else []), *run],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_polycrystal_is_as_in_our_own_assembly(tmp_path: Path, ranks: int) -> None:
    mesh = turned(voronoi(12, 6))
    found = charged(tmp_path, mesh, material_text("nmc811"), *SHORT, ranks=ranks)
    assert abs(found.pop("lithium lost")) < 1e-10
    material = load_material("nmc811")
    content = chemo.galvanostatic(mesh, material, share=0.3, steps=20).content[-1]
    stress = chemo.stressed(mesh, material, content, material.content_range[1]).stress
    expected = [content.min(), content.max(), np.abs(stress).max(), (stress**2).mean()]
    np.testing.assert_allclose(list(found.values()), expected, rtol=1e-7)


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_whole_charge_along_boundaries_too(tmp_path: Path, ranks: int) -> None:
    """At C/2, with boundaries that conduct: lithium as in our own assembly."""
    mesh = turned(voronoi(12, 6))
    numbers = {"boundary.diffusivity": 2.0, "boundary.width": 0.001}
    nmc811 = load_material("nmc811")
    material = replace(nmc811, numbers={**nmc811.numbers, **numbers})
    text = material_text("nmc811").replace(
        "[provenance]", "[boundary]\ndiffusivity = 2.0\nwidth = 0.001\n\n[provenance]"
    )
    found = charged(tmp_path, mesh, text, ranks=ranks)
    assert abs(found["lithium lost"]) < 1e-10
    content, plain = (
        chemo.galvanostatic(mesh, material, boundaries=way).content[-1] for way in (True, False)
    )
    ends = [found["least x"], found["largest x"]]
    np.testing.assert_allclose(ends, [content.min(), content.max()], rtol=1e-7)
    assert np.ptp(content) < 0.9 * np.ptp(plain)


def errors(folder: Path, size: float) -> list[float]:
    """Root mean square errors of content at nodes, radial and hoop stress in cells, relative."""
    output = folder / "charged.npz"
    mesh = turned(tetrahedralize(ball(), size))
    options = ("--rate", "1", "--steps", "20", "-o", str(output))
    charged(folder, mesh, ISOTROPIC, *options)
    with np.load(output) as found:
        radius = np.minimum(np.linalg.norm(found["points"], axis=1), 1.0)
        unit = -0.3 / 3600 / 3 / (TAU / 3600)  # F a / D of the ball
        content = (found["content"] - 0.9) / unit
        far = np.linalg.norm(found["centres"], axis=1)
        normal = found["centres"] / far[:, None]
        sigma = tensors(found["stress"]) / (YOUNG * BETA * unit / (1 + 0.9 * BETA))
    radial = np.einsum("mi,mij,mj->m", normal, sigma, normal)
    hoop = (np.trace(sigma, axis1=1, axis2=2) - radial) / 2
    exact = sphere.stress(far, TAU, POISSON)
    pairs = [(content, sphere.concentration(radius, TAU)), (radial, exact[0]), (hoop, exact[1])]
    return [float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in pairs]


def test_a_ball_converges_to_its_series(tmp_path: Path) -> None:
    """Content as size^2; stress at centroids at size or better."""
    sizes = (0.28, 0.14)
    found = np.array([errors(tmp_path, size) for size in sizes])
    rates = np.log2(found[0] / found[1])
    assert rates[0] > 1.7
    assert (rates[1:] > 0.8).all()
    assert found[1, 0] < 0.02
    assert found[1, 1:].max() < 0.13


def refusal(folder: Path, *options: str) -> str:
    """Return the last line of a run that must fail, which tells why; nothing is written."""
    run = [PYTHON, SCRIPT, folder / "particle.xdmf", folder / "material.toml", *options]
    out = folder / "charged.npz"
    done = subprocess.run([*run, "-o", out], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert not out.exists()
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    """Materials that lack numbers, a charge beyond the lattice's table, tables of another mesh."""
    mesh = turned(voronoi(3, 2))
    write(tmp_path / "particle.xdmf", mesh)
    write(tmp_path / "particle.json", mesh)
    (tmp_path / "material.toml").write_text(material_text("nmc532"))
    assert "has no concentration.range, lattice.x, lattice.a" in refusal(tmp_path)
    (tmp_path / "material.toml").write_text("not = [a table")
    assert "cannot read" in refusal(tmp_path)
    (tmp_path / "material.toml").write_text(ISOTROPIC.replace("x = [0.0", "x = [0.7"))
    assert "no lattice is known" in refusal(tmp_path)
    (tmp_path / "material.toml").write_text(ISOTROPIC)
    with h5py.File(tmp_path / "particle_tables.h5", "a") as file:
        short = file["grains/orientation"][:2]
        del file["grains/orientation"]
        file["grains/orientation"] = short
    assert "lacks orientations" in refusal(tmp_path)
    write(tmp_path / "particle.json", turned(voronoi(2, 2)))
    assert "lacks grains of the mesh" in refusal(tmp_path)


def test_a_particle_without_orientations_is_refused(tmp_path: Path) -> None:
    mesh = voronoi(3, 2)
    write(tmp_path / "particle.xdmf", mesh)
    write(tmp_path / "particle.json", mesh)
    (tmp_path / "material.toml").write_text(ISOTROPIC)
    assert "have no orientations" in refusal(tmp_path)
