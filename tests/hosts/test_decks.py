"""Decks run as they are written: CalculiX solves one, DAMASK's own package reads the other."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh import load_material, load_model, voxelize, write_particle
from nmc_mesh.cli.main import run
from nmc_mesh.crystal.orientation import crystal_axes
from nmc_mesh.errors import InputError
from nmc_mesh.io import write
from nmc_mesh.io.deck_abaqus import strain_tensor
from nmc_mesh.mechanics.chemo import stressed
from nmc_mesh.mechanics.homogenize import effective_stiffness
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray

MATERIAL = "nmc811"
STRAIN = (1e-3, -4e-4, 2e-4, 3e-4, -1e-4, 5e-4)


@pytest.fixture(scope="module")
def turned(particle_mesh: TetMesh) -> TetMesh:
    turns = Rotation.random(int(particle_mesh.labels.max()), rng=np.random.default_rng(5))
    return replace(particle_mesh, info={"orientations": np.roll(turns.as_quat(), 1, axis=1)})


def deck(host: str, source: Path, out: Path, *more: str) -> int:
    words = [host, str(source), "-o", str(out), "--material", MATERIAL, *more]
    load = [] if "--content" in more else ["--strain", ",".join(map(str, STRAIN))]
    return run(["deck", "-q", *words, *load])


def solved(folder: Path) -> list[list[float]]:
    """What CalculiX prints of job.inp; it has nothing to warn of."""
    if shutil.which("ccx") is None:
        pytest.skip("CalculiX is missing; apt-get install calculix-ccx")
    done = subprocess.run(
        ["ccx", "-i", "job"], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "*WARNING" not in done.stdout, done.stdout
    tables = (folder / "job.dat").read_text().splitlines()
    return [[float(word) for word in line.split()] for line in tables if line and "(" not in line]


@pytest.mark.host
def test_calculix_solves_it_to_our_own_mean_stress(tmp_path: Path, turned: TetMesh) -> None:
    """<sigma> = sum x RF / V is C E with the stiffness that homogenize finds, to 1e-5."""
    write(tmp_path / "particle.e", turned)
    assert deck("abaqus", tmp_path / "particle.e", tmp_path / "job.inp") == 0
    rows = np.array(solved(tmp_path))
    nodes, forces = rows[:, 0].astype(int) - 1, rows[:, 1:]
    assert np.array_equal(nodes, np.unique(turned.facets[turned.outer]))
    corners = turned.points[turned.cells]
    volume = np.linalg.det(corners[:, 1:] - corners[:, :1]).sum() / 6
    stress = np.einsum("ni,nj->ij", turned.points[nodes], forces) / volume
    doubled = np.array(STRAIN) * [1, 1, 1, 2, 2, 2]
    own = effective_stiffness(turned, load_material(MATERIAL)).gradient @ doubled
    expected = strain_tensor(own)
    np.testing.assert_allclose(stress, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.host
def test_a_swollen_particle_has_our_own_stress(tmp_path: Path, turned: TetMesh) -> None:
    """Free crystals that swell unlike their neighbours: sigma in every cell, and no reactions."""
    write(tmp_path / "particle.e", turned)
    job = tmp_path / "job.inp"
    assert deck("abaqus", tmp_path / "particle.e", job, "--content", "0.5") == 0
    sets = f"*ELSET, ELSET=all, GENERATE\n1, {len(turned.cells)}\n*INITIAL"
    text = job.read_text().replace("*INITIAL", sets)
    job.write_text(text.replace("*END STEP", "*EL PRINT, ELSET=all, GLOBAL=YES\nS\n*END STEP"))
    rows = solved(tmp_path)
    forces = np.array([row[1:] for row in rows if len(row) == 4])
    stress = np.array([row[2:] for row in rows if len(row) == 8])[:, [0, 1, 2, 5, 4, 3]]
    material = load_material(MATERIAL)
    content = np.full(len(turned.points), 0.5)
    own = stressed(turned, material, content, material.content_range[1]).stress
    assert np.abs(own).max() > 100.0  # MPa
    np.testing.assert_allclose(stress, own, atol=1e-5 * np.abs(own).max())
    across = np.abs(own).max() * np.ptp(turned.points[:, 0]) ** 2
    np.testing.assert_allclose(forces, 0.0, atol=1e-8 * across)


def test_a_split_mesh_has_cohesive_sections(tmp_path: Path, turned: TetMesh) -> None:
    """Every wedge is in the one section, whose law has the material's strengths and energies."""
    write(tmp_path / "particle.e", turned)
    assert deck("abaqus", tmp_path / "particle.e", tmp_path / "job.inp", "--open", "all") == 0
    mesh, job = ((tmp_path / name).read_text() for name in ("job_mesh.inp", "job.inp"))
    opened = re.findall(r"^\*ELEMENT, TYPE=COH3D6, ELSET=(\w+)$", mesh, re.MULTILINE)
    assert len(opened) == len(np.unique(turned.facet_grains[turned.inner], axis=0))
    assert "*COHESIVE SECTION, ELSET=cohesive, MATERIAL=boundary" in mesh
    assert mesh.count("*SOLID SECTION") == len(turned.grains)
    law = job.split("*MATERIAL, NAME=boundary\n")[1].splitlines()
    assert [line for line in law[:6] if line.startswith("*")] == [
        "*ELASTIC, TYPE=TRACTION",
        "*DAMAGE INITIATION, CRITERION=QUADS",
        "*DAMAGE EVOLUTION, TYPE=ENERGY, MIXED MODE BEHAVIOR=BK, POWER=2.",
    ]
    numbers = [[float(word) for word in line.split(",")] for line in law[1:6:2]]
    history = job.split("*STEP")[1]
    assert "*ELEMENT OUTPUT, ELSET=cohesive\nS, E, SDEG\n" in history
    assert "*OUTPUT, HISTORY, VARIABLE=PRESELECT\n*ENERGY OUTPUT\nALLSE, ALLDMD\n" in history
    stuff = load_material(MATERIAL).number
    assert numbers[1][:2] == [stuff("cohesive.strength"), stuff("cohesive.shear_strength")]
    assert numbers[2][:2] == [stuff("cohesive.energy"), stuff("cohesive.shear_energy")]


