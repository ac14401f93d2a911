"""A diagram in space fitted to the labels of a measured polycrystal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from nmc_mesh.arrays import one_line
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.grains.fit_descent import descent_on, hidden, moments_of, problem
from nmc_mesh.grains.fit_forms import FORMS, FormName
from nmc_mesh.grains.fit_section import check_hidden
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

VOLUME_STEPS = 200
_BAND = 1.0  # grains: how far the outside is looked at voxel by voxel
_COARSE = 4  # voxels between the points farther outside


@dataclass(frozen=True, eq=False)
class VolumeFit:
    """What a fit found.

    ``diagram`` has grain i of the image at seed i - 1, then the seeds of the outside, in um from
    ``center``, in the gauge mean log D = 0, mean r = 0. ``right`` is the share of the labelled
    voxels it was fitted to that it labels as the image does, ``right_outside`` the share of the
    voxels outside, up to a grain away, that it puts outside (NaN where there are none),
    ``held_out`` the share right of labelled voxels that were hidden from it (NaN if none was);
    ``lost`` are grains, 1 ... n, that it gives no labelled voxel.
    """

    diagram: GBPD
    grains: int
    center: Floats
    right: float
    right_outside: float
    lost: Ints
    held_out: float = float("nan")

    __repr__ = one_line


def fit_volume(
    image: LabelImage,
    center: AnyArray | None = None,
    form: FormName = "free",
    steps: int = VOLUME_STEPS,
    *,
    hide: float = 0.0,
    rng: np.random.Generator | None = None,
    device: str | None = None,
    progress: Progress = silent,
) -> VolumeFit:
    """Fit q_i = (x - s_i)^T M_i (x - s_i) - r_i to the labels of a volume, as `fit_section` does.

    Voxels of label 0 are outside. Their part up to a grain's edge around the grains is shared out
    to the nearest grain, and every piece gets a seed of its own; the likelihood asks only that some
    seed of the outside wins there (ours). With no voxel outside the fit is that of the grains.

    Parameters
    ----------
    image
        Labels 1 ... n in three dimensions, each on at least one voxel.
    center
        Origin of the diagram in um, in the coordinates of the image; default: the grains' centre of
        mass. With ``form="radial"`` it is where the first axes point.
    form
        "free": any symmetric positive definite M_i; "radial": that of Eq. 12 of
        doi 10.1038/s43246-024-00728-5, first axis to the centre.
    steps
        Number of steps of the descent.
    hide, rng, device
        See `fit_section`.
    progress
        Told after every step.

    Raises
    ------
    InputError
        If the image has not three axes, a label is missing, or the device is not there.
    MissingExtraError
        If a device is named, and torch is not installed.

    Examples
    --------
    >>> labels = np.repeat([1, 2], 6)[:, None, None] * np.ones((1, 6, 6), int)
    >>> fit = nmc_mesh.fit_volume(nmc_mesh.LabelImage(labels, 0.1), steps=50)
    >>> fit.grains, fit.right
    (2, 1.0)
    """
    taken(image, LabelImage, "fit_volume", MAKE_IMAGE)
    n = _checked(image, form, steps)
    check_hidden(hide, rng)
    descend = descent_on(device)
    unit = float(cbrt(image.voxel_volume))
    inside = image.labels > 0
    positions = _places(image, inside, unit)
    labels = image.labels[inside] - np.int32(1)
    middle = positions.mean(axis=0) if center is None else _given(center) / unit
    outside, piece, near = _outside(image, unit)
    owner = np.concatenate([np.arange(n), np.full(piece.max(initial=-1) + 1, n)]).astype(np.int32)
    out = hidden(labels, hide, rng)
    points = np.concatenate([positions[~out], outside]) - middle
    truth = np.concatenate([labels[~out], np.full(len(outside), n, np.int32)])
    parts = np.concatenate([labels[~out], n + piece]).astype(np.int32)
    chosen = FORMS[form]
    start = chosen.start(moments_of(points, parts, len(owner), image.spacing / unit), 3)
    given = problem(points, truth, 3, owner)
    diagram = chosen.diagram(descend(chosen, start, given, steps, progress), unit, 3)
    cells = owner[diagram.labels(unit * (positions - middle))]
    same = cells == labels
    beyond = owner[diagram.labels(unit * (outside[:near] - middle))] == n if near else np.empty(0)
    return VolumeFit(
        diagram,
        n,
        unit * middle,
        float(same[~out].mean()),
        float(beyond.mean()) if near else float("nan"),
        (np.setdiff1d(np.arange(n), cells) + 1).astype(np.int32),
        float(same[out].mean()) if out.any() else float("nan"),
    )


def _checked(image: LabelImage, form: FormName, steps: int) -> int:
    if image.dim != 3 or image.labels.max() == 0:
        raise InputError("a volume has three axes and at least one grain; see fit_section for 2D")
    if form not in FORMS:
        raise InputError(f"the form of a diagram is {' or '.join(FORMS)}, not {form!r}")
    if steps < 0:
        raise InputError(f"the number of steps must not be negative, not {steps}")
    counts = np.bincount(image.labels.ravel())[1:]
    if (counts == 0).any():
        missing = int(np.flatnonzero(counts == 0)[0]) + 1
        raise InputError(f"label {missing} has no voxel; number the grains 1 ... n without gaps")
    return len(counts)


def _given(center: AnyArray) -> Floats:
    middle = np.asarray(center, dtype=np.float64)
    if middle.shape != (3,) or not np.isfinite(middle).all():
        raise InputError(f"the centre of a volume is three finite numbers, not {center}")
    return middle


def _places(image: LabelImage, mask: AnyArray, unit: float) -> Floats:
    index = np.argwhere(mask)
    return np.asarray((image.origin + index * image.spacing) / unit)


def _outside(image: LabelImage, unit: float) -> tuple[Floats, Longs, int]:
    """Points outside (m, 3) in voxels, the piece of each, and how many of them lie in the band.

    The image is continued by the width of the band where it is outside at its border.
    """
    mean = cbrt((image.labels > 0).sum() / image.labels.max())
    reach = _BAND * mean * unit
    widths = np.ceil(reach / image.spacing).astype(int) * _open(image.labels)
    labels = np.pad(image.labels, [(int(a), int(b)) for a, b in widths.T])
    origin = image.origin - widths[0] * image.spacing
    if labels.all():
        return np.empty((0, 3)), np.empty(0, dtype=np.int64), 0
    distance, nearest = ndimage.distance_transform_edt(
        labels == 0, image.spacing, return_indices=True
    )
    grain = labels[tuple(nearest)]
    band = (labels == 0) & (distance <= reach)
    far = np.zeros(labels.shape, dtype=bool)
    far[(slice(None, None, _COARSE),) * 3] = True
    far &= distance > reach
    index = np.concatenate([np.argwhere(band), np.argwhere(far)])
    owners = np.concatenate([grain[band], grain[far]])
    # Pieces are those of the band; what lies farther belongs to them too.
    pieces, piece = np.unique(owners, return_inverse=True)
    del pieces
    return (origin + index * image.spacing) / unit, piece.astype(np.int64), int(band.sum())


def _open(labels: Ints) -> AnyArray:
    """Which borders of the image, (2, 3), show the outside."""
    ends = [[(np.take(labels, end, axis=k) == 0).any() for k in range(3)] for end in (0, -1)]
    return np.array(ends, dtype=int)
