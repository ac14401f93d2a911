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
