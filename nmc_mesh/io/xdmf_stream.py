"""XDMF with HDF5 of a mesh that comes slab by slab: the files of ``xdmf.py``, array by array."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.io.contiguous import fill, laid_out, shaped
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
from nmc_mesh.io.xdmf import grid_text, item_text, write_groups
from nmc_mesh.mesh.groups import Blocks, Boundaries, Group, groups_of_labels
from nmc_mesh.typing import AnyArray, Bools, Ints


class XdmfStream(Streamed):
    """The files of a mesh in the making."""

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
        runs, every = self.runs(labels), self.pairs(labels)
        there = np.unique(runs.label[runs.label > 0])
        groups = groups_of_labels(there, every, blocks, boundaries)
        used = self.used(runs)
        cells = self._write_cells(runs, used, there, groups, info)
        sides = Sides(every, ids_of(groups, 2, len(every)))
        facets = self._write_facets(labels, used, sides, groups)
        return Counts(len(there), cells, self.count_points(used), facets)

    def _write_cells(
        self,
        runs: Runs,
        used: Bools | None,
        there: Ints,
        groups: list[Group],
        info: Mapping[str, Any],
    ) -> int:
        """Write the first grid, and return its number of cells."""
        stays = runs.label > 0
        label, count = runs.label[stays], runs.cells[stays]
        cells = int(count.sum())
        tags = ids_of(groups, 3, len(there))[np.searchsorted(there, label)]
        like = {
            "cells": shaped(np.int32, cells, 4),
            "cell_tags": shaped(np.int32, cells),
            "grain_id": shaped(np.int32, cells),
            "points": shaped(np.float64, self.count_points(used), 3),
        }
        parts = {
            "cells": numbered(self.kept_cells(runs), used),
            "cell_tags": repeated(tags, count),
            "grain_id": repeated(label, count),
            "points": chosen(self.read("points"), used),
        }
        self._write(self._path, like, parts, groups, note_from(info))
        return cells

    def _write_facets(
        self, labels: Ints, used: Bools | None, known: Sides, groups: list[Group]
    ) -> int:
        """Write the grid of facets that belong to a group, and return their number."""

        def column(of: Callable[[Ints, Ints, Ints], AnyArray]) -> Parts:
            for facets, sides, _ in self.facets(labels):
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
            "facets": numbered(column(lambda facets, ids, sides: facets), used),
            "facet_tags": column(lambda facets, ids, sides: ids),
            "facet_grains": column(lambda facets, ids, sides: sides),
        }
        second = self._path.with_name(f"{self._path.stem}_facets.xdmf")
        self._write(second, like, parts, groups, "", self.count_points(used))
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