def fortran_array(path: Path) -> tuple[str, str]:
    """Type and base64 of the array ``material``, found line by line as DAMASK's solver does."""
    lines = path.read_text().splitlines()
    assert "<VTKFile" in lines[1]
    assert 'compressor="vtkZLibDataCompressor"' in lines[1]
    image = next(line for line in lines if "<ImageData" in line)
    assert re.search(r'WholeExtent="0 \d+ 0 \d+ 0 \d+"', image)
    start = next(k for k, line in enumerate(lines) if "<CellData" in line)
    place = next(k for k in range(start, len(lines)) if 'Name="material"' in lines[k])
    assert 'format="binary"' in lines[place]
    assert "</DataArray>" in lines[place + 2]
    kind = re.search(r'type="(\w+)"', lines[place])
    assert kind is not None
    return kind[1], lines[place + 1]


def c_axes_by_damask(damask: Any, quaternions: AnyArray) -> AnyArray:
    """Where the crystal's c lies in the sample, by DAMASK's own rotations."""
    return np.asarray(~damask.Rotation.from_quaternion(quaternions) @ np.array([0.0, 0.0, 1.0]))


@pytest.mark.filterwarnings("default::DeprecationWarning", "default::PendingDeprecationWarning")
def test_damask_reads_its_deck(tmp_path: Path) -> None:
    damask = pytest.importorskip("damask", reason="pip install damask")
    particle = load_model("nmc-equiaxed").sample(2, diameter=1.9)
    write_particle(tmp_path / "particle.h5", particle)
    assert deck("damask", tmp_path / "particle.h5", tmp_path / "grid.vti", "--spacing", "0.1") == 0
    assert sorted(path.name for path in tmp_path.glob("grid*")) == [
        "grid.vti", "grid_load.yaml", "grid_material.yaml",
    ]  # fmt: skip
    image = voxelize(particle, 0.1)
    grid = damask.GeomGrid.load(tmp_path / "grid.vti")
    np.testing.assert_array_equal(grid.material, image.labels)
    np.testing.assert_allclose(grid.size, 1e-6 * image.spacing * image.labels.shape, rtol=1e-12)
    np.testing.assert_allclose(grid.origin, 1e-6 * (image.origin - image.spacing / 2), rtol=1e-12)
    assert fortran_array(tmp_path / "grid.vti")[0] == "Int32"

    material = damask.ConfigMaterial.load(tmp_path / "grid_material.yaml")
    assert material.is_complete
    assert material.is_valid
    assert len(material["material"]) == image.labels.max() + 1
    phases = [part["constituents"][0]["phase"] for part in material["material"]]
    assert phases == ["outside", *["crystal"] * (len(phases) - 1)]
    turns = np.array([part["constituents"][0]["O"] for part in material["material"][1:]])
    assert particle.orientations is not None
    axes = crystal_axes(particle.orientations[: len(turns)])
    np.testing.assert_allclose(c_axes_by_damask(damask, turns), axes[:, :, 2], atol=1e-9)
    angles = damask.Rotation.from_quaternion(turns).as_matrix()  # sample to crystal
    np.testing.assert_allclose(angles, np.swapaxes(axes, 1, 2), atol=1e-9)
    elastic = material["phase"]["crystal"]["mechanical"]["elastic"]
    assert elastic["C_33"] == pytest.approx(1e6 * load_material(MATERIAL).number("stiffness.C33"))
    assert material["phase"]["outside"]["mechanical"]["elastic"]["C_11"] < 2e-2 * elastic["C_11"]

    load = damask.LoadcaseGrid.load(tmp_path / "grid_load.yaml")
    rate = load["loadstep"][0]["boundary_conditions"]["mechanical"]["dot_F"]
    np.testing.assert_allclose(np.array(rate), strain_tensor(STRAIN), rtol=1e-9)


