"""Effective diffusivity and stiffness of a particle: one crystal that would do the same.

For a field with the potential u (concentration, or displacement), its gradient g (with strains as
vectors) and the local tensor A (D, or C), linear tetrahedra solve div A g = 0 under two loads at
the outer surface that bracket all others:

gradient
    u = G . x there (kinematic, Dirichlet): <A g> = A_gradient G.
flux
    (A g) . n = J . n there (static, Neumann): <g> = A_flux^-1 J.

<.> is the mean over the particle. As quadratic forms Reuss <= flux <= gradient <= Voigt, with
Voigt = <A> and Reuss = <A^-1>^-1; the meshes' error makes both solutions too stiff. Grain
boundaries that conduct along themselves (see ``boundaries``) add kappa (1 - n n) per area to Voigt
and nothing to Reuss.

Voids that solids close in count with their volume, hold nothing and let nothing through their
walls; Reuss is 0 then. A void that opens to the outside is outside. Cracks let nothing through
their sides; Reuss is 0 then too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import in_one_line
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import turned_stiffness, turned_tensors
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.boundaries import boundary_matrix
from nmc_mesh.mechanics.homogenize_operator import Operator, affine_fields, corners, crack_sides
from nmc_mesh.mechanics.iterate import iterated
from nmc_mesh.mechanics.linear import gradients, summed
from nmc_mesh.mechanics.multigrid import VCycle, rigid_motions
from nmc_mesh.mechanics.phased import need_isotropic
from nmc_mesh.mechanics.voids import closed_voids, wall_loads
from nmc_mesh.mesh.crystals import need_orientations
from nmc_mesh.mesh.phases import labels_of_solid
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import AnyArray, Floats

_STEPS = 2
NO_OTHERS: Mapping[str, Material] = MappingProxyType({})
"""No phase beside grains has a material."""
_RESIDUAL = 1e-6
"""Of loads: tensors of 155,000 cells are 3e-8 off, the meshes' own error is a percent."""


@in_one_line
class Effective(NamedTuple):
    """Effective tensors, shape (k, k): diffusivities in um^2/s, stiffnesses (Voigt) in MPa."""

    gradient: Floats
    flux: Floats
    voigt: Floats
    reuss: Floats


class Uptake(NamedTuple):
    """The diffusivity with which a body of the same shape would fill as fast; see `uptake`.

    ``value`` and its bounds in um^2/s.
    """

    value: float
    upper: float
    lower: float


def effective_diffusivity(
    mesh: TetMesh,
    material: Material,
    content: float = 0.5,
    progress: Progress = silent,
    boundaries: bool = False,
    phases: Mapping[str, Material] = NO_OTHERS,
) -> Effective:
    """Return the effective diffusivity of a particle; every grain has its crystal's D(x).

    Parameters
    ----------
    mesh
        A mesh whose grains have orientations; second-order cells count with their corners.
    material
        Knows the diffusivity along and across the layers.
    content
        Lithium content x, everywhere the same.
    progress
        Called with the share that is done.
    boundaries
        Whether grain boundaries conduct along themselves.
    phases
        Isotropic materials of other solids, such as ``{"coating": load_material("alumina")}``.

    Raises
    ------
    InputError
        If the grains have no orientations, or the material no diffusivity, or none of boundaries
        where they count, or a phase has no material, or one with axes.
    """
    tensors = crystal_diffusivities(mesh, material, content, phases)
    conducts = material.boundary_conductance if boundaries else 0.0
    return effective(mesh, tensors, progress, "diffusivity", conducts)


def effective_stiffness(
    mesh: TetMesh,
    material: Material,
    progress: Progress = silent,
    phases: Mapping[str, Material] = NO_OTHERS,
) -> Effective:
    """Return the effective stiffness of a particle, Voigt's order with engineering shear.

    Parameters
    ----------
    mesh, progress, phases
        As for `effective_diffusivity`.
    material
        Knows the stiffness.

    Raises
    ------
    InputError
        If the grains have no orientations, the material no stiffness, or a phase no material, or
        one with axes.
    """
    return effective(mesh, crystal_stiffnesses(mesh, material, phases), progress, "stiffness")


