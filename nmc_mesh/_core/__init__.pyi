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

def radii(
    table: Any,
    points: NDArray[np.float64],
    radii: NDArray[np.float64],
    /,
) -> None:
    """Write X and its gradient at points, none of them the origin."""

def sides_of_shell(
    table: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    sides: NDArray[np.int8],
    /,
) -> None:
    """Write for points[first:last] 1 inside, -1 outside, 0 so close to the shell that the table
    cannot tell."""

def project(
    field: Any,
    names: NDArray[np.int32],
    counts: NDArray[np.int32],
    reach: float,
    places: NDArray[np.float64],
    converged: NDArray[np.bool_],
    /,
) -> None:
    """Move places to where the first counts[i] of their labels have equal F, by Newton; write
    whether that was within reach."""

def labels_at(
    field: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    /,
) -> None:
    """Write the label with the least F at points[first:last]; beyond a wall that is the
    wall."""

def cells_at(
    field: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    /,
) -> None:
    """Do what labels_at does, but see no walls."""

def walls_at(
    field: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    /,
) -> None:
    """Write the wall that each of points[first:last] is farthest beyond."""

def wall_distances(
    field: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    distances: NDArray[np.float64],
    /,
) -> None:
    """Write how far points[first:last] lie beyond the nearest wall, in um, to first order."""

def label_vertices(
    field: Any,
    lattice: Any,
    first: int,
    last: int,
    labels: NDArray[np.int32],
    /,
) -> None:
    """Write the labels of the lattice vertices first ... last - 1."""

def mark_tets(
    lattice: Any,
    labels: NDArray[np.int32],
    first: int,
    last: int,
    active: NDArray[np.bool_],
    /,
) -> None:
    """Mark the lattice tetrahedra, of the cells first ... last - 1, with a vertex in a
    grain."""

def mark_touching(
    lattice: Any,
    sets: NDArray[np.int32],
    wanted: NDArray[np.bool_],
    first: int,
    last: int,
    active: NDArray[np.bool_],
    /,
) -> None:
    """Mark those tetrahedra too, of the cells first ... last - 1, that touch a vertex snapped
    onto a grain: so every vertex of a grain has all of its cells, those outside among them."""

def mark_vertices(
    lattice: Any,
    active: NDArray[np.bool_],
    first: int,
    last: int,
    wanted: NDArray[np.bool_],
    /,
) -> None:
    """Mark the vertices of the active tetrahedra first ... last - 1."""

def snap_vertices(
    field: Any,
    lattice: Any,
    labels: NDArray[np.int32],
    wanted: NDArray[np.bool_],
    first: int,
    last: int,
    points: NDArray[np.float64],
    sets: NDArray[np.int32],
    /,
) -> None:
    """Place the wanted vertices first ... last - 1, and write the set of labels that each
    touches, filled up with EMPTY."""

def mark_flat(
    lattice: Any,
    active: NDArray[np.bool_],
    points: NDArray[np.float64],
    sets: NDArray[np.int32],
    first: int,
    last: int,
    flat: NDArray[np.bool_],
    /,
) -> None:
    """Mark the snapped vertices of active tetrahedra whose volume fell under 5 % of the
    lattice's."""

def unsnap(
    lattice: Any,
    flat: NDArray[np.bool_],
    points: NDArray[np.float64],
    sets: NDArray[np.int32],
    /,
) -> None:
    """Put the marked vertices back on the lattice and clear the marks."""

def mark_cuts(
    field: Any,
    lattice: Any,
    active: NDArray[np.bool_],
    sets: NDArray[np.int32],
    first: int,
    last: int,
    cut: NDArray[np.int32],
    triple: NDArray[np.int32],
    /,
) -> None:
    """Mark with 1 the cut edges, and the faces with three cuts, of tetrahedra first ... last -
    1."""

def number_marks(
    marks: NDArray[np.int32],
    first: int,
    /,
) -> int:
    """Replace marks (1) by numbers from first on, the rest by -1; return the next number."""

def place_cuts(
    field: Any,
    lattice: Any,
    active: NDArray[np.bool_],
    sets: NDArray[np.int32],
    cut: NDArray[np.int32],
    triple: NDArray[np.int32],
    first: int,
    last: int,
    points: NDArray[np.float64],
    /,
) -> None:
    """Write the places of the cuts and triple points of the tetrahedra first ... last - 1."""

