"""Transport past cracks: known factors, content that jumps, lithium that is conserved."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.linalg import spsolve

from nmc_mesh.cohesive.splitting import parted
from nmc_mesh.cracks.law import CrackLaw
from nmc_mesh.cracks.opening import crack
from nmc_mesh.crystal.tensors import isotropic_stiffness
from nmc_mesh.mechanics.diffusion import charge, conduction_matrix, mass_matrix, surface_load
from nmc_mesh.mechanics.homogenize import effective
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats
from tests.meshes import lattice, tet_mesh_from_cells, voronoi


def with_crack(points: AnyArray, cells: AnyArray, opened: AnyArray) -> TetMesh:
    """Open the facets in the plane x = 0 whose centroids are marked."""
    labels = 1 + (points[cells].mean(axis=1)[:, 0] > 0)
    mesh = tet_mesh_from_cells(points, cells, labels)
    centres = mesh.points[mesh.facets].mean(axis=1)
    apart = parted(mesh, mesh.inner & opened(centres))
    return tagged(mesh.points[apart.origin], apart.cells, mesh.labels)


def slab(n: int) -> tuple[AnyArray, AnyArray]:
    """A plate 2 x 2 x 2/n um, one layer of cubes thick."""
    points, cells = lattice(n, 2.0)
    low = points[cells][:, :, 2].max(axis=1) < -1.0 + 2.5 / n
    used = np.unique(cells[low])
    place = np.full(len(points), -1)
    place[used] = np.arange(len(used))
    return points[used], place[cells[low]]


def through(mesh: TetMesh) -> float:
    """Conductance of D = 1 from x = -1 to x = 1, per area and length: D_eff of the channel."""
    matrix = conduction_matrix(mesh.points, mesh.cells, np.tile(np.eye(3), (len(mesh.cells), 1, 1)))
    x = mesh.points[:, 0]
    held = np.abs(np.abs(x) - 1) < 1e-9
    field = np.where(held, x, 0.0)
    free = ~held
    rows = matrix.tocsr()
    field[free] = spsolve(rows[free][:, free].tocsc(), -rows[free] @ field)
    volume = np.prod(np.ptp(mesh.points, axis=0))
    return float(field @ (matrix @ field)) / volume


def test_a_slit_across_a_channel_has_its_known_factor() -> None:
    """A slit of 2 c in a channel as wide as 2 b adds a length of (4 b / pi) ln sec(pi c / 2 b).

    That is the potential of a row of slits (conformal; as Rice 1968 for antiplane cracks), whose
    dilute limit is D_eff / D = 1 - pi c^2 / A for slits across the gradient, A the area of each.
    """
    added = []
    for n in (8, 16, 32):
        cracked = with_crack(*slab(n), lambda x: np.abs(x[:, 1]) < 0.5)
        added.append(2.0 / through(cracked) - 2.0)
    exact = 4 / np.pi * np.log(1 / np.cos(np.pi / 4))
    errors = np.abs(np.array(added) - exact) / exact
    assert (errors[:-1] / errors[1:] > 1.7).all()  # first order, for the tips' sake
    assert 2 * added[2] - added[1] == pytest.approx(exact, rel=0.03)


def test_a_penny_in_a_cube_has_its_known_factor() -> None:
    """One penny of radius a across the gradient: D_eff / D = 1 - (8/3) a^3 / V, dilute.

    Pennies at random have a third of it, the mean of cos^2: 1 - (8/9) n a^3, n their number per
    volume (Bristow 1960, doi 10.1088/0508-3443/11/2/304).
    """
    lost = []
    for n in (8, 16):
        points, cells = lattice(n, 2.0)
        penny = with_crack(points, cells, lambda x: np.hypot(x[:, 1], x[:, 2]) < 0.5)
        lost.append(1 - through(penny))
    assert 2 * lost[1] - lost[0] == pytest.approx(8 / 3 * 0.5**3 / 8, rel=0.15)


def test_effective_tensors_hold_the_channel_between_them() -> None:
    """A channel is held at two faces and closed at four: between the two loads of the surface."""
    cracked = with_crack(*slab(16), lambda x: np.abs(x[:, 1]) < 0.5)
    found = effective(cracked, np.tile(np.eye(3), (3, 1, 1)))
    # One layer of cells: every node is held at the surface, and the gradient is 1 but for rounding.
    assert found.flux[0, 0] < through(cracked) < found.gradient[0, 0] < 1.0 + 1e-9
    np.testing.assert_allclose(found.gradient[1, 1], 1.0, atol=1e-9)  # along it nothing changes
    assert (found.reuss == 0).all()
    stiff = effective(cracked, np.tile(isotropic_stiffness(100.0, 0.25), (3, 1, 1)))
    assert stiff.flux[0, 0] < stiff.gradient[0, 0] < stiff.voigt[0, 0]
    assert stiff.flux[0, 0] < 0.95 * stiff.voigt[0, 0]


@pytest.fixture(scope="module")
def cracked() -> TetMesh:
    return crack(voronoi(12, 8), CrackLaw.named("radial", 0.3), 3)


def test_lithium_is_conserved_and_none_enters_a_crack(cracked: TetMesh) -> None:
    diffusivity: Floats = np.tile(0.02 * np.eye(3), (12, 1, 1))
    times = np.linspace(0.0, 4.0, 5)
    content = charge(cracked, diffusivity, 0.4, 0.01, times)
    load = surface_load(cracked.points, cracked.facets[cracked.outer])
    mass = np.asarray(mass_matrix(cracked.points, cracked.cells).sum(axis=0))
    assert load.sum() == pytest.approx(24.0)  # the six faces of the cube, no crack
    means = content @ mass / mass.sum()
    np.testing.assert_allclose(means, 0.4 + 0.01 * 24.0 * times / 8.0, rtol=1e-10)


def test_content_jumps_across_cracks_and_nowhere_else(cracked: TetMesh) -> None:
    """Twins of a crack differ in content once lithium flows; a closed mesh has no twins."""
    diffusivity: Floats = np.tile(0.02 * np.eye(3), (12, 1, 1))
    content = charge(cracked, diffusivity, 0.4, 0.01, np.linspace(0.0, 2.0, 5))[-1]
    _, place = np.unique(cracked.points, axis=0, return_inverse=True)
    place = place.reshape(-1)
    high = np.full(place.max() + 1, -np.inf)
    low = np.full(place.max() + 1, np.inf)
    np.maximum.at(high, place, content)
    np.minimum.at(low, place, content)
    jumps = high - low
    assert (jumps > 1e-6).sum() > 10
    assert (jumps[np.bincount(place) == 1] == 0).all()


def test_cracks_lower_the_effective_diffusivity_step_by_step() -> None:
    mesh = voronoi(12, 8)
    unit = np.tile(np.eye(3), (13, 1, 1))
    found = [
        np.trace(effective(crack(mesh, CrackLaw(share, size=4.0), 1), unit).flux) / 3
        for share in (0.0, 0.1, 0.2, 0.4)
    ]
    assert (np.diff(found) < -0.01).all()
    assert found[0] == pytest.approx(1.0, abs=1e-8)
