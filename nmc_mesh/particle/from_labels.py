"""A measured polycrystal as an analytic particle: a diagram fitted to a label image in space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.grains.fit_forms import FormName
from nmc_mesh.grains.fit_volume import VOLUME_STEPS, VolumeFit, fit_volume
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress, silent
from nmc_mesh.shell.fit import fit_coefficients
from nmc_mesh.shell.radius import radius_functions
from nmc_mesh.typing import AnyArray, Floats, Ints

_MARGIN = 0.75  # grains: how far a fitted grain may reach beyond the measured ones
_SLACK = 2.0  # voxels


@dataclass(frozen=True, eq=False)
class FittedParticle:
    """A particle and how it came out of its image.

    ``labels`` (g,) is the label in the image of every grain, ``cut`` are the labels that the border
    of the image cuts: they became part of the surroundings. ``star_share`` is the share of the
    kept grains' volume that the star-shaped shell captures.
    """

    particle: Particle
    fit: VolumeFit
    labels: Ints
    cut: Ints
    star_share: float

    __repr__ = one_line


def fit_particle(
    image: LabelImage,
    center: AnyArray | None = None,
    form: FormName = "free",
    steps: int = VOLUME_STEPS,
    *,
    orientations: AnyArray | None = None,
    hide: float = 0.0,
    rng: np.random.Generator | None = None,
    device: str | None = None,
    provenance: Mapping[str, Any] = MappingProxyType({}),
    progress: Progress = silent,
) -> FittedParticle:
    """Fit a diagram to a labelled volume and return it as a particle, which meshes analytically.

    Grains that the border of the image cuts are not whole: with the voxels of label 0 they are the
    surroundings. The shell is the star shape of all kept grains about their centre of mass, which
    becomes the origin.

    Parameters
    ----------
    image
        Labels in three dimensions, any positive numbers; 0 is outside.
    center, form, steps, hide, rng, device, progress
        See `fit_volume`.
    orientations
        Unit quaternion (w, x, y, z) of every label that occurs, ascending, shape (n, 4).
    provenance
        What else to write into the particle's provenance.

    Raises
    ------
    InputError
        If the image is not 3D or holds no label, every grain is cut, their centre of mass lies
        outside them, or the device is not there.

    Examples
    --------
    A cube of eight grains, whose cells are octants.

    >>> half = np.repeat([0, 1], 4)
    >>> labels = 1 + half[:, None, None] + 2 * half[:, None] + 4 * half
    >>> fitted = nmc_mesh.fit_particle(nmc_mesh.LabelImage(np.pad(labels, 2), 0.1), steps=50)
    >>> fitted.particle.n_grains, fitted.fit.right > 0.9
    (8, True)
    """
    taken(image, LabelImage, "fit_particle", MAKE_IMAGE)
    values, back = np.unique(image.labels, return_inverse=True)
    first = int(values[0] == 0)
    numbers = LabelImage(back.reshape(image.labels.shape) + 1 - first, image.spacing, image.origin)
    fit = fit_volume(
        numbers, center, form, steps, hide=hide, rng=rng, device=device, progress=progress
    )
    ends = [np.take(numbers.labels, end, axis=k).ravel() for k in range(3) for end in (0, -1)]
    cut = np.setdiff1d(np.unique(np.concatenate(ends)), [0])
    kept = np.setdiff1d(np.arange(1, fit.grains + 1), np.union1d(cut, fit.lost))
    if len(kept) == 0:
        raise InputError(
            "every grain is cut by the border of the image, none can become a particle; "
            "use a larger image"
        )
    solid = LabelImage(np.isin(numbers.labels, kept), image.spacing, image.origin)
    shell, middle, share = _shell(solid)
    whole = fit.diagram
    diagram = GBPD(whole.seeds + (fit.center - middle), whole.matrices, whole.offsets)
    seeds = (kept - 1).astype(np.int32)
    facts = {
        "source": "fitted to labels",
        "form": form,
        "voxel": image.spacing.tolist(),
        "right": fit.right,
        "right_outside": fit.right_outside if np.isfinite(fit.right_outside) else None,
        "labels": values[kept - 1 + first].tolist(),
        **provenance,
    }
    turns = None if orientations is None else _chosen(orientations, fit.grains, seeds)
    box = _box(diagram, seeds, solid, middle)
    particle = Particle(shell, diagram, seeds, turns, facts, box)
    return FittedParticle(particle, fit, values[kept - 1 + first], values[cut - 1 + first], share)


def _shell(solid: LabelImage) -> tuple[StarShape, Floats, float]:
    found = radius_functions(solid)
    if found.radii.min() <= 0:
        raise InputError(
            "the centre of mass of the kept grains lies outside them; keep fewer labels, such as "
            "one particle of an electrode"
        )
    shape = StarShape(fit_coefficients(found.radii)[0])
    return shape, found.centres[0], float(found.shares[0])


def _chosen(orientations: AnyArray, grains: int, seeds: Ints) -> Floats:
    turns = np.asarray(orientations, dtype=np.float64)
    if turns.shape != (grains, 4):
        raise InputError(f"orientations have shape ({grains}, 4), not {turns.shape}")
    return turns[seeds]


def _box(diagram: GBPD, seeds: Ints, solid: LabelImage, middle: Floats) -> Floats:
    """Box of the kept cells, as far as they lie near the measured grains; (2, 3) in um."""
    places = np.argwhere(solid.labels)
    margin = _MARGIN * cbrt(len(places) * solid.voxel_volume / len(seeds))
    ring = np.ceil(margin / solid.spacing).astype(int)
    low, high = places.min(axis=0) - ring, places.max(axis=0) + ring
    origin = solid.origin + low * solid.spacing - middle
    shape = tuple(int(n) for n in high - low + 1)
    stays = np.zeros(len(diagram), dtype=bool)
    stays[seeds] = True
    inside = stays[labels_on_grid(diagram, origin, solid.spacing, shape)]
    spans = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {k}))) for k in range(3)]
    corners = np.array([[span[0] - _SLACK, span[-1] + _SLACK] for span in spans]).T
    return np.asarray(origin + corners * solid.spacing)
