"""Particles where a segmented volume has them: a measured shell for each, filled with grains."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.particle.model import ParticleModel
from nmc_mesh.particle.particle import Particle
from nmc_mesh.shell.fit import MIN_SHARE, MIN_VOXELS, fit_coefficients
from nmc_mesh.shell.radius import radius_functions
from nmc_mesh.typing import Bools, Floats, Ints

_NAMED = 10


class Placed(NamedTuple):
    """Shells of a volume's particles, and where they lie."""

    labels: Ints
    """In the volume, ascending, (n,)."""
    shells: tuple[StarShape, ...]
    """Each about its centre of mass, um."""
    centres: Floats
    """In the volume's coordinates, um, (n, 3)."""
    left: Ints
    """Labels of particles that were left out, ascending."""

    def __repr__(self) -> str:
        return one_line(self)


def placed_shells(image: LabelImage, keep: Iterable[int] | None = None, degree: int = 9) -> Placed:
    """Measure the star shapes of a volume's particles and their centres of mass.

    Parameters
    ----------
    image
        Particles 1 ... n in space, such as ``nmc-mesh segment`` finds them.
    keep
        Labels to take; default: all but those that the border of the image cuts, that have fewer
        than 10 voxels, or whose star shape captures less than 90 % of their volume.
    degree
        Largest degree of the spherical harmonics.

    Raises
    ------
    InputError
        If the image is 2D or has no such particle, or a label to keep does not occur or is no such
        particle.

    Warns
    -----
    UserWarning
        If particles are left out, which are named.

    Examples
    --------
    Two balls of 0.5 um, and one that the border cuts.

    >>> from nmc_mesh.particle.placed import placed_shells
    >>> places = np.stack(np.indices((40, 20, 20)), axis=-1) * 0.1
    >>> labels = np.zeros((40, 20, 20), dtype=np.int32)
    >>> for label, x in enumerate((0.9, 2.3, 3.9), 1):
    ...     labels[np.linalg.norm(places - [x, 0.9, 0.9], axis=-1) < 0.5] = label
    >>> image = nmc_mesh.LabelImage(labels, 0.1, np.zeros(3))
    >>> found = placed_shells(image, keep=[1, 2])
    >>> found.centres.round(1).tolist()
    [[0.9, 0.9, 0.9], [2.3, 0.9, 0.9]]
    >>> round(found.shells[0].equivalent_diameter, 1)
    1.0
    """
    taken(image, LabelImage, "placed_shells", MAKE_IMAGE)
    wanted = None if keep is None else np.array(sorted(set(keep)), dtype=np.int32)
    measured = radius_functions(image, only=wanted)
    good = measured.shares >= MIN_SHARE
    good &= measured.volumes >= (MIN_VOXELS - 0.5) * image.voxel_volume
    if wanted is None:
        good &= ~_at_border(image, measured.ids)
    left = measured.ids[~good]
    if wanted is not None and len(left):
        raise InputError(
            f"particle {_few(left)} has fewer than {MIN_VOXELS} voxels, or a star shape that "
            f"captures less than {100 * MIN_SHARE:.0f} % of it; leave it out, or segment the "
            "volume first (nmc-mesh segment)"
        )
    if not good.any():
        raise InputError(
            "the volume has no whole particle that a star shape captures; take a larger one, or "
            "segment it first (nmc-mesh segment)"
        )
    if len(left):
        warnings.warn(
            f"{len(left):,} of {len(good):,} particles are left out: the border cuts them, or a "
            f"star shape captures less than {100 * MIN_SHARE:.0f} % of them ({_few(left)})",
            stacklevel=2,
        )
    table = fit_coefficients(measured.radii[good], degree)
    shells = tuple(StarShape(row) for row in table)
    return Placed(measured.ids[good], shells, measured.centres[good], left)


def drawn_in(
    placed: Placed, model: ParticleModel, streams: Sequence[np.random.Generator]
) -> list[Particle]:
    """Fill measured shells with grains of a model; ``streams`` has a generator for each.

    The provenance of every particle tells its ``label``.

    Raises
    ------
    InputError
        If a shell has no room for a grain.
    """
    particles = []
    for label, shell, stream in zip(placed.labels.tolist(), placed.shells, streams, strict=True):
        try:
            one = model.sample(stream, shell=shell)
        except InputError as error:
            raise InputError(
                f"particle {label} of {shell.equivalent_diameter:.3g} um cannot be filled: {error}"
            ) from None
        particles.append(replace(one, provenance={**one.provenance, "label": label}))
    return particles


def _at_border(image: LabelImage, ids: Ints) -> Bools:
    """Whether particles reach the border of the image, (n,)."""
    ends = [np.take(image.labels, end, axis=axis).ravel() for axis in range(3) for end in (0, -1)]
    return np.asarray(np.isin(ids, np.concatenate(ends)))


def _few(labels: Ints) -> str:
    more = ", ..." if len(labels) > _NAMED else ""
    return ", ".join(map(str, labels[:_NAMED].tolist())) + more