def test_an_image_has_the_crystals_of_its_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The labels of a particle with the table beside them, and a cube of these with it by name."""
    write_particle(tmp_path / "p.h5", load_model("nmc-equiaxed").sample(2, diameter=1.9))
    spacing = ("--spacing", "0.1")
    assert (
        run(["voxels", "-q", str(tmp_path / "p.h5"), *spacing, "-o", str(tmp_path / "a.npy")]) == 0
    )
    labels = np.load(tmp_path / "a.npy")
    np.save(
        tmp_path / "cube.npy", labels[tuple(slice(n // 2 - 4, n // 2 + 4) for n in labels.shape)]
    )
    named = ("--orientations", str(tmp_path / "a_grains.json"))
    for source, out, more in (("p.h5", "p", ()), ("a.npy", "a", ()), ("cube.npy", "cube", named)):
        assert deck("damask", tmp_path / source, tmp_path / f"{out}.vti", *spacing, *more) == 0

    def turns(name: str) -> AnyArray:
        rows = re.findall(r"O: \[(.*)\]", (tmp_path / f"{name}_material.yaml").read_text())
        return np.array([row.split(",") for row in rows], dtype=float)

    inside = np.unique(np.load(tmp_path / "cube.npy"))
    assert len(inside) > 10
    for name, there in (("a", np.unique(labels)), ("cube", inside)):
        np.testing.assert_allclose(turns(name)[there], turns("p")[there], atol=1e-12)
    assert (
        deck("damask", tmp_path / "cube.npy", tmp_path / "b.vti", *spacing) == InputError.exit_code
    )
    assert "a table by --orientations" in capsys.readouterr().err


def test_what_does_not_fit_is_refused(
    tmp_path: Path, particle_mesh: TetMesh, turned: TetMesh, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "bare.e", replace(particle_mesh, info={}))
    write(tmp_path / "turned.e", turned)
    job = tmp_path / "job.inp"
    assert deck("abaqus", tmp_path / "bare.e", job) == InputError.exit_code
    assert "no orientations" in capsys.readouterr().err
    assert deck("abaqus", tmp_path / "turned.e", job, "--spacing", "1") == InputError.exit_code
    assert "a deck for abaqus has no --spacing" in capsys.readouterr().err
    assert deck("abaqus", tmp_path / "turned.e", tmp_path / "a.vti") == InputError.exit_code
    assert "use .inp" in capsys.readouterr().err
    words = ["deck", "abaqus", str(tmp_path / "turned.e"), "-o", str(job), "--material", MATERIAL]
    assert run([*words, "--strain", "0,0,0,0,0,0", "--content", "1"]) == InputError.exit_code
    assert "one load" in capsys.readouterr().err
    words = ["deck", "abaqus", str(tmp_path / "turned.e"), "-o", str(job), "--material", MATERIAL]
    assert run([*words, "--strain", "1,2"]) == InputError.exit_code
    assert "six finite components" in capsys.readouterr().err
    assert not list(tmp_path.glob("job*"))
