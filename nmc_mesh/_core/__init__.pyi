"""Made from core.h by python -m nmc_mesh._core.stub: what the core's functions take."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

def free(
    address: int,
    /,
) -> None:
    """Free the data of an array that the core made."""

def label_points(
    tree: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    /,
) -> None:
    """Write the seed of least cost of points[first:last] to labels, the lowest seed among
    equals."""

def rims(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    corners: NDArray[np.int32],
    triangles: NDArray[np.int32],
    grains: NDArray[np.int32],
    /,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Grain and ends of every edge with its lower end in [first, last) at which the triangles
    of a grain do not match up, and of every edge with four or more; `corners` are places in
    `triangles` by vertex."""

def corner_fans(
    nodes: NDArray[np.int32],
    starts: NDArray[np.int64],
    places: NDArray[np.int32],
    cells: NDArray[np.int32],
    closed: NDArray[np.bool_],
    ranks: NDArray[np.int32],
    copies: NDArray[np.int32],
    /,
) -> None:
    """Number the fans of cells around corners of opened facets: `ranks` of every corner of
    every cell, and how many fans each node has; `places` are places in `cells` by node."""

def middle_fans(
    nodes: NDArray[np.int32],
    starts: NDArray[np.int64],
    places: NDArray[np.int32],
    cells: NDArray[np.int32],
    closed: NDArray[np.bool_],
    ranks: NDArray[np.int32],
    copies: NDArray[np.int32],
    /,
) -> None:
    """Number the fans of cells around middles of edges; `places` are those of the six
    middles."""

def bound_jacobian(
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    first: int,
    last: int,
    bounds: NDArray[np.float64],
    /,
) -> None:
    """Write least, greatest and mean Bernstein coefficient of det J of cells[first:last]."""

def integrate_facets(
    points: NDArray[np.float64],
    facets: NDArray[np.int32],
    origins: NDArray[np.float64],
    shape: NDArray[np.float64],
    slopes: NDArray[np.float64],
    weights: NDArray[np.float64],
    first: int,
    last: int,
    sums: NDArray[np.float64],
    /,
) -> None:
    """Write the integrals over the curved facets[first:last] by a quadrature: shape functions,
    slopes and weights at its points; see facet_integrals of nmc_mesh/mesh/curved.py."""

def fill_hexes(
    node: NDArray[np.int32],
    cell: NDArray[np.int32],
    lower: NDArray[np.float64],
    spacing: NDArray[np.float64],
    first: int,
    last: int,
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    /,
) -> None:
    """Write the corners of the grid in planes [first, last), and the cells that begin there;
    numbers below 0 are left out."""

def mark_junctions(
    labels: NDArray[np.int32],
    first: int,
    last: int,
    lines: NDArray[np.bool_],
    meets: NDArray[np.bool_],
    /,
) -> None:
    """Mark the corners of the grid in planes [first, last) where four or more labels meet, and
    the edges from them, by axis, where three or more do."""

def first_moments(
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    row: NDArray[np.int32],
    sums: NDArray[np.float64],
    boxes: NDArray[np.float64],
    /,
) -> None:
    """Write volume and volume times centroid of every grain, and its bounding box."""

def second_moments(
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    row: NDArray[np.int32],
    centroids: NDArray[np.float64],
    moments: NDArray[np.float64],
    /,
) -> None:
    """Write the integral of (x - c)(x - c)^T over every grain, c its centroid."""

def match_faces(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    faces: NDArray[np.int32],
    cells: NDArray[np.int32],
    labels: NDArray[np.int32],
    /,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Facets whose lowest vertex is in [first, last), and the grains and cells on their sides;
    a second cell of -2 marks a triangle of more than two cells. `faces` are those of `cells`,
    by vertex."""

def meet_facets(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    corners: NDArray[np.int32],
    facets: NDArray[np.int32],
    grains: NDArray[np.int32],
    /,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Triple lines whose lower vertex, and quadruple points, that are in [first, last)."""

def rank_edges(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    order: NDArray[np.int32],
    upper: NDArray[np.int32],
    number: NDArray[np.int32],
    count: NDArray[np.int64],
    /,
) -> None:
    """Rank the upper ends of the edges at the lower ends [first, last): number[order[p]] is the
    rank of upper[order[p]], count[v + 1] how many differ at v."""
