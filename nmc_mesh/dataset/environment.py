"""What decides the bits besides the plan: versions of the programs, and no machine's skills."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

import nmc_mesh
from nmc_mesh._core.library import sources_id
from nmc_mesh.errors import InputError
from nmc_mesh.extensions import MARK_LAWS, SHELL_LAWS, TESSELLATIONS, providers

PACKAGES = ("numpy", "scipy", "h5py", "meshio", "pydantic")
LAWS = (SHELL_LAWS, TESSELLATIONS, MARK_LAWS)
_MAKERS = (
    "cohesive",
    "crystal",
    "dataset",
    "geometry",
    "grains",
    "io",
    "mesh",
    "mesher",
    "numerics",
    "particle",
    "shell",
)
"""Rooms whose code decides the bytes of a data set."""


@cache
def environment() -> dict[str, str]:
    """Versions of this package and of those it computes with, or that add laws to draw from.

    ``code`` is the SHA-256 of the Python files of this package that take part (16 digits), ``core``
    that of the sources of the compiled core as it was built. No processor is named: numbers that
    are stored come from the core and from what numpy does in one order (`nmc_mesh.numerics`).
    """
    versions = {"nmc-mesh": _version("nmc-mesh"), "code": _code(), "core": sources_id()}
    versions["python"] = platform.python_version()
    return versions | {name: _version(name) for name in PACKAGES} | providers(LAWS)


def mixture(mine: dict[str, str], theirs: dict[str, str]) -> list[str]:
    """Say in which entries two environments differ: "numpy 2.4.6 -> 2.4.5"."""
    return [
        f"{name} {mine.get(name, 'none')} -> {theirs.get(name, 'none')}"
        for name in sorted({*mine, *theirs})
        if mine.get(name) != theirs.get(name)
    ]


def refuse_mixture(mine: dict[str, str], theirs: dict[str, str], who: str) -> None:
    """Refuse to go on if two environments differ.

    Raises
    ------
    InputError
        With the differences.
    """
    if different := mixture(mine, theirs):
        raise InputError(
            f"{who} differs: {'; '.join(different)}. Particles would not be the same bytes; use "
            "the same versions everywhere, or allow it with --mixed"
        )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"


def _code() -> str:
    root = Path(nmc_mesh.__file__).parent
    rooms = [path for name in _MAKERS for path in (root / name).rglob("*.py")]
    total = hashlib.sha256()
    for path in sorted([*root.glob("*.py"), *rooms]):
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]
