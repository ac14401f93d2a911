"""Few large files for learning: voxels and tables of ten thousand particles in one HDF5 file.

A shard holds

``voxels/K``
    Labels of particle K as they are stored, with the attributes ``spacing`` and ``origin``; copied
    as they are, not compressed anew.
``particles``
    Columns with a row per particle: ``k``, values, quality.
``grains``
    Columns with a row per grain; rows ``start[i]`` to ``start[i + 1]`` belong to particle i.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from nmc_mesh.dataset.card import flat, signature
from nmc_mesh.dataset.folder import read_folder, write_document
from nmc_mesh.dataset.make import place, sha256, stem
from nmc_mesh.dataset.store import columns, opened
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.files import written
from nmc_mesh.stored import Stored
from nmc_mesh.typing import AnyArray

FOLDER, INDEX = "packed", "index.json"
FORMAT = "nmc_mesh shard"
PER_SHARD = 10_000
_LIBRARY = ("v110", "v110")

Record = dict[str, Any]


def pack_dataset(
    folder: str | Path,
    per_shard: int = PER_SHARD,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Gather the voxels and tables of a data set in shards; those that are up to date stay.

    Parameters
    ----------
    folder
        A data set with voxels.
    per_shard
        Particles in a file.
    report
        Hears of the progress: particles done, and in all.

    Returns
    -------
    list of Path
        The shards, in ``packed/``.

    Raises
    ------
    InputError
        If the data set stores no voxels, or nothing has been made.
    FileError
        If a file cannot be read or written.
    """
    root = Path(folder)
    recipe, manifest = read_folder(root)
    if recipe.plan.voxels is None:
        raise InputError(f"the plan of '{root}' has no table [voxels]: there is nothing to pack")
    if per_shard < 1:
        raise InputError(f"a shard holds at least one particle, not {per_shard}")
    records = list(manifest.records())
    if not records:
        raise InputError(f"no particle of '{root}' has been made yet; make the data set first")
    target = root / FOLDER
    target.mkdir(exist_ok=True)
    shards, entries = [], []
    for first in range(0, len(records), per_shard):
        part = records[first : first + per_shard]
        path = target / f"shard_{first // per_shard:05d}.h5"
        source = hashlib.sha256(b"".join(map(signature, part))).hexdigest()
        if not _holds(path, source):
            _write(path, root, part, source, recipe.id)
        report(first + len(part), len(records))
        shards.append(path)
        entries.append({"file": path.name, "particles": len(part), "sha256": sha256(path)})
    for path in set(target.glob("shard_*.h5")) - set(shards):
        path.unlink()
    write_document(target / INDEX, {"recipe": recipe.id, "shards": entries})
    return shards


def _holds(path: Path, source: str) -> bool:
    """Whether a shard was made from the same files."""
    try:
        with h5py.File(path, "r") as file:
            return bool(file.attrs.get("source") == source)
    except OSError:
        return False


def _write(path: Path, root: Path, records: list[Record], source: str, recipe: str) -> None:
    with (
        written(path) as beside,
        h5py.File(beside.name(path), "w", libver=_LIBRARY, locking=False) as file,
    ):
        file.attrs.update({"format": FORMAT, "version": 1, "recipe": recipe, "source": source})
        voxels = file.create_group("voxels")
        tables = []
        for record in records:
            name = stem(record["k"])
            with opened(root / place(record["k"]) / f"{name}.h5") as particle:
                if "voxels" not in particle:
                    raise FileError(f"particle {record['k']} has no voxels; make it again")
                particle.raw.copy("voxels", voxels, name)
                tables.append(columns(particle.group("tables/voxel_grains")))
        _columns(file.create_group("particles"), [dict(flat(record)) for record in records])
        file["particles/k"] = np.array([record["k"] for record in records])
        grains = file.create_group("grains")
        for key in tables[0]:
            grains[key] = np.concatenate([table[key] for table in tables])
        grains["start"] = np.cumsum([0, *(len(table["id"]) for table in tables)])


def _columns(group: h5py.Group, rows: list[Record]) -> None:
    for name in dict.fromkeys(name for row in rows for name in row):
        values: AnyArray = np.array([row.get(name) for row in rows])
        if values.dtype.kind == "U":
            group.create_dataset(name, data=values.astype(object), dtype=h5py.string_dtype())
        elif values.dtype.kind in "iuf":
            group.create_dataset(name, data=values)
        else:
            texts = np.array([json.dumps(row.get(name)) for row in rows], dtype=object)
            group.create_dataset(name, data=texts, dtype=h5py.string_dtype())


class Shards:
    """The particles of packed shards, by their place 0 ... n - 1; each process opens its own files.

    Parameters
    ----------
    folder
        A data set that was packed, or its folder ``packed``.

    Raises
    ------
    FileError
        If there are no shards.
    """

    def __init__(self, folder: str | Path) -> None:
        root = Path(folder)
        self.folder = root / FOLDER if (root / FOLDER).is_dir() else root
        try:
            index = json.loads((self.folder / INDEX).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FileError(
                f"'{root}' holds no shards ({error}); make them with: nmc-mesh dataset pack DIR"
            ) from None
        self.files = [self.folder / entry["file"] for entry in index["shards"]]
        self.counts = [int(entry["particles"]) for entry in index["shards"]]
        self._first = np.cumsum([0, *self.counts])
        self._open: dict[int, tuple[Stored, list[int]]] = {}

    def __len__(self) -> int:
        return int(self._first[-1])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_open": {}}

    def __getitem__(self, index: int) -> Record:
        """Return ``k``, ``labels`` [x, y, z], ``spacing`` and ``origin`` (3,) in um."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        shard = int(np.searchsorted(self._first, index, side="right")) - 1
        file, numbers = self._file(shard)
        k = numbers[index - int(self._first[shard])]
        name = f"voxels/{stem(k)}"
        facts = {key: file.attribute(key, (3,), of=name) for key in ("spacing", "origin")}
        return {"k": k, "labels": file.array(name, ("x", "y", "z"), "whole"), **facts}

    @property
    def columns(self) -> list[str]:
        """Names of the columns of the table of particles."""
        return list(self._file(0)[0].group("particles"))

    def column(self, name: str) -> AnyArray:
        """Return a column of the table of particles, a row per place.

        Parameters
        ----------
        name
            Of the column.
        """
        parts = []
        for shard in range(len(self.files)):
            parts.append(self._file(shard)[0].group("particles").array(name, ("n",), "any"))
        return np.concatenate(parts)

    def _file(self, shard: int) -> tuple[Stored, list[int]]:
        if shard not in self._open:
            try:
                file = h5py.File(self.files[shard], "r")
            except OSError as error:
                raise FileError(
                    f"cannot read {self.files[shard]} ({error}); pack the data set again"
                ) from None
            part = Stored(file, self.files[shard], "pack the data set again")
            numbers = part.group("particles").array("k", (self.counts[shard],), "whole").tolist()
            self._open[shard] = part, numbers
        return self._open[shard]


def fitted(labels: AnyArray, shape: tuple[int, int, int]) -> AnyArray:
    """Return labels cut or filled up with 0, on all sides alike, to a shape."""
    result = np.zeros(shape, dtype=labels.dtype)
    into, out = [], []
    for have, want in zip(labels.shape, shape, strict=True):
        skip, lead = max(have - want, 0) // 2, max(want - have, 0) // 2
        length = min(have, want)
        into.append(slice(lead, lead + length))
        out.append(slice(skip, skip + length))
    result[tuple(into)] = labels[tuple(out)]
    return result
