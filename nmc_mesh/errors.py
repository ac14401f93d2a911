"""The error tree: every failure a user can meet, with the exit code the command line gives it.

The library raises; only the command line's ``main`` exits. A message is one line that says what
was expected, what came, and what to do about it.
"""

from __future__ import annotations


class NmcMeshError(Exception):
    """Base of all errors of this package.

    Examples
    --------
    >>> try:
    ...     nmc_mesh.load_model("nmc-radal")
    ... except nmc_mesh.NmcMeshError as error:
    ...     print(error)
    there is no model 'nmc-radal'; perhaps you meant 'nmc-radial', or give the path of a .toml file
    """

    exit_code = 1


class InputError(NmcMeshError, ValueError):
    """A value, an option or an array that cannot be used as given."""

    exit_code = 3


class FileError(NmcMeshError):
    """A file that cannot be read, or a place that cannot be written."""

    exit_code = 4


class MissingExtraError(NmcMeshError, ImportError):
    """An optional dependency that is not installed."""

    exit_code = 5

    def __init__(self, module: str, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs the package '{module}'; install it with: {_installation(extra)}"
        )


def _installation(extra: str) -> str:
    """Line that installs what an extra names; this package itself may not be on an index."""
    from importlib import metadata

    try:
        lines = metadata.requires("nmc-mesh") or []
    except metadata.PackageNotFoundError:
        lines = []
    mark = f"extra == '{extra}'"
    wanted = [line.split(";")[0].strip() for line in lines if mark in line.replace('"', "'")]
    return "pip install " + (" ".join(f"'{name}'" for name in wanted) or f"'nmc-mesh[{extra}]'")


class MeshError(NmcMeshError):
    """A mesh that does not pass the validator, or that cannot be made from this input."""

    exit_code = 6


class ResourceError(NmcMeshError):
    """Work that would not fit this machine."""

    exit_code = 7
