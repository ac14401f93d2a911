"""Files that appear whole or not at all, and errors that say which file and what to do."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nmc_mesh.errors import FileError


class Beside:
    """Temporary names in the folder of the files to be: renamed together when all are written."""

    def __init__(self) -> None:
        self._names: dict[Path, Path] = {}

    def name(self, path: Path) -> Path:
        """Temporary name to write ``path`` under."""
        if not path.parent.is_dir():
            raise FileError(f"the folder {path.parent} does not exist; create it or name another")
        if path.is_dir():
            raise FileError(f"{path} is a folder; choose another name")
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        self._names[path] = Path(name)
        return self._names[path]

    def keep(self) -> None:
        """Give every file its name, with the rights a new file has."""
        mask = os.umask(0)
        os.umask(mask)
        for path, temporary in self._names.items():
            temporary.chmod(0o666 & ~mask)
            os.replace(temporary, path)

    def drop(self) -> None:
        """Remove what has not got its name."""
        for temporary in self._names.values():
            temporary.unlink(missing_ok=True)


@contextmanager
def written(path: Path) -> Iterator[Beside]:
    """Write one or more files beside their places, and rename them if all went well.

    Raises
    ------
    FileError
        If the folder is missing or cannot be written, or the disk is full.
    """
    beside = Beside()
    try:
        yield beside
        beside.keep()
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(
            f"cannot write {path}: {reason}; choose a folder you may write to, with enough space"
        ) from error
    finally:
        beside.drop()


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all."""
    with written(path) as beside:
        beside.name(path).write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write plain values as JSON, whole or not at all."""
    write_text(path, json.dumps(value, indent=1) + "\n")


@contextmanager
def hdf5(path: Path) -> Iterator[Any]:
    """Make an HDF5 file in memory, then write it: the library itself crashes when a disk is full.

    The yielded h5py.File is written to ``path`` when the block ends.
    """
    import h5py

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        yield file
    with path.open("wb") as target:
        target.write(memory.getbuffer())


def contents(path: Path) -> bytes:
    """Bytes of a file.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}; check the name") from error


def damaged(path: Path, detail: object) -> FileError:
    """Error for a file whose contents do not make sense."""
    text = " ".join(str(detail).split())
    return FileError(f"{path} is truncated or damaged ({text}); write it again")
