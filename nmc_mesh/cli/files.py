"""Files of a command: checked before the work, written after it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nmc_mesh.errors import FileError, InputError
from nmc_mesh.files import claim
from nmc_mesh.io.formats import FORMATS, TABLES, files_of, write
from nmc_mesh.mesh.groups import Blocks, Boundaries
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.progress import Progress

if TYPE_CHECKING:
    from nmc_mesh.plot.paint import Way

PICTURE = ".png"
T = TypeVar("T", int, float)


def all_files(paths: Sequence[Path]) -> list[Path]:
    """Return every file that writing these paths makes."""
    return [
        file
        for path in paths
        for file in ([path] if path.suffix.lower() == PICTURE else files_of(path))
    ]


def checked(paths: Sequence[Path], tables: bool, source: Path | None = None) -> list[Path]:
    """Return the paths if every one of them can be written, and claim them.

    Parameters
    ----------
    paths
        Files to be written.
    tables
        Add the tables that belong to the first mesh among them.
    source
        A file that must not be overwritten.

    Raises
    ------
    InputError
        If an extension is unknown, a file is named twice, or one is the source.
    FileError
        If a folder is missing or cannot be written, or another run is writing a file.
    MissingExtraError
        If a picture is wanted and matplotlib is not installed.
    """
    known = [*FORMATS, PICTURE]
    for path in paths:
        if path.suffix.lower() not in known:
            raise InputError(f"unknown extension of '{path}'; use one of {', '.join(known)}")
    paths = _with_tables(paths) if tables else paths
    files = all_files(paths)
    for file in files:
        if files.count(file) > 1:
            raise InputError(f"'{file}' would be written twice; every file needs its own name")
        if file.is_dir():
            raise FileError(f"'{file}' is a folder; choose another name")
        if source is not None and file.exists() and source.exists() and file.samefile(source):
            raise InputError(f"'{file}' is the input, choose another name for the output")
        _try_folder(file.parent)
    if any(path.suffix.lower() == PICTURE for path in paths):
        from nmc_mesh.plot import require_matplotlib

        require_matplotlib()
    for file in files:
        claim(file)
    return list(paths)


def checked_place(path: Path, endings: Sequence[str], source: Path | None = None) -> None:
    """Claim a file that is no mesh; raise as ``checked`` does if it cannot be written."""
    if path.suffix.lower() not in endings:
        raise InputError(f"unknown extension of '{path}'; use {' or '.join(endings)}")
    if path.is_dir():
        raise FileError(f"'{path}' is a folder; choose another name")
    if source is not None and path.exists() and source.exists() and path.samefile(source):
        raise InputError(f"'{path}' is the input, choose another name for the output")
    _try_folder(path.parent)
    claim(path)


def _with_tables(paths: Sequence[Path]) -> list[Path]:
    meshes = [path for path in paths if path.suffix.lower() not in (TABLES, PICTURE)]
    beside = [path.with_suffix(TABLES) for path in meshes[:1]]
    return [*paths, *(path for path in beside if path not in paths)]


def _try_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise FileError(f"there is no folder '{folder}'; make it with: mkdir -p '{folder}'")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise FileError(
            f"cannot write to the folder '{folder}': {error.strerror}; choose another one"
        ) from error


def made(folder: Path) -> Path:
    """Return the folder, made if it was not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"cannot make the folder '{folder}': {error.strerror}; choose another one"
        ) from error
    return folder


def write_all(
    mesh: TetMesh,
    paths: Sequence[Path],
    blocks: Blocks,
    boundaries: Boundaries,
    progress: Progress,
    color: Way = "grain",
) -> None:
    """Write every file, each complete or not at all; pictures show what ``color`` says."""
    for place, path in enumerate(paths):
        if path.suffix.lower() == PICTURE:
            from nmc_mesh.plot import picture

            progress("draw", 0.0)
            picture(mesh, path, color=color)
            progress("draw", 1.0)
        else:
            progress("write", place / len(paths))
            write(path, mesh, blocks=blocks, boundaries=boundaries)
            progress("write", (place + 1) / len(paths))


def numbers(option: str, text: str, kind: Callable[[str], T]) -> list[T]:
    """Read numbers with commas between: "0,1" or "0.1,0.1,0.2"."""
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(f"{option} takes numbers with commas between, not '{text}'") from error
