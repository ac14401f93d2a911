"""Files of a command: checked before the work, written after it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from nmc_mesh.errors import FileError, InputError
from nmc_mesh.files import claim, together
from nmc_mesh.io.formats import FORMATS, TABLES, files_of, find_format, write
from nmc_mesh.io.hosts import Host, find_host, options_for
from nmc_mesh.io.label_images import LABEL_FILES, label_table, write_labels
from nmc_mesh.mesh.groups import Blocks, Boundaries
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.plot.draw import PICTURES, require_picture
from nmc_mesh.progress import Progress

if TYPE_CHECKING:
    from nmc_mesh.geometry.label_image import LabelImage
    from nmc_mesh.mesh.hex_mesh import HexMesh
    from nmc_mesh.plot.paint import Way

T = TypeVar("T", int, float)


def all_files(paths: Sequence[Path]) -> list[Path]:
    """Return every file that writing these paths makes; images of one name share their table."""
    files: list[Path] = []
    for path in paths:
        if is_image(path):
            files += [path] if label_table(path) in files else [path, label_table(path)]
        else:
            files += [path] if is_picture(path) else files_of(path)
    return files


def is_image(path: Path) -> bool:
    """Whether a file to be written is a label image."""
    return path.suffix.lower() in LABEL_FILES


def is_picture(path: Path) -> bool:
    """Whether a file to be written is a picture of a mesh."""
    return path.suffix.lower() in PICTURES


def checked(
    paths: Sequence[Path],
    tables: bool,
    source: Path | None = None,
    endings: Iterable[str] = (*FORMATS, *PICTURES),
) -> list[Path]:
    """Return the paths if every one of them can be written, and claim them.

    Parameters
    ----------
    paths
        Files to be written.
    tables
        Add the tables that belong to the first mesh among them.
    source
        A file that must not be overwritten.
    endings
        What the command writes.

    Raises
    ------
    InputError
        If an extension is unknown, a file is named twice, or one is the source.
    FileError
        If a folder is missing or cannot be written, or another run is writing a file.
    MissingExtraError
        If a picture is wanted and matplotlib is not installed.
    """
    known = list(endings)
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
    for picture in filter(is_picture, paths):
        require_picture(picture)
    for file in files:
        claim(file)
    return list(paths)


def checked_host(word: str | None, paths: Sequence[Path]) -> Host | None:
    """Return the preset of a host if one of the files has the format that it reads.

    Raises
    ------
    InputError
        If there is no such preset, or no file has its ending, or its name if it wants one.
    """
    if word is None:
        return None
    host = find_host(word)
    fitting = [path for path in paths if path.suffix.lower() == host.ending]
    if not fitting or (host.stem and any(path.stem != host.stem for path in fitting)):
        likely = Path(paths[0].stem) / host.stem if host.stem else Path(paths[0].stem)
        raise InputError(
            f"{host.name} reads {host.stem}{host.ending} files of ours; name one, such as "
            f"{likely}{host.ending}"
        )
    return host


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
    others = (TABLES, *PICTURES, *LABEL_FILES)
    meshes = [path for path in paths if path.suffix.lower() not in others]
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
    mesh: TetMesh | HexMesh | None,
    paths: Sequence[Path],
    blocks: Blocks,
    boundaries: Boundaries,
    progress: Progress,
    color: Way = "grain",
    host: Host | None = None,
    chosen: Mapping[str, Any] = MappingProxyType({}),
    image: LabelImage | None = None,
    info: Mapping[str, Any] | None = None,
) -> None:
    """Write every file, all of them or none; pictures show what ``color`` says.

    Meshes are written as the host wants them; options ``chosen`` by hand go to formats that have
    them, and stand above the host's. Label images are of ``image``, with what ``info`` tells of its
    grains; all else is of ``mesh``.
    """
    with together():
        for index, path in enumerate(paths):
            if is_picture(path):
                from nmc_mesh.plot import picture

                assert isinstance(mesh, TetMesh)
                progress("draw", 0.0)
                picture(mesh, path, color=color)
                progress("draw", 1.0)
                continue
            progress("write", index / len(paths))
            if is_image(path):
                assert image is not None
                write_labels(path, image, info)
            else:
                assert mesh is not None
                able = {k: v for k, v in chosen.items() if k in find_format(path).options}
                write(path, mesh, **options_for(host, path, blocks, boundaries) | able)
            progress("write", (index + 1) / len(paths))


def numbers(option: str, text: str, kind: Callable[[str], T]) -> list[T]:
    """Read numbers with commas between: "0,1" or "0.1,0.1,0.2"."""
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(f"{option} takes numbers with commas between, not '{text}'") from error
