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
    """Mark anew the cells at vertices[first:last] of all those touched."""

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
