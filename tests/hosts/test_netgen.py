"""NGSolve itself reads what we write: volumes of materials, areas of boundaries, names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.io import write
from nmc_mesh.mesh.tables import boundary_table, grain_table
from tests.meshes import voronoi

ngsolve = pytest.importorskip(
    "ngsolve",
    reason="ngsolve cannot be loaded; on a bare Debian: apt-get install libquadmath0",
    exc_type=ImportError,
)


def test_materials_and_boundaries_are_those_of_the_mesh(tmp_path: Path) -> None:
    ours = voronoi(6, 4)
    write(tmp_path / "particle.vol", ours, blocks="grain", boundaries="pairs")
    mesh = ngsolve.Mesh(str(tmp_path / "particle.vol"))
    assert (mesh.ne, mesh.nv) == (len(ours.cells), len(ours.points))
    table = grain_table(ours)
    assert list(mesh.GetMaterials()) == [f"grain_{k:05d}" for k in table["id"]]
    one = ngsolve.CoefficientFunction(1.0)
    volumes = ngsolve.Integrate(one, mesh, ngsolve.VOL, region_wise=True)
    np.testing.assert_allclose(np.array(volumes), table["volume"], rtol=1e-12)
    areas = ngsolve.Integrate(one, mesh, ngsolve.BND, region_wise=True)
    found: dict[str, float] = {}
    for name, area in zip(mesh.GetBoundaries(), np.array(areas), strict=True):
        found[name] = found.get(name, 0.0) + float(area)
    pairs = boundary_table(ours)
    expected = {"outer_surface": 24.0}
    for lower, higher, area in zip(pairs["lower"], pairs["higher"], pairs["area"], strict=True):
        expected[f"grain_{lower:05d}_grain_{higher:05d}"] = area
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_problem_can_be_solved(tmp_path: Path) -> None:
    """Laplace with u = x on the surface: exact for linear elements, flux through every cut."""
    ours = voronoi(6, 4)
    write(tmp_path / "particle.vol", ours)
    mesh = ngsolve.Mesh(str(tmp_path / "particle.vol"))
    space = ngsolve.H1(mesh, order=1, dirichlet="outer_surface")
    u, v = space.TnT()
    form = ngsolve.BilinearForm(ngsolve.grad(u) * ngsolve.grad(v) * ngsolve.dx).Assemble()
    field = ngsolve.GridFunction(space)
    field.Set(ngsolve.x, definedon=mesh.Boundaries("outer_surface"))
    rest = (-form.mat * field.vec).Evaluate()
    field.vec.data += form.mat.Inverse(space.FreeDofs(), "sparsecholesky") * rest
    error = ngsolve.Integrate((field - ngsolve.x) ** 2, mesh)
    assert error < 1e-20
