"""The first of the maps in a HDF5 file, as EDAX and Oxford lay them out: a group with 'EBSD'."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nmc_mesh.errors import FileError


@contextmanager
def first_map(path: Path, hint: str, told: str) -> Iterator[Any]:
    """Open the group ``EBSD`` of the first map; h5py's errors inside become ours.

    Parameters
    ----------
    path
        The file.
    hint
        What may be wrong if there is no such group.
    told
        What to warn of if there are more: {0} stands for the first, {1} for those left out.

    Raises
    ------
    FileError
        If the file cannot be read, or lacks the group or what is looked for in it.

    Warns
    -----
    UserWarning
        If the file holds more maps, which are left out.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            maps = [name for name, item in file.items() if "EBSD" in getattr(item, "keys", set)()]
            if not maps:
                raise FileError(f"{path} holds no group with 'EBSD'; {hint}")
            if maps[1:]:
                message = told.format(maps[0], ", ".join(maps[1:]))
                warnings.warn(f"{path}: {message}", UserWarning, stacklevel=4)
            yield file[maps[0]]["EBSD"]
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise FileError(
            f"cannot read {path} ({reason}); check the name, export it again"
        ) from error
    except KeyError as error:
        raise FileError(f"{path} lacks a dataset: {error.args[0]}; export the map again") from error
