"""What other packages add: formats, models and materials, found by their entry points.

A package names what it adds in its ``pyproject.toml``, for example::

    [project.entry-points."nmc_mesh.formats"]
    ".foo" = "my_package.foo:FORMAT"        # a nmc_mesh.io.Format

    [project.entry-points."nmc_mesh.models"]
    my-model = "my_package:MODEL"           # the path of a model file, .toml

    [project.entry-points."nmc_mesh.materials"]
    my-material = "my_package:MATERIAL"     # the path of a material file, .toml

They then stand beside the built-in ones everywhere. One that cannot be loaded is left out with a
warning and is listed by ``nmc-mesh plugins``; so is one whose name is taken.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

DEFAULT_MODEL = "nmc-calibrated"
"""The model that is drawn from where none is named."""

FORMATS, MODELS, MATERIALS = "nmc_mesh.formats", "nmc_mesh.models", "nmc_mesh.materials"
GROUPS = {FORMATS: "format", MODELS: "model", MATERIALS: "material"}
"""Groups of entry points, and what one of each is called."""


class Extension(NamedTuple):
    """Something a package adds: what it is, its name, the package with its version, the object.

    ``problem`` says why it cannot be used; it is empty if it can.
    """

    kind: str
    name: str
    package: str
    value: Any
    problem: str


def extensions(
    group: str, taken: Collection[str] = (), check: Callable[[Any], str] = lambda value: ""
) -> list[Extension]:
    """Return all that packages add to a group, by name, the broken ones too.

    Parameters
    ----------
    group
        One of ``GROUPS``.
    taken
        Names that are built in.
    check
        Says what is wrong with an object; empty if nothing is.
    """
    found: list[Extension] = []
    for point in sorted(entry_points(group=group), key=lambda point: (point.name, _package(point))):
        names = {*taken, *(other.name for other in found if not other.problem)}
        found.append(_loaded(GROUPS[group], point, names, check))
    return found


def usable(found: Iterable[Extension]) -> dict[str, Any]:
    """Return the objects that can be used, by name.

    Warns
    -----
    UserWarning
        About each that cannot.
    """
    values = {}
    for one in found:
        if one.problem:
            warnings.warn(
                f"the {one.kind} '{one.name}' of {one.package} is left out: {one.problem}; update "
                "or remove that package (nmc-mesh plugins lists all)",
                UserWarning,
                stacklevel=3,
            )
        else:
            values[one.name] = one.value
    return values


def _loaded(
    kind: str, point: EntryPoint, taken: Collection[str], check: Callable[[Any], str]
) -> Extension:
    package, value = _package(point), None
    if point.name in taken:
        return Extension(kind, point.name, package, None, "its name is taken")
    try:
        value = point.load()
        problem = check(value)
    except Exception as error:  # a foreign module may raise anything when it is imported
        problem = " ".join(f"{type(error).__name__}: {error}".split())
    return Extension(kind, point.name, package, None if problem else value, problem)


def _package(point: EntryPoint) -> str:
    home = point.dist
    return f"{home.name} {home.version}" if home is not None else "an unknown package"


def file_problem(value: Any) -> str:
    """Say what is wrong with an object that should be the path of a TOML file."""
    if not (hasattr(value, "is_file") and hasattr(value, "read_text")):
        return f"it is a {type(value).__name__}, not the path of a .toml file"
    return "" if value.is_file() else f"there is no file {value}"
