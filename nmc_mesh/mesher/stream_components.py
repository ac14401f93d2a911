"""Face-connected components of labels, followed from slab to slab with memory by their number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nmc_mesh.mesher.components import Repairs
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints, Longs

_TURNS = 16
"""As in `nmc_mesh.mesher.components.without_fragments`."""


class Components:
    """The components of all slabs so far, which later ones may unite; 0 stands for outside."""

    def __init__(self) -> None:
        self._parent = np.zeros(1, dtype=np.int32)
        self.labels = np.zeros(1, dtype=np.int32)
        """Label of every component, (c + 1,)."""
        self.volumes = np.zeros(1)
        """Volume of every component in um^3, that of what is united with it not counted."""
        self._pairs: list[Longs] = []
        self._areas: list[Floats] = []
        self._repairs = Repairs(0, 0.0, ())

    def count(self, repairs: Repairs) -> None:
        """Remember what was given away in a slab."""
        before = self._repairs
        self._repairs = Repairs(
            before.fragments + repairs.fragments,
            before.fragment_volume + repairs.fragment_volume,
            before.detached + repairs.detached,
        )

    def add(self, labels: Ints) -> Ints:
        """Enter new components with these labels, and return their numbers."""
        first = len(self.labels)
        numbers = np.arange(first, first + len(labels), dtype=np.int32)
        self._parent = np.concatenate([self._parent, numbers])
        self.labels = np.concatenate([self.labels, labels])
        self.volumes = np.concatenate([self.volumes, np.zeros(len(labels))])
        return numbers

    def unite(self, pairs: Ints) -> None:
        """Make one of each pair of components, (k, 2)."""
        for first, second in pairs.tolist():
            low, high = sorted((self._root(first), self._root(second)))
            self._parent[high] = low

    def measure(self, components: Ints, volumes: Floats) -> None:
        """Add the volumes of cells to their components."""
        self.volumes += _sums(components, volumes, len(self.volumes))

    def touch(self, sides: Ints, areas: Floats) -> None:
        """Add the areas of facets to what their two components have in common."""
        codes = (sides.min(axis=1).astype(np.int64) << 32) | sides.max(axis=1)
        pairs, which = np.unique(codes, return_inverse=True)
        self._pairs.append(pairs)
        self._areas.append(_sums(which.ravel(), areas, len(pairs)))

    def roots(self) -> Ints:
        """The component that stands for all that are united with each, (c + 1,)."""
        roots = self._parent
        while not np.array_equal(roots, roots[roots]):
            roots = roots[roots]
        self._parent = roots
        return roots.copy()

    def volume_of_united(self) -> Floats:
        """Volume of all that is united with each component, (c + 1,)."""
        roots = self.roots()
        return _sums(roots, self.volumes, len(roots))[roots]

    def settled(self) -> tuple[Ints, Repairs]:
        """Leave every label in one component, and the particle too; call it when all slabs are in.

        Of each label the largest component stays, as in `nmc_mesh.mesher.components.whole_grains`;
        the others go to the neighbour with the largest common surface, and what hangs on to the
        largest part of the particle by no facet gets the label 0.

        Returns
        -------
        labels, repairs
            Label of every component, (c + 1,), 0 where its cells are dropped; what was changed.
        """
        roots, labels = self.roots(), self.labels.copy()
        volumes = _sums(roots, self.volumes, len(roots))
        pairs, areas = self._contacts(roots)
        # A fragment beside fragments alone has to wait until one of them is given away.
        for _ in range(_TURNS):
            own = _others(roots)
            small = own[_small(labels[own], volumes[own])]
            if not len(small):
                break
            for number, home in _homes(small, pairs, areas, len(labels)):
                self.count(Repairs(1, float(volumes[number]), ()))
                labels[number] = labels[home]
                volumes[home] += volumes[number]
                roots[roots == number] = home
            pairs, areas = _joined(roots[pairs], areas)
        apart = _apart(_others(roots), pairs, volumes)
        self.count(Repairs(0, 0.0, tuple(np.unique(labels[apart]).tolist())))
        labels[apart] = 0
        return labels[roots], self._repairs

    def _root(self, number: int) -> int:
        while self._parent[number] != number:
            number = int(self._parent[number])
        return number

    def _contacts(self, roots: Ints) -> tuple[Ints, Floats]:
        """Pairs of components that touch, (p, 2), and their areas in common, um^2."""
        if not self._pairs:
            return np.empty((0, 2), dtype=np.int32), np.empty(0)
        codes, areas = np.concatenate(self._pairs), np.concatenate(self._areas)
        ends = np.stack([codes >> 32, codes & 0xFFFFFFFF], axis=1)
        return _joined(roots[ends], areas)


def _others(roots: Ints) -> Ints:
    """Components but outside, ascending; those that are united count once."""
    return np.unique(roots[roots > 0])


def _homes(small: Ints, pairs: Ints, areas: Floats, count: int) -> Iterator[tuple[int, int]]:
    """Fragments and the component, none of them, that each has most surface in common with."""
    loose = np.zeros(count, dtype=np.bool_)
    loose[small] = True
    for number in small.tolist():
        rows = np.flatnonzero((pairs == number).any(axis=1))
        beside = pairs[rows].sum(axis=1) - number
        firm = ~loose[beside]
        if firm.any():
            order = np.lexsort((beside[firm], -areas[rows[firm]]))
            yield number, int(beside[firm][order[0]])


def _apart(own: Ints, pairs: Ints, volumes: Floats) -> Ints:
    """Components that hang on to the largest part of the particle by no facet."""
    part = np.arange(len(volumes))
    between = pairs[(pairs > 0).all(axis=1)]
    while True:
        low = part.copy()
        np.minimum.at(low, between[:, 0], part[between[:, 1]])
        np.minimum.at(low, between[:, 1], part[between[:, 0]])
        low = low[low]
        if np.array_equal(low, part):
            break
        part = low
    total = _sums(part[own], volumes[own], len(volumes))
    return own[part[own] != np.argmax(total)]


def _sums(rows: AnyArray, values: Floats, count: int) -> Floats:
    """Sums of values by their row, (count,)."""
    return np.asarray(np.bincount(rows, values, count), dtype=np.float64)


def _small(labels: Ints, volumes: Floats) -> Bools:
    """Which components are not the largest of their label, the first among equals."""
    order = np.lexsort((-volumes, labels))  # which is stable
    small = np.zeros(len(labels), dtype=np.bool_)
    small[order[1:]] = labels[order[1:]] == labels[order[:-1]]
    return small


def _joined(pairs: Ints, areas: Floats) -> tuple[Ints, Floats]:
    """The same pairs once each, and their areas added; what touches itself is left out."""
    ends = np.sort(pairs, axis=1)
    apart = ends[:, 0] != ends[:, 1]
    ends, areas = ends[apart], areas[apart]
    codes, which = np.unique((ends[:, 0].astype(np.int64) << 32) | ends[:, 1], return_inverse=True)
    rows = np.stack([codes >> 32, codes & 0xFFFFFFFF], axis=1).astype(np.int32)
    return rows, _sums(which.ravel(), areas, len(codes))