def crystal_stiffnesses(
    mesh: TetMesh, material: Material, phases: Mapping[str, Material] = NO_OTHERS
) -> Floats:
    """Stiffness of every label 0 ... n in the sample's frame, MPa, shape (n + 1, 6, 6).

    Labels of other phases without a material have none, 0.

    Raises
    ------
    InputError
        If the grains have no orientations, the material no stiffness, or that of a phase axes.
    """
    grains = mesh.grains
    turns = need_orientations(mesh, grains)
    tensors = np.zeros((int(mesh.labels.max()) + 1, 6, 6))
    tensors[grains] = turned_stiffness(material.stiffness, turns)
    for labels, stuff in _others(mesh, phases):
        own = stuff.stiffness
        need_isotropic(stuff, own)
        tensors[labels] = own
    return tensors


def crystal_diffusivities(
    mesh: TetMesh,
    material: Material,
    content: float,
    phases: Mapping[str, Material] = NO_OTHERS,
) -> Floats:
    """Diffusivity of every label 0 ... n in the sample's frame, um^2/s, shape (n + 1, 3, 3).

    Labels of other phases without a material have none, 0.

    Raises
    ------
    InputError
        If the content is not in [0, 1], the grains have no orientations, the material no
        diffusivity, or that of a phase axes.
    """
    if not 0 <= content <= 1:
        raise InputError(f"the lithium content x lies in [0, 1], not at {content:g}")
    grains = mesh.grains
    turns = need_orientations(mesh, grains)
    tensors = np.zeros((int(mesh.labels.max()) + 1, 3, 3))
    tensors[grains] = turned_tensors(material.diffusion_tensor(content), turns)
    for labels, stuff in _others(mesh, phases):
        own = stuff.diffusion_tensor(content)
        need_isotropic(stuff, own)
        tensors[labels] = own
    return tensors


def _others(mesh: TetMesh, phases: Mapping[str, Material]) -> Iterator[tuple[AnyArray, Material]]:
    """Labels of every phase that has a material, and that."""
    for name, stuff in phases.items():
        yield labels_of_solid(mesh, name), stuff


def effective(
    mesh: TetMesh,
    tensors: Floats,
    progress: Progress = silent,
    stage: str = "solve",
    boundary: float = 0.0,
) -> Effective:
    """Return the effective tensor of grains with any tensors of their own.

    Parameters
    ----------
    mesh
        Any mesh.
    tensors
        A of every label 0 ... n: diffusivities, shape (n + 1, 3, 3), or stiffnesses in Voigt's
        order, (n + 1, 6, 6); symmetric, positive definite where the label occurs.
    progress, stage
        Called with the name of the stage and the share that is done.
    boundary
        What grain boundaries conduct along themselves, delta D_gb, um^3/s; for diffusivities.
    """
    points, cells, outer, triangles = corners(mesh, tensors)
    volumes, slopes = gradients(points, cells)
    of_cells = Operator(volumes, slopes, cells, len(points), tensors, mesh.labels)
    voids = closed_voids(mesh)
    total = volumes.sum() + voids.volume
    shares = np.bincount(mesh.labels, volumes, len(tensors)) / total
    held = shares > 0
    voigt = np.einsum("g,gij->ij", shares[held], tensors[held])
    reuss = np.linalg.inv(np.einsum("g,gij->ij", shares[held], np.linalg.inv(tensors[held])))
    progress(stage, 0.0)
    matrix, load = of_cells.matrix(), of_cells.unit_loads()
    if len(voids.walls):
        load -= wall_loads(points, voids.walls, len(voigt))
    if mesh.cracked.any():
        load -= of_cells.crack_loads(points, crack_sides(mesh))
    if len(voids.walls) or mesh.cracked.any():
        reuss = np.zeros_like(reuss)  # a layer across that holds nothing
    if boundary:
        in_boundaries = boundary_matrix(points, triangles, boundary)
        voigt = voigt + points.T @ (in_boundaries @ points) / total
        matrix = matrix + in_boundaries
    affine = affine_fields(points, len(voigt))
    free = np.ones(matrix.shape[0], dtype=np.bool_)
    free[(of_cells.width * outer[:, None] + np.arange(of_cells.width)).ravel()] = False
    progress(stage, 1 / (1 + _STEPS))
    fields = affine.copy()
    inner = matrix[free][:, free]
    fields[free] -= iterated(inner, (matrix @ affine)[free], _RESIDUAL)
    gradient = np.einsum("ni,nj->ij", fields, matrix @ fields) / total
    progress(stage, 2 / (1 + _STEPS))
    # Nothing holds this problem at the surface: it takes many steps without coarser levels.
    kept = np.ones((len(points), 1)) if of_cells.width == 1 else rigid_motions(points)
    cycle = VCycle(matrix, kept, of_cells.width)
    compliance = np.einsum("ni,nj->ij", load, iterated(matrix, load, _RESIDUAL, cycle)) / total
    progress(stage, 1.0)
    flux = np.linalg.inv(compliance)
    return Effective(_symmetric(gradient), _symmetric(flux), voigt, reuss)


