"""Size and shape of particles, from their radius functions."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.spatial import ConvexHull

from nmc_mesh import _core as core
from nmc_mesh.arrays import in_one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions, triangles
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Floats

_CHUNK = 16


@in_one_line
class Descriptors(NamedTuple):
    """Descriptors of n particles, each of shape (n,)."""

    d_max: Floats
    compactness: Floats
    aspect_ratio: Floats
    sphericity: Floats


def descriptors(radii: AnyArray) -> Descriptors:
    """d_max = max |x - y|, gamma = V / V(hull), AR = L_min / L_max, Psi = pi^(1/3) (6V)^(2/3) / A.

    x, y run over the surface; V and A are volume and area, V(hull) the volume of the convex hull
    (gamma is ours: the paper's text says only that it measures convexity). L_min and L_max are the
    smallest and the largest extent of the body along the principal axes of its inertia (AR is
    ours). The surface is the polyhedron over the 642 directions; V and A are divided by those of
    the unit ball's polyhedron, so that a ball has gamma = AR = Psi = 1. AR and d_max are those of
    the corners: of a ball within 1 %.

    Parameters
    ----------
    radii
        Positive radius functions in the 642 ``directions()``, shape (n, 642), um.

    Returns
    -------
    d_max in um, the others without unit and in (0, 1].

    Raises
    ------
    InputError
        If the shape is another, or a radius is not positive and finite.

    References
    ----------
    "Validation" of doi 10.1038/s43246-024-00728-5, Eqs. 17-20.
    """
    unit = directions()
    array = np.ascontiguousarray(np.atleast_2d(np.asarray(radii, dtype=np.float64)))
    if array.ndim != 2 or array.shape[1] != len(unit):
        raise InputError(f"radius functions have shape (n, {len(unit)}), not {array.shape}")
    if not (np.isfinite(array).all() and (array > 0).all()):
        raise InputError("radius functions must be positive and finite")
    volume, area = _polyhedra(array)
    ball_volume, ball_area = _ball()
    hull = np.array([ConvexHull(row[:, None] * unit).volume for row in array])
    true_volume = volume * (4 * np.pi / 3 / ball_volume)
    true_area = area * (4 * np.pi / ball_area)
    return Descriptors(
        _diameters(array),
        volume / hull,
        _aspect_ratios(array),
        np.pi ** (1 / 3) * (6 * true_volume) ** (2 / 3) / true_area,
    )


def _polyhedra(radii: Floats) -> tuple[Floats, Floats]:
    """Volume and area of the polyhedron of every row."""
    unit, faces = directions(), triangles()
    volume, area = np.empty(len(radii)), np.empty(len(radii))
    for row in range(len(radii)):
        a, b, c = (radii[row, :, None] * unit)[faces.T]
        normal = np.cross(b - a, c - a)
        volume[row] = np.einsum("ij,ij->", a, normal) / 6
        area[row] = np.linalg.norm(normal, axis=1).sum() / 2
    return volume, area


@lru_cache(maxsize=1)
def _ball() -> tuple[float, float]:
    volume, area = _polyhedra(np.ones((1, len(directions()))))
    return float(volume[0]), float(area[0])


def _solid_angles() -> Floats:
    """Share of the sphere of every direction: a third of each triangle around it; sums to 4 pi."""
    unit, faces = directions(), triangles()
    a, b, c = unit[faces.T]
    size = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    share = np.bincount(faces.ravel(), np.repeat(size, 3), minlength=len(unit))
    return np.asarray(share * (4 * np.pi / share.sum()))


def _aspect_ratios(radii: Floats) -> Floats:
    """Extents along the eigenvectors of the integral of (x - c)(x - c)^T over the body."""
    unit, weight = directions(), _solid_angles()
    volume = radii**3 @ weight / 3
    centre = (radii**4 * weight) @ unit / 4 / volume[:, None]
    second = np.einsum("nk,ki,kj->nij", radii**5 * weight / 5, unit, unit, optimize=True)
    spread = second / volume[:, None, None] - centre[:, :, None] * centre[:, None, :]
    axes = np.linalg.eigh(spread)[1]
    along = np.matmul(radii[:, :, None] * unit, axes)
    extents = along.max(axis=1) - along.min(axis=1)
    return np.asarray(extents.min(axis=1) / extents.max(axis=1))


def _diameters(radii: Floats) -> Floats:
    out = np.empty(len(radii))
    unit = np.ascontiguousarray(directions())
    for_chunks(len(radii), _CHUNK, lambda a, b: core.diameters(radii[a:b], unit, out[a:b]))
    return out
