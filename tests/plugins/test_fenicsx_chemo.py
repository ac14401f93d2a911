"""Chemo-mechanics in DOLFINx: right on a ball, and what our own assembly finds in a polycrystal."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline
from vtkmodules.vtkIOXdmf2 import vtkXdmfReader

from nmc_mesh.crystal.library import load_material, material_text
from nmc_mesh.crystal.texture import UniformTexture
from nmc_mesh.io import write
from nmc_mesh.mechanics import chemo, sphere
from nmc_mesh.mechanics.elasticity import tensors
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.typing import AnyArray
from tests.dolfinx_host import launched, need
from tests.meshes import voronoi
from tests.particles import ball

pytestmark = pytest.mark.host
COMMAND = ("-m", "nmc_mesh_fenicsx.chemo_mechanics")
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
    need()


def turned(mesh: TetMesh) -> TetMesh:
    places = np.zeros((int(mesh.labels.max()), 3))
    turns = UniformTexture().sample(places, None, np.random.default_rng(0))
    return replace(mesh, info={"orientations": turns})


def charged(
    folder: Path, mesh: TetMesh, material: str, *options: str, ranks: int = 1
) -> dict[str, Any]:
    """Return the facts of a run, and under ``said`` what it said meanwhile."""
    write(folder / "particle.xdmf", mesh)
    write(folder / "particle.json", mesh)
    (folder / "material.toml").write_text(material)
    files = [folder / "particle.xdmf", folder / "material.toml"]
    done = launched(*COMMAND, *files, *options, ranks=ranks)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "said": [line for line in done.stderr.splitlines() if "INFO" not in line]}


def below(values: AnyArray, mesh: TetMesh) -> list[float]:
    """Values that half, nine tenths and 99 % of the volume stay below, cell by cell."""
    order = np.argsort(values)
    corners = mesh.points[mesh.cells]
    volumes = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    sums = np.cumsum(volumes[order])
    return [float(values[order][np.argmax(sums >= part * sums[-1])]) for part in (0.5, 0.9, 0.99)]


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_polycrystal_is_as_in_our_own_assembly(tmp_path: Path, ranks: int) -> None:
    mesh = turned(voronoi(12, 6))
    found = charged(tmp_path, mesh, material_text("nmc811"), *SHORT, ranks=ranks)
    assert abs(found["lithium lost"]) < 1e-10
    assert found["share of nodes beyond the range"] == 0
    material = load_material("nmc811")
    content = chemo.galvanostatic(mesh, material, share=0.3, steps=20).content[-1]
    stress = chemo.stressed(mesh, material, content, material.content_range[1]).stress
    ends = [found["least x"], found["largest x"]]
    np.testing.assert_allclose(ends, [content.min(), content.max()], rtol=1e-7)
    full = tensors(stress)
    deviator = full - np.trace(full, axis1=1, axis2=2)[:, None, None] * np.eye(3) / 3
    expected = {
        "von Mises stress, MPa": np.sqrt(1.5 * (deviator**2).sum(axis=(1, 2))),
        "largest principal stress, MPa": np.linalg.eigvalsh(full)[:, 2],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(list(found[name].values()), below(values, mesh), rtol=1e-7)
    assert found["said"][-1].startswith("step 20 of 20, x from 0.656 to 0.733")


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


def errors(folder: Path, size: float, curved: bool = False) -> list[float]:
    """Root mean square errors of content at nodes, radial and hoop stress in cells, relative."""
    output = folder / "charged.npz"
    mesh = turned(tetrahedralize(ball(), size))
    mesh = second_order(mesh, ball()) if curved else mesh
    options = ("--rate", "1", "--steps", "20", "-o", str(output))
    facts = charged(folder, mesh, ISOTROPIC, *options)
    # The mean reaches the end of the range, so the surface is beyond.
    assert facts["share of nodes beyond the range"] > 0.3
    warnings = [line for line in facts["said"] if line.startswith("warning: x runs from")]
    assert len(warnings) == 1
    assert "beyond the range of the material, 0.6 to 0.9; charge less" in warnings[0]
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
    """Content as size^2, stress at size or better; curved cells of second order are far better."""
    found = np.array([errors(tmp_path, size) for size in (0.28, 0.14)])
    rates = np.log2(found[0] / found[1])
    assert rates[0] > 1.7
    assert (rates[1:] > 0.8).all()
    assert found[1, 0] < 0.02
    assert found[1, 1:].max() < 0.13
    second = errors(tmp_path, 0.28, curved=True)
    assert second[0] < 0.05 * found[0, 0]
    assert max(second[1:]) < 0.2 * found[0, 1]


@pytest.mark.parametrize(("ranks", "degree"), [(1, "1"), (2, "2")])
def test_a_series_is_read_by_vtk(tmp_path: Path, ranks: int, degree: str) -> None:
    """Times, cells in the order of the particle, fields that agree with each other."""
    mesh = turned(voronoi(12, 6))
    path = tmp_path / "charge.xdmf"
    options = ("--frames", "2", "--series", str(path), "--degree", degree, "--quiet")
    facts = charged(tmp_path, mesh, material_text("nmc811"), *SHORT, *options, ranks=ranks)
    assert not [line for line in facts["said"] if line.startswith("step")]
    reader = vtkXdmfReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    times = reader.GetOutputInformation(0).Get(vtkStreamingDemandDrivenPipeline.TIME_STEPS())
    np.testing.assert_allclose(times, [0, 1080, 2160])
    for time in times:
        reader.UpdateTimeStep(time)
        grid = reader.GetOutputDataObject(0)
        cells, nodes = grid.GetCellData(), grid.GetPointData()
        stress, mises, grains = (
            vtk_to_numpy(cells.GetArray(name)) for name in ("stress", "von_mises", "grain_id")
        )
        content, moved = (vtk_to_numpy(nodes.GetArray(name)) for name in ("x", "displacement"))
        assert (grains == mesh.labels).all()
        assert moved.shape == (len(mesh.points), 3)
        full = stress.reshape(-1, 3, 3)
        deviator = full - np.trace(full, axis1=1, axis2=2)[:, None, None] * np.eye(3) / 3
        np.testing.assert_allclose(
            mises, np.sqrt(1.5 * (deviator**2).sum(axis=(1, 2))), rtol=1e-4, atol=1e-3
        )
        if time == 0:
            assert abs(content - 0.942).max() < 1e-6
            assert mises.max() < 1e-6
    np.testing.assert_allclose(
        below(mises, mesh), list(facts["von Mises stress, MPa"].values()), rtol=1e-5
    )
    if degree == "1":
        material = load_material("nmc811")
        expected = chemo.galvanostatic(mesh, material, share=0.3, steps=20).content[-1]
        np.testing.assert_allclose(content, expected, rtol=1e-6)


REFUSED = """
import json, sys
from nmc_mesh_fenicsx.chemo_mechanics import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as end:
        assert end.code
