"""Packed data sets for torch: by number, or as a stream.

Importing this module imports torch; ``nmc_mesh`` itself never does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.dataset.pack import Shards, fitted
from nmc_mesh.errors import InputError, MissingExtraError

try:
    import torch
    from torch.utils.data import Dataset, IterableDataset, get_worker_info
except ImportError:
    raise MissingExtraError("torch", "learning from data sets", "calibrate") from None

Shape = tuple[int, int, int]
Transform = Callable[[dict[str, Any]], Any]


class ParticleDataset(Dataset):  # type: ignore[misc]
    """Particles by their place, for a ``torch.utils.data.DataLoader`` with any number of workers.

    An item is a dict: ``labels`` (x, y, z) int32, 0 outside; ``spacing`` and ``origin`` (3,)
    float64 in um; ``k``, the particle's number; and the columns that were asked for.

    Parameters
    ----------
    folder
        A data set that was packed (``nmc-mesh dataset pack DIR``).
    shape
        Cut or fill up all labels to this shape, so that they can be stacked.
    columns
        Columns of the table of particles to add, such as ``("diameter", "grains")``.
    transform
        Applied to every item.

    Raises
    ------
    FileError
        If there are no shards.
    InputError
        If a shape or a column is none.
    """

    def __init__(
        self,
        folder: str | Path,
        shape: Shape | None = None,
        columns: tuple[str, ...] = (),
        transform: Transform | None = None,
    ) -> None:
        self.shards = Shards(folder)
        if shape is not None and (len(shape) != 3 or min(shape) < 1):
            raise InputError(f"a shape is three numbers of voxels, not {shape}")
        self._shape, self._transform = shape, transform
        if not set(columns) <= set(self.shards.columns):
            raise InputError(
                f"the shards have not all of the columns {list(columns)}; they have "
                f"{', '.join(self.shards.columns)}"
            )
        self._columns = {name: self.shards.column(name) for name in columns}

    def __len__(self) -> int:
        return len(self.shards)

    def __getitem__(self, index: int) -> Any:
        item = self.shards[index]
        labels = item["labels"] if self._shape is None else fitted(item["labels"], self._shape)
        sample: dict[str, Any] = {
            "labels": torch.from_numpy(labels.astype(np.int32)),
            "spacing": torch.from_numpy(item["spacing"]),
            "origin": torch.from_numpy(item["origin"]),
            "k": item["k"],
        }
        for name, values in self._columns.items():
            value = values[index]
            sample[name] = value.item() if isinstance(value, np.generic) else value
        return sample if self._transform is None else self._transform(sample)


class ParticleStream(IterableDataset):  # type: ignore[misc]
    """The same particles as a stream, shared out over the workers, shuffled if there is a seed.

    Whole shards are shuffled, and the particles inside a shard, so files are read one after the
    other. The same seed and epoch (see ``set_epoch``) give the same order.

    Parameters
    ----------
    folder, shape, columns, transform
        As for `ParticleDataset`.
    seed
        Of the order; default: the order of the numbers.
    """

    def __init__(
        self,
        folder: str | Path,
        shape: Shape | None = None,
        columns: tuple[str, ...] = (),
        transform: Transform | None = None,
        seed: int | None = None,
    ) -> None:
        self.particles = ParticleDataset(folder, shape, columns, transform)
        self._seed, self.epoch = seed, 0

    def __len__(self) -> int:
        return len(self.particles)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass; call it before a loader starts its workers."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[Any]:
        order = self._order()
        worker = get_worker_info()
        mine = order if worker is None else order[worker.id :: worker.num_workers]
        return (self.particles[int(index)] for index in mine)

    def _order(self) -> list[int]:
        counts = self.particles.shards.counts
        first = np.cumsum([0, *counts])
        if self._seed is None:
            return list(range(int(first[-1])))
        rng = np.random.default_rng([self._seed, self.epoch])
        shards = rng.permutation(len(counts))
        return [int(first[s] + i) for s in shards for i in rng.permutation(counts[s])]
