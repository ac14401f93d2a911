"""Labelled surfaces in files: one for all interfaces, or a closed one for each grain."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from nmc_mesh.doors import taken
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io.ply import ply_bytes, write_ply
from nmc_mesh.io.stl import stl_bytes, write_stl
from nmc_mesh.io.vtp import write_vtp
from nmc_mesh.mesh.closed import closed_surfaces
from nmc_mesh.mesh.groups import grain_name
from nmc_mesh.mesh.surfaces import SurfaceMesh
from nmc_mesh.progress import Progress, silent

SURFACES: Mapping[str, Callable[[Path, SurfaceMesh], None]] = MappingProxyType(
    {".vtp": write_vtp, ".ply": write_ply, ".stl": write_stl}
)
"""Writers of surfaces by extension."""

_CLOSED: Mapping[str, Callable[..., bytes]] = MappingProxyType(
    {".stl": stl_bytes, ".ply": ply_bytes}
)


def write_surface(path: str | PathLike[str], surface: SurfaceMesh) -> None:
    """Write all triangles of a surface to one file, in the format that the extension names.

    ``.vtp`` and ``.ply`` hold the two grains of every triangle, ``.stl`` bare triangles.

    Parameters
    ----------
    path
        Where to.
    surface
        What.

    Raises
    ------
    InputError
        If the extension is unknown.
    FileError
        If the file cannot be written.

    Examples
    --------
    >>> image = nmc_mesh.LabelImage(np.ones((3, 3, 3), dtype=np.int32), spacing=0.5)
    >>> surface = nmc_mesh.surface_mesh(image, size=0.5)
    >>> nmc_mesh.write_surface("cube.stl", surface)
    >>> import os
    >>> (os.path.getsize("cube.stl") - 84) / 50 == len(surface.triangles)  # 50 bytes each
    True
    """
    place = Path(path)
    if place.suffix.lower() not in SURFACES:
        raise InputError(
            f"unknown extension '{place.suffix}' of {place}; use one of {', '.join(SURFACES)}"
        )
    taken(surface, SurfaceMesh, "write_surface", "make one: surface_mesh(mesh)")
    SURFACES[place.suffix.lower()](place, surface)


def write_grains(
    folder: str | PathLike[str],
    surface: SurfaceMesh,
    ending: str = ".stl",
    *,
    progress: Progress = silent,
) -> list[Path]:
    """Write the closed surface of every grain to a file of its own, ``grain_00001.stl``.

    The surfaces are watertight, their normals point outwards, and neighbours have the same
    triangles where they touch, see `closed_surfaces`. The folder appears whole or not at all.

    Parameters
    ----------
    folder
        A folder that is new or empty.
    surface
        The surface of a whole particle.
    ending
        ``.stl`` or ``.ply``.
    progress
        Called with the share that is done.

    Returns
    -------
    list of Path
        The files, in the order of grains.

    Raises
    ------
    InputError
        If the ending is unknown, or a grain's surface is not closed.
    FileError
        If the folder is not empty, or cannot be written.
    """
    place = Path(folder)
    check_folder(place, ending)
    names: list[str] = []
    made: Path | None = None
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.resolve().parent))
        grains = surface.labels
        for number, (grain, points, triangles) in enumerate(closed_surfaces(surface), 1):
            names.append(f"{grain_name(grain)}{ending}")
            data = _CLOSED[ending](points, triangles, grain_name(grain))
            (made / names[-1]).write_bytes(data)
            progress("grains", number / len(grains))
        made.chmod(0o755)
        if place.is_dir():
            place.rmdir()
        made.rename(place)
    except OSError as error:
        raise FileError(
            f"cannot write {place}: {error.strerror}; choose a folder you may write to, with "
            "enough space"
        ) from error
    finally:
        if made is not None and made.is_dir():
            shutil.rmtree(made, ignore_errors=True)
    return [place / name for name in names]


def check_folder(folder: Path, ending: str) -> None:
    """Raise as ``write_grains`` does if surfaces of grains cannot be written to a folder."""
    if ending not in _CLOSED:
        raise InputError(f"surfaces of grains are {' or '.join(_CLOSED)} files, not '{ending}'")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileError(f"'{folder}' is there and not an empty folder; choose another name")
    if not folder.resolve().parent.is_dir():
        raise FileError(f"there is no folder '{folder.parent}'; make it with: mkdir -p")
