"""What has to be meshed: a field, the box it lies in, and what is known of it beforehand."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesher.around import check_gap
from nmc_mesh.mesher.field import Field, exact_field, image_field
from nmc_mesh.mesher.gradation import octree_for
from nmc_mesh.mesher.improve import Edges
from nmc_mesh.mesher.lattice import (
    BYTES_OF_WHOLE_GRAINS,
    BYTES_PER_CELL,
    Lattice,
    check_memory,
    cubic_over,
    lattice_in,
    lattice_over,
)
from nmc_mesh.mesher.octree import Octree, graded_lattice
from nmc_mesh.mesher.pieces import Pieces, faces_of, is_cut_off, pieces_of
from nmc_mesh.mesher.sizes import Sizes
from nmc_mesh.mesher.voids import SLACK, VoidKeeper
from nmc_mesh.mesher.volume_correction import started
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Bools, Floats, Ints


class Domain(NamedTuple):
    """A field, the box it has to be meshed in, and what is known of it beforehand."""

    field: Field
    lower: Floats
    upper: Floats
    bounded: bool
    """Whether outside begins at a shell, or at faces of an image's box."""
    pieces: Pieces | None
    """Of an image: what the field's labels are, and the volumes to keep."""
    facts: dict[str, Any]
    voids: Bools | None = None
    """Whether a label is a void, (labels + 1,), where some are."""

    around: int | None = None
    """Label from which on there is what is not the particle: coating and domain, by cells."""
    coat: int | None = None
    """The source's label of the coating."""

    particles: Ints | None = None
    """The particle of every label, (labels + 1,), where there are several."""
    tree: Octree | None = None
    """The octree of a particle whose edges have several lengths."""
    pores: VoidKeeper | None = None
    """What keeps the volumes of a particle's pores, where that was asked for."""

    @property
    def clipped(self) -> bool:
        """Whether this ends at a shell, a particle's or a sphere around it."""
        return self.field.clipped

    @property
    def edges(self) -> Edges | None:
        """Cell edges of the octree at places, where there is one."""
        return None if self.tree is None else self.tree.edges_at

    @property
    def longest(self) -> float:
        """The longest cell edge of the octree in um; 0 where there is none."""
        return 0.0 if self.tree is None else self.tree.longest

    def lattice(self, size: float) -> Lattice:
        """The lattice it is cleaved from; why it is that one is told in ``lattice.py``."""
        if self.tree is not None:
            return graded_lattice(self.tree, self.field)
        box = self.lower, self.upper
        if self.field.boxed if self.pieces is None else self.bounded:
            return lattice_in(*box, size)
        if self.clipped or self.around is not None:
            return cubic_over(*box, size)
        return lattice_over(*box, size)

    def labels_of(self, labels: Ints) -> Ints:
        """The source's labels for those of the field."""
        return labels if self.pieces is None else self.pieces.labels_of(labels)

    def sizes_of(self, sizes: Sizes) -> Sizes:
        """Sizes by the field's labels, where they are by the source's."""
        if self.pieces is None or sizes.of_label is None:
            return sizes
        return sizes._replace(of_label=sizes.of_label[self.pieces.label])


def domain_of(
    source: Particle | LabelImage, sizes: Sizes, whole: Particle | LabelImage | None = None
) -> Domain:
    """Build the field, and the octree if there is one, after the checks that cost nothing.

    Parameters
    ----------
    source, sizes
        What is meshed, and how finely.
    whole
        What volumes are kept of: see `nmc_mesh.mesher.cleaving.cleaving`.
    """
    if isinstance(source, Particle):
        return _of_particle(source, sizes, whole if isinstance(whole, Particle) else None)
    return _of_image(source, sizes.least, whole if isinstance(whole, LabelImage) else None)


def _of_particle(source: Particle, sizes: Sizes, whole: Particle | None) -> Domain:
    size = sizes.least
    lower, upper = source.bounds()
    tree, pores, slack = None, None, 0.0
    if whole is not None and whole is not source:
        pores, slack = VoidKeeper(whole, source, size), SLACK * size
    filled = source.n_labels > len(source.kept)
    if sizes.uniform or filled:
        alone = source.surface != "shell" and source.domain is None and not source.phases
        each = BYTES_OF_WHOLE_GRAINS if alone and not filled else BYTES_PER_CELL
        check_memory(lower, upper, size, each)
        corners = lower - 4.0 * size, upper + 4.0 * size
    else:
        tree = octree_for(source, sizes)
        corners = tree.lower, tree.upper
    field = exact_field(source, *corners, size, slack)
    bounded = source.domain is not None or (source.surface == "shell" and not filled)
    every = np.arange(source.n_labels + 1)
    voids = source.phases.mask("void", every) if source.phases else None
    around = len(source.kept) + 1 if filled else None
    if source.domain is not None:
        check_gap(source, size)
    several = source.particles.of(every) if source.particles else None
    coat = source.coat_label
    known = voids, around, coat, several, tree, pores
    return Domain(field, lower, upper, bounded, None, {}, *known)


def _of_image(source: LabelImage, size: float, whole: LabelImage | None) -> Domain:
    bounded = is_cut_off(source)
    lower = source.origin - source.spacing
    upper = source.origin + source.spacing * np.array(source.labels.shape)
    if bounded:
        lower, upper = faces_of(source)
        thin = float((upper - lower).min())
        if size > thin:
            raise InputError(
                f"the image is {thin:g} um thick, cells of {size:g} um do not fit between its "
                f"faces; take a size of at most {thin:g} um"
            )
    check_memory(lower, upper, size)
    pieces = pieces_of(source, whole)
    field = started(image_field(pieces.image), pieces.volumes, size)
    return Domain(field, lower, upper, bounded, pieces, {})
