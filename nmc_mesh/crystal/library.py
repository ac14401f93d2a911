"""Shipped materials, and those of files."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.material_schema import parse_material, read_material
from nmc_mesh.errors import InputError
from nmc_mesh.extensions import MATERIALS, extensions, file_problem, usable


def list_materials() -> dict[str, str]:
    """Names of the materials, shipped or of other packages, and their one-line summaries.

    Examples
    --------
    >>> nmc_mesh.list_materials()["nmc111"]
    'LiNi1/3Mn1/3Co1/3O2'
    """
    return {name: load_material(name).summary for name in sorted(_files())}


def load_material(name_or_path: str | Path) -> Material:
    """Return a shipped material by its name, or the material of a TOML file by its path.

    Parameters
    ----------
    name_or_path
        One of `list_materials`, or the path of a material file.

    Raises
    ------
    InputError
        If there is no such material (with the nearest name), or a value in the file does not fit.
    FileError
        If the file cannot be read.

    Examples
    --------
    >>> material = nmc_mesh.load_material("nmc811")
    >>> material.maximum_concentration  # mol/m^3
    49340.0
    >>> nmc_mesh.load_material("nmc118")
    Traceback (most recent call last):
    ...
    nmc_mesh.errors.InputError: ...perhaps you meant 'nmc811'...
    """
    name, files = str(name_or_path), _files()
    if name in files:
        return parse_material(material_text(name), f"material {name}")
    if name.endswith(".toml") or Path(name).is_file():
        return read_material(Path(name))
    guess = get_close_matches(name.lower(), files, n=1, cutoff=0.4)
    hint = f"perhaps you meant '{guess[0]}'" if guess else f"there are {', '.join(sorted(files))}"
    raise InputError(f"there is no material '{name}'; {hint}, or give the path of a .toml file")


def material_text(name_or_path: str | Path) -> str:
    """Return the file of a material, as `load_material` finds it, to start one's own from."""
    files = _files()
    if str(name_or_path) in files:
        return files[str(name_or_path)].read_text(encoding="utf-8")
    return Path(name_or_path).read_text(encoding="utf-8")


def _files() -> dict[str, Traversable]:
    own = shipped()
    return usable(extensions(MATERIALS, own, file_problem)) | own


def shipped() -> dict[str, Traversable]:
    """Files of the materials of this package, by name."""
    folder = resources.files("nmc_mesh") / "crystal" / "materials"
    return {file.name[:-5]: file for file in folder.iterdir() if file.name.endswith(".toml")}
