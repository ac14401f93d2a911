"""Made from core.h by python -m nmc_mesh._core.stub: what the core's functions take."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

def free(
    address: int,
    /,
) -> None:
    """Free the data of an array that the core made."""

def memory() -> tuple[int, int, int]:
    """Bytes of memory: all of this machine, what programs may still take (-1: the system does
    not say), and the most that this process has held."""

def compact(
    rows: NDArray[np.int32],
    kept: NDArray[np.bool_],
    /,
) -> int:
    """Move the rows that are kept to the front, in their order; how many they are."""

def mark_named(
    items: NDArray[np.int32],
    named: NDArray[np.bool_],
    /,
) -> None:
    """Mark the rows that items name."""

def renumber(
    number: NDArray[np.int32],
    items: NDArray[np.int32],
    /,
) -> None:
    """Replace every item by its number."""

def trim_memory() -> bool:
    """Give the system back what was freed and is kept for later; whether this C library can."""

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

def list_candidates(
    tree: Any,
    rows: NDArray[np.float64],
    lower: NDArray[np.float64],
    box: NDArray[np.float64],
    slack: NDArray[np.float64],
    shape: NDArray[np.int64],
    levels: int,
    first: int,
    last: int,
    counts: NDArray[np.int64],
    /,
) -> NDArray[np.int32]:
    """List the candidates of every box in the root blocks first .. last (C order). A root block
    has 2^levels boxes along every axis; lower is the lower corner of the grid, box the edges of
    a box, slack how far it is enlarged. Writes the length of every list to counts (one per box,
    C order) and returns the lists one after the other, block by block, the boxes of each in
    Morton order."""

def place_candidates(
    lists: NDArray[np.int32],
    shape: NDArray[np.int64],
    levels: int,
    first: int,
    last: int,
    start: NDArray[np.int64],
    seeds: NDArray[np.int32],
    /,
) -> None:
    """Copy the lists that list_candidates returned for the same blocks to their places in C
    order: those of box b are seeds[start[b]:start[b + 1]]."""

def unite_candidates(
    count: int,
    shape: NDArray[np.int64],
    parts: NDArray[np.int64],
    rings: NDArray[np.int64],
    start: NDArray[np.int64],
    seeds: NDArray[np.int32],
    first: int,
    last: int,
    total: NDArray[np.int64],
    united: NDArray[np.int32],
    /,
) -> None:
    """Unite the lists of the cells that cover each of the boxes first .. last (C order). A box
    covers parts cells and rings more on either side, along every axis; count is the number of
    all seeds. The first call, with an empty united, counts into total[b + 1]; the second, with
    the running sums in total, writes the lists, ascending."""

def label_boxes(
    rows: NDArray[np.float64],
    origin: NDArray[np.float64],
    step: NDArray[np.float64],
    boxes: NDArray[np.int64],
    plane: int,
    start: NDArray[np.int64],
    seeds: NDArray[np.int32],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    /,
) -> None:
    """Label the points of the boxes first .. last (C order) of a slab of a regular grid that
    begins at the plane of this number. A box has 4 x 4 x 4 points, and seeds[start[b]:start[b +
    1]] are its candidates; the lowest seed wins among equals."""

def harmonics(
    unit: NDArray[np.float64],
    degree: int,
    values: NDArray[np.float64],
    /,
) -> None:
    """Write Y_lm(u), column l * l + l + m, of unit vectors u for all l <= degree."""

def synthesize(
    unit: NDArray[np.float64],
    degree: int,
    coefficients: NDArray[np.float64],
    values: NDArray[np.float64],
    /,
) -> None:
    """Write sum_lm a_lm Y_lm(u) of unit vectors u for all l <= degree."""

def radial_matrices(
    seeds: NDArray[np.float64],
    diagonals: NDArray[np.float64],
    turns: NDArray[np.float64],
    matrices: NDArray[np.float64],
    /,
) -> None:
    """Write M = Q^T D Q of radial frames in space or in the plane; see GBPD.radial."""

def filter_spline(
    values: NDArray[np.float64],
    /,
) -> None:
    """Replace values on a grid by the coefficients of the cubic spline through them, mirrored
    at the ends."""

def crossings(
    labels: NDArray[np.int32],
    steps: NDArray[np.int64],
    weights: NDArray[np.float64],
    area: NDArray[np.float64],
    /,
) -> None:
    """Add the weight of a step to the area of both labels wherever they change along the step;
    outside the volume is label 0."""

def diameters(
    radii: NDArray[np.float64],
    unit: NDArray[np.float64],
    values: NDArray[np.float64],
    /,
) -> None:
    """Write the largest distance of two corners radii[p, i] unit[i] of every particle p."""

def positive_radii(
    coefficients: NDArray[np.float64],
    columns: NDArray[np.float64],
    positive: NDArray[np.bool_],
    /,
) -> None:
    """Write whether the radius sum_lm a_lm Y_lm is positive in all directions, of every row of
    coefficients; columns: Y_lm in the directions, a row for each l * l + l + m."""

def pair_sum(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    ranks: NDArray[np.int64],
    /,
) -> float:
    """Sum over pairs i < j of (x_j - x_i) |y_j - y_i|; x ascending, ranks those of y."""

def measure_particles(
    labels: NDArray[np.int32],
    spacing: NDArray[np.float64],
    ids: NDArray[np.int32],
    corners: NDArray[np.int64],
    directions: NDArray[np.float64],
    centres: NDArray[np.float64],
    volumes: NDArray[np.float64],
    shares: NDArray[np.float64],
    radii: NDArray[np.float64],
    /,
) -> None:
    """Measure particles of a label image, each inside corners[p] = [lower, upper) along every
    axis: centre of mass and volume in um, the share of its voxels that see the centre without
    leaving it, and how far it reaches from there in its directions."""

def sort_into_cells(
    points: NDArray[np.float64],
    lower: NDArray[np.float64],
    edge: float,
    shape: NDArray[np.int64],
    /,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sort points into a grid of cells: where each cell starts in the order of the points by
    cell (and where the last one ends), and that order."""

