"""Layers of a lattice cleaved by themselves, to the bytes that they have in the whole.

    layer   0 . . . [halo | start . . . stop | halo] . . . end

What is decided of a vertex, a cut or a triple point reads its surroundings alone, and the numbers
of an even lattice grow in the same order in any of its layers. So a halo of layers, decided but not
meshed, makes two neighbouring slabs name the same points, with the same bytes, where they meet.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.mesher.cleave import NO_ANCHORS, Soup, cleave_lattice, label_vertices
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.lattice import A15_CELL, Lattice, lattice_over
from nmc_mesh.mesher.wrap import Wrap
from nmc_mesh.progress import silent
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints, Longs

HALO = 4
"""Layers beside those that are meshed, which may then ask `MOST` times for vertices back."""
# Tetrahedra are half a cell long, so each time vertices are taken back the border of the halo
# reaches half a cell farther in. Labels, warping and which tetrahedra take part take three halves,
# and the last tetrahedra reach half a cell over their layers.
_TURNS_PER_LAYER, _TURNS_BEFORE = 2, 3
REACH = 0.3
"""Cells that warping moves a vertex by at most; see `nmc_mesh.mesher.lattice.lattice_over`."""
# What a lattice leaves without tetrahedra at its rim: see Grid::is_inner of the core.
_RIM = 1, 2


def exact_lattice(lower: Floats, upper: Floats, a: float) -> Lattice:
    """Cover a box by an A15 lattice whose vertices are the same bytes in any of its layers.

    The cell's edge has 24 bits, so that its multiples by quarters, and sums of these, are exact.
    """
    return lattice_over(lower, upper, a, float(np.float32(A15_CELL * a)))


def layers_of(grid: Lattice, axis: int, start: int, stop: int) -> Lattice:
    """The layers ``start`` to ``stop`` of a lattice along an axis."""
    lower, shape = grid.lower.copy(), grid.shape.copy()
    lower[axis] += start * grid.step[axis]
    shape[axis] = stop - start
    return grid._replace(lower=lower, shape=shape)


def labels_in_layers(field: Field, grid: Lattice, axis: int, start: int, stop: int) -> Ints:
    """Labels of the vertices in some layers, (layers, vertices of a layer)."""
    part = layers_of(grid, axis, start, stop)
    return by_layer(label_vertices(field, part), part, axis)


def by_layer(values: AnyArray, grid: Lattice, axis: int) -> AnyArray:
    """Values of all vertices, or tetrahedra, of a lattice by its layers, (layers, ...)."""
    return np.moveaxis(values.reshape(*grid.shape, -1), axis, 0)


class Layers(Wrap):
    """Some layers of a lattice with a halo: these alone are meshed.

    Parameters
    ----------
    grid
        The layers and their halo.
    axis
        Across which they lie.
    first, last
        Which of them are meshed, counted from the lowest of the halo.
    labels
        The largest label.
    """

    def __init__(self, grid: Lattice, axis: int, first: int, last: int, labels: int) -> None:
        self._grid, self._axis, self._own = grid, axis, (first, last)
        self.vertices_of: Longs = np.zeros(labels + 1, dtype=np.int64)
        self.turns = 0
        """How often vertices were taken back."""

    def labels(self, labels: Ints) -> None:
        """Count the vertices of each label in the layers that are meshed."""
        own = by_layer(labels, self._grid, self._axis)[slice(*self._own)]
        self.vertices_of = np.bincount(own[own > 0], minlength=len(self.vertices_of))

    def flags(self, flags: Bools) -> None:
        """Count how often vertices are taken back."""
        self.turns += int(flags.any())

    def own(self, active: Bools) -> None:
        """Leave the tetrahedra of these layers alone."""
        layer = by_layer(active, self._grid, self._axis)
        layer[: self._own[0]] = False
        layer[self._own[1] :] = False


def cleave_layers(
    field: Field, grid: Lattice, axis: int, start: int, stop: int, labels: int
) -> tuple[Soup, Longs]:
    """Cleave the tetrahedra that begin in the layers ``start`` to ``stop``.

    Returns
    -------
    soup, vertices_of
        What they are split into; and how many vertices each label has in these layers,
        (labels + 1,).
    """
    halo = HALO
    while True:
        low = max(start - halo - _RIM[0], 0)
        high = min(stop + halo + _RIM[1], int(grid.shape[axis]))
        part = layers_of(grid, axis, low, high)
        wrap = Layers(part, axis, start - low, stop - low, labels)
        soup = cleave_lattice(field, part, NO_ANCHORS, silent, wrap)
        whole = low == 0 and high == grid.shape[axis]
        if whole or wrap.turns <= _TURNS_PER_LAYER * halo - _TURNS_BEFORE:
            return soup, wrap.vertices_of
        halo *= 2
