"""The field of view of a tomogram: outside of it there is padding, or nothing."""

from __future__ import annotations

import warnings

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from nmc_mesh.errors import InputError
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.numerics.products import matmul
from nmc_mesh.typing import AnyArray, Bools, Longs

_LEAST = 0.35  # share of the volume that a field of view has at least
_ROUGH = 0.005  # share of a projection that may be missing from its rows
_JUMP = 0.05  # of the spread of grey values, by which the rim differs from the padding
_DEEP = 1.5  # voxels within the hull from which on a voxel that is missing makes it no body
_ASKED = 40_000  # voxels asked whether they lie in the hull
_RAYS = 128  # rows along an axis whose ends make the hull
_PLAIN = 0.01  # share of an irregular field of view that may have the value of the padding
_CORNERS = 4


def field_of_view(grey: AnyArray) -> Bools | None:
    """Return where a grey volume was measured, or None if that is everywhere (ours).

    A scanner reconstructs a cylinder; its software fills the corners with one value, often 0, or
    with NaN, and pads slices; afterwards somebody may have turned it. Particles that this cuts off
    look whole but are not. Outside is what holds the value of at least four corners along whole
    lines through the volume, if what is left is convex in each of the three projections; or what
    holds it from the faces on along every axis, if what is left is convex (a tilted cylinder, a
    ball, a box that was turned). Either has to hold a third of the volume and must not fade into
    that value, as a body in an empty surrounding does. And outside is where values are NaN.

    Parameters
    ----------
    grey
        Shape (nx, ny, nz).

    Raises
    ------
    InputError
        If values within the field of view are NaN or infinite.

    Warns
    -----
    UserWarning
        If there is padding of one value around a region that is not convex: it is no field of view
        to this function, and what it cuts off is kept.
    """
    if grey.dtype.kind == "f":
        finite = np.isfinite(grey)
        if not finite.all():
            if not finite.any() or not (ndimage.binary_fill_holes(finite) == finite).all():
                raise InputError(
                    "the grey volume holds NaN or infinity within its field of view; "
                    "replace them first"
                )
            return finite
    ends = grey[:: max(1, grey.shape[0] - 1), :: max(1, grey.shape[1] - 1)]
    ends = ends[:, :, :: max(1, grey.shape[2] - 1)]
    values, counts = np.unique(ends, return_counts=True)
    irregular: list[tuple[AnyArray, float]] = []
    for value in values[counts >= min(_CORNERS, ends.size)]:
        other = grey != value
        straight, convex = _around(grey, value, other), None
        body = _body(other)
        # Of a cylinder that is tilted a little, projections see what its ends sweep: then the body.
        if straight is None or (straight & ~body).mean() > _ROUGH:
            convex = body if _padded(grey, value, body) and _is_convex(body) else None
        if convex is not None:
            return convex
        if straight is not None:
            return straight
        if (other & body).sum() >= (1 - _PLAIN) * body.sum() and _padded(grey, value, body):
            irregular.append((value, 1 - float(body.mean())))
    for value, share in irregular:
        warnings.warn(
            f"{100 * share:.0f} % of the volume, around an irregular field of view, hold {value}: "
            "particles that it cuts off count as whole; cut a box out of it, or say that it is "
            "none (field_of_view, --no-field-of-view)",
            UserWarning,
            stacklevel=2,
        )
    return None


def _around(grey: AnyArray, padding: AnyArray, other: Bools) -> Bools | None:
    """Return the field of view along the axes if the volume is padded with a value."""
    views = [_filled(np.asarray(other.any(axis=axis))) for axis in range(3)]
    if any(view is None for view in views):
        return None
    inside = np.ones(grey.shape, dtype=np.bool_)
    for axis, view in enumerate(views):
        inside &= np.expand_dims(np.asarray(view), axis)
    return inside if _padded(grey, padding, inside) else None


def _padded(grey: AnyArray, padding: AnyArray, inside: Bools) -> bool:
    """Whether a region is large, not all, and does not fade into the padding."""
    share = float(inside.mean())
    if share == 1.0 or share < _LEAST:
        return False
    border = rim(inside)
    distance = np.abs(grey[border].astype(np.float64) - float(padding))
    sample = grey[inside][:: max(1, int(inside.sum()) // 1_000_000)]
    low, high = np.percentile(sample.astype(np.float64), [1, 99])
    return bool(np.median(distance) > _JUMP * (high - low))


def _body(other: Bools) -> Bools:
    """Return what lies between voxels of another value than the padding along every axis."""
    body = np.ones(other.shape, dtype=np.bool_)
    for axis in range(3):
        body &= np.logical_or.accumulate(other, axis=axis)
        after = np.logical_or.accumulate(np.flip(other, axis), axis=axis)
        body &= np.flip(after, axis)
    return body


def _is_convex(body: Bools) -> bool:
    """Whether hardly any voxel lies deep in the convex hull of a body and is none of its own.

    The hull is that of the ends of some rows along each axis, and some voxels are asked.
    """
    ends = np.concatenate([_ends(body, axis) for axis in range(3)])
    try:
        planes = ConvexHull(ends).equations
    except QhullError:  # flat
        return False
    low, high = ends.min(axis=0), ends.max(axis=0)
    step = max(1, round(float(cbrt(np.prod(high - low + 1.0) / _ASKED))))
    places = np.stack(
        np.meshgrid(
            *(np.arange(a, b + 1, step) for a, b in zip(low, high, strict=True)), indexing="ij"
        ),
        axis=-1,
    ).reshape(-1, 3)
    missing = places[~body[tuple(places.T)]]
    held = 0
    for part in np.array_split(missing, 1 + len(missing) * len(planes) // 10_000_000):
        depth = (matmul(part, planes[:, :3].T) + planes[:, 3]).max(axis=1, initial=-np.inf)
        held += int((depth < -_DEEP).sum())
    return held <= _ROUGH * len(places)


def _ends(body: Bools, axis: int) -> Longs:
    """First and last voxels of some rows of a body along an axis, shape (n, 3)."""
    rows = np.moveaxis(body, axis, 0)
    steps = [max(1, n // _RAYS) for n in rows.shape[1:]]
    rows = rows[:, :: steps[0], :: steps[1]]
    row, column = np.nonzero(rows.any(axis=0))
    first = rows.argmax(axis=0)[row, column]
    last = len(rows) - 1 - rows[::-1].argmax(axis=0)[row, column]
    points = [
        np.column_stack((along, row * steps[0], column * steps[1])) for along in (first, last)
    ]
    others = [k for k in range(3) if k != axis]
    order = np.argsort([axis, *others])
    return np.concatenate(points)[:, order]


def _filled(view: Bools) -> Bools | None:
    """Return a projection without gaps in its rows and columns; None if it is not convex."""
    whole = view.copy()
    for axis in (0, 1):
        before = np.logical_or.accumulate(view, axis=axis)
        after = np.flip(np.logical_or.accumulate(np.flip(view, axis), axis=axis), axis)
        whole |= before & after
    return whole if (whole != view).mean() <= _ROUGH else None


def rim(inside: Bools) -> Bools:
    """Return the voxels of a field of view that touch its outside; faces of the volume are none."""
    return np.asarray(inside & ~ndimage.binary_erosion(inside, border_value=1))