def nearest(
    cells: Any,
    reach: float,
    asked: NDArray[np.int64],
    into: NDArray[np.int64],
    found: NDArray[np.int32],
    /,
) -> None:
    """Write the nearest other points of the asked points, nearest first, to rows into[k] of
    found; -1 where there are too few. reach: radius of the first ball that is searched."""

def network_inputs(
    seeds: NDArray[np.float64],
    noise: NDArray[np.float64],
    turns: NDArray[np.float64],
    neighbours: NDArray[np.int32],
    asked: NDArray[np.int64],
    length: float,
    radius: float,
    inputs: NDArray[np.float32],
    /,
) -> None:
    """Write the inputs of a mark network for the asked seeds. Five numbers per neighbour j: Q_i
    (s_j - s_i) / length, sqrt(12) (n_j - 1/2), which has mean 0 and variance 1; zeros where
    there is no neighbour. If radius > 0, 4 min(|s_i| / radius - 1, 1)."""

def network_outputs(
    network: Any,
    seeds: NDArray[np.float64],
    noise: NDArray[np.float64],
    turns: NDArray[np.float64],
    neighbours: NDArray[np.int32],
    asked: NDArray[np.int64],
    length: float,
    radius: float,
    outputs: NDArray[np.float32],
    /,
) -> None:
    """Write what a mark network says of the asked seeds; see network_inputs."""

def choose_seeds(
    rows: NDArray[np.float64],
    owner: NDArray[np.int32],
    points: NDArray[np.float64],
    truth: NDArray[np.int32],
    starts: NDArray[np.int64],
    chosen: NDArray[np.int32],
    lead: NDArray[np.float64],
    first: int,
    last: int,
    /,
) -> None:
    """Write the seeds of least cost to chosen, cheapest first, for the points of the blocks
    first .. last. They are chosen among the 40 cheapest in the middle of the block. The
    cheapest seed that owns the true label takes the last place if no other that owns it is
    among them. lead is by how much the best seed of another label costs more than the best that
    owns the true one."""

def fit_slope(
    rows: NDArray[np.float64],
    owner: NDArray[np.int32],
    points: NDArray[np.float64],
    truth: NDArray[np.int32],
    chosen: NDArray[np.int32],
    start: int,
    stop: int,
    moments: NDArray[np.float64],
    /,
) -> float:
    """Return L of the points start .. stop and add the moments of its slope over u = x - s_i. L
    = sum_x log sum_i exp(-q_i(x)) - log sum_{i owns truth} exp(-q_i(x)) over the candidates of
    x. A row of moments is sum_x w (u0, u1, u2, u0 u0, u1 u1, u2 u2, u0 u1, u0 u2, u1 u2, 1)
    with w = dL / dq_i(x)."""

