"""Phases: what every label is made of, and what the facets between two phases are called.

A label that nobody names otherwise is a grain. The kinds say what the stages do with a phase:

==========  ==========================================  ========================================
kind        mesher                                      solvers
==========  ==========================================  ========================================
``solid``   meshed                                      lithium and stress
``void``    left out unless asked for; its wall stays   nothing passes its wall
``fluid``   meshed                                      left out: its face is where flux enters
==========  ==========================================  ========================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from nmc_mesh.arrays import given, of_runs
from nmc_mesh.errors import InputError
from nmc_mesh.extensions import PHASES as EXTENSION_GROUP
from nmc_mesh.extensions import Registry
from nmc_mesh.later import Shown
from nmc_mesh.typing import AnyArray, Bools, Ints

Kind = Literal["solid", "void", "fluid"]
"""What meshers and solvers ask of a phase."""

GRAIN = "grain"
"""The phase of every label that is given no other."""

_RANK: Mapping[str, int] = {"solid": 0, "void": 1, "fluid": 2}
_OUTSIDE: Mapping[str, str] = {
    "solid": "outer_surface",
    "void": "{}_opening",
    "fluid": "domain_boundary",
}


class Phase(NamedTuple):
    """A phase that labels can have: what it is, and what it is called where it meets another.

    Parameters
    ----------
    kind
        "solid", "void" or "fluid": what meshers and solvers ask of it.
    about
        A line for lists.
    meeting
        Its word in names of facets such as ``particle_electrolyte``; empty: its own name.

    Examples
    --------
    >>> sei = nmc_mesh.Phase("solid", "what grows on a particle in an electrolyte")
    >>> sei.kind, sei.meeting
    ('solid', '')
    """

    kind: Kind
    about: str
    meeting: str = ""


def _problem(value: object) -> str:
    if not isinstance(value, Phase):
        return f"it is a {type(value).__name__}, not a nmc_mesh.Phase"
    return "" if value.kind in get_args(Kind) else f"its kind is {value.kind!r}"


PHASES: Registry[Phase] = Registry(
    EXTENSION_GROUP,
    {
        GRAIN: Phase("solid", "a crystal: what every label is that is given no other", "particle"),
        "coating": Phase("solid", "a layer on the particle"),
        "pore": Phase("void", "empty; its wall is pore_surface"),
        "crack": Phase("void", "empty, along boundaries; its wall is crack_surface"),
        "electrolyte": Phase("fluid", "around the particle up to the boundary of the domain"),
        "binder": Phase("fluid", "around the particle, carries neither lithium nor stress"),
    },
    _problem,
)
"""Phases by name, those of other packages too (see ``nmc_mesh.extensions``)."""


@dataclass(frozen=True, repr=False)
class Phases(Shown):
    """The phase of every label: grains, but for the labels that are named here.

    Parameters
    ----------
    labels
        Numbers of the labels by the name of their phase; without any, all are grains.

    Raises
    ------
    InputError
        If there is no such phase, a label is not a whole number of 1 or more, or is named twice.

    Examples
    --------
    >>> phases = nmc_mesh.Phases({"pore": [4, 5], "electrolyte": [6]})
    >>> phases.of(3), phases.of(5), phases.of(6)
    ('grain', 'pore', 'electrolyte')
    >>> phases.mask("void", np.arange(1, 7)).tolist()
    [False, False, False, True, True, False]
    """

    ranges: tuple[tuple[str, int, int], ...] = ()
    """Phase, first label and last label of every run of labels, ascending."""

    def __init__(self, labels: Mapping[str, AnyArray | list[int]] | None = None) -> None:
        runs = [run for name, own in (labels or {}).items() for run in _runs(name, own)]
        object.__setattr__(self, "ranges", _checked(runs))

    @classmethod
    def of_plain(cls, plain: object) -> Phases:
        """Return the phases that ``plain`` told of.

        Parameters
        ----------
        plain
            Runs [first, last] of labels by phase; None: all grains.

        Raises
        ------
        InputError
            If it is no such table.

        Examples
        --------
        >>> nmc_mesh.Phases.of_plain({"pore": [[4, 5]]}) == nmc_mesh.Phases({"pore": [4, 5]})
        True
        """
        table = {} if plain is None else plain
        if not isinstance(table, Mapping):
            raise InputError(f"phases are a table of labels by name, not {plain!r:.80}")
        runs = []
        for name, spans in table.items():
            whole = np.asarray(spans, dtype=object)
            if whole.ndim != 2 or whole.shape[1] != 2 or not all(map(_is_whole, whole.flat)):
                raise InputError(f"the phase {name!r:.80} has runs [first, last] of labels")
            runs += [(str(name), int(first), int(last)) for first, last in whole]
        phases = cls()
        object.__setattr__(phases, "ranges", _checked(runs))
        return phases

    def plain(self) -> dict[str, list[list[int]]]:
        """Return runs [first, last] of labels by phase, plain values for files.

        Examples
        --------
        >>> nmc_mesh.Phases({"pore": [4, 5, 9]}).plain()
        {'pore': [[4, 5], [9, 9]]}
        """
        table: dict[str, list[list[int]]] = {}
        for name, first, last in self.ranges:
            table.setdefault(name, []).append([first, last])
        return table

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __repr__(self) -> str:
        counts = [f"{len(self.labels_of(name)):,} {name}" for name in self.names]
        return f"Phases({', '.join(counts) or 'grains only'})"

    @property
    def names(self) -> tuple[str, ...]:
        """Phases other than grains that labels have, by their first label."""
        return tuple(dict.fromkeys(name for name, _, _ in self.ranges))

    def of(self, label: int) -> str:
        """Return the name of the phase of a label of 1 or more.

        Parameters
        ----------
        label
            The label.

        Examples
        --------
        >>> nmc_mesh.Phases({"pore": [4]}).of(4)
        'pore'
        """
        for name, first, last in self.ranges:
            if first <= label <= last:
                return name
        return GRAIN

    def labels_of(self, name: str) -> Ints:
        """Return the labels that are named a phase, ascending, shape (n,); none for grains.

        Parameters
        ----------
        name
            Of the phase.

        Examples
        --------
        >>> nmc_mesh.Phases({"pore": [5, 4]}).labels_of("pore")
        array([4, 5], dtype=int32)
        """
        own = [np.arange(first, last + 1) for phase, first, last in self.ranges if phase == name]
        return np.concatenate([np.empty(0, dtype=np.int32), *own]).astype(np.int32)

    def mask(self, what: str, labels: AnyArray) -> Bools:
        """Mark labels of a kind or a phase, of the labels' shape; 0 is outside: not marked.

        Parameters
        ----------
        what
            A kind ("solid", "void", "fluid") or the name of a phase.
        labels
            Any labels, of any shape.

        Examples
        --------
        >>> nmc_mesh.Phases({"pore": [2]}).mask("solid", np.array([0, 1, 2, 3]))
        array([False,  True, False,  True])
        """
        names, rows = self.rows(labels)
        wanted = np.array([what in (name, PHASES.find(name).kind) for name in names])
        return np.asarray(wanted[rows] & (np.asarray(labels) > 0))

    def rows(self, labels: AnyArray) -> tuple[tuple[str, ...], Ints]:
        """Return names, "grain" first, and the row among them of the phase of every label.

        Parameters
        ----------
        labels
            Any labels, of any shape; 0 has the row of grains, which means nothing.

        Examples
        --------
        >>> nmc_mesh.Phases({"pore": [2]}).rows(np.array([7, 2, 1]))
        (('grain', 'pore'), array([0, 1, 0], dtype=int32))
        """
        names = (GRAIN, *(name for name in self.names if name != GRAIN))
        runs = tuple((first, last, names.index(name)) for name, first, last in self.ranges)
        return names, of_runs(runs, labels)


def facet_name(first: str, second: str | None) -> str:
    """Name of the facets between two phases; the second None: outside.

    =====================  ===================================================================
    pair                   name
    =====================  ===================================================================
    a solid, outside       ``outer_surface``
    a fluid, outside       ``domain_boundary``
    a void, outside        ``pore_opening``
    a solid, a void        ``pore_surface``
    the same twice         ``grain_boundary``, ``pore_boundary``
    any others             both: ``particle_electrolyte``, ``coating_electrolyte``
    =====================  ===================================================================

    Parameters
    ----------
    first, second
        Names of phases, in any order.

    Examples
    --------
    >>> from nmc_mesh.geometry.phases import facet_name
    >>> facet_name("grain", "pore"), facet_name("electrolyte", "grain")
    ('pore_surface', 'particle_electrolyte')
    """
    if second is None:
        return _OUTSIDE[PHASES.find(first).kind].format(first)
    if first == second:
        return f"{first}_boundary"
    low, high = sorted((first, second), key=lambda name: (_RANK[PHASES.find(name).kind], name))
    if (PHASES.find(low).kind, PHASES.find(high).kind) == ("solid", "void"):
        return f"{high}_surface"
    if GRAIN in (low, high):
        low, high = GRAIN, high if low == GRAIN else low
    return "_".join(PHASES.find(name).meeting or name for name in (low, high))


def _runs(name: str, labels: object) -> Iterator[tuple[str, int, int]]:
    """Runs of labels that follow each other."""
    numbers = np.sort(np.atleast_1d(given(labels, f"labels of the phase {name}")))
    if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
        raise InputError(f"labels of the phase {name} are whole numbers, not {numbers.dtype}")
    if len(numbers) == 0:
        return
    starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 2) != 1)
    ends = np.append(starts[1:], len(numbers)) - 1
    for start, end in zip(starts, ends, strict=True):
        yield name, int(numbers[start]), int(numbers[end])


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _checked(runs: list[tuple[str, int, int]]) -> tuple[tuple[str, int, int], ...]:
    for name, first, last in runs:
        PHASES.find(name)
        if not 1 <= first <= last <= np.iinfo(np.int32).max:
            raise InputError(
                f"labels of phases are whole numbers of 1 or more, not {first} to {last} ({name})"
            )
    ordered = sorted((run for run in runs if run[0] != GRAIN), key=lambda run: run[1])
    for (before, _, last), (after, first, _) in pairwise(ordered):
        if first <= last:
            raise InputError(
                f"label {first} has two phases, {before} and {after}; give it a single one"
            )
    return tuple(ordered)


ALL_GRAINS = Phases()
"""Every label a grain."""
