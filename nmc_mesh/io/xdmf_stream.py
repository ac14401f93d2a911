"""XDMF with HDF5 of a mesh that comes slab by slab: the files of ``xdmf.py``, array by array.

Slabs go to files without a name until all are there: how long arrays are, and which label every
component has, is known then. So the disk holds the mesh twice for a while, memory a part of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from nmc_mesh.arrays import numbering
from nmc_mesh.files import Beside, written
from nmc_mesh.io.contiguous import fill, laid_out, shaped
from nmc_mesh.io.notes import note_from
from nmc_mesh.io.xdmf import grid_text, item_text, write_groups
from nmc_mesh.mesh.groups import Blocks, Boundaries, Group, groups_of_labels
from nmc_mesh.mesh.slab import Slab
from nmc_mesh.typing import AnyArray, Bools, Ints, Longs

_ROWS = 1 << 20
_COLUMNS = {"points": 3, "cells": 4, "facets": 3, "sides": 2}
"""Arrays of slabs that are kept in files, and how many numbers a row has."""

Parts = Iterator[AnyArray]


class Counts(NamedTuple):
    """How much stands in the files."""

    grains: int
    cells: int
    points: int
    facets: int


class _Sides(NamedTuple):
    """Pairs of labels that facets part, ascending (p, 2), and the id of the group of each, (p,)."""

    pairs: Ints
    ids: Ints

    def of(self, sides: Ints) -> Ints:
        """Id of the group of every facet, 0 where it has none."""
        return self.ids[np.searchsorted(_codes(self.pairs), _codes(sides))]


@contextmanager
def streamed_xdmf(path: Path) -> Iterator[XdmfStream]:
    """Write slabs as they come; the files appear when all went well.

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    with written(path) as beside, ExitStack() as stack:
        beside.name(path)  # tells at once if that cannot be
        folder = path.resolve().parent
        files = {name: stack.enter_context(tempfile.TemporaryFile(dir=folder)) for name in _COLUMNS}
        yield XdmfStream(path, beside, files)


