"""scikit-fem reads .msh and .vtu through meshio and conserves what it solves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.io import write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tables import grain_table, phase_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.pores import Pores
from nmc_mesh.typing import AnyArray
from tests.meshes import voronoi
from tests.particles import ball

skfem = pytest.importorskip("skfem", reason="pip install scikit-fem")
helpers = pytest.importorskip("skfem.helpers")


def volumes(mesh: skfem.MeshTet) -> dict[str, float]:
    """Volume of every subdomain."""
    masses = skfem.LinearForm(lambda v, _: v).assemble(
        skfem.Basis(mesh, skfem.ElementTetP0(), intorder=1)
    )
    return {name: masses[cells].sum() for name, cells in mesh.subdomains.items()}


def fluxes(
    mesh: skfem.MeshTet, facets: AnyArray, diffusivity: AnyArray, walls: AnyArray | None = None
) -> tuple[float, float]:
    """Flux in and out for q = -D grad u, div q = 0, u = x on the facets, q.n = 0 on walls (RT0)."""
    element = skfem.ElementTetRT0() * skfem.ElementTetP0()
    basis = skfem.Basis(mesh, element, intorder=2)
    d = skfem.Basis(mesh, skfem.ElementTetP0(), intorder=2).interpolate(diffusivity)

    @skfem.BilinearForm
    def bilinear(q, u, p, v, w):
        return helpers.dot(q, p) / w.d - u * helpers.div(p) - v * helpers.div(q)

    border = skfem.FacetBasis(mesh, element, facets=facets, intorder=2)
    load = skfem.LinearForm(lambda p, v, w: -w.x[0] * helpers.dot(p, w.n)).assemble(border)
    matrix = bilinear.assemble(basis, d=d)
    closed = np.empty(0, dtype=np.int64) if walls is None else basis.get_dofs(walls).all()
    solution = skfem.solve(*skfem.condense(matrix, load, D=closed))
    through = helpers.dot(border.interpolate(solution)[0], border.normals)
    shares = (np.asarray(through) * border.dx).sum(axis=1)
    return -shares[shares < 0].sum(), shares[shares > 0].sum()


def check(mesh: TetMesh, found: skfem.MeshTet) -> tuple[float, float]:
    """Grains and volumes are the table's, what flows in flows out; the flux with D = 1, and not."""
    table = grain_table(mesh)
    expected = dict(
        zip((f"grain_{grain:05d}" for grain in table["id"]), table["volume"], strict=True)
    )
    assert volumes(found) == pytest.approx(expected, rel=1e-10)
    totals = []
    by_grain = np.ones(found.nelements)
    for name, cells in found.subdomains.items():
        by_grain[cells] += 0.5 * (int(name[-5:]) % 7)
    for diffusivity in (np.ones(found.nelements), by_grain):
        into, out = fluxes(found, found.boundary_facets(), diffusivity)
        assert into == pytest.approx(out, rel=1e-8)
        totals.append(out)
    return totals[0], totals[1]


def loaded(path: Path) -> skfem.MeshTet:
    """Mesh with a subdomain per grain; of .vtu by its cell array, which has the grains' numbers."""
    out = ["cell_data"]
    mesh = skfem.MeshTet.load(path, out=out)
    if path.suffix == ".msh":
        return mesh
    assert mesh.subdomains is None
    (grains,) = out[0]["grain_id"]
    return mesh.with_subdomains(
        {f"grain_{grain:05d}": np.flatnonzero(grains == grain) for grain in np.unique(grains)}
    )


@pytest.mark.parametrize("suffix", [".msh", ".vtu"])
def test_a_cube_of_grains(tmp_path: Path, suffix: str) -> None:
    """With D = 1 the flux through a cube of edge 2 um is 4 um^2 * 1: u = x is the solution."""
    mesh = voronoi(12, 5)
    write(tmp_path / f"particle{suffix}", mesh)
    uniform, by_grain = check(mesh, loaded(tmp_path / f"particle{suffix}"))
    assert uniform == pytest.approx(4.0, rel=1e-10)
    assert by_grain > 4.1


