"""A particle under galvanostatic load: lithium content, then swelling, stress and tractions.

One-way coupling: lithium swells the lattice; stress does not move lithium.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import turned_stiffness, turned_tensors, voigt_strain
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.cohesive_equilibrium import CohesiveBody, CohesiveState
from nmc_mesh.mechanics.cohesive_zone import TractionSeparationLaw, cohesive_zone_of
from nmc_mesh.mechanics.diffusion import charge, mass_matrix
from nmc_mesh.mechanics.elasticity import (
    relaxed,
    stiffness_matrix,
    strains,
    stresses,
    swelling_load,
    without_motion,
)
from nmc_mesh.mechanics.graded import GradedMaterial
from nmc_mesh.mechanics.linear import check_body, gradients, triangle_areas
from nmc_mesh.mechanics.phased import AnyMaterial, PhasedMaterial, capacity, known_phases
from nmc_mesh.mesh.crystals import need_orientations
from nmc_mesh.mesh.phases import in_grains
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats


@dataclass(frozen=True, eq=False)
class Charge:
    """Lithium content of a particle over time.

    Parameters
    ----------
    times
        s, shape (s + 1,).
    content
        x at the nodes, shape (s + 1, n).
    flux
        Of content into the particle, um/s; times the maximum concentration a molar flux.
    """

    times: Floats
    content: Floats
    flux: float

    __repr__ = one_line


@dataclass(frozen=True, eq=False)
class Stressed:
    """A swollen particle at rest.

    Parameters
    ----------
    displacement
        um, shape (n, 3), without a motion of the whole.
    stress
        MPa, of every cell, Voigt's order, shape (m, 6).
    cohesive
        What its boundaries do, where it is split.
    """

    displacement: Floats
    stress: Floats
    cohesive: CohesiveState | None = None

    __repr__ = one_line


def galvanostatic(
    mesh: TetMesh,
    material: AnyMaterial,
    rate: float = 0.5,
    share: float = 1.0,
    steps: int = 40,
    boundaries: bool = False,
) -> Charge:
    """Charge a cathode particle: draw lithium through its outer surface at a constant current.

    n . D grad x = -(x_max - x_min) V / A * rate / 3600 s; the diffusivity is that of the content at
    the start of every step.

    Parameters
    ----------
    mesh
        A conforming mesh whose grains have orientations.
    material
        Diffusivities and the range of content in use; it starts at the upper end. Graded ones too,
        and those of a particle with a coating (`nmc_mesh.mechanics.phased.phased`): lithium passes
        that, and the rate counts what grains hold.
    rate
        C-rate, in 1/h: 0.5 takes two hours for the whole range.
    share
        Of the range that is charged.
    steps
        Of equal length.
    boundaries
        Whether lithium moves along grain boundaries too, see ``boundaries``; the material then
        needs their width and diffusivity.

    Raises
    ------
    InputError
        If the material lacks a number, or the grains orientations; if rate, share or steps are not
        positive.
    """
    flux, times = galvanostatic_flux(mesh, material, rate, share, steps)
    low, high = material.content_range
    turns = crystal_turns(mesh)

    def diffusivity(content: Floats) -> Floats:
        held = np.clip(content, low, high)
        return turned_tensors(material.diffusion_tensor(held), turns)

    varies = np.ptp(material.diffusivity(np.linspace(low, high, 9)), axis=0).any()
    if isinstance(material, GradedMaterial | PhasedMaterial) or varies:
        grains: Floats | Callable[[Floats], Floats] = diffusivity
    else:
        grains = grain_diffusivity(mesh, material, high)
    conducts = material.boundary_conductance if boundaries else 0.0
    storage = material.storage if isinstance(material, PhasedMaterial) else None
    contents = charge(mesh, grains, high, flux, times, conducts, storage)
    return Charge(times, contents, flux)


def galvanostatic_flux(
    mesh: TetMesh, material: AnyMaterial, rate: float, share: float, steps: int
) -> tuple[float, Floats]:
    """Flux of content into the particle, um/s, and the times of a charge, as `galvanostatic` has.

    Raises
    ------
    InputError
        If the material has no range of content, the mesh is of second order, or rate, share or
        steps are not positive.
    """
    if not (rate > 0 and 0 < share <= 1 and steps >= 1):
        raise InputError("a charge needs a positive rate, a share of at most 1, one step or more")
    low, high = material.content_range
    check_body(mesh, known_phases(material))
    volume = capacity(mesh, gradients(mesh.points, mesh.cells)[0])
    outer = mesh.facets[mesh.outer]
    area = triangle_areas(mesh.points, outer).sum()
    times = np.linspace(0.0, 3600 * share / rate, steps + 1)
    return float((low - high) * volume / area * rate / 3600), times


def grain_diffusivity(mesh: TetMesh, material: Material, content: float) -> Floats:
    """Diffusivity of the grains 1 ... g in the sample's frame, um^2/s, shape (g, 3, 3)."""
    last = int(mesh.labels.max())
    turns = need_orientations(mesh, np.arange(1, last + 1, dtype=np.int32))
    return turned_tensors(material.diffusion_tensor(content), turns)