class XdmfStream:
    """The files of a mesh in the making: see `streamed_xdmf`."""

    def __init__(self, path: Path, beside: Beside, files: Mapping[str, IO[bytes]]) -> None:
        self._path, self._beside, self._files = path, beside, files
        self._rows = dict.fromkeys(_COLUMNS, 0)
        self._runs: list[tuple[Ints, Longs]] = []

    def append(self, slab: Slab) -> None:
        """Take over a slab."""
        for name, file in self._files.items():
            values = getattr(slab, name)
            file.write(np.ascontiguousarray(values, dtype=_kind(name)).data)
            self._rows[name] += len(values)
        self._runs.append((slab.components, slab.counts))

    def finish(
        self,
        labels: Ints,
        info: Mapping[str, Any],
        blocks: Blocks = "auto",
        boundaries: Boundaries = "auto",
    ) -> Counts:
        """Write the files, when all slabs are there.

        Parameters
        ----------
        labels
            Label of every component, (c + 1,); cells of those with 0 are left out.
        info
            What the mesh knows, as of `nmc_mesh.mesh.tet_mesh.TetMesh`.
        blocks, boundaries
            As of `nmc_mesh.mesh.groups.groups`.
        """
        run, count = (np.concatenate(part) for part in zip(*self._runs, strict=True))
        label_of_run = labels[run]
        there = np.unique(label_of_run[label_of_run > 0])
        codes = [np.unique(_codes(sides)) for _, sides in self._facets(labels)]
        every = _pairs(np.unique(np.concatenate(codes)))
        groups = groups_of_labels(there, every, blocks, boundaries)
        used = self._used(label_of_run, count)
        cells = self._write_cells(label_of_run, count, used, there, groups, info)
        sides = _Sides(every, _ids(groups, 2, len(every)))
        facets = self._write_facets(labels, used, sides, groups)
        return Counts(len(there), cells, self._points(used), facets)

    def _read(self, name: str) -> Parts:
        """The rows that slabs left, some at a time."""
        kind, columns = _kind(name), _COLUMNS[name]
        file = self._files[name]
        for start in range(0, self._rows[name], _ROWS):
            rows = min(_ROWS, self._rows[name] - start)
            file.seek(start * columns * kind.itemsize)
            yield np.frombuffer(file.read(rows * columns * kind.itemsize), kind).reshape(rows, -1)

    def _used(self, label_of_run: Ints, count: Longs) -> Bools | None:
        """Which points cells that stay have, (n,); None if all have."""
        if (label_of_run > 0).all():
            return None
        used = np.zeros(self._rows["points"], dtype=np.bool_)
        for cells in self._kept_cells(label_of_run, count):
            used[cells] = True
        return used

    def _points(self, used: Bools | None) -> int:
        return self._rows["points"] if used is None else int(used.sum())

    def _kept_cells(self, label_of_run: Ints, count: Longs) -> Parts:
        """Cells of components that have a label."""
        ends, start = np.cumsum(count), 0
        for cells in self._read("cells"):
            rows = np.arange(start, start + len(cells))
            yield cells[label_of_run[np.searchsorted(ends, rows, side="right")] > 0]
            start += len(cells)

    def _facets(self, labels: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Facets and their two labels: the lower first, 0 last; the normal points from the first.

        Where the components on both sides have the same label there is none.
        """
        for facets, sides in zip(self._read("facets"), self._read("sides"), strict=True):
            parted = labels[sides]
            apart = parted[:, 0] != parted[:, 1]
            corners, parted = facets[apart], parted[apart]
            first, second = parted.T
            turned = (first == 0) | ((second > 0) & (second < first))
            corners[turned] = corners[turned][:, ::-1]
            parted[turned] = parted[turned][:, ::-1]
            yield corners, parted

    def _write_cells(
        self,
        label_of_run: Ints,
        count: Longs,
        used: Bools | None,
        there: Ints,
        groups: list[Group],
        info: Mapping[str, Any],
    ) -> int:
        """Write the first grid, and return its number of cells."""
        cells = int(count[label_of_run > 0].sum())
        ids = np.zeros(int(there.max()) + 1, dtype=np.int32)
        ids[there] = _ids(groups, 3, len(there))
        like = {
            "cells": shaped(np.int32, cells, 4),
            "cell_tags": shaped(np.int32, cells),
            "grain_id": shaped(np.int32, cells),
            "points": shaped(np.float64, self._points(used), 3),
        }
        parts = {
            "cells": _numbered(self._kept_cells(label_of_run, count), used),
            "cell_tags": _repeated(ids[label_of_run], count, label_of_run > 0),
            "grain_id": _repeated(label_of_run, count, label_of_run > 0),
            "points": _chosen(self._read("points"), used),
        }
        self._write(self._path, like, parts, groups, note_from(info))
        return cells

    def _write_facets(
        self, labels: Ints, used: Bools | None, known: _Sides, groups: list[Group]
    ) -> int:
        """Write the grid of facets that belong to a group, and return their number."""

        def column(of: Callable[[Ints, Ints, Ints], AnyArray]) -> Parts:
            for facets, sides in self._facets(labels):
                ids = known.of(sides)
                there = ids > 0
                yield of(facets[there], ids[there], sides[there])

        total = sum(len(part) for part in column(lambda facets, ids, sides: ids))
        like = {
            "facets": shaped(np.int32, total, 3),
            "facet_tags": shaped(np.int32, total),
            "facet_grains": shaped(np.int32, total, 2),
        }
        parts = {
            "facets": _numbered(column(lambda facets, ids, sides: facets), used),
            "facet_tags": column(lambda facets, ids, sides: ids),
            "facet_grains": column(lambda facets, ids, sides: sides),
        }
        second = self._path.with_name(f"{self._path.stem}_facets.xdmf")
        self._write(second, like, parts, groups, "", self._points(used))
        return total

    def _write(
        self,
        target: Path,
        like: dict[str, AnyArray],
        parts: Mapping[str, Parts],
        groups: list[Group],
        note: str,
        points: int | None = None,
    ) -> None:
        """Write an XDMF file and the HDF5 file beside it."""
        store = self._beside.name(target.with_suffix(".h5"))

        def more(file: Any) -> None:
            write_groups(file, groups)
            if note:
                file["info"] = np.frombuffer(note.encode(), dtype=np.uint8)

        offsets = laid_out(store, like, more)
        with store.open("r+b") as file:
            for name, offset in offsets.items():
                fill(file, offset, parts[name])
        places = like.get("points", shaped(np.float64, points or 0, 3))
        text = grid_text(target, like, item_text(self._path, "points", places))
        self._beside.name(target).write_text(text, encoding="utf-8")


def _kind(name: str) -> np.dtype[Any]:
    return np.dtype(np.float64 if name == "points" else np.int32)


def _codes(sides: Ints) -> Longs:
    return (sides[:, 0].astype(np.int64) << 32) | sides[:, 1]


def _pairs(codes: Longs) -> Ints:
    return np.stack([codes >> 32, codes & 0xFFFFFFFF], axis=1).astype(np.int32)


def _ids(groups: list[Group], dim: int, count: int) -> Ints:
    """Id of the group that each entity is in, (count,)."""
    ids = np.zeros(count, dtype=np.int32)
    for group in groups:
        if group.dim == dim:
            ids[group.entities] = group.id
    return ids


def _repeated(values: Ints, count: Longs, stays: Bools) -> Parts:
    """A value for every cell of the runs that stay."""
    kept, often = values[stays], count[stays]
    for start in range(0, len(kept), 1 << 12):
        yield np.repeat(kept[start : start + (1 << 12)], often[start : start + (1 << 12)])


def _numbered(parts: Parts, used: Bools | None) -> Parts:
    """Corners by their numbers among the points that are used."""
    number = None if used is None else numbering(used)
    for part in parts:
        yield part if number is None else number[part]


def _chosen(parts: Parts, used: Bools | None) -> Parts:
    """The points that are used."""
    start = 0
    for part in parts:
        yield part if used is None else part[used[start : start + len(part)]]
        start += len(part)
