"""From orientations to grains: connected points whose neighbours are turned a little only."""

from __future__ import annotations

import numpy as np

from nmc_mesh.crystal.orientation import from_bunge
from nmc_mesh.crystal.symmetry import disorientations
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import InputError
from nmc_mesh.typing import Bools, Floats, Ints, Longs

ANGLE = np.radians(5.0)
MIN_PIXELS = 10


def grains(scan: EbsdScan, angle: float = ANGLE, min_pixels: int = MIN_PIXELS) -> Ints:
    """Return the grain of every point of a map, 1 ... n; 0 is unknown.

    Two neighbours belong together if they have the same phase and their disorientation under its
    Laue group is less than ``angle``; a grain is a connected set of such points. A point has four
    neighbours on a square grid and six on a hexagonal one.

    Parameters
    ----------
    scan
        The map.
    angle
        Threshold in radians, in (0, pi).
    min_pixels
        Smaller sets are unknown.

    Returns
    -------
    int32 array of the map's shape (nx, ny); grains are numbered by their first point.

    Raises
    ------
    InputError
        If an option has no meaning, or no grain is left.
    """
    if not 0 < angle < np.pi:
        raise InputError(f"the threshold lies between 0 and pi radians, not at {angle:g}")
    if min_pixels < 1:
        raise InputError(f"a grain has at least 1 pixel, not {min_pixels}")
    first, second = neighbours(scan)
    near = turned(scan, first, second) < angle
    labels = _components(first[near], second[near], scan.indexed.ravel(), min_pixels)
    if labels.max() == 0:
        raise InputError(
            f"{scan.name}: no grain has {min_pixels} points or more; choose a smaller number of "
            "pixels or a larger angle"
        )
    return labels.reshape(scan.phase.shape)


def neighbours(scan: EbsdScan) -> tuple[Longs, Longs]:
    """Return all pairs of neighbours that are both indexed, as flat indices (C order)."""
    flat = np.arange(scan.phase.size).reshape(scan.phase.shape)
    pairs = [(flat[:-1], flat[1:]), (flat[:, :-1], flat[:, 1:])]
    if scan.hexagonal:
        # A moved row lies between i and i + 1 of its neighbours, or i - 1 and i if moved back.
        for start in (0, 1):
            lower, upper = flat[:, start:-1:2], flat[:, start + 1 :: 2]
            forward = (start == 1) == (scan.shift > 0)
            pairs.append((lower[:-1], upper[1:]) if forward else (lower[1:], upper[:-1]))
    first = np.concatenate([a.ravel() for a, _ in pairs])
    second = np.concatenate([b.ravel() for _, b in pairs])
    known = scan.indexed.ravel()
    both = known[first] & known[second]
    return first[both], second[both]


def turned(scan: EbsdScan, first: Longs, second: Longs) -> Floats:
    """Return the disorientation of pairs of points in radians; infinite between two phases."""
    phase = scan.phase.ravel()
    turns = from_bunge(scan.angles.reshape(-1, 3))
    angles = np.full(len(first), np.inf)
    for number, kind in enumerate(scan.phases, start=1):
        pair = (phase[first] == number) & (phase[second] == number)
        angles[pair] = disorientations(turns[first[pair]], turns[second[pair]], kind.rotations)
    return angles


def _components(first: Longs, second: Longs, known: Bools, min_pixels: int) -> Ints:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(first), np.int8), (first, second)), (len(known),) * 2)
    parts = connected_components(graph, directed=False)[1]
    large = (np.bincount(parts) >= min_pixels)[parts] & known
    return numbered(np.where(large, parts + 1, 0))


def numbered(labels: Longs | Ints) -> Ints:
    """Return labels numbered 1 ... n in the order of their first pixel; 0 stays."""
    flat = labels.ravel()
    values, first, back = np.unique(flat, return_index=True, return_inverse=True)
    order = np.argsort(np.where(values == 0, -1, first))
    rank = np.empty(len(values), dtype=np.int32)
    rank[order] = np.arange(len(values)) + (0 if values[0] == 0 else 1)
    return rank[back].reshape(labels.shape)
