"""Directions from the centre, and directions across others."""

from __future__ import annotations

import numpy as np

from nmc_mesh.numerics.products import dot
from nmc_mesh.typing import AnyArray, Floats


def radial_directions(points: AnyArray) -> Floats:
    """Unit vectors from the origin to points, shape (n, 3); x at the origin itself.

    Examples
    --------
    >>> from nmc_mesh.numerics.frames import radial_directions
    >>> radial_directions([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    places = np.asarray(points, dtype=np.float64)
    length = np.linalg.norm(places, axis=1, keepdims=True)
    away = length > 0
    return np.where(away, places / np.where(away, length, 1.0), [1.0, 0.0, 0.0])


def perpendiculars(axes: Floats) -> tuple[Floats, Floats]:
    """Two unit vectors across each axis, with which it makes a right-handed frame.

    The first is axis x e with e that of x, y and z which the axis leans to least: so none is
    shorter than sqrt(2/3) before it is brought to length 1.

    Parameters
    ----------
    axes
        Unit vectors, shape (..., 3).

    Returns
    -------
    first, second
        Shape (..., 3); axis, first, second is right-handed.

    Examples
    --------
    >>> from nmc_mesh.numerics.frames import perpendiculars
    >>> first, second = perpendiculars(np.array([0.0, 0.0, 1.0]))
    >>> first.tolist(), second.tolist()
    ([0.0, 1.0, 0.0], [-1.0, 0.0, 0.0])
    """
    first = np.cross(axes, np.eye(3)[np.abs(axes).argmin(axis=-1)])
    first /= np.sqrt(dot(first, first))[..., None]
    return first, np.cross(axes, first)