"""


def refusals(folder: Path, *runs: tuple[str, str, str]) -> list[str]:
    """Return the last lines of runs that must fail, which tell why; nothing is written."""
    out = folder / "out"
    out.mkdir()
    lines = [
        [str(folder / particle), str(folder / material), *options.split(), "-o", f"{out}/a.npz"]
        for particle, material, options in runs
    ]
    done = launched("-c", REFUSED, json.dumps(lines))
    assert done.returncode == 0, done.stderr
    assert not list(out.iterdir())
    said = [line for line in done.stderr.splitlines() if "error: " in line]
    assert len(said) == len(runs)
    return said


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    """Materials that lack numbers, tables that end too soon, tables of another mesh."""
    texts = {
        "bare": material_text("nmc532"),
        "broken": "not = [a table",
        "short": ISOTROPIC.replace("x = [0.0", "x = [0.7"),
        # The surface, not the mean, leaves this table on the way.
        "narrow": ISOTROPIC.replace("x = [0.0", "x = [0.59"),
        "against": ISOTROPIC.replace("C44 = ", "C44 = -"),
        "good": ISOTROPIC,
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text)
    mesh = turned(voronoi(3, 2))
    for name in ("good", "short", "other"):
        write(tmp_path / f"{name}.xdmf", mesh)
        write(tmp_path / f"{name}.json", mesh if name == "short" else turned(voronoi(2, 2)))
    for name in ("short", "other"):
        with h5py.File(tmp_path / f"{name}.h5", "a") as file:
            del file["info"]  # which would do
    with h5py.File(tmp_path / "short_tables.h5", "a") as file:
        short = file["grains/orientation"][:2]
        del file["grains/orientation"]
        file["grains/orientation"] = short
    write(tmp_path / "untextured.xdmf", voronoi(3, 2))
    write(tmp_path / "curved.xdmf", second_order(mesh))
    (tmp_path / "blocked.h5").mkdir()
    expected = {
        ("good.xdmf", "bare.toml", ""): "has no concentration.range, lattice.x, lattice.a",
        ("good.xdmf", "broken.toml", ""): "cannot read",
        ("good.xdmf", "short.toml", ""): "no lattice is known for x from 0.6 to 0.9",
        ("good.xdmf", "narrow.toml", "--rate 9"): "no lattice is known there: charge less",
        ("short.xdmf", "good.toml", ""): "lacks orientations",
        ("other.xdmf", "good.toml", ""): "no value is known for grain 3",
        ("untextured.xdmf", "good.toml", ""): "have no orientations",
        ("none.xdmf", "good.toml", ""): "none.xdmf is missing",
        ("curved.xdmf", "good.toml", "--degree 1"): "the mesh is of degree 2",
        ("good.xdmf", "good.toml", "--factor 1"): "no concentration.maximum",
        ("good.xdmf", "good.toml", "--rate -1"): "-1 is not above zero",
        ("good.xdmf", "good.toml", "--steps 0"): "0 is less than one",
        ("good.xdmf", "good.toml", "--series a.vtu"): "a.vtu must end in .xdmf",
        ("good.xdmf", "good.toml", f"--series {tmp_path}/good_facets.xdmf"): "name another file",
        ("good.xdmf", "against.toml", "--steps 2"): "the linear solver found no solution",
        ("good.xdmf", "good.toml", f"--series {tmp_path}/blocked.xdmf"): "blocked.h5",
    }
    for line, words in zip(refusals(tmp_path, *expected), expected.values(), strict=True):
        assert words in line