def count_runs(
    columns: NDArray[np.int32],
    a: int,
    b: int,
    start: NDArray[np.int64],
    /,
) -> None:
    """Count the runs of equal label along z in the columns a .. b, into start[c + 1]."""

def find_runs(
    columns: NDArray[np.int32],
    a: int,
    b: int,
    start: NDArray[np.int64],
    first: NDArray[np.int32],
    /,
) -> None:
    """Write where the runs of the columns a .. b begin."""

def join_runs(
    columns: NDArray[np.int32],
    width: int,
    start: NDArray[np.int64],
    first: NDArray[np.int32],
    /,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Join touching runs of equal label; width is the number of columns along y. Returns the
    component of every run, and the number of voxels and the label of every component."""

def run_contacts(
    runs: Any,
    wanted: NDArray[np.bool_],
    areas: NDArray[np.float64],
    /,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the contacts of all wanted components: pairs (wanted, other) and their common
    areas. A voxel's face across x, y and z has areas[0], [1] and [2]. A pair may occur many
    times."""

def paint_runs(
    columns: NDArray[np.int32],
    runs: Any,
    owner: NDArray[np.int32],
    a: int,
    b: int,
    /,
) -> None:
    """Give every voxel of the columns a .. b the label that owns its component."""

def add_moments(
    labels: NDArray[np.int32],
    a: int,
    b: int,
    first: int,
    total: NDArray[np.int64],
    /,
) -> None:
    """Add 1, x, y, z of every voxel in the planes a .. b to the row of its label; plane 0 of
    labels has x = first."""

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

def spline_at(
    spline: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    values: NDArray[np.float64],
    /,
) -> None:
    """Write the function at points[first:last]."""

def distances_from_cells(
    rows: NDArray[np.float64],
    inside: NDArray[np.bool_],
    corner: NDArray[np.float64],
    box: float,
    shape: NDArray[np.int64],
    start: NDArray[np.int64],
    seeds: NDArray[np.int32],
    lower: NDArray[np.float64],
    step: float,
    nodes: NDArray[np.int32],
    reach: float,
    distances: NDArray[np.float64],
    /,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Write the distance in um, up to `reach`, of grid nodes from where the cells of the seeds
    marked inside end: negative inside. nodes: the cheapest seed of every node; start, seeds:
    candidates by boxes of edge `box` from `corner` on. Returns places on that surface, one for
    each edge of the grid that crosses it, and its normals there."""

def distances_from_shell(
    table: Any,
    lower: NDArray[np.float64],
    step: float,
    reach: float,
    distances: NDArray[np.float64],
    /,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Write the distance in um, up to `reach`, of grid nodes from a shell: negative inside.
    Returns places and normals as nmc_distances_from_cells does."""

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

def number_graded(
    tets: NDArray[np.int32],
    labels: NDArray[np.int32],
    /,
) -> tuple[int, int, NDArray[np.int64], NDArray[np.int32]]:
    """Number the edges and faces of the tetrahedra whose vertices differ in labels, in
    tets[4:14]; edge and face 0 are those of all others. Returns the numbers of edges and faces,
    and for every vertex its neighbours of another label, from start on."""

def mark_large(
    field: Any,
    lengths: Any,
    points: NDArray[np.float64],
    edge: float,
    first: int,
    last: int,
    large: NDArray[np.bool_],
    /,
) -> None:
    """Mark which of the octants points[first:last] of an edge length are too large."""

def labels_at(
    field: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    /,
) -> None:
    """Write the label with the least F at points[first:last]; beyond a domain boundary its
    label."""

def cells_at(
    field: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    /,
) -> None:
    """Do what labels_at does, but see no domain boundaries."""

def domain_boundaries_at(
    field: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    /,
) -> None:
    """Write the domain boundary that each of points[first:last] is farthest beyond."""

def domain_boundary_distances(
    field: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    distances: NDArray[np.float64],
    /,
) -> None:
    """Write how far points[first:last] lie beyond the domain boundary, in um, to first
    order."""

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
    """Mark those tetrahedra too, of the cells first ... last - 1, that touch a vertex warped
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

def warp_vertices(
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
    """Place the wanted vertices first ... last - 1, on boundaries that pass close by, and write
    the set of labels that each touches, filled up with EMPTY."""

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
    """Mark the warped vertices of active tetrahedra whose volume fell under 5 % of the
    lattice's."""

def unwarp(
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
    cut: NDArray[np.bool_],
    triple: NDArray[np.bool_],
    /,
) -> None:
    """Mark the cut edges, and the faces with three cuts, of tetrahedra first ... last - 1."""

def number_marks(
    marked: NDArray[np.bool_],
    first: int,
    before: NDArray[np.int32],
    /,
) -> int:
    """Number the points of what is marked, from first on; return the next number."""

def place_cuts(
    field: Any,
    lattice: Any,
    active: NDArray[np.bool_],
    sets: NDArray[np.int32],
    cut: Any,
    triple: Any,
    first: int,
    last: int,
    points: NDArray[np.float64],
    /,
) -> None:
    """Write the places of the cuts and triple points of the tetrahedra first ... last - 1,
    which are 0 where they are not known."""

def split_tets(
    field: Any,
    lattice: Any,
    active: NDArray[np.bool_],
    sets: NDArray[np.int32],
    cut: Any,
    triple: Any,
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

def face_spans(
    cells: NDArray[np.int32],
    first: int,
    last: int,
    spans: NDArray[np.int32],
    /,
) -> None:
    """Write the least and the greatest number that is the lowest vertex of a face, of the
    blocks of 4096 cells first ... last - 1; see src/mesh/face_lists.hpp."""

def pair_faces(
    spans: NDArray[np.int32],
    cells: NDArray[np.int32],
    first: int,
    last: int,
    across: NDArray[np.int32],
    /,
) -> None:
    """Write the cells behind the faces whose lowest vertex is one of first ... last - 1."""

def unite_cells(
    labels: NDArray[np.int32],
    across: NDArray[np.int32],
    alike: bool,
    parent: NDArray[np.int32],
    /,
) -> None:
    """Unite neighbouring cells of one label (alike: of any label) above 0; roots are the
    lowest."""

def mark_fragments(
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    labels: NDArray[np.int32],
    alike: bool,
    parent: NDArray[np.int32],
    fragment: NDArray[np.bool_],
    /,
) -> None:
    """Mark the cells of every piece that is not the largest of its label (alike: of all labels
    above 0), the one of lowest root among equals. parent are the roots as unite_cells writes
    them; they are the same afterwards."""

def give_away(
    labels: NDArray[np.int32],
    across: NDArray[np.int32],
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

def project_to_domain_boundary(
    field: Any,
    vertices: NDArray[np.int64],
    boundaries: NDArray[np.int64],
    points: NDArray[np.float64],
    /,
) -> None:
    """Move vertices onto domain boundaries, one after the other; a vertex may have several."""

def move_to_targets(
    points: NDArray[np.float64],
    target: NDArray[np.float64],
    cells: NDArray[np.int32],
    start: NDArray[np.int64],
    order: NDArray[np.int32],
    off: NDArray[np.int64],
    near: float,
    good: float,
    steps: int,
    /,
) -> int:
    """Move the vertices off to their targets where the cells round them (start and order as
    bucket gives them of the cells) keep the fitness good or what they had, or as many of so
    many equal steps of the way as they do; return how many stay farther off than near."""

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

def find_contacts(
    field: Any,
    edge: float,
    close: float,
    around: float,
    points: NDArray[np.float64],
    label_at: NDArray[np.int32],
    pairs: NDArray[np.int32],
    start: NDArray[np.int64],
    facets_at: NDArray[np.int32],
    order: NDArray[np.int32],
    first: int,
    last: int,
    /,
) -> NDArray[np.int32]:
    """List the contacts of the vertices order[first ... last - 1], those close by first, as
    rows (vertex, label, whether it is close by): see src/mesher/contacts.hpp. label_at: the
    label of a cell at every vertex; facets_at[start[v]:start[v + 1]]: facets at vertex v. The
    lists of the field must be complete up to edge + around around."""

def bound_distances(
    field: Any,
    shell: NDArray[np.float64],
    size: float,
    reach: float,
    points: NDArray[np.float64],
    facets: NDArray[np.int32],
    pairs: NDArray[np.int32],
    contacts: Any,
    order: NDArray[np.int32],
    first: int,
    last: int,
    bounds: NDArray[np.float64],
    /,
) -> None:
    """Write a bound in um of the distance of every place of the facets order[first ... last -
    1], flat or curved, from the exact boundary of their two labels; infinite where nothing is
    proved within reach. The lists of the field must be complete up to size * 1.8661 around.
    shell: see ShellBounds in src/mesher/covering.hpp."""

def bound_by_neighbours(
    field: Any,
    shell: NDArray[np.float64],
    size: float,
    reach: float,
    points: NDArray[np.float64],
    facets: NDArray[np.int32],
    pairs: NDArray[np.int32],
    cubes: Any,
    proven: NDArray[np.float64],
    which: NDArray[np.int64],
    first: int,
    last: int,
    bounds: NDArray[np.float64],
    /,
) -> None:
    """Write two bounds of the facets which[first ... last - 1] with the help of those near,
    whose bounds are proven[k]: of the distance from the boundaries of both labels, whoever is
    on the other side, and from the boundary of the two. cubes: of the facets."""

def bound_owned(
    field: Any,
    shell: NDArray[np.float64],
    size: float,
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    labels: NDArray[np.int32],
    facets: NDArray[np.int32],
    pairs: NDArray[np.int32],
    start: NDArray[np.int64],
    facets_at: NDArray[np.int32],
    cubes: Any,
    contacts: Any,
    first: int,
    last: int,
    bounds: NDArray[np.float64],
    /,
) -> None:
    """Write, for the cells first ... last - 1, how far in um from the facets of its label a
    place of the cell can be where that label is not the cheapest: 0 if it is so everywhere,
    infinite where nothing is proved. facets_at[start[v]:start[v + 1]]: facets at vertex v;
    cubes: of the facets. The lists of the field must be complete up to size * 1.8661 around.
    See src/mesher/owned_cells.cpp."""

def bound_surface(
    field: Any,
    shell: NDArray[np.float64],
    size: float,
    points: NDArray[np.float64],
    facets: NDArray[np.int32],
    cubes: Any,
    enough: float,
    first: int,
    last: int,
    bounds: NDArray[np.float64],
    /,
) -> None:
    """Write, for the boxes first ... last - 1 of a field, how far in um from the outer facets a
    place of the exact outer surface in the box can be: 0 if there is none, infinite where no
    facet is near. Bounds that are not more than `enough` um need not be any sharper. cubes: of
    these facets. See src/mesher/met_surface.cpp."""

def prove_junctions(
    field: Any,
    shell: NDArray[np.float64],
    reach: float,
    sets: NDArray[np.int32],
    places: NDArray[np.float64],
    first: int,
    last: int,
    found: NDArray[np.bool_],
    /,
) -> None:
    """Write whether the sets first ... last - 1 of two to four labels (0: outside), ascending,
    filled up with the least number, are proved to meet near the places given. The lists of the
    field must be complete up to reach around."""

def table_junctions(
    sets: NDArray[np.int32],
    found: NDArray[np.bool_],
    /,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """List the sets that were found and all parts of them, each with a 1 behind its labels, and
    where they are by their hashes: see src/mesher/label_sets.hpp."""

def find_junctions(
    field: Any,
    shell: NDArray[np.float64],
    resolution: float,
    reach: float,
    known: NDArray[np.int32],
    slots: NDArray[np.int32],
    first: int,
    last: int,
    /,
) -> NDArray[np.int32]:
    """List the sets of two to four labels (0: outside), beside those known, that meet in the
    boxes first ... last - 1 of a field: labels ascending, filled up with the least number, then
    1 if the set is proved to meet, 0 if that is undecided down to the resolution in um. Sets of
    several boxes come several times. known, slots: those of nmc_table_junctions. The lists of
    the field must be complete up to reach around."""

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

def enter_slabs(
    points: NDArray[np.float64],
    slabs: Any,
    first: int,
    last: int,
    slab: NDArray[np.int32],
    /,
) -> None:
    """Write the slabs of the vertices first:last."""

def middle_cells(
    work: Any,
    bad: NDArray[np.bool_],
    slabs: Any,
    first: int,
    last: int,
    /,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Those of the bad cells first:last whose centroids lie in the middle half of a slab, and
    that."""

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
    """Mark anew the cells at vertices[first:last] of all those touched."""

def vertex_pass(
    field: Any,
    work: Any,
    order: NDArray[np.int32],
    edge: float,
    good: float,
    leave: float,
    aim: float,
    seed: int,
    first: int,
    last: int,
    /,
) -> None:
    """Fit and smooth the vertices order[first:last]; edge, and leave from their strata, in um.
    By angles, acute ones whose sines are under aim are lifted last."""

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

def cap_pits(
    work: Any,
    pits: NDArray[np.int32],
    dead: NDArray[np.int64],
    height: int,
    /,
) -> int:
    """Remove edges from vertices that are short of their domain boundary to vertices outside,
    so that the cells before the domain boundary are apart from those beyond it. Return the
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
    spans: NDArray[np.int32],
    cells: NDArray[np.int32],
    labels: NDArray[np.int32],
    /,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Facets whose lowest vertex is in [first, last), and the grains and cells on their sides;
    a second cell of -2 marks a triangle of more than two cells. `spans` are those of
    nmc_face_spans."""

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

def exchange_orientations(
    local: NDArray[np.float64],
    frames: NDArray[np.float64],
    starts: NDArray[np.int64],
    others: NDArray[np.int32],
    pairs: NDArray[np.int32],
    areas: NDArray[np.float64],
    group: NDArray[np.float64],
    cosines: NDArray[np.float64],
    target: NDArray[np.float64],
    grains: NDArray[np.int32],
    spins: NDArray[np.float64],
    levels: NDArray[np.float64],
    /,
) -> float:
    """Let grains exchange what lies in their frames, one pair of grains after the other, with a
    turn of each about c (cosine and sine of half of it, of both); where they are one, it turns.
    A step stays if the misfit grows by no more than its level. Neighbours of grain i:
    others[starts[i]] to before starts[i + 1], with the number of the pair of each, whose areas
    sum up to 1; every pair stands with both. Misfit: mean square of the differences of the
    shares of area up to each class of disorientations, cosines: of half their upper ends.
    Returns that which is left."""

def plane_pieces(
    labels: NDArray[np.int32],
    six: bool,
    /,
) -> tuple[NDArray[np.int32], int]:
    """Number the connected sets of pixels of equal label >= 0 by their first pixel, from 0 on;
    -1 elsewhere. Pixels touch along edges; (i, j) touches (i + 1, j - 1) as well if `six`.
    Returns the numbers and how many there are."""

def fill_plane(
    labels: NDArray[np.int32],
    /,
) -> None:
    """Give pixels of label -2 the label >= 0 that is the fewest steps along edges away, that of
    the first pixel among equals; -1 where none can be reached. Other pixels stay."""

def close_windows(
    wide: NDArray[np.int32],
    least: NDArray[np.float64],
    labels: NDArray[np.int32],
    /,
) -> None:
    """The middle of windows without the pieces of fewer than `least` pixels, which go to their
    neighbours as in nmc_fill_plane; a piece that meets the border of its window is large."""

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
    first: bool,
    /,
) -> NDArray[np.float64]:
    """Lengths in pixels of whole runs of a label along the first axis, or the second, whose
    middle lies in `core`; a run next to the border or to a negative label has no length."""

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

def matmul(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the product of two matrices, each entry summed in ascending order, nothing
    fused."""

def sparse_matmul(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float64],
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the rows first ... last - 1 of the product of a sparse matrix and a dense one: row
    r has the entries starts[r] ... starts[r + 1] - 1, which are summed in their order, nothing
    fused."""

def symmetric_eigen(
    matrices: NDArray[np.float64],
    values: NDArray[np.float64],
    vectors: NDArray[np.float64],
    /,
) -> None:
    """Write the eigenvalues of symmetric matrices of 2 or 3 rows, ascending, and unit
    eigenvectors: vectors[i, k] belongs to values[i, k]; its entry of largest size is
    positive."""

def gauss_rule(
    nodes: NDArray[np.float64],
    weights: NDArray[np.float64],
    /,
) -> None:
    """Write the nodes of Gauss's rule on [-1, 1], ascending, and their weights."""

def standard_normal(
    generator: int,
    out: NDArray[np.float64],
    /,
) -> None:
    """Draw standard normal numbers."""

def standard_gamma(
    generator: int,
    shape: float,
    out: NDArray[np.float64],
    /,
) -> None:
    """Draw numbers of the gamma law of scale 1."""

def standard_t(
    generator: int,
    freedom: float,
    out: NDArray[np.float64],
    /,
) -> None:
    """Draw numbers of Student's t law."""

def poisson(
    generator: int,
    mean: float,
    out: NDArray[np.int64],
    /,
) -> None:
    """Draw numbers of Poisson's law."""
