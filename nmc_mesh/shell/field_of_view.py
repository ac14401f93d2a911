"""The field of view of a tomogram: outside of it there is padding, or nothing."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray, Bools

_LEAST = 0.35  # share of the volume that a field of view has at least
_ROUGH = 0.005  # share of a projection that may be missing from its rows
_JUMP = 0.05  # of the spread of grey values, by which the rim differs from the padding


def field_of_view(grey: AnyArray) -> Bools | None:
    """Return where a grey volume was measured, or None if that is everywhere (ours).

    A scanner reconstructs a cylinder; its software fills the corners with one value, often 0, or
    with NaN, and pads slices. Particles that this cuts off look whole but are not. Outside is what
    holds the value of at least four corners along whole lines through the volume, if what is left
    is convex in each of the three projections, holds a third of the volume and does not fade into
    that value, as a body in an empty surrounding does; and where values are NaN.

    Parameters
    ----------
    grey
        Shape (nx, ny, nz).

    Raises
    ------
    InputError
        If values within the field of view are NaN or infinite.
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
    for value in values[counts >= min(4, ends.size)]:
        found = _around(grey, value)
        if found is not None:
            return found
    return None


def _around(grey: AnyArray, padding: AnyArray) -> Bools | None:
    """Return the field of view if the volume is padded with a value."""
    other = grey != padding
    views = [_filled(np.asarray(other.any(axis=axis))) for axis in range(3)]
    if any(view is None for view in views):
        return None
    inside = np.ones(grey.shape, dtype=np.bool_)
    for axis, view in enumerate(views):
        inside &= np.expand_dims(np.asarray(view), axis)
    share = float(inside.mean())
    if share == 1.0 or share < _LEAST:
        return None
    border = rim(inside)
    distance = np.abs(grey[border].astype(np.float64) - float(padding))
    sample = grey[inside][:: max(1, int(inside.sum()) // 1_000_000)]
    low, high = np.percentile(sample.astype(np.float64), [1, 99])
    return inside if np.median(distance) > _JUMP * (high - low) else None


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
