"""What is proven of one mesh: distances and topology; the proof: ``_core/src/mesher/covering.hpp``.

A place x of a facet between the grains A and B is near their exact boundary if the equations
F_B - F_A = 0, and F_C - F_A >= 0 for every other grain C, can be met nearby. The theorem in that
file says how near, from bounds of the functions over the whole facet: so the figures are not
samples, and no place of the mesh exceeds them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.accuracy import check_grains, edge_length, volume_errors, without_domain
from nmc_mesh.mesher.contacts import LISTED, Surroundings
from nmc_mesh.mesher.cubes import in_cubes
from nmc_mesh.mesher.field import exact_field
from nmc_mesh.mesher.topology import Topology, compare
from nmc_mesh.mesher.way_back import WayBack, way_back
from nmc_mesh.parallel import for_chunks
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Floats, Ints

CHUNK, FEW = 1 << 14, 1 << 8
PROOFS = ("distances", "back", "topology", "volumes")
"""What is proven, or measured, beside a source."""
REACH = 1.0
"""Distances are proven up to so many edge lengths; beyond, a boundary counts as not near."""
RESOLUTION = 1 / 64
"""Junctions are decided down to so many edge lengths."""
TABLE = (3e-6, 1e-4)
"""How far the table of a shell may be off, in parts of the radius and in its slope."""


@dataclass(frozen=True)
class Certificate:
    """What holds of one mesh: checked, measured or proven, never sampled.

    Parameters
    ----------
    size
        Edge length of the mesh in um.
    smallest_angle, largest_angle
        Of all dihedral angles, in radians.
    split_grains
        Grains in more than one piece, shape (s,). All else that the validator demands holds, or
        there is no certificate.
    distances
        Upper bound in um of the distance of every facet from the exact boundaries of both its
        grains, whoever is on their other side, shape (k,): `proven_distances`. None if no particle
        is known.
    common
        The same from the boundary that its two grains have in common: infinite where there is none
        near, or none is proven.
    pairs
        Grains on the two sides of every facet, shape (k, 2).
    volumes
        Relative error of every grain's volume, shape (g,), or None.
    topology
        Which grains meet, beside the exact diagram; None if no particle is known.
    back
        Upper bounds in um of the distance of exact boundaries from the mesh: `proven_way_back`.
        None if no particle is known.
    labels
        Grain of every cell, shape (m,).

    Notes
    -----
    ``distances`` go from the mesh to the exact boundaries of the two grains of a facet. ``back``
    goes from the exact outer surface, and from the exact boundaries of a grain in its cells, to the
    facets of the surface and of the grain, whichever grain is on their other side. Exact boundaries
    between grains that lie outside the mesh are near the outer surface, but not bounded by it.
    """

    size: float
    smallest_angle: float
    largest_angle: float
    split_grains: Ints
    distances: Floats | None
    pairs: Ints
    volumes: Floats | None
    common: Floats | None = None
    topology: Topology | None = None
    back: WayBack | None = None
    labels: Ints | None = None

    def distance(self, share: float = 100.0) -> float | None:
        """Bound in edge lengths that ``share`` percent of the facets keep; None if not known."""
        return self._share(self.distances, share)

    def distance_common(self, share: float = 100.0) -> float | None:
        """Return that of the distance from the common boundary of a facet's grains."""
        return self._share(self.common, share)

    def _share(self, bounds: Floats | None, share: float) -> float | None:
        if bounds is None:
            return None
        ordered = np.sort(bounds) / self.size
        place = int(np.ceil(share / 100.0 * len(ordered))) - 1
        return float(ordered[max(place, 0)])

    @property
    def unproven(self) -> int | None:
        """Number of facets that no common boundary is proven near; None if it is not known."""
        return None if self.common is None else int((~np.isfinite(self.common)).sum())

    @property
    def unproven_pairs(self) -> Ints:
        """Pairs of grains with such a facet, ascending, shape (p, 2)."""
        if self.common is None:
            return np.zeros((0, 2), dtype=np.int32)
        pairs: Ints = np.unique(self.pairs[~np.isfinite(self.common)], axis=0)
        return pairs

    @property
    def distance_back(self) -> float | None:
        """Bound in edge lengths of the way back; None if it is not known."""
        if self.back is None:
            return None
        return float(max(self.back.cells.max(), self.back.boxes.max()) / self.size)

    @property
    def two_sided(self) -> float | None:
        """Bound in edge lengths of the distance of mesh and exact boundaries, both ways."""
        there, back = self.distance(), self.distance_back
        return None if there is None or back is None else max(there, back)

    @property
    def unproven_back(self) -> int | None:
        """Number of cells and boxes without a bound of the way back; None if it is not known."""
        if self.back is None:
            return None
        return int(sum((~np.isfinite(bounds)).sum() for bounds in self.back))

    @property
    def unproven_grains(self) -> Ints:
        """Grains with a cell that has no bound of the way back, ascending, shape (u,)."""
        if self.back is None or self.labels is None:
            return np.zeros(0, dtype=np.int32)
        grains: Ints = np.unique(self.labels[~np.isfinite(self.back.cells)])
        return grains

    @property
    def volume_error(self) -> float | None:
        """Greatest relative error of a grain's volume; None if the volumes are not known."""
        return None if self.volumes is None else float(np.abs(self.volumes).max())

    def facts(self) -> dict[str, Any]:
        """Plain values for files: lengths in edge lengths, angles in radians, None: not known."""
        facts: dict[str, Any] = {
            "size": self.size,
            "smallest_angle": self.smallest_angle,
            "largest_angle": self.largest_angle,
            "split_grains": self.split_grains.tolist(),
        }
        if self.distances is not None:
            for name, share in (("p50", 50), ("p90", 90), ("p99", 99), ("max", 100)):
                facts[f"distance_{name}"] = _finite(self.distance(share))
            facts["distance_common_max"] = _finite(self.distance_common())
            facts["unproven_facets"] = self.unproven
            facts["unproven_pairs"] = self.unproven_pairs.tolist()
        if self.back is not None:
            facts["distance_back_max"] = _finite(self.distance_back)
            facts["distance_two_sided"] = _finite(self.two_sided)
            facts["unproven_back"] = self.unproven_back
            facts["unproven_grains"] = self.unproven_grains.tolist()
        if self.volumes is not None:
            facts["volume_error"] = self.volume_error
        if self.topology is not None:
            facts["topology"] = self.topology.facts()
        return facts


