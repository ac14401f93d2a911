"""Polycrystals under current: lithium is conserved, turns turn the solution, textures count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.orientation import from_axes
from nmc_mesh.crystal.tensors import (
    isotropic_stiffness,
    turned_stiffness,
    turned_tensors,
    voigt_strain,
)
from nmc_mesh.crystal.texture import FibreTexture, Texture, UniformTexture
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics import chemo, diffusion, elasticity
from nmc_mesh.mechanics.cohesive_zone import law_of, unbreakable
from nmc_mesh.mechanics.linear import gradients, triangle_areas
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.typing import AnyArray
from tests.meshes import cube, voronoi
from tests.particles import ball

NMC811 = load_material("nmc811")


def with_texture(mesh: TetMesh, texture: Texture, seed: int = 0) -> TetMesh:
    table = grain_table(mesh)
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (int(mesh.labels.max()), 1))
    rng = np.random.default_rng(seed)
    turns[table["id"] - 1] = texture.sample(table["centroid"], None, rng)
    return replace(mesh, info={**mesh.info, "orientations": turns})


def textured(split: CohesiveMesh, mesh: TetMesh) -> CohesiveMesh:
    return replace(split, mesh=replace(split.mesh, info=mesh.info))


@pytest.fixture(scope="module")
def particle() -> TetMesh:
    """A particle of about fifty long grains."""
    return tetrahedralize(load_model("nmc-radial").sample(1, diameter=1.9), size=0.18)


def test_half_a_charge_at_half_c_takes_an_hour(particle: TetMesh) -> None:
    mesh = with_texture(particle, UniformTexture())
    found = chemo.galvanostatic(mesh, NMC811, rate=0.5, share=0.5, steps=10)
    low, high = NMC811.content_range
    assert found.times[[0, -1]] == pytest.approx([0.0, 3600.0])
    weights = diffusion.mass_matrix(mesh.points, mesh.cells).sum(axis=0)
    mean = found.content @ weights / weights.sum()
    exact = high - 0.5 * (high - low) * found.times / 3600
    np.testing.assert_allclose(mean, exact, rtol=1e-10)
    # Lithium leaves through the surface: it is poorer than the rest.
    outer = np.unique(mesh.facets[mesh.outer])
    assert found.content[-1][outer].mean() < mean[-1]


def test_turning_particle_and_crystals_turns_the_solution() -> None:
    mesh = with_texture(voronoi(6, 4), UniformTexture())
    turn = Rotation.from_euler("ZXZ", (0.4, 1.0, -0.3))
    q = Rotation.from_quat(mesh.info["orientations"][:, [1, 2, 3, 0]])
    turned = tagged(
        turn.apply(mesh.points.copy()),
        mesh.cells,
        mesh.labels,
        {"orientations": (turn * q).as_quat()[:, [3, 0, 1, 2]]},
    )
    found = []
    for body in (mesh, turned):
        content = chemo.galvanostatic(body, NMC811, share=0.3, steps=3).content
        found.append((content, chemo.stressed(body, NMC811, content[-1], 0.942)))
    (content, here), (other, there) = found
    np.testing.assert_allclose(other, content, rtol=1e-10)
    scale = np.abs(here.displacement).max()
    np.testing.assert_allclose(there.displacement, turn.apply(here.displacement), atol=1e-8 * scale)
    r = turn.as_matrix()
    expected = r @ elasticity.tensors(here.stress) @ r.T
    size = np.abs(here.stress).max()
    np.testing.assert_allclose(elasticity.tensors(there.stress), expected, atol=1e-7 * size)


def test_stress_is_in_balance_and_that_of_one_crystal_is_none() -> None:
    """A single crystal swells freely; the stress of several has no mean: integral sigma dV = 0."""
    one = with_texture(cube(1, 4), UniformTexture())
    content = np.full(len(one.points), 0.5)
    free = chemo.stressed(one, NMC811, content, 0.942)
    assert np.abs(free.stress).max() < 1e-4
    several = with_texture(voronoi(8, 4), UniformTexture())
    found = chemo.stressed(several, NMC811, np.full(len(several.points), 0.5), 0.942)
    volumes, _ = gradients(several.points, several.cells)
    mean = volumes @ found.stress / volumes.sum()
    assert np.abs(found.stress).max() > 300.0
    assert np.abs(mean).max() < 1e-6 * np.abs(found.stress).max()


def errors(mesh: TetMesh, mismatch: float, young: float, poisson: float) -> float:
    """L2 error of the stress where c points outwards everywhere, over the norm of the stress."""
    middle = mesh.points[mesh.cells].mean(axis=1)
    radius = np.linalg.norm(middle, axis=1)
    normal = middle / radius[:, None]
    own = voigt_strain(mismatch * normal[:, :, None] * normal[:, None, :])
    stiff = np.broadcast_to(isotropic_stiffness(young, poisson), (len(mesh.cells), 6, 6))
    matrix = elasticity.stiffness_matrix(mesh.points, mesh.cells, stiff)
    load = elasticity.swelling_load(mesh.points, mesh.cells, stiff, own)
    moved = elasticity.relaxed(mesh.points, matrix)(load)
    strain = elasticity.strains(mesh.points, mesh.cells, moved)
    sigma = elasticity.tensors(elasticity.stresses(stiff, strain, own))
    factor = 2 * young * mismatch / (3 * (1 - poisson))
    hoop = factor * (np.log(radius) + 0.5)
    nn = normal[:, :, None] * normal[:, None, :]
    exact = hoop[:, None, None] * np.eye(3) + (factor * np.log(radius) - hoop)[:, None, None] * nn
    volumes, _ = gradients(mesh.points, mesh.cells)
    far = np.einsum("m,mij->", volumes, (sigma - exact) ** 2)
    return float(np.sqrt(far / np.einsum("m,mij->", volumes, exact**2)))


def test_c_axes_along_the_radius_pull_the_surface_open() -> None:
    """A ball whose c axes point outwards and grow by D more: sigma_r = 2 E D ln(r/R) / 3(1 - nu).

    The hoop stress, that + E D / 3(1 - nu), pulls at the surface; from u = A r + B r ln r in the
    balance of a ball with eigenstrain D e_r e_r. The error falls with the size of the cells.
    """
    sizes = (0.28, 0.2, 0.14)
    found = [errors(tetrahedralize(ball(), size), 0.01, 140e3, 0.25) for size in sizes]
    rate = np.polyfit(np.log(sizes), np.log(found), 1)[0]
    assert rate > 0.8
    assert found[-1] < 0.12


def near_surface(split: CohesiveMesh, normal: AnyArray) -> float:
    """Mean normal traction of the outermost quarter of the boundaries."""
    middle = split.mesh.points[split.wedges[:, :3]].mean(axis=1)
    centre = split.mesh.points.mean(axis=0)
    radius = np.linalg.norm(middle - centre, axis=1)
    outer = radius > np.quantile(radius, 0.75)
    areas = triangle_areas(split.mesh.points, split.wedges[:, :3])
    return float(np.average(normal[outer], weights=areas[outer]))


def test_textures_change_tractions_and_diffusivity(particle: TetMesh) -> None:
    """Layers along the radius lead lithium out (Xu et al. 2020, doi 10.1038/s41467-019-13884-x).

    c along the radius bars its way, and its growth pulls the boundaries at the surface open.
    """
    split = split_boundaries(particle)
    areas = triangle_areas(split.mesh.points, split.wedges[:, :3])
    found = {}
    for name, texture in (
        ("random", UniformTexture()),
        ("radial", FibreTexture.along_radius(0.15)),
        ("across", FibreTexture.across_radius(0.15)),
    ):
        mesh = with_texture(particle, texture)
        slow = chemo.grain_diffusivity(mesh, NMC811, 0.942)
        content = chemo.galvanostatic(mesh, NMC811, share=0.5, steps=10).content
        opening = chemo.opened(
            textured(split, mesh), NMC811, content[-1], 0.942, unbreakable()
        ).cohesive
        assert opening is not None
        normal, _ = chemo.wedge_tractions(split, opening)
        found[name] = (
            diffusion.lag_diffusivity(mesh, slow),
            chemo.peak(normal, areas),
            near_surface(split, normal),
        )
    d, tractions, surface = np.array([found[name] for name in ("across", "random", "radial")]).T
    assert d[0] > 1.5 * d[1] > 1.5 * 3 * d[2]
    assert 1e-4 < d.min() < d.max() < 1e-2
    assert tractions[2] > 1.3 * max(tractions[:2])
    assert surface[2] > 3 * abs(surface[1])
    assert surface[0] < surface[1] < surface[2]


def test_stiff_boundaries_carry_what_the_whole_particle_carries(particle: TetMesh) -> None:
    """Stress of the split particle nears its limit as 1 / K, and that is nearly the whole one's.

    Not in all cells: parts that touched in an edge or a vertex only have come apart.
    """
    mesh = with_texture(particle, UniformTexture())
    content = np.full(len(mesh.points), 0.6)
    whole = chemo.stressed(mesh, NMC811, content, 0.942).stress
    split = textured(split_boundaries(particle), mesh)
    size = np.median(np.linalg.norm(whole, axis=1))

    def far(one: AnyArray, other: AnyArray) -> float:
        return float(np.median(np.linalg.norm(one - other, axis=1)) / size)

    soft, stiff, limit = (
        chemo.opened(split, NMC811, content, 0.942, unbreakable(stiffness)).stress
        for stiffness in (1e7, 1e8, 1e9)
    )
    assert 0.02 < far(soft, whole) < 0.1
    assert far(limit, whole) < far(stiff, whole) < 0.5 * far(soft, whole)
    assert far(soft, limit) > 5 * far(stiff, limit)


def test_a_particle_of_fifty_grains_breaks(particle: TetMesh) -> None:
    """With the strength of its boundaries, 15 % of the charge damages about every tenth of them.

    They let go of what intact ones would bear, most where these bear most.
    """
    mesh = with_texture(particle, UniformTexture())
    split = textured(split_boundaries(particle), mesh)
    contents = chemo.galvanostatic(mesh, NMC811, share=0.15, steps=8).content[1:]
    found = chemo.opened(split, NMC811, contents, 0.942, law_of(NMC811), relaxation=0.5).cohesive
    whole = chemo.opened(split, NMC811, contents[-1], 0.942, unbreakable()).cohesive
    assert found is not None
    assert whole is not None
    bears, would = (
        np.hypot(np.maximum(normal, 0), shear)
        for normal, shear in (chemo.wedge_tractions(split, state) for state in (found, whole))
    )
    assert 0.03 < (found.damage > 0.01).mean() < 0.3
    assert found.damage.max() > 0.5
    assert found.damage.max() < 1
    damaged = found.damage.reshape(-1, 3).mean(axis=1) > 0.01
    assert np.median(would[damaged]) > 2 * np.median(would[~damaged])
    worst = found.damage.reshape(-1, 3).mean(axis=1) > 0.3
    assert np.median(bears[worst]) < 0.9 * np.median(would[worst])
    assert bears.max() < 0.9 * would.max()


def test_what_is_missing_is_told() -> None:
    mesh = cube(2)
    with pytest.raises(InputError, match="have no orientations; write it"):
        chemo.galvanostatic(mesh, NMC811)
    with pytest.raises(InputError, match="have no orientations"):
        chemo.stressed(mesh, NMC811, np.full(len(mesh.points), 0.5), 0.9)
    mesh = with_texture(mesh, UniformTexture())
    with pytest.raises(InputError, match=r"nmc111 has no 'concentration\.range'"):
        chemo.galvanostatic(mesh, load_material("nmc111"))
    with pytest.raises(InputError, match=r"nmc532 has no 'lattice"):
        chemo.stressed(mesh, load_material("nmc532"), np.full(len(mesh.points), 0.5), 0.9)
    with pytest.raises(InputError, match="a share of at most 1"):
        chemo.galvanostatic(mesh, NMC811, share=1.5)
    with pytest.raises(InputError, match="times must ascend"):
        diffusion.charge(mesh, np.eye(3)[None], 0.5, 1.0, np.array([0.0, 1.0, 1.0]))
    with pytest.raises(InputError, match="1 values for grains, but grains up to 2"):
        diffusion.charge(mesh, np.eye(3)[None], 0.5, 1.0, np.array([0.0, 1.0]))


def test_diffusivity_may_depend_on_the_content() -> None:
    """A diffusivity that is asked at every step gives what a constant one gives, if it is one."""
    mesh = with_texture(voronoi(5, 3), UniformTexture())
    d = chemo.grain_diffusivity(mesh, NMC811, 0.9)
    times = np.linspace(0, 50.0, 6)
    one = diffusion.charge(mesh, d, 0.9, -1e-4, times)
    asked = diffusion.charge(mesh, lambda x: d[mesh.labels - 1], 0.9, -1e-4, times)
    np.testing.assert_allclose(asked, one, rtol=1e-12)
    table = replace(
        NMC811,
        numbers={
            **NMC811.numbers,
            "diffusivity.x": (0.2, 0.95),
            "diffusivity.along": (0.02, 0.005),
            "diffusivity.across": (0.0002, 0.00005),
        },
    )
    varied = chemo.galvanostatic(mesh, table, share=0.5, steps=10).content[-1]
    fixed = chemo.galvanostatic(mesh, NMC811, share=0.5, steps=10).content[-1]
    assert varied.mean() == pytest.approx(fixed.mean(), abs=0.05)
    assert np.abs(varied - fixed).max() > 1e-3


def test_matrices_turn_with_the_crystal() -> None:
    """Energy and flux of one crystal do not depend on the frame they are written in."""
    turn = Rotation.from_euler("ZXZ", (0.4, 1.0, -0.3))
    q = from_axes(turn.as_matrix()[None])
    points = cube(1, 2).points.copy()
    cells = cube(1, 2).cells
    field = np.random.default_rng(0).normal(size=(len(points), 3))
    crystal = turn.inv().apply(points), turn.inv().apply(field)
    energies = []
    for place, moved, stiff in (
        (points, field, turned_stiffness(NMC811.stiffness, q)[0]),
        (*crystal, NMC811.stiffness),
    ):
        every = np.broadcast_to(stiff, (len(cells), 6, 6))
        energies.append(
            moved.ravel() @ (elasticity.stiffness_matrix(place, cells, every) @ moved.ravel())
        )
    assert energies[0] == pytest.approx(energies[1], rel=1e-12)
    d = NMC811.diffusion_tensor(0.9)
    flows = []
    for place, tensor in ((points, turned_tensors(d, q)[0]), (crystal[0], d)):
        every = np.broadcast_to(tensor, (len(cells), 3, 3))
        flows.append(field[:, 0] @ (diffusion.conduction_matrix(place, cells, every) @ field[:, 0]))
    assert flows[0] == pytest.approx(flows[1], rel=1e-12)
