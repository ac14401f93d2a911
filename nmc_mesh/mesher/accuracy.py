"""How near the facets and grains of a mesh come to those of the particle they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.phases import solids
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.field import exact_field
from nmc_mesh.parallel import for_chunks
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Floats

CHUNK = 1 << 14
# 4,096 voxels to a mean grain, so that counting errs by less than what is measured (ours).
_VOXELS_PER_GRAIN = 16
OFF = 0.15
"""A facet is off if farther from its boundary than this share of the mesh's edge length."""


@dataclass(frozen=True)
class Accuracy:
    """How near a mesh comes to what it stands for.

    Parameters
    ----------
    distances
        First-order distance of every facet's centre from its exact boundary in um, shape (k,);
        infinite where the two grains have no boundary near.
    size
        Edge length of the mesh in um.
    volumes
        Relative error of every grain's volume, shape (g,), or None if the truth is not known.
    """

    distances: Floats
    size: float
    volumes: Floats | None = None

    __repr__ = one_line

    @property
    def off(self) -> float:
        """Share of the facets farther off than 0.15 edge lengths."""
        return float((self.distances > OFF * self.size).mean())

    def percentiles(self, *shares: float) -> Floats:
        """Percentiles of the distances, in edge lengths; shares in percent."""
        ordered = np.sort(self.distances) / self.size
        # No interpolation: distances may be infinite, and a percentile should be one that occurs.
        places = np.ceil(np.array(shares) / 100.0 * len(ordered)).astype(np.int64) - 1
        quantiles: Floats = ordered[np.clip(places, 0, len(ordered) - 1)]
        return quantiles

    def facts(self) -> dict[str, Any]:
        """Plain numbers for a report: shares, distances in edge lengths, relative volumes."""
        names = ("distance_median", "distance_p90", "distance_p99")
        middle = self.percentiles(50, 90, 99).tolist()
        figures: dict[str, Any] = {"facets_off": self.off, **dict(zip(names, middle, strict=True))}
        if self.volumes is not None:
            wrong = np.abs(self.volumes)
            figures["volume_error_median"] = float(np.median(wrong))
            figures["volume_error_p90"] = float(np.percentile(wrong, 90))
            figures["volume_error_worst"] = float(wrong.max())
        return figures


def boundary_distances(mesh: TetMesh, particle: Particle) -> Floats:
    """First-order distance of every facet's centre from the exact boundary of its two grains.

    d = |F_A - F_B| / |grad (F_A - F_B)| with F of `docs/model.md`, Eq. 8 of the paper
    (doi 10.1038/s43246-024-00728-5); F_0 is the least cost of the seeds that did not stay.

    Parameters
    ----------
    mesh, particle
        As for `certificate.proven_distances`.

    Returns
    -------
    Floats
        One distance in um per facet, shape (k,); infinite where a facet parts two grains whose
        boundary is not near at all.
    """
    size = edge_length(mesh)
    lower, upper = particle.bounds()
    # Facets may lie off their boundary, so lists have to hold what is near within two edges.
    field = exact_field(particle, lower - 4.0 * size, upper + 4.0 * size, size, slack=2.0 * size)
    places, pairs = _centres(mesh), np.asarray(mesh.facet_grains)
    out = np.empty(len(places))
    for_chunks(
        len(out), CHUNK, lambda i, j: core.boundary_distances(field, places, pairs, i, j, out)
    )
    return out


def edge_length(mesh: TetMesh) -> float:
    """Edge length in um that the mesh was made with; if unknown, the mean one of its facets."""
    if "size" in mesh.info:
        return float(mesh.info["size"])
    corners = mesh.points[mesh.facets[:, :3]]
    return float(np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).mean())


def volume_errors(
    source: Particle | LabelImage, mesh: TetMesh, progress: Progress = silent
) -> Floats:
    """Relative error of every grain's volume: (V_mesh - V_source) / V_source.

    The volume of a particle's grains comes from counting the voxels of a grid with sixteen to a
    mean grain's edge; that of a label image from its own voxels. A grain without a voxel counts as
    one voxel.

    Parameters
    ----------
    source
        What was meshed.
    mesh
        Its mesh.
    progress
        Called with the share that is done.

    Returns
    -------
    Floats
        One number per grain of `grain_table`, shape (g,).
    """
    progress("volumes", 0.0)
    if isinstance(source, Particle):
        source, mesh = without_domain(source, mesh)
    fine = source.grain_size / _VOXELS_PER_GRAIN if isinstance(source, Particle) else 0.0
    image = voxelize(source, fine) if isinstance(source, Particle) else source
    table = grain_table(mesh)
    labels, voxels = image.voxels()
    place = np.minimum(np.searchsorted(labels, table["id"]), len(labels) - 1)
    counts = np.where(labels[place] == table["id"], voxels[place], 0)
    errors: Floats = table["volume"] / (np.maximum(counts, 1) * image.voxel_volume) - 1
    progress("volumes", 1.0)
    return errors


def accuracy(particle: Particle, mesh: TetMesh, progress: Progress = silent) -> Accuracy:
    """Tell how near a mesh comes to its particle: distances of facets, volumes of grains.

    Parameters
    ----------
    particle
        What was meshed.
    mesh
        Its mesh, of first or second order.
    progress
        Called with the share that is done.

    Returns
    -------
    Accuracy
        See there, `boundary_distances` and `volume_errors`.

    Raises
    ------
    InputError
        If the mesh has grains that the particle has not.
    """
    check_grains(particle, mesh)
    particle, mesh = without_domain(particle, mesh)
    errors = volume_errors(particle, mesh, progress)
    progress("distances", 0.0)
    distances = boundary_distances(mesh, particle)
    progress("distances", 1.0)
    return Accuracy(distances, edge_length(mesh), errors)


def without_domain(particle: Particle, mesh: TetMesh) -> tuple[Particle, TetMesh]:
    """Return a particle and its mesh without its coating and what is around; others as they are."""
    if particle.coating is not None:
        there = mesh.labels_there
        return particle.bare(), mesh.select(there[there <= len(particle.kept)])
    return (particle, mesh) if particle.domain is None else (particle.bare(), solids(mesh))


def check_grains(particle: Particle, mesh: TetMesh) -> None:
    """Refuse a mesh with grains that the particle has not.

    Parameters
    ----------
    particle, mesh
        What was meshed, and its mesh.

    Raises
    ------
    InputError
        If there is such a grain.
    """
    if mesh.last_label > particle.n_labels:
        raise InputError(
            f"the mesh has a grain {mesh.last_label}, the particle only {particle.n_labels}; "
            "name the particle that was meshed"
        )


def _centres(mesh: TetMesh) -> Floats:
    """Place of barycentric coordinates (1/3, 1/3, 1/3) on every facet, shape (k, 3)."""
    corners: Floats = mesh.points[mesh.facets[:, :3]].mean(axis=1)
    if mesh.order == 1:
        return corners
    centres: Floats = (4.0 * mesh.points[mesh.facets[:, 3:]].mean(axis=1) - corners) / 3.0
    return centres
