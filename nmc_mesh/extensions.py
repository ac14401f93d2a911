"""What other packages add: formats, models, materials, laws, meshers, phases, by entry points.

A package names what it adds in its ``pyproject.toml``, for example::

    [project.entry-points."nmc_mesh.formats"]
    ".foo" = "my_package.foo:FORMAT"        # a nmc_mesh.io.Format

    [project.entry-points."nmc_mesh.models"]
    my-model = "my_package:MODEL"           # the path of a model file, .toml

    [project.entry-points."nmc_mesh.materials"]
    my-material = "my_package:MATERIAL"     # the path of a material file, .toml

    [project.entry-points."nmc_mesh.shell_laws"]
    ellipsoids = "my_package:Ellipsoids"    # [shell] law = "ellipsoids" of model files

    [project.entry-points."nmc_mesh.tessellations"]
    laguerre = "my_package:Laguerre"        # [grains] law = "laguerre"

    [project.entry-points."nmc_mesh.mark_laws"]
    constant = "my_package:Constant"        # [grains.marks] law = "constant"

    [project.entry-points."nmc_mesh.meshers"]
    mine = "my_package:mesh"                # tetrahedralize(..., mesher="mine")

    [project.entry-points."nmc_mesh.phases"]
    sei = "my_package:SEI"                  # a nmc_mesh.Phase: Phases({"sei": [7]})

Laws are tables of model files, see ``nmc_mesh.particle.schema_laws``; a mesher back end is a
function, see ``nmc_mesh.mesher.back_end``. All then stand beside the built-in ones everywhere. One
that cannot be loaded is left out with a warning and is listed by ``nmc-mesh plugins``; so is one
whose name is taken.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple, TypeVar

from nmc_mesh.errors import InputError

Value = TypeVar("Value")

DEFAULT_MODEL = "nmc-calibrated"
"""The model that is drawn from where none is named."""

DEFAULT_MESHER = "cleaving"
"""The mesher back end that is asked where none is named: our own."""

FORMATS, MODELS, MATERIALS = "nmc_mesh.formats", "nmc_mesh.models", "nmc_mesh.materials"
SHELL_LAWS, TESSELLATIONS = "nmc_mesh.shell_laws", "nmc_mesh.tessellations"
MARK_LAWS, MESHERS = "nmc_mesh.mark_laws", "nmc_mesh.meshers"
PHASES = "nmc_mesh.phases"
GROUPS = {
    FORMATS: "format",
    MODELS: "model",
    MATERIALS: "material",
    SHELL_LAWS: "shell law",
    TESSELLATIONS: "tessellation",
    MARK_LAWS: "mark law",
    MESHERS: "mesher",
    PHASES: "phase",
}
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
    plugins: list[Extension] = []
    for point in sorted(entry_points(group=group), key=lambda point: (point.name, _package(point))):
        names = {*taken, *(other.name for other in plugins if not other.problem)}
        plugins.append(_loaded(GROUPS[group], point, names, check))
    return plugins


def usable(plugins: Iterable[Extension]) -> dict[str, Any]:
    """Return the objects that can be used, by name.

    Warns
    -----
    UserWarning
        About each that cannot.
    """
    values = {}
    for plugin in plugins:
        if plugin.problem:
            warnings.warn(
                f"the {plugin.kind} '{plugin.name}' of {plugin.package} is left out: "
                f"{plugin.problem}; update or remove that package (nmc-mesh plugins lists all)",
                UserWarning,
                stacklevel=3,
            )
        else:
            values[plugin.name] = plugin.value
    return values


class Registry(Mapping[str, Value]):
    """What is built in under a group, and what others add once a name is asked for that is not.

    Parameters
    ----------
    group
        One of ``GROUPS``.
    own
        What is built in, by name.
    check
        Says what is wrong with an object that another package adds; empty if nothing is.
    """

    def __init__(self, group: str, own: Mapping[str, Value], check: Callable[[Any], str]) -> None:
        self.group, self._own, self._check = group, own, check

    def __getitem__(self, name: str) -> Value:
        return self._own[name] if name in self._own else self._foreign[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._own, *self._foreign))

    def __len__(self) -> int:
        return len(self._own) + len(self._foreign)

    def find(self, name: str) -> Value:
        """Return what has a name.

        Raises
        ------
        InputError
            If nothing has; with the nearest name.
        """
        if name in self:
            return self[name]
        near = get_close_matches(name, self, n=1)
        hint = f"perhaps you meant '{near[0]}'" if near else f"there are {', '.join(self)}"
        raise InputError(f"there is no {GROUPS[self.group]} '{name}'; {hint}")

    def foreign(self) -> list[Extension]:
        """Return what other packages add, the broken ones too."""
        return extensions(self.group, self._own, self._check)

    def forget(self) -> None:
        """Look for packages anew when a name is next asked for that is not built in."""
        vars(self).pop("_foreign", None)

    @cached_property
    def _foreign(self) -> dict[str, Value]:
        return usable(self.foreign())


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


def providers(groups: Iterable[str]) -> dict[str, str]:
    """Return the packages that add something to groups, with their versions; nothing is loaded."""
    homes = [point.dist for group in groups for point in entry_points(group=group)]
    return {home.name: home.version for home in homes if home is not None}


def _package(point: EntryPoint) -> str:
    home = point.dist
    return f"{home.name} {home.version}" if home is not None else "an unknown package"


def file_problem(value: Any) -> str:
    """Say what is wrong with an object that should be the path of a TOML file."""
    if not (hasattr(value, "is_file") and hasattr(value, "read_text")):
        return f"it is a {type(value).__name__}, not the path of a .toml file"
    return "" if value.is_file() else f"there is no file {value}"
