"""HDF5 files of large arrays: the library lays them out, plain writing fills them.

The library itself crashes when a disk is full, so it gets nothing large to write, and arrays that
come in parts need not be in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from nmc_mesh.typing import AnyArray

if TYPE_CHECKING:
    import h5py


def laid_out(
    path: Path, like: Mapping[str, AnyArray], more: Callable[[h5py.File], None]
) -> dict[str, int]:
    """Make an HDF5 file with arrays of such shapes and types, and nothing in them yet.

    Parameters
    ----------
    path
        The file.
    like
        An array of the shape and type for every name; see `shaped`.
    more
        Writes what else there is, which is small.

    Returns
    -------
    dict
        At which byte each array begins; none of those that hold nothing.
    """
    import h5py

    offsets = {}
    # Without its lock, as files in the making are locked by who makes them.
    with h5py.File(path, "w", locking=False) as file:
        made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        made.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        made.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        made.set_obj_track_times(False)  # else no two files have the same bytes
        for name, values in like.items():
            kind = h5py.h5t.py_create(values.dtype)
            space = h5py.h5s.create_simple(values.shape)
            part = h5py.h5d.create(file.id, name.encode(), kind, space, made)
            if values.size:
                offsets[name] = int(part.get_offset())
        more(file)
    return offsets


def shaped(dtype: type, *shape: int) -> AnyArray:
    """An array of a shape that takes no memory."""
    return np.broadcast_to(np.zeros((), dtype=dtype), shape)


def fill(file: BinaryIO, offset: int, parts: Iterable[AnyArray]) -> None:
    """Write an array at its place, some rows at a time."""
    file.seek(offset)
    for part in parts:
        file.write(np.ascontiguousarray(part).data)
