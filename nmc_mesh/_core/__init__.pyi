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

def planar_rows(
    seeds: NDArray[np.float64],
    turns: NDArray[np.float64],
    diagonals: NDArray[np.float64],
    offsets: NDArray[np.float64],
    /,
) -> NDArray[np.float64]:
    """Rows (p_x, p_y, A_xx, A_xy, A_yy, m, sqrt of the largest eigenvalue of A) of the costs (x
    - p)^T A (x - p) + m on a plane; seeds are x, y, z from the centre and z over the plane,
    marks as in GBPD.radial."""

def label_mask(
    rows: NDArray[np.float64],
    pixel: float,
    x0: float,
    y0: float,
    wide: NDArray[np.bool_],
    labels: NDArray[np.int32],
    /,
) -> None:
    """Label the pixels of a mask by the rows of a plane, the others -1; pixel (i, j) lies at
    (x0, y0) + pixel * (i, j). Seeds whose minimum lies more than 5 cells of 6 pixels away are
    not looked at."""

def plane_moments(
    labels: NDArray[np.int32],
    count: int,
    /,
) -> NDArray[np.float64]:
    """1, i, j, ii, jj, ij summed over the pixels of the labels 0 ... count - 1."""

def plane_chords(
    labels: NDArray[np.int32],
    core: NDArray[np.bool_],
    /,
) -> NDArray[np.float64]:
    """Lengths in pixels of whole runs of a label, along both axes, whose middle lies in `core`;
    a run next to the border or to a negative label has no length."""

def label_windows(
    rows: NDArray[np.float64],
    starts: NDArray[np.int64],
    centers: NDArray[np.float64],
    turns: NDArray[np.float64],
    heights: NDArray[np.float64],
    largest: NDArray[np.float64],
    labels: NDArray[np.int32],
    /,
) -> None:
    """Write the row of least cost at every pixel of every window, the lowest among equals.
    Window w looks at rows[starts[w, 0] : starts[w, 1]], `largest` are roots of their largest
    eigenvalues; its pixel (i, j) lies at centers[w] + i - (n - 1) / 2 along and j - (n - 1) / 2
    across the direction turns[w] (cosine, sine), in the plane z = heights[w]."""

def rank_windows(
    labels: NDArray[np.int32],
    starts: NDArray[np.int64],
    ranks: NDArray[np.uint8],
    visible: NDArray[np.int32],
    count: NDArray[np.int64],
    /,
) -> None:
    """Rank the rows of every window by their pixels, most first, lower row first among equals:
    the rank of every pixel's row, the rows by rank, as many as fit, and how many there are."""

def radial_rows(
    seeds: NDArray[np.float64],
    turns: NDArray[np.float64],
    diagonals: NDArray[np.float64],
    offsets: NDArray[np.float64],
    axes: NDArray[np.float64],
    rows: NDArray[np.float64],
    /,
) -> None:
    """Write the axes Q of radial seeds and the rows of Q^T D Q, as GBPD.rows has them."""

def add_second_moments(
    labels: NDArray[np.int32],
    first: int,
    last: int,
    offset: int,
    total: NDArray[np.int64],
    /,
) -> None:
    """Add 1, x, y, z, xx, yy, zz, xy, xz, yz of all voxels in planes [first, last) to the rows
    of their labels; the first plane of the array is number `offset`."""

def add_neighbours(
    labels: NDArray[np.int32],
    planes: int,
    table: NDArray[np.int32],
    count: NDArray[np.int64],
    /,
) -> None:
    """Enter every pair of labels that share a face of a voxel in the planes before `planes`
    into each other's row; one plane more may be there, faces toward it are looked at too."""

def bounding_boxes(
    points: NDArray[np.float64],
    starts: NDArray[np.int64],
    nodes: NDArray[np.int32],
    boxes: NDArray[np.float64],
    /,
) -> None:
    """Write lower and upper corner of what each entity holds: nodes[starts[k] : starts[k +
    1]]."""

def unfilter_png(
    raw: NDArray[np.uint8],
    step: int,
    lines: NDArray[np.uint8],
    /,
) -> bool:
    """Undo the filters of a PNG's lines, `step` bytes per pixel; false if one is not known."""

def write_lines(
    values: NDArray[np.int32],
    starts: NDArray[np.int64],
    separator: int,
    text: NDArray[np.uint8],
    /,
) -> int:
    """Write lines of numbers, none negative, values[starts[k] : starts[k + 1]] to the k-th,
    with a character between; returns how many bytes."""

def rasterize(
    corners: NDArray[np.float64],
    walls: NDArray[np.int32],
    seen: NDArray[np.int32],
    nearness: NDArray[np.float64],
    /,
) -> None:
    """Draw triangles over what is seen already: the nearest in every pixel, and its nearness;
    see nmc_mesh/plot/raster.py for corners and walls."""