def test_the_boundaries_of_msh_are_there(tmp_path: Path) -> None:
    mesh = voronoi(12, 5)
    write(tmp_path / "particle.msh", mesh)
    found = skfem.MeshTet.load(tmp_path / "particle.msh")
    sizes = {name: len(facets) for name, facets in found.boundaries.items()}
    assert sizes == {group.name: len(group.entities) for group in groups(mesh) if group.dim == 2}
    outer = np.sort(np.asarray(found.boundaries["outer_surface"]))
    assert np.array_equal(outer, found.boundary_facets())


@pytest.mark.parametrize("suffix", [".msh", ".vtu"])
def test_a_particle(tmp_path: Path, suffix: str, particle_mesh: TetMesh) -> None:
    write(tmp_path / f"particle{suffix}", particle_mesh)
    check(particle_mesh, loaded(tmp_path / f"particle{suffix}"))


def errors(mesh: TetMesh) -> tuple[float, float]:
    """L2 norms of u - (1 - r^2) / 6 and of its gradient, for -div grad u = 1, u = 0 outside."""
    found = skfem.MeshTet(mesh.points.T.copy(), mesh.cells.T.astype(np.int64))
    basis = skfem.Basis(found, skfem.ElementTetP1(), intorder=4)
    stiffness = skfem.BilinearForm(lambda u, v, _: helpers.dot(u.grad, v.grad)).assemble(basis)
    load = skfem.LinearForm(lambda v, _: v).assemble(basis)
    outer = np.unique(mesh.facets)
    u = basis.interpolate(skfem.solve(*skfem.condense(stiffness, load, D=outer)))
    x = basis.global_coordinates()
    value = (1 - (x**2).sum(axis=0)) / 6
    far = (
        ((u - value) ** 2 * basis.dx).sum(),
        (((u.grad + x / 3) ** 2).sum(axis=0) * basis.dx).sum(),
    )
    return float(np.sqrt(far[0])), float(np.sqrt(far[1]))


def test_diffusion_in_a_ball_converges_at_its_rate() -> None:
    """Linear elements: the error falls as size^2, that of the gradient as size."""
    sizes = np.array([0.4, 0.24, 0.14])
    found = np.array([errors(tetrahedralize(ball(), size)) for size in sizes])
    rates = np.polyfit(np.log(sizes), np.log(found), 1)[0]
    assert rates[0] == pytest.approx(2.0, abs=0.15)
    assert rates[1] == pytest.approx(1.0, abs=0.15)
    assert found[-1, 0] < 0.02 * np.sqrt(8 * np.pi / 945)


def test_phases_are_subdomains_and_nothing_passes_the_wall_of_a_pore(tmp_path: Path) -> None:
    whole = load_model("nmc-equiaxed").sample(1, diameter=0.9)
    porous = Pores(0.05, size=0.8).put_into(whole, np.random.default_rng(0))
    mesh = tetrahedralize(porous.in_domain("box:1.35"), size=0.18)
    write(tmp_path / "bath.msh", mesh, blocks="single", boundaries="one")
    found = skfem.MeshTet.load(tmp_path / "bath.msh")
    table = phase_table(mesh)
    held = volumes(found)
    assert held["particle"] == pytest.approx(table["volume"]["grain"], rel=1e-10)
    assert held["electrolyte"] == pytest.approx(table["volume"]["electrolyte"], rel=1e-10)
    for name, area in table["area"].items():
        if name != "pore_opening":
            side = skfem.FacetBasis(found, skfem.ElementTetP1(), facets=found.boundaries[name])
            assert side.dx.sum() == pytest.approx(area, rel=1e-10), name
    walls = np.concatenate([found.boundaries[n] for n in found.boundaries if n.startswith("pore")])
    outer = found.boundaries["domain_boundary"]
    diffusivity = np.ones(found.nelements)
    diffusivity[found.subdomains["particle"]] = 0.1
    into, out = fluxes(found, outer, diffusivity, walls)
    assert into == pytest.approx(out, rel=1e-8)
    alone = np.setdiff1d(found.boundary_facets(), np.concatenate([walls, outer]))
    assert len(alone) == 0
