"""Stress that moves lithium in DOLFINx: Zhang's ball, our own assembly, the limit without it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOXdmf2 import vtkXdmfReader

from nmc_mesh.crystal.library import load_material, material_text
from nmc_mesh.mechanics.coupled import charge_under_stress
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.typing import Floats
from tests.dolfinx_host import need
from tests.mechanics.test_coupled import END, FLUX, START, isotropic, pull_of, zhang
from tests.meshes import voronoi
from tests.particles import ball
from tests.plugins.test_fenicsx_chemo import charged, turned

pytestmark = pytest.mark.host
BOUNDARY = {"boundary.diffusivity": 2.0, "boundary.width": 0.001}


@pytest.fixture(scope="module", autouse=True)
def dolfinx() -> None:
    need()


def means(path: Path) -> tuple[Floats, Floats, Floats]:
    """Centres of the cells, mean x and stress of each, in a fixed order."""
    with np.load(path) as found:
        order = np.lexsort(found["centres"].round(6).T)
        return tuple(found[name][order] for name in ("centres", "means", "stress"))


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_polycrystal_is_as_in_our_own_assembly(tmp_path: Path, ranks: int) -> None:
    """With boundaries that conduct; the series shows the mean content of cells."""
    mesh = turned(voronoi(8, 4))
    text = material_text("nmc811").replace(
        "[provenance]", "[boundary]\ndiffusivity = 2.0\nwidth = 0.001\n\n[provenance]"
    )
    paths = tmp_path / "charged.npz", tmp_path / "charge.xdmf"
    options = ("--factor", "4", "--share", "0.3", "--steps", "5", "-o", str(paths[0]))
    shown = ("--series", str(paths[1]), "--frames", "1")
    facts = charged(tmp_path, mesh, text, *options, *shown, ranks=ranks)
    assert abs(facts["lithium lost"]) < 1e-10
    nmc811 = load_material("nmc811")
    material = replace(nmc811, numbers={**nmc811.numbers, **BOUNDARY})
    ours = charge_under_stress(mesh, material, 4.0, share=0.3, steps=5, boundaries=True)
    order = np.lexsort(mesh.points[mesh.cells].mean(axis=1).round(6).T)
    _, content, stress = means(paths[0])
    np.testing.assert_allclose(content, ours.content[-1][order], atol=2e-5)
    np.testing.assert_allclose(stress, ours.stress[order], atol=2e-5 * abs(stress).max())
    assert np.ptp(content) > 0.05
    reader = vtkXdmfReader()
    reader.SetFileName(str(paths[1]))
    reader.UpdateInformation()
    reader.UpdateTimeStep(2160.0)
    cells = reader.GetOutputDataObject(0).GetCellData()
    np.testing.assert_allclose(vtk_to_numpy(cells.GetArray("x")), ours.content[-1], atol=2e-5)


def test_a_great_factor_leaves_stress_without_effect(tmp_path: Path) -> None:
    mesh, text = turned(voronoi(8, 4)), material_text("nmc811")
    parts = []
    for name, factor in (("plain", ()), ("free", ("--factor", "1e12"))):
        path = tmp_path / f"{name}.npz"
        charged(tmp_path, mesh, text, "--share", "0.2", "--steps", "5", *factor, "-o", str(path))
        parts.append(means(path))
    np.testing.assert_allclose(parts[1][1], parts[0][1], atol=1e-8)
    np.testing.assert_allclose(parts[1][2], parts[0][2], atol=1e-6 * abs(parts[0][2]).max())


def errors(folder: Path, size: float, curved: bool = False) -> tuple[float, float]:
    """Distance of cells' content from Zhang's equation, and of that without stress, relative."""
    mesh = turned(tetrahedralize(ball(), size))
    mesh = second_order(mesh, ball()) if curved else mesh
    numbers = isotropic().numbers
    low, high = numbers["concentration.range"]
    rows = [f"{name} = {list(v) if isinstance(v, tuple) else v}" for name, v in numbers.items()]
    rate, share = -3 * FLUX * 3600 / (high - low), -3 * FLUX * END / (high - low)
    path = folder / "charged.npz"
    options = ("--rate", f"{rate:.17g}", "--share", f"{share:.17g}", "--steps", "4")
    facts = charged(folder, mesh, "\n".join(rows), *options, "--factor", "1", "-o", str(path))
    assert abs(facts["lithium lost"]) < 1e-10
    centres, content, _ = means(path)
    radius = np.linalg.norm(centres, axis=1)
    exact, plain = (zhang(FLUX, pull, radius) for pull in (pull_of(START), 0.0))
    size_of = float(np.linalg.norm(exact - exact.mean()))
    return tuple(float(np.linalg.norm(x - exact)) / size_of for x in (content, plain))


def test_a_ball_follows_zhangs_equation(tmp_path: Path) -> None:
    """As size^2, better in curved cells of second order; without stress it is far off.

    Zhang, Shyy and Sastry 2007, doi 10.1149/1.2759840: D (1 + A x) in place of D.
    """
    coarse, fine = (errors(tmp_path, size) for size in (0.4, 0.24))
    assert np.log(coarse[0] / fine[0]) / np.log(0.4 / 0.24) > 1.7
    assert fine[0] < 0.06
    assert fine[1] > 10 * fine[0]
    second = errors(tmp_path, 0.4, curved=True)
    assert second[0] < 0.5 * coarse[0]