def _finite(bound: float | None) -> float | None:
    return bound if bound is not None and bound < np.inf else None


def proven_distances(mesh: TetMesh, particle: Particle) -> Floats:
    """Upper bounds of the distance of every facet from the exact boundaries of its two grains.

    All places x of a facet have a place y with F_A(y) = F_B(y) (of the outer surface: the shell,
    or the cheapest cell outside), and no grain cheaper there, within the bound:
    |x - y| <= 2 phi / (sigma + sqrt(sigma^2 - 2 L phi)); see ``_core/src/mesher/covering.hpp`` for
    the theorem and its proof. F is that of Eq. 8 of doi 10.1038/s43246-024-00728-5.

    Parameters
    ----------
    mesh
        A mesh of ``particle``; facets of second order are taken as curved.
    particle
        What was meshed.

    Where that does not hold, a facet is compared with places of the boundary that are proven: those
    of the facets around, and what Newton finds between them and the facet.

    Returns
    -------
    Floats
        Two bounds in um per facet, shape (k, 2). First, of the distance from the exact boundary of
        each of its grains (or of the outer surface), whoever is on the other side; infinite only
        where no facet of the grain near is proven. Second, and no less, from the boundary that its
        grains have in common; infinite where none is proven within one edge length: the two have
        none near, or a junction there is too flat to decide.
    """
    return distances(surroundings(mesh, particle))


def distances(around: Surroundings) -> Floats:
    """Bound the distances of a mesh's facets: `proven_distances`."""
    mesh, field, shell, size = around.mesh, around.field, around.shell, around.size
    reach = REACH * size
    facets = np.ascontiguousarray(mesh.facets)
    points, pairs = np.asarray(mesh.points), np.asarray(mesh.facet_grains)
    cubes = in_cubes(0.5 * (points[facets[:, 0]] + points[facets[:, 1]]), size)
    alone = np.empty(len(facets))

    def bound(i: int, j: int) -> None:
        core.bound_distances(
            field, shell, size, reach, points, facets, pairs, around.contacts, cubes.things,
            i, j, alone,
        )  # fmt: skip

    for_chunks(len(facets), CHUNK, bound)
    bounds = np.stack([alone, alone], axis=1)
    left = np.flatnonzero(np.isinf(alone))
    helped = np.empty((len(left), 2))

    def help_out(i: int, j: int) -> None:
        core.bound_by_neighbours(
            field, shell, size, reach, points, facets, pairs, cubes, alone, left, i, j, helped
        )

    for_chunks(len(left), FEW, help_out)
    bounds[left] = helped
    return bounds


def compared_topology(mesh: TetMesh, particle: Particle) -> Topology:
    """Set the boundaries, triple lines and quadruple points of a mesh beside the exact ones.

    Every set of labels that meets in the exact diagram, outside counted as 0, is found by proof or
    named as undecided: see `Topology` and ``_core/src/mesher/junctions.cpp``. Where more than 12
    labels crowd a box of the finest resolution only pairs are named: a triple line or quadruple
    point there may be missed.

    Parameters
    ----------
    mesh
        A mesh of ``particle``.
    particle
        What was meshed.
    """
    return compare(surroundings(mesh, particle), RESOLUTION)


def proven_way_back(mesh: TetMesh, particle: Particle) -> WayBack:
    """Upper bounds of the distance of the exact boundaries from the facets of a mesh.

    A place of an exact boundary that lies in a cell has a facet of the cell's grain within the
    bound of the cell; a place of the exact outer surface has an outer facet within the bound of
    its box. See ``_core/src/mesher/owned_cells.cpp`` and ``met_surface.cpp`` for the proofs.

    Parameters
    ----------
    mesh
        A mesh of ``particle``; of second order, the bounds are those of its straight facets and
        what the curved ones bulge.
    particle
        What was meshed.
    """
    return way_back(surroundings(mesh, particle))