def crystal_turns(mesh: TetMesh) -> Floats:
    """Orientation of the crystal in every cell, shape (m, 4); no turn where there is none.

    Raises
    ------
    InputError
        If the grains of the mesh have none.
    """
    if not mesh.phases:
        return need_orientations(mesh, mesh.labels)
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (len(mesh.labels), 1))
    in_grain = in_grains(mesh)
    turns[in_grain] = need_orientations(mesh, mesh.labels[in_grain])
    return turns


def swelling(mesh: TetMesh, material: AnyMaterial, content: Floats, reference: float) -> Floats:
    """Mean chemical strain of every cell in the sample's frame, Voigt's order, shape (m, 6).

    Parameters
    ----------
    mesh, material
        Cells, orientations; lattice parameters over x.
    content
        x at the nodes, shape (n,).
    reference
        x at which the lattice fits the mesh.
    """
    corners = mesh.cells[:, :4]
    if isinstance(material, GradedMaterial | PhasedMaterial):
        mean = material.corner_strain(content[corners], reference).mean(axis=1)
    else:
        mean = material.chemical_strain(content, reference)[corners].mean(axis=1)
    return voigt_strain(turned_tensors(mean[:, [0, 0, 1], None] * np.eye(3), crystal_turns(mesh)))


def stressed(mesh: TetMesh, material: AnyMaterial, content: Floats, reference: float) -> Stressed:
    """Solve for the stress of a free particle whose grains stay together.

    Parameters
    ----------
    mesh, material, content, reference
        As for :func:`swelling`.
    """
    check_body(mesh, known_phases(material))
    own = swelling(mesh, material, content, reference)
    stiff = turned_stiffness(material.stiffness, crystal_turns(mesh))
    load = swelling_load(mesh.points, mesh.cells, stiff, own)
    moved = relaxed(mesh.points, stiffness_matrix(mesh.points, mesh.cells, stiff))(load)
    return _at_rest(mesh, stiff, own, moved)


def opened(
    split: CohesiveMesh,
    material: AnyMaterial,
    contents: Floats,
    reference: float,
    law: TractionSeparationLaw,
    relaxation: float = 1.0,
) -> Stressed:
    """Solve for the stress of a free particle whose boundaries give way.

    Parameters
    ----------
    split
        The split mesh.
    material, reference
        As for :func:`swelling`.
    contents
        x at the nodes of the mesh before it was split, at one time, shape (n,), or at several in
        order, shape (s, n): damage grows on the way.
    law
        Of the boundaries.
    relaxation
        Share of the way that damage takes at every time, see
        :func:`nmc_mesh.mechanics.cohesive_zone.cohesive_response`.

    Returns
    -------
    Stressed
        At the last time; ``cohesive`` holds the tractions.
    """
    mesh = split.mesh
    check_body(mesh, known_phases(material))
    stiff = turned_stiffness(material.stiffness, crystal_turns(mesh))
    body = CohesiveBody(split, stiff, law)
    state: CohesiveState | None = None
    own = np.zeros((len(mesh.cells), 6))
    for content in np.atleast_2d(contents):
        own = swelling(mesh, material, content[split.origin], reference)
        state = body.solve(
            swelling_load(mesh.points, mesh.cells, stiff, own), start=state, relaxation=relaxation
        )
    if state is None:
        raise InputError("there is no content to solve for; give one time at least")
    relaxed = _at_rest(mesh, stiff, own, state.displacement)
    return Stressed(relaxed.displacement, relaxed.stress, state)


def _at_rest(mesh: TetMesh, stiff: Floats, own: Floats, moved: Floats) -> Stressed:
    weights = mass_matrix(mesh.points, mesh.cells).sum(axis=0)
    sigma = stresses(stiff, strains(mesh.points, mesh.cells, moved), own)
    return Stressed(without_motion(mesh.points, moved, np.asarray(weights)), sigma)


def wedge_tractions(split: CohesiveMesh, state: CohesiveState) -> tuple[Floats, Floats]:
    """Mean normal traction (pull is positive) and size of the shear traction of every wedge, MPa.

    Shapes (w,) and (w,).
    """
    mean = state.traction.reshape(-1, 3, 3).mean(axis=1)
    normal = cohesive_zone_of(split).normals[::3]
    along = np.einsum("wi,wi->w", mean, normal)
    return along, np.linalg.norm(mean - along[:, None] * normal, axis=1)


def peak(values: Floats, areas: Floats, share: float = 0.99) -> float:
    """Value that this share of the area stays below: a peak that single cells do not make."""
    order = np.argsort(values)
    below = np.cumsum(areas[order]) / areas.sum()
    return float(values[order][np.searchsorted(below, share)])