def uptake(
    mesh: TetMesh,
    tensors: Floats,
    progress: Progress = silent,
    boundary: float = 0.0,
) -> Uptake:
    """Return the isotropic diffusivity with which the body would exchange as fast.

    Lithium that appears evenly everywhere leaves through the outer surface: -div D grad u = 1,
    u = 0 there, and <u> is the mean time it stays. With u1 the solution for D = 1,
    D_uptake = <u1> / <u>. It is what a particle in a cell feels: gradients are radial, so layers
    along the radius count, which a uniform gradient cannot see. A body with cracks is compared with
    one that has them too. Bounds come from u1 as a trial
    for both extremum principles: <g.g>/<g.D^-1 g> <= D_uptake <= <g.D g>/<g.g>, g = grad u1. The
    upper one holds on every mesh, the lower one up to the meshes' error.

    Parameters
    ----------
    mesh
        Any mesh.
    tensors
        Diffusivity of every label 0 ... n, um^2/s, shape (n + 1, 3, 3).
    progress
        Called with the share that is done.
    boundary
        What grain boundaries conduct along themselves, delta D_gb, um^3/s. It adds to the upper
        bound; the lower one holds with it.
    """
    points, cells, outer, triangles = corners(mesh, tensors)
    volumes, slopes = gradients(points, cells)
    free = np.ones(len(points), dtype=np.bool_)
    free[outer] = False
    if not free.any():
        raise InputError("the mesh has no vertex inside; take a smaller size")
    load = summed(np.repeat(volumes[:, None] / 4, 4, axis=1), cells, len(points))
    unit = np.zeros_like(tensors)
    unit[:] = np.eye(3)
    progress("uptake", 0.0)
    means, field = [], np.zeros(len(points))
    in_boundaries = boundary_matrix(points, triangles, boundary)
    of_cells = Operator(volumes, slopes, cells, len(points), tensors, mesh.labels)
    for step, local in enumerate((tensors, unit)):
        matrix = of_cells.of(local).matrix()
        if boundary and local is tensors:
            matrix = matrix + in_boundaries
        inner = matrix[free][:, free]
        field[free] = iterated(inner, load[free, None], _RESIDUAL)[:, 0]
        means.append(float(np.einsum("i,i->", load, field)))
        progress("uptake", (step + 1) / 2)
    slope = np.einsum("mak,ma->mk", slopes, field[cells])
    used = np.flatnonzero(np.bincount(mesh.labels))
    back = np.zeros_like(tensors)
    back[used] = np.linalg.inv(tensors[used])

    def mean(local: Floats) -> float:
        return float(np.einsum("m,mi,mij,mj->", volumes, slope, local[mesh.labels], slope))

    plain = mean(unit)
    along = float(np.einsum("i,i->", field, in_boundaries @ field))
    return Uptake(means[1] / means[0], (mean(tensors) + along) / plain, plain / mean(back))


def _symmetric(tensor: Floats) -> Floats:
    return np.asarray(0.5 * (tensor + tensor.T))