def certify(
    mesh: TetMesh,
    source: Particle | LabelImage | None = None,
    *,
    proofs: Collection[str] = PROOFS,
    progress: Progress = silent,
) -> Certificate:
    """Validate a mesh and tell what is proven of it.

    Parameters
    ----------
    mesh
        Any mesh, fresh or read from a file, of first or second order.
    source
        What was meshed: of a particle, distances from its exact boundaries and back are proven
        (`proven_distances`, `proven_way_back`), junctions set beside the exact ones
        (`compared_topology`) and volumes compared; of a label image, volumes; without either, what
        can be said of the mesh alone.
    proofs
        Of ``PROOFS`` those that are wanted: the others cost nothing, and what they tell is None.
    progress
        Called with the name of the stage and the share of it that is done.

    Raises
    ------
    MeshError
        If the mesh is not valid: see `validate`.
    InputError
        If the mesh has grains that the particle has not.

    Examples
    --------
    >>> import nmc_mesh
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle, mesh = nmc_mesh.generate("nmc-radial", seed=3, size=0.1, shell=ball)
    >>> found = nmc_mesh.certify(mesh, particle)
    >>> found.smallest_angle > 0.2, found.distance(90) < 0.3
    (True, True)
    """
    progress("validate", 0.0)
    report = validate(mesh, whole=False)
    progress("validate", 1.0)
    either = common = errors = topology = back = None
    part = mesh
    if isinstance(source, Particle):
        check_grains(source, mesh)
        source, part = without_domain(source, mesh)
    if isinstance(source, Particle) and {"distances", "back", "topology"} & set(proofs):
        known = surroundings(part, source)
        if "distances" in proofs:
            progress("prove distances", 0.0)
            either, common = distances(known).T
            progress("prove distances", 1.0)
        if "back" in proofs:
            progress("prove the way back", 0.0)
            back = way_back(known)
            progress("prove the way back", 1.0)
        if "topology" in proofs:
            progress("prove topology", 0.0)
            topology = compare(known, RESOLUTION)
            progress("prove topology", 1.0)
    if source is not None and "volumes" in proofs:
        errors = volume_errors(source, part, progress)
    return Certificate(
        edge_length(mesh),
        float(report.quality.smallest_angle.min()),
        float(report.quality.largest_angle.max()),
        report.split_grains,
        either,
        part.facet_grains,
        errors,
        common,
        topology,
        back,
        part.labels,
    )


def surroundings(mesh: TetMesh, particle: Particle) -> Surroundings:
    """Build a field whose lists are complete as far around as any proof looks; bound the shell."""
    size = edge_length(mesh)
    slack = max(REACH * size + _radius(mesh), LISTED * size)
    lower, upper = particle.bounds()
    low = np.minimum(lower, mesh.points.min(axis=0)) - size
    high = np.maximum(upper, mesh.points.max(axis=0)) + size
    field = exact_field(particle, low, high, size, slack)
    return Surroundings(mesh, field, _shell_bounds(particle), size)


def _shell_bounds(particle: Particle) -> Floats:
    """Bound the first and second derivatives of X(u) on the unit sphere, and its table's errors.

    On a great circle sum_m Y_lm(s) Y_lm(t) = (2 l + 1) / 4 pi P_l(cos(s - t)) (addition theorem).
    So sum_m (Y_lm')^2 and sum_m (Y_lm'')^2 are (2 l + 1) / 4 pi times n / 2 and n (3 n - 2) / 8
    with n = l (l + 1), and Cauchy's inequality bounds |X_l'| and |X_l''| by |a_l| times the roots.
    """
    harmonics = particle.shell.coefficients
    first = second = 0.0
    for degree in range(1, particle.shell.degree + 1):
        row = harmonics[degree * degree : (degree + 1) * (degree + 1)]
        most = float(np.sqrt((row * row).sum() * (2 * degree + 1) / (4 * np.pi)))
        n = degree * (degree + 1)
        first += most * float(np.sqrt(n / 2))
        second += most * float(np.sqrt(n * (3 * n - 2) / 8))
    return np.array([first, second, TABLE[0] * particle.shell.max_radius, TABLE[1]])


def _radius(mesh: TetMesh) -> float:
    """Greatest distance of a place of a facet from the mean of its control points."""
    corners = mesh.points[mesh.facets[:, :3]]
    if mesh.order == 2:
        ends = corners + np.roll(corners, -1, axis=1)
        corners = np.concatenate(
            [corners, 2 * mesh.points[mesh.facets[:, 3:]] - 0.5 * ends], axis=1
        )
    away = corners - corners.mean(axis=1, keepdims=True)
    return float(np.sqrt((away * away).sum(axis=2).max()))
