"""The first of the maps in a HDF5 file, as EDAX and Oxford lay them out: a group with 'EBSD'."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nmc_mesh.errors import FileError
from nmc_mesh.stored import Stored, opened


@contextmanager
def first_map(path: Path, hint: str, warning: str) -> Iterator[Stored]:
    """Open the group ``EBSD`` of the first map; what is read is checked.

    Parameters
    ----------
    path
        The file.
    hint
        What may be wrong if there is no such group.
    warning
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
    with opened(path, "export the map again") as file:
        maps = [name for name in file if file.is_group(name) and "EBSD" in file.group(name)]
        if not maps:
            raise FileError(f"{path} holds no group with 'EBSD'; {hint}")
        if maps[1:]:
            message = warning.format(maps[0], ", ".join(maps[1:]))
            warnings.warn(f"{path}: {message}", UserWarning, stacklevel=4)
        yield file.group(maps[0]).group("EBSD")
