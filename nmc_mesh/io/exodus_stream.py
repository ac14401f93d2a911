"""Exodus II of a mesh that comes slab by slab: the file of ``exodus.py``, array by array.

Elements stand block by block, and slabs bring cells of many blocks; but cells of a slab come in
runs of one grain, so a run is written where its block has room for it. A side set lists elements,
whose numbers are known when all runs are: so every facet is kept with the face of a cell that it
is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, BinaryIO, ClassVar, NamedTuple

import numpy as np

from nmc_mesh.io.exodus import HEAD, SIDE_OPPOSITE, cell_variables, name_letters, note_letters
from nmc_mesh.io.netcdf import NetcdfLayout, big, fill_at
from nmc_mesh.io.notes import note_from
from nmc_mesh.io.streamed import (
    Counts,
    Parts,
    Runs,
    Sides,
    Streamed,
    chosen,
    ids_of,
    numbered,
    repeated,
)
from nmc_mesh.mesh.groups import (
    LARGEST_ID,
    Blocks,
    Boundaries,
    Group,
    groups_of_labels,
    one_cell_each,
)
from nmc_mesh.typing import AnyArray, Bools, Ints, Longs

_ROWS = 1 << 20
_CORNERS = 4


class _Order(NamedTuple):
    """Runs that stay, in the order of elements: block by block."""

    row: Longs
    """Which run each is, (r,)."""
    block: Longs
    """Its block, (r,), from 0 on."""
    cells: Longs
    """Number of its cells, (r,)."""
    element: Longs
    """Number of its first element, (r,), from 1 on."""

    def sizes(self, blocks: int) -> Longs:
        """Number of elements of every block."""
        return np.bincount(self.block, self.cells, blocks).astype(np.int64)


class ExodusStream(Streamed):
    """The file of a mesh in the making."""

    columns: ClassVar[Mapping[str, int]] = {**Streamed.columns, "faces": 2}

    def finish(
        self,
        labels: Ints,
        info: Mapping[str, Any],
        blocks: Blocks = "auto",
        boundaries: Boundaries = "auto",
    ) -> Counts:
        """Write the file, when all slabs are there; parameters as of ``XdmfStream``."""
        runs, every = self.runs(labels), self.pairs(labels)
        there = np.unique(runs.label[runs.label > 0])
        groups = groups_of_labels(there, every, blocks, boundaries, LARGEST_ID)
        cells = [group for group in groups if group.dim == 3]
        sets = [group for group in groups if group.dim == 2]
        order = _ordered(runs, there, cells)
        sides = Sides(every, ids_of(groups, 2, len(every)))
        used = self.used(runs)
        points = self.count_points(used)
        small = one_cell_each(there, every, info)
        variables = cell_variables(small)
        layout = NetcdfLayout(HEAD)
        _lay_out_head(layout, points, int(order.cells.sum()), note_of_stream(info))
        _lay_out_blocks(layout, cells, order.sizes(len(cells)))
        sizes = self._set_sizes(labels, sides, sets)
        _lay_out_sets(layout, sets, sizes)
        _lay_out_variables(layout, list(variables), order.sizes(len(cells)))
        target = self._beside.name(self._path)
        begins = layout.write(target)
        with target.open("r+b") as file:
            self._write_points(file, begins, used, points)
            self._write_elements(file, begins, runs, order, used)
            self._write_sets(file, begins, labels, sides, sets, _Elements(runs, order))
            _write_variables(file, begins, variables, runs, order, there)
        return Counts(len(there), int(order.cells.sum()), points, int(sum(sizes)))

    def _set_sizes(self, labels: Ints, sides: Sides, sets: list[Group]) -> list[int]:
        """Facets of every side set."""
        total = np.zeros(LARGEST_ID + 1, dtype=np.int64)
        for _, parted, _ in self.facets(labels):
            total += np.bincount(sides.of(parted), minlength=len(total))
        return [int(total[group.id]) for group in sets]

    def _write_points(
        self, file: BinaryIO, begins: Mapping[str, int], used: Bools | None, count: int
    ) -> None:
        fill_at(file, begins["node_num_map"], "i4", _numbers(count))
        done = 0
        for part in chosen(self.read("points"), used):
            for axis, name in enumerate("xyz"):
                fill_at(file, begins[f"coord{name}"] + 8 * done, "f8", [part[:, axis]])
            done += len(part)

    def _write_elements(
        self,
        file: BinaryIO,
        begins: Mapping[str, int],
        runs: Runs,
        order: _Order,
        used: Bools | None,
    ) -> None:
        """Write the corners of every block, and the number of every element in the mesh."""
        first = np.concatenate([[0], np.cumsum(order.sizes(int(order.block.max()) + 1))])
        place = np.full(len(runs.cells), -1, dtype=np.int64)
        wide = 4 * _CORNERS
        start = [begins[f"connect{k + 1}"] for k in order.block.tolist()]
        place[order.row] = np.array(start) + wide * (order.element - 1 - first[order.block])
        ends = np.cumsum(runs.cells)
        done = 0
        for cells in numbered(self.read("cells"), used):
            row = int(np.searchsorted(ends, done, side="right"))
            begin = 0
            while begin < len(cells):
                stop = min(len(cells), int(ends[row]) - done)
                if place[row] >= 0:
                    off = done + begin - int(ends[row] - runs.cells[row])
                    file.seek(int(place[row]) + wide * off)
                    file.write(big(cells[begin:stop] + np.int32(1), "i4"))
                begin, row = stop, row + 1
            done += len(cells)
        kept = np.where(runs.label > 0, runs.cells, 0)
        before = (np.cumsum(kept) - kept)[order.row]
        numbers = (
            np.arange(first + 1, first + 1 + count)
            for first, count in zip(before.tolist(), order.cells.tolist(), strict=True)
        )
        fill_at(file, begins["elem_num_map"], "i4", numbers)

    def _write_sets(
        self,
        file: BinaryIO,
        begins: Mapping[str, int],
        labels: Ints,
        sides: Sides,
        sets: list[Group],
        elements: _Elements,
    ) -> None:
        set_of_id = np.zeros(LARGEST_ID + 1, dtype=np.int64)
        set_of_id[[group.id for group in sets]] = np.arange(1, len(sets) + 1)
        done = np.zeros(len(sets) + 1, dtype=np.int64)
        for _, parted, faces in self.facets(labels):
            which = set_of_id[sides.of(parted)]
            row = np.argsort(which, kind="stable")
            element, side = elements.of(faces[row])
            bounds = np.searchsorted(which[row], np.arange(1, len(sets) + 2))
            for k, (start, stop) in enumerate(pairwise(bounds.tolist()), 1):
                if start < stop:
                    at = 4 * int(done[k])
                    fill_at(file, begins[f"elem_ss{k}"] + at, "i4", [element[start:stop]])
                    fill_at(file, begins[f"side_ss{k}"] + at, "i4", [side[start:stop]])
                    done[k] += stop - start


class _Elements:
    """Elements by the cells that slabs brought."""

    def __init__(self, runs: Runs, order: _Order) -> None:
        self._ends = np.cumsum(runs.cells)
        self._shift = np.zeros(len(runs.cells), dtype=np.int64)
        begin = self._ends - runs.cells
        self._shift[order.row] = order.element - begin[order.row]

    def of(self, faces: Longs) -> tuple[Longs, Ints]:
        """Element, and number of its side, of every face 4 c + i."""
        cell = faces // 4
        run = np.searchsorted(self._ends, cell, side="right")
        return cell + self._shift[run], SIDE_OPPOSITE[faces % 4]


def note_of_stream(info: Mapping[str, Any]) -> str:
    """Return what a mesh knows beside its variables."""
    return note_from({name: value for name, value in info.items() if name != "orientations"})


def _ordered(runs: Runs, there: Ints, blocks: list[Group]) -> _Order:
    """Put the runs that stay in the order of their blocks; in a block they come as in the mesh."""
    block_of = np.zeros(len(there), dtype=np.int64)
    for k, group in enumerate(blocks):
        block_of[group.entities] = k
    row = np.flatnonzero(runs.label > 0)
    block = block_of[np.searchsorted(there, runs.label[row])]
    order = np.argsort(block, kind="stable")
    count = runs.cells[row[order]]
    return _Order(row[order], block[order], count, np.cumsum(count) - count + 1)


def _numbers(count: int) -> Parts:
    """1 ... count, some at a time."""
    for start in range(0, count, _ROWS):
        yield np.arange(start + 1, min(start + _ROWS, count) + 1)


def _lay_out_head(layout: NetcdfLayout, points: int, cells: int, note: str) -> None:
    layout.dimension("time_step", 1)
    layout.dimension("num_elem", cells)
    layout.put("time_whole", np.zeros(1), "time_step")
    # Before the coordinates, as in whole files: some libraries pass over an x that comes first.
    layout.later("node_num_map", "i4", (points,), "num_nodes")
    for axis in "xyz":
        layout.later(f"coord{axis}", "f8", (points,), "num_nodes")
    layout.put("coor_names", name_letters(list("xyz")), "num_dim", "len_name")
    if note:
        layout.put("info_records", note_letters(note), "num_info", "len_line")


def _lay_out_ids(layout: NetcdfLayout, kind: str, dim: str, groups: list[Group]) -> None:
    """Status, ids and names of blocks (eb) or side sets (ss)."""
    layout.put(f"{kind}_status", np.ones(len(groups), dtype=np.int32), dim)
    ids = np.array([group.id for group in groups], dtype=np.int32)
    layout.put(f"{kind}_prop1", ids, dim, name="ID")
    names = name_letters([group.name for group in groups])
    layout.put(f"{kind}_names", names, dim, "len_name")


def _lay_out_blocks(layout: NetcdfLayout, blocks: list[Group], sizes: Longs) -> None:
    _lay_out_ids(layout, "eb", "num_el_blk", blocks)
    for k, size in enumerate(sizes.tolist(), 1):
        dims = f"num_el_in_blk{k}", f"num_nod_per_el{k}"
        layout.later(f"connect{k}", "i4", (size, _CORNERS), *dims, elem_type="TETRA")
    layout.later("elem_num_map", "i4", (int(sizes.sum()),), "num_elem")


def _lay_out_sets(layout: NetcdfLayout, sets: list[Group], sizes: list[int]) -> None:
    if sets:
        _lay_out_ids(layout, "ss", "num_side_sets", sets)
    for k, size in enumerate(sizes, 1):
        for name in ("elem", "side"):
            layout.later(f"{name}_ss{k}", "i4", (size,), f"num_side_ss{k}")


def _lay_out_variables(layout: NetcdfLayout, names: list[str], sizes: Longs) -> None:
    layout.put("name_elem_var", name_letters(names), "num_elem_var", "len_name")
    table = np.ones((len(sizes), len(names)), dtype=np.int32)
    layout.put("elem_var_tab", table, "num_el_blk", "num_elem_var")
    for k, size in enumerate(sizes.tolist(), 1):
        for i in range(1, len(names) + 1):
            dims = "time_step", f"num_el_in_blk{k}"
            layout.later(f"vals_elem_var{i}eb{k}", "f8", (1, size), *dims)


def _write_variables(
    file: BinaryIO,
    begins: Mapping[str, int],
    variables: Mapping[str, AnyArray],
    runs: Runs,
    order: _Order,
    there: Ints,
) -> None:
    """Write values that go with the grain."""
    row = np.searchsorted(there, runs.label[order.row])
    for i, values in enumerate(variables.values(), 1):
        for block, part in _by_block(order):
            filled = repeated(np.asarray(values)[row[part]], order.cells[part])
            fill_at(file, begins[f"vals_elem_var{i}eb{block + 1}"], "f8", filled)


def _by_block(order: _Order) -> Iterator[tuple[int, slice]]:
    """Runs of every block."""
    there, starts = np.unique(order.block, return_index=True)
    ends = [*starts[1:].tolist(), len(order.block)]
    for block, start, end in zip(there.tolist(), starts.tolist(), ends, strict=True):
        yield block, slice(start, end)
