"""Effective properties: exact where theory is exact, between the bounds everywhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.orientation import from_axes
from nmc_mesh.crystal.tensors import isotropic_stiffness, turned_stiffness, turned_tensors
from nmc_mesh.crystal.texture import FibreTexture
from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.mechanics.homogenize import (
    Effective,
    effective,
    effective_diffusivity,
    effective_stiffness,
    uptake,
)
from nmc_mesh.mechanics.iterate import iterated
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats
from tests.meshes import ball, cube, voronoi

NMC = load_material("nmc811")


def turns(count: int, seed: int = 0) -> Floats:
    return np.roll(Rotation.random(count, rng=seed).as_quat(), 1, axis=1)


def with_crystals(mesh: TetMesh, quaternions: Floats) -> TetMesh:
    return replace(mesh, info={"orientations": quaternions})


def everywhere(tensor: Floats, mesh: TetMesh) -> Floats:
    return np.tile(tensor, (int(mesh.labels.max()) + 1, 1, 1))


@pytest.mark.parametrize(
    "tensor", [0.7 * np.eye(3), isotropic_stiffness(140.0, 0.27)], ids=["diffusion", "elasticity"]
)
def test_one_stuff_is_its_own_average(tensor: Floats) -> None:
    mesh = voronoi(6, 4)
    for found in effective(mesh, everywhere(tensor, mesh)):
        np.testing.assert_allclose(found, tensor, atol=1e-8 * tensor.max())


def test_one_grain_is_its_turned_crystal() -> None:
    mesh = with_crystals(ball(6), turns(1))
    for found in effective_diffusivity(mesh, NMC, 0.4):
        expected = turned_tensors(NMC.diffusion_tensor(0.4), turns(1))[0]
        np.testing.assert_allclose(found, expected, atol=1e-8 * expected.max())
    for found in effective_stiffness(mesh, NMC):
        expected = turned_stiffness(NMC.stiffness, turns(1))[0]
        np.testing.assert_allclose(found, expected, atol=1e-7 * expected.max())


def layers(first: Floats, second: Floats) -> Effective:
    """Two layers, parted by x = 0, each half of the cube."""
    mesh = cube(2)
    return effective(mesh, np.stack([np.zeros_like(first), first, second]))


def test_layers_conduct_as_resistors_do() -> None:
    """Flux through the layers sees their harmonic mean, a gradient along them the arithmetic."""
    found = layers(np.diag([1.0, 2.0, 3.0]), np.diag([4.0, 1.0, 0.5]))
    assert found.flux[0, 0] == pytest.approx(2 / (1 / 1 + 1 / 4), rel=1e-8)
    assert found.gradient[1, 1] == pytest.approx(1.5, rel=1e-8)
    assert found.gradient[2, 2] == pytest.approx(1.75, rel=1e-8)
    np.testing.assert_allclose(np.diag(found.voigt), [2.5, 1.5, 1.75], rtol=1e-12)
    np.testing.assert_allclose(
        np.diag(found.reuss), [1.6, 2 / (1 / 2 + 1 / 1), 2 / (1 / 3 + 1 / 0.5)], rtol=1e-12
    )


def test_layers_without_lateral_strain_stretch_as_springs_do() -> None:
    found = layers(np.diag([1.0, 2, 3, 1, 2, 3]), np.diag([4.0, 1, 0.5, 2, 1, 1]))
    assert found.flux[0, 0] == pytest.approx(2 / (1 / 1 + 1 / 4), rel=1e-8)
    assert found.gradient[1, 1] == pytest.approx(1.5, rel=1e-8)
    assert found.gradient[2, 2] == pytest.approx(1.75, rel=1e-8)


def ordered(found: Effective) -> list[float]:
    """Least eigenvalue of every difference Voigt - gradient, gradient - flux, flux - Reuss."""
    sequence = (found.voigt, found.gradient, found.flux, found.reuss)
    return [float(np.linalg.eigvalsh(more - less)[0]) for more, less in pairwise(sequence)]


def test_polycrystals_lie_between_the_bounds() -> None:
    mesh = with_crystals(voronoi(20, 6), turns(20))
    diffusivity = effective_diffusivity(mesh, NMC)
    assert min(ordered(diffusivity)) > 1e-6
    stiffness = effective_stiffness(mesh, NMC)
    assert min(ordered(stiffness)) > 100
    np.testing.assert_array_equal(stiffness.flux, stiffness.flux.T)


def test_turned_as_a_whole_the_average_turns_too() -> None:
    mesh = with_crystals(voronoi(8, 4), turns(8))
    turn = Rotation.random(rng=5)
    moved = replace(mesh, points=turn.apply(mesh.points.copy()))
    own = turn * Rotation.from_quat(np.roll(turns(8), -1, axis=1))
    moved = with_crystals(moved, np.roll(own.as_quat(), 1, axis=1))
    quaternion = np.roll(turn.as_quat(), 1)[None]
    before, after = effective_stiffness(mesh, NMC), effective_stiffness(moved, NMC)
    for old, new in zip(before, after, strict=True):
        expected = turned_stiffness(old, quaternion)[0]
        np.testing.assert_allclose(new, expected, atol=1e-6 * expected.max())


def fibred(radial: bool) -> tuple[TetMesh, Floats]:
    """A ball whose every cell is a grain, with c exactly along or across the radius."""
    mesh = ball(12)
    middles = mesh.points[mesh.cells].mean(axis=1)
    along = middles / np.linalg.norm(middles, axis=1, keepdims=True)
    side = np.cross(along, [0.3, 0.5, 0.8])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    c, x = (along, side) if radial else (side, along)
    quaternions = from_axes(np.stack([x, np.cross(c, x), c], axis=2))
    local = turned_tensors(np.diag([1.0, 1.0, 0.1]), quaternions)
    labels = np.arange(1, len(mesh.cells) + 1, dtype=np.int32)
    return replace(mesh, labels=labels), np.concatenate([np.eye(3)[None], local])


def test_layers_along_the_radius_fill_fastest() -> None:
    """Gradients are radial, so uptake sees D along the radius: 1 along the layers, 0.1 across."""
    fast, slow = (uptake(*fibred(radial)) for radial in (False, True))
    assert fast.value == pytest.approx(1.0, rel=0.03)
    assert slow.value == pytest.approx(0.1, rel=0.15)
    for found in (fast, slow):
        assert 0.98 * found.lower <= found.value <= found.upper
    mesh = voronoi(5, 4)
    same = uptake(mesh, everywhere(0.3 * np.eye(3), mesh))
    np.testing.assert_allclose(same, 0.3, rtol=1e-8)


def test_texture_shows_in_uptake() -> None:
    mesh = voronoi(60, 8)
    own = [mesh.points[mesh.cells[mesh.labels == grain]] for grain in mesh.grains]
    centres = np.stack([corners.mean(axis=(0, 1)) for corners in own])
    values = []
    for kappa in (-30.0, 0.0, 30.0):
        rng = np.random.default_rng(0)
        crystals = FibreTexture(kappa).sample(centres, None, rng)
        local = turned_tensors(NMC.diffusion_tensor(0.5), crystals)
        values.append(uptake(mesh, np.concatenate([local[:1], local])).value)
    assert values[0] > 1.2 * values[1] > 1.2**2 * values[2]


def test_a_peer_assembles_the_same_matrix() -> None:
    skfem = pytest.importorskip("skfem", reason="pip install scikit-fem")
    helpers = pytest.importorskip("skfem.helpers")
    mesh = with_crystals(voronoi(8, 4), turns(8))
    found = skfem.MeshTet(mesh.points.T.copy(), mesh.cells.T.astype(np.int64))
    tensors = turned_tensors(NMC.diffusion_tensor(0.5), turns(8))[mesh.labels - 1]
    basis = skfem.Basis(found, skfem.ElementTetP1(), intorder=0)
    d = np.moveaxis(tensors, 0, 2)[..., None]

    @skfem.BilinearForm
    def form(u, v, w):
        return helpers.dot(helpers.mul(d, u.grad), v.grad)

    matrix = form.assemble(basis)
    outer = found.boundary_nodes()
    expected = np.empty((3, 3))
    fields = []
    for axis in range(3):
        x = mesh.points[:, axis].copy()
        fields.append(skfem.solve(*skfem.condense(matrix, D=outer, x=x)))
    for i in range(3):
        for j in range(3):
            expected[i, j] = fields[i] @ matrix @ fields[j] / 8.0
    ours = effective_diffusivity(mesh, NMC).gradient
    np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-9)


def test_what_is_missing_is_named() -> None:
    plain = cube(2)
    with pytest.raises(InputError, match="no orientations; write it"):
        effective_stiffness(plain, NMC)
    with pytest.raises(InputError, match=r"shape \(1, 4\), expected \(2, 4\)"):
        effective_stiffness(with_crystals(plain, turns(1)), NMC)
    empty = Material("empty", "", {})
    mesh = with_crystals(plain, turns(2))
    with pytest.raises(InputError, match=r"material empty has no 'stiffness.C11'"):
        effective_stiffness(mesh, empty)
    with pytest.raises(InputError, match=r"material empty has no 'diffusivity.along'"):
        effective_diffusivity(mesh, empty)
    with pytest.raises(InputError, match="no vertex inside"):
        uptake(cube(1, 1), np.tile(np.eye(3), (2, 1, 1)))


def test_columns_are_solved_each_for_itself() -> None:
    rng = np.random.default_rng(0)
    root = rng.normal(size=(30, 30))
    matrix = root @ root.T + np.eye(30)
    loads = rng.normal(size=(30, 4))
    loads[:, 2] = 0.0
    found = iterated(matrix, loads, 1e-12)
    np.testing.assert_allclose(matrix @ found, loads, atol=1e-9)
    with pytest.raises(ResourceError, match="did not converge"):
        iterated(np.array([[1.0, -1.0], [-1.0, 1.0]]), np.ones((2, 1)))
