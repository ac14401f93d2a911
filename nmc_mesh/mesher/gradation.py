"""From the edge lengths that are asked for to a lattice that is coarse where it may be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesher.field import Field, exact_field
from nmc_mesh.mesher.octree import Octree, octree_over
from nmc_mesh.mesher.sizes import GRADATION, PROBES, Sizes, evaluate
from nmc_mesh.parallel import for_chunks
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Bools, Floats

LONGER = 1.2
"""A leaf's edge over what is asked for at its centre, at most: ``_core/src/mesher/octants.cpp``."""
CLEAR = 0.55
"""Edges that a leaf keeps off boundaries that ask for less: see there."""
STEEPER = 1.25
"""A growth is a wish rather than a length: leaves may be up to 1.5 times as long, as edges are that
come of collapses (ours)."""
DEEPEST = 6
"""Halvings of the largest leaf at most: 64 times the smallest edge (ours)."""
CHUNK = 1 << 12
NO_LENGTHS = np.empty(0)


class Lengths(NamedTuple):
    """What boundaries and labels ask for; the core's view of `Sizes`."""

    of_label: Floats
    inner: float
    outer: float
    slope: float
    boundaries: bool
    around: int


def octree_for(particle: Particle, sizes: Sizes) -> Octree:
    """Cover a particle by an octree whose leaves are as long as edges should be.

    A leaf is at most 1.2 times as long as what is asked for at its centre. A function of place is
    looked at on 48^3 points of the box and, where cells are smaller, at every one.
    """
    lower, upper = particle.bounds()
    lengths = _lengths(sizes)
    longest = _longest(particle, sizes, lower, upper)
    depth = int(np.clip(np.floor(np.log2(LONGER * longest / sizes.least) + 1e-9), 0, DEEPEST))
    largest = sizes.least * 2**depth
    # As far as any boundary may matter: from there on even the least length asked for is enough.
    reach = max((largest / LONGER - sizes.least) / lengths.slope, CLEAR * largest)
    margin = 2.0 * largest
    field = exact_field(particle, lower - margin, upper + margin, reach / 4.0, reach)
    probe = float((upper - lower).max()) / PROBES

    def large(centres: Floats, edge: float) -> Bools:
        marks = _large(field, lengths, centres, edge)
        if sizes.anywhere is not None and sizes.growth == 0:
            rest = np.flatnonzero(~marks)
            marks[rest] = _asked_in(sizes, centres[rest], edge, probe) < edge / LONGER
        return marks

    return octree_over(lower, upper, sizes.least, depth, large)


def _lengths(sizes: Sizes) -> Lengths:
    # A function of place says what boundaries ask for at each place; it is nowhere less than this.
    everywhere = np.inf if sizes.growth == 0 else sizes.least
    inner = sizes.inner if sizes.anywhere is None else everywhere
    of_label = NO_LENGTHS if sizes.of_label is None else sizes.of_label
    slope = STEEPER * sizes.growth or GRADATION
    return Lengths(of_label, inner, sizes.outer, slope, sizes.growth > 0, sizes.around)


def _longest(particle: Particle, sizes: Sizes, lower: Floats, upper: Floats) -> float:
    """The longest edge that may be asked for anywhere."""
    if sizes.growth > 0:  # no place in a grain of usual size is farther from its boundary
        grain = particle.grain_size
        return max(sizes.least, min(sizes.least + sizes.growth * grain, grain))
    if sizes.of_label is not None:
        return float(sizes.of_label[1:].max())
    if sizes.anywhere is None:
        return sizes.inner
    lines = [np.linspace(a, b, PROBES) for a, b in zip(lower, upper, strict=True)]
    grid = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, 3)
    return float(evaluate(sizes.anywhere, grid).max())


def _large(field: Field, lengths: Lengths, centres: Floats, edge: float) -> Bools:
    marks = np.zeros(len(centres), dtype=np.bool_)
    for_chunks(
        len(centres),
        CHUNK,
        lambda i, j: core.mark_large(field, lengths, centres, edge, i, j, marks),
    )
    return marks


def _asked_in(sizes: Sizes, centres: Floats, edge: float, probe: float) -> Floats:
    """The least that a function asks for in octants, at points no farther apart than ``probe``."""
    assert sizes.anywhere is not None
    count = max(2, int(np.ceil(edge / probe)) + 1)
    line = np.linspace(-0.5, 0.5, count) * edge
    least = evaluate(sizes.anywhere, centres) if len(centres) else np.empty(0)
    for offset in np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3):
        if len(centres):
            least = np.minimum(least, evaluate(sizes.anywhere, centres + offset))
    return least
