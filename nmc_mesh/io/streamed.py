"""Meshes that come slab by slab, kept in files without a name until all slabs are there.

How long arrays are, and which label every component has, is known only then. So the disk holds the
mesh twice for a while, memory a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, ClassVar, NamedTuple

import numpy as np

from nmc_mesh.arrays import numbering
from nmc_mesh.files import Beside
from nmc_mesh.mesh.groups import Group
from nmc_mesh.mesh.slab import Slab
from nmc_mesh.typing import AnyArray, Bools, Ints, Longs

_ROWS = 1 << 20
_KINDS = {"points": np.dtype(np.float64), "faces": np.dtype(np.int64)}
"""Types of arrays; those of others are int32."""

Parts = Iterator[AnyArray]


class Counts(NamedTuple):
    """How much stands in the files."""

    grains: int
    cells: int
    points: int
    facets: int


class Sides(NamedTuple):
    """Pairs of labels that facets part, ascending (p, 2), and the id of the group of each, (p,)."""

    pairs: Ints
    ids: Ints

    def of(self, sides: Ints) -> Ints:
        """Id of the group of every facet, 0 where it has none."""
        return self.ids[np.searchsorted(_codes(self.pairs), _codes(sides))]


class Runs(NamedTuple):
    """Cells as they come: of one component each, many in a row."""

    label: Ints
    """Label of every run, (r,); those with 0 are left out."""
    cells: Longs
    """Number of cells of every run, (r,)."""


class Streamed:
    """Slabs in files: what writers of a format read them from."""

    columns: ClassVar[Mapping[str, int]] = {"points": 3, "cells": 4, "facets": 3, "sides": 2}
    """Arrays of slabs that are kept, and how many numbers a row has."""

    def __init__(self, path: Path, beside: Beside, files: Mapping[str, IO[bytes]]) -> None:
        self._path, self._beside, self._files = path, beside, files
        self._rows = dict.fromkeys(self.columns, 0)
        self._runs: list[tuple[Ints, Longs]] = []

    def append(self, slab: Slab) -> None:
        """Take over a slab."""
        for name, file in self._files.items():
            values = getattr(slab, name)
            file.write(np.ascontiguousarray(values, dtype=_kind(name)).data)
            self._rows[name] += len(values)
        self._runs.append((slab.components, slab.counts))

    def runs(self, labels: Ints) -> Runs:
        """Return the runs of cells, given the label of every component, (c + 1,)."""
        run, count = (np.concatenate(part) for part in zip(*self._runs, strict=True))
        return Runs(labels[run], count)

    def pairs(self, labels: Ints) -> Ints:
        """Pairs of labels that facets part, ascending, (p, 2)."""
        codes = [np.unique(_codes(sides)) for _, sides, _ in self.facets(labels)]
        found = np.unique(np.concatenate(codes))
        return np.stack([found >> 32, found & 0xFFFFFFFF], axis=1).astype(np.int32)

    def read(self, name: str) -> Parts:
        """The rows that slabs left, some at a time."""
        kind, columns = _kind(name), self.columns[name]
        file = self._files[name]
        for start in range(0, self._rows[name], _ROWS):
            rows = min(_ROWS, self._rows[name] - start)
            file.seek(start * columns * kind.itemsize)
            yield np.frombuffer(file.read(rows * columns * kind.itemsize), kind).reshape(rows, -1)

    def used(self, runs: Runs) -> Bools | None:
        """Which points cells that stay have, (n,); None if all have."""
        if (runs.label > 0).all():
            return None
        used = np.zeros(self._rows["points"], dtype=np.bool_)
        for cells in self.kept_cells(runs):
            used[cells] = True
        return used

    def count_points(self, used: Bools | None) -> int:
        """Return the number of points that are used."""
        return self._rows["points"] if used is None else int(used.sum())

    def kept_cells(self, runs: Runs) -> Parts:
        """Cells of components that have a label."""
        ends, start = np.cumsum(runs.cells), 0
        for cells in self.read("cells"):
            rows = np.arange(start, start + len(cells))
            yield cells[runs.label[np.searchsorted(ends, rows, side="right")] > 0]
            start += len(cells)

    def facets(self, labels: Ints) -> Iterator[tuple[Ints, Ints, Longs]]:
        """Facets, their two labels, and the face of a cell that each is on the side of the first.

        The lower label comes first, 0 last; the normal points from the first. Where the components
        on both sides have the same label there is no facet. Faces are -1 if they are not kept.
        """
        faces = self.read("faces") if "faces" in self.columns else None
        for facets, sides in zip(self.read("facets"), self.read("sides"), strict=True):
            of_cells = next(faces) if faces is not None else np.full((len(facets), 2), -1)
            parted = labels[sides]
            apart = parted[:, 0] != parted[:, 1]
            corners, parted, of_cells = facets[apart], parted[apart], of_cells[apart]
            first, second = parted.T
            turned = (first == 0) | ((second > 0) & (second < first))
            corners[turned] = corners[turned][:, ::-1]
            parted[turned] = parted[turned][:, ::-1]
            yield corners, parted, np.where(turned, of_cells[:, 1], of_cells[:, 0])


def _kind(name: str) -> np.dtype[Any]:
    return _KINDS.get(name, np.dtype(np.int32))


def _codes(sides: Ints) -> Longs:
    return (sides[:, 0].astype(np.int64) << 32) | sides[:, 1]


def ids_of(groups: list[Group], dim: int, count: int) -> Ints:
    """Id of the group that each entity is in, (count,)."""
    ids = np.zeros(count, dtype=np.int32)
    for group in groups:
        if group.dim == dim:
            ids[group.entities] = group.id
    return ids


def repeated(values: AnyArray, count: Longs) -> Parts:
    """Every value so many times."""
    for start in range(0, len(values), 1 << 12):
        yield np.repeat(values[start : start + (1 << 12)], count[start : start + (1 << 12)])


def numbered(parts: Parts, used: Bools | None) -> Parts:
    """Corners by their numbers among the points that are used."""
    number = None if used is None else numbering(used)
    for part in parts:
        yield part if number is None else number[part]


def chosen(parts: Parts, used: Bools | None) -> Parts:
    """The points that are used."""
    start = 0
    for part in parts:
        yield part if used is None else part[used[start : start + len(part)]]
        start += len(part)