def split_tets(
    field: Any,
    lattice: Any,
    active: NDArray[np.bool_],
    sets: NDArray[np.int32],
    cut: NDArray[np.int32],
    triple: NDArray[np.int32],
    points: NDArray[np.float64],
    first: int,
    last: int,
    /,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Split the active tetrahedra first ... last - 1. Returns the pieces, their labels and new
    inner points; inner point i is named -1 - i in the pieces."""

def bucket(
    keys: NDArray[np.int32],
    count: int,
    /,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Sort the places of keys, of 0 ... count - 1, by counting. Returns starts and order: the
    places of k are order[starts[k]:starts[k + 1]], ascending."""

def lowest_of_faces(
    cells: NDArray[np.int32],
    first: int,
    last: int,
    lowest: NDArray[np.int32],
    /,
) -> None:
    """Write the lowest vertex of each face of the cells first ... last - 1."""

def pair_faces(
    starts: NDArray[np.int64],
    faces: NDArray[np.int32],
    cells: NDArray[np.int32],
    first: int,
    last: int,
    across: NDArray[np.int32],
    /,
) -> None:
    """Write the cells behind the faces whose lowest vertex is one of first ... last - 1; starts
    and faces as bucket gives them of the lowest vertices."""

def unite_cells(
    labels: NDArray[np.int32],
    across: NDArray[np.int32],
    alike: bool,
    parent: NDArray[np.int32],
    /,
) -> None:
    """Unite neighbouring cells of one label (alike: of any label) above 0; roots are the
    lowest."""

def give_away(
    labels: NDArray[np.int32],
    across: NDArray[np.int32],
    parent: NDArray[np.int32],
    fragment: NDArray[np.bool_],
    area: NDArray[np.float64],
    start: NDArray[np.int64],
    cells: NDArray[np.int32],
    inner: bool,
    offer: NDArray[np.int32],
    /,
) -> None:
    """Choose for every fragment the neighbouring label with the largest common surface, with
    inner one of a grain if there is any. Fragment n has the cells cells[start[n]:start[n + 1]];
    area holds the areas of their faces."""

def cell_volumes(
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    first: int,
    last: int,
    volumes: NDArray[np.float64],
    /,
) -> None:
    """Write the signed volumes of the cells first ... last - 1."""

def fitness_of_cells(
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    fitness: NDArray[np.float64],
    /,
) -> None:
    """Write the lesser of the quality and the sine of the least angle of cells."""

def seat_on_walls(
    field: Any,
    vertices: NDArray[np.int64],
    walls: NDArray[np.int64],
    points: NDArray[np.float64],
    /,
) -> None:
    """Move vertices onto walls, one after the other; a vertex may have several."""

def press(
    points: NDArray[np.float64],
    target: NDArray[np.float64],
    cells: NDArray[np.int32],
    start: NDArray[np.int64],
    order: NDArray[np.int32],
    off: NDArray[np.int64],
    near: float,
    good: float,
    /,
) -> int:
    """Move the vertices off to their targets where the cells round them (start and order as
    bucket gives them of the cells) keep the fitness good or what they had; return how many stay
    farther off than near."""

def level_sizes(
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    slope: float,
    sizes: NDArray[np.float64],
    /,
) -> bool:
    """Lower sizes at the vertices of each cell to what its other vertices allow, with a slope
    per um of edge; return whether any fell."""

def boundary_distances(
    field: Any,
    places: NDArray[np.float64],
    pairs: NDArray[np.int32],
    first: int,
    last: int,
    distances: NDArray[np.float64],
    /,
) -> None:
    """Write the first-order distances of places[first:last] from the exact boundaries of two
    grains each, of a grain and outside where the second is 0."""

def move_nodes(
    field: Any,
    ends: NDArray[np.float64],
    names: NDArray[np.int32],
    counts: NDArray[np.int32],
    reach: float,
    crease: float,
    first: int,
    last: int,
    places: NDArray[np.float64],
    moved: NDArray[np.bool_],
    /,
) -> None:
    """Move the nodes first ... last - 1 of edges onto the boundaries of their labels, 0 the
    last of them where it is outside; write which were moved. reach and crease are shares of the
    edge."""

def count_stars(
    cells: NDArray[np.int32],
    count: NDArray[np.int32],
    /,
) -> None:
    """Add the number of cells at every vertex to count."""

def fill_stars(
    cells: NDArray[np.int32],
    start: NDArray[np.int64],
    count: NDArray[np.int32],
    pool: NDArray[np.int32],
    /,
) -> None:
    """Write the cells of every vertex to pool, from start on; count must be zero before."""

def judge_cells(
    work: Any,
    good: float,
    bad: NDArray[np.bool_],
    first: int,
    last: int,
    /,
) -> None:
    """Mark which of the cells first:last are under good."""

def judge_stars(
    work: Any,
    vertices: NDArray[np.int32],
    good: float,
    bad: NDArray[np.bool_],
    first: int,
    last: int,
    /,
) -> None:
    """Mark anew the cells at vertices[first:last]."""

def vertex_pass(
    field: Any,
    work: Any,
    order: NDArray[np.int32],
    edge: float,
    good: float,
    leave: float,
    seed: int,
    first: int,
    last: int,
    /,
) -> None:
    """Fit and smooth the vertices order[first:last]; edge, and leave from their strata, in
    um."""

def cell_pass(
    field: Any,
    work: Any,
    order: NDArray[np.int32],
    edge: float,
    good: float,
    leave: float,
    seed: int,
    dead: NDArray[np.int64],
    height: int,
    first: int,
    last: int,
    /,
) -> int:
    """Mend the cells order[first:last] that are under good: collapse, flip, smooth. Return the
    height of the stack of dead cells."""

def coarse_pass(
    work: Any,
    order: NDArray[np.int32],
    lengths: NDArray[np.float64],
    edge: float,
    dead: NDArray[np.int64],
    height: int,
    first: int,
    last: int,
    /,
) -> int:
    """Collapse the vertices order[first:last] onto near neighbours, towards the edge lengths
    that are asked for at vertices. Return the height of the stack of dead cells."""

def measure_cells(
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    shapes: NDArray[np.float64],
    first: int,
    last: int,
    /,
) -> None:
    """Write volume, smallest and largest dihedral angle and radius ratio of the cells
    first:last."""

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

def exp(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write e^x."""

def expm1(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write e^x - 1."""

def log(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the natural logarithm of x."""

def log1p(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the natural logarithm of 1 + x."""

def tanh(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the hyperbolic tangent of x."""

def sin(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the sine of x radians."""

def cos(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the cosine of x radians."""

def acos(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the angle in [0, pi] whose cosine is x."""

def asin(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the angle in [-pi/2, pi/2] whose sine is x."""

def cbrt(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the cube root of x."""

def sincos(
    x: NDArray[np.float64],
    sine: NDArray[np.float64],
    cosine: NDArray[np.float64],
    /,
) -> None:
    """Write the sine and the cosine of x radians."""

def pow(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write x^y."""

def atan2(
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the angle of (x, y), in [-pi, pi]."""

def hypot(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write sqrt(x^2 + y^2)."""
