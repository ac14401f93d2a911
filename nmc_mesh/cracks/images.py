"""Cracks in segmented images of sections: how much, how long, how wide, which way, and where."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage

from nmc_mesh.arrays import one_line
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError, MissingExtraError
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.typing import AnyArray, Bools, Floats

GRAIN, CRACK = 1, 2
"""Labels of a segmented section; 0 is outside."""

_REACH = 1.5  # half edge, in widths of a crack, of the window that tells a direction; ours
_LEAST = 3  # pixels, of the same


class CrackDescriptors(NamedTuple):
    """What a section of one particle shows of its cracks.

    ``area`` of the particle's section, cracks and what they enclose included, and ``crack_area``,
    um^2; ``length`` of the cracks' middle lines, um; ``width``, crack area over length, um;
    ``tilt``, mean over the length of (n . e_r)^2, n the normal of a crack's line and e_r the
    direction from the centre: 0 where cracks are radial, 1/2 for directions at random, 1 across;
    ``distance``, mean over the length of the distance from the centre over the radius of the disc
    of the same area; ``pieces``, connected cracks; ``spread``, standard deviation of the width by
    the distance transform along the middle lines, um. Means are NaN where there is no crack.

    ``volume``, ``crack_volume`` and ``surface``, um^3 and um^2: integrals of 2 rho over the section
    and over its cracks, rho the distance from the centre, and of 2 rho g along the middle lines,
    see `surface_factor`. Of planes through a particle's centre, at random, their means are the
    volumes of particle and cracks and the area of one side of the cracks, wherever these lie.
    """

    area: float
    crack_area: float
    length: float
    width: float
    tilt: float
    distance: float
    pieces: int
    spread: float
    volume: float
    crack_volume: float
    surface: float

    def __repr__(self) -> str:
        return one_line(self)


def surface_factor(tilt: AnyArray) -> Floats:
    """G = sin b + (pi/2 - b) cos b of traces that make the angle b with the radius.

    A plane through the centre meets an element dS at the distance r with the mean length
    dS / (2 r) <sin a>, a the angle between the two, <.> over the turns of the plane about the
    radius. The traces' own angles to the radius tell so much of the element's direction that

        <g sin a> = 1    for elements of any direction,

    so 2 r g summed along traces is their area in the mean: the surfactor (Jensen and Gundersen,
    Acta Stereologica 6, 1987), summed over all rays of the plane.

    Parameters
    ----------
    tilt
        (n . e_r)^2 = sin^2 b of traces, any shape.

    Examples
    --------
    >>> from nmc_mesh.cracks.images import surface_factor
    >>> (surface_factor(np.array([0.0, 1.0])) / [np.pi / 2, 1.0]).round(12).tolist()
    [1.0, 1.0]
    """
    sine = np.sqrt(np.clip(tilt, 0.0, 1.0))
    return np.asarray(sine + np.arccos(sine) * np.sqrt(1.0 - sine * sine))


def crack_descriptors(image: LabelImage, center: AnyArray | None = None) -> CrackDescriptors:
    """Measure the cracks in a segmented section of one particle.

    Cracks are thinned to middle lines one pixel wide (scikit-image, Lee's way: others fork into the
    corners of ends, or lose diagonal lines), to whose ends their distance from the border is added.
    A line of n pixels along the
    direction t has the length n / max(|t_x|, |t_y|), exact for straight ones; t is the principal
    axis of the line's pixels within one and a half widths.

    Parameters
    ----------
    image
        Labels in two dimensions: 0 outside, 1 grain, 2 crack; square pixels. Cracks that open to
        the outside count where they are labelled.
    center
        Of the particle, in the coordinates of the image, um, shape (2,); default: of its area.

    Raises
    ------
    InputError
        If the image has other labels or three axes, pixels that are not square, or no grain.
    MissingExtraError
        If scikit-image is not installed.

    Examples
    --------
    A disc with one radial crack, 0.2 um wide.

    >>> from nmc_mesh.cracks.images import crack_descriptors
    >>> x, y = (np.indices((201, 201)) - 100) * 0.02
    >>> labels = 1 * (np.hypot(x, y) < 1.9)
    >>> labels[(abs(y) < 0.1) & (x > 0.5) & (x < 1.5)] = 2
    >>> found = crack_descriptors(nmc_mesh.LabelImage(labels, spacing=0.02))
    >>> round(found.tilt, 2), found.pieces
    (0.0, 1)
    """
    taken(image, LabelImage, "crack_descriptors", MAKE_IMAGE)
    pixel = _checked(image)
    cracks = image.labels == CRACK
    whole = ndimage.binary_fill_holes(image.labels > 0)
    area, crack_area = (float(mask.sum()) * pixel**2 for mask in (whole, cracks))
    inside = np.argwhere(whole)
    given = None if center is None else (np.asarray(center, float) - image.origin) / pixel
    middle = inside.mean(axis=0) if given is None else given
    volume, crack_volume = (
        2.0 * pixel**3 * float(np.linalg.norm(places - middle, axis=1).sum())
        for places in (inside, np.argwhere(cracks))
    )
    depth = ndimage.distance_transform_edt(cracks)
    lines = _thinned(cracks)
    if not lines.any():
        none = float("nan")
        rest = (none, none, none, 0, none, volume, 0.0, 0.0)
        return CrackDescriptors(area, crack_area, 0.0, *rest)
    half = 2.0 * depth[lines] - 1.0  # pixels across, at the middle
    along = _directions(lines, max(_LEAST, int(np.ceil(_REACH * float(np.median(half))))))
    share = pixel / np.abs(along).max(axis=1)
    beside = ndimage.convolve(lines.astype(np.int32), np.ones((3, 3), np.int32), mode="constant")
    ends = beside[lines] <= 2
    share[ends] += pixel * (depth[lines][ends] - 0.5)
    length = float(share.sum())
    away = np.argwhere(lines) - middle
    far = np.linalg.norm(away, axis=1)
    across = along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]
    tilt = (across / np.where(far > 0, far, 1.0)) ** 2
    return CrackDescriptors(
        area,
        crack_area,
        length,
        crack_area / length,
        float(share @ tilt) / length,
        float(share @ far) / length * pixel / float(np.sqrt(area / np.pi)),
        int(ndimage.label(cracks, np.ones((3, 3)))[1]),
        float(half.std()) * pixel,
        volume,
        crack_volume,
        2.0 * pixel * float((share * far) @ surface_factor(tilt)),
    )


def _checked(image: LabelImage) -> float:
    if image.dim != 2:
        raise InputError("cracks are measured in sections: images of two axes")
    if not np.isclose(image.spacing[0], image.spacing[1]):
        raise InputError("pixels of a section are square; resample the image")
    labels = set(np.unique(image.labels).tolist())
    if not labels <= {0, GRAIN, CRACK} or GRAIN not in labels:
        raise InputError(
            f"a segmented section holds 0 outside, 1 grain, 2 crack, not {sorted(labels)[:5]}"
        )
    return float(image.spacing[0])


def _thinned(cracks: Bools) -> Bools:
    try:
        from skimage import morphology
    except ImportError:
        raise MissingExtraError("scikit-image", "measuring cracks in images", "calibrate") from None
    thin: Any = morphology.skeletonize  # which has no types
    return np.asarray(thin(cracks, method="lee"), dtype=np.bool_)


def _directions(lines: Bools, reach: int) -> Floats:
    """Unit direction of the line at each of its pixels: principal axis of those close by."""
    x, y = (np.arange(n, dtype=np.float64) for n in lines.shape)
    mask = lines.astype(np.float64)
    first = mask, mask * x[:, None], mask * y
    second = mask * x[:, None] ** 2, mask * y**2, mask * x[:, None] * y
    size = 2 * reach + 1
    n, sx, sy, xx, yy, xy = (
        ndimage.uniform_filter(part, size, mode="constant")[lines] * size**2
        for part in (*first, *second)
    )
    xx, yy, xy = xx / n - (sx / n) ** 2, yy / n - (sy / n) ** 2, xy / n - sx * sy / n**2
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)
