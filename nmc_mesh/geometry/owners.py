"""What labels belong to: grains to one of several particles, lamellae to the grain they divide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nmc_mesh.arrays import given, of_runs
from nmc_mesh.errors import InputError
from nmc_mesh.later import Shown
from nmc_mesh.typing import AnyArray, Ints


@dataclass(frozen=True, repr=False)
class Owners(Shown):
    """The owner of every label, a number of 1 or more; 0 where a label has none.

    Of the lamellae of a twinned grain that is the label of one of them, which stands for the grain;
    of the grains of several particles the number of the particle.

    Parameters
    ----------
    of_label
        Owner of the labels 1, 2, ... n, shape (n,).

    Raises
    ------
    InputError
        If an owner is not a whole number of 0 or more.

    Examples
    --------
    >>> owners = nmc_mesh.Owners([1, 1, 2, 0])
    >>> owners.plain(), owners.of(np.array([1, 2, 3, 4])).tolist()
    ([[1, 2, 1], [3, 3, 2]], [1, 1, 2, 0])
    """

    runs: tuple[tuple[int, int, int], ...] = ()
    """First label, last label and owner of every run of labels that have the same."""

    def __init__(self, of_label: AnyArray | Sequence[int] = ()) -> None:
        owners = np.atleast_1d(given(of_label, "owners of labels"))
        if owners.size and (owners.ndim != 1 or owners.dtype.kind not in "iu" or owners.min() < 0):
            raise InputError("owners are whole numbers of 0 or more, one for every label")
        starts = np.flatnonzero(np.diff(owners, prepend=-1)) if owners.size else np.empty(0, int)
        ends = np.append(starts[1:], len(owners))
        runs = zip((starts + 1).tolist(), ends.tolist(), owners[starts].tolist(), strict=False)
        object.__setattr__(self, "runs", tuple(run for run in runs if run[2] > 0))

    @classmethod
    def of_plain(cls, plain: object) -> Owners:
        """Return the owners that ``plain`` told of.

        Parameters
        ----------
        plain
            Rows [first label, last label, owner], ascending; None: no label has one.

        Raises
        ------
        InputError
            If it is no such table.

        Examples
        --------
        >>> nmc_mesh.Owners.of_plain([[1, 2, 1]]) == nmc_mesh.Owners([1, 1])
        True
        """
        rows = np.asarray([] if plain is None else plain, dtype=object)
        owners = cls()
        if rows.size == 0:
            return owners
        whole = rows.ndim == 2 and rows.shape[1] == 3 and all(type(n) is int for n in rows.flat)
        table = (
            [(int(first), int(last), int(owner)) for first, last, owner in rows] if whole else []
        )
        most = np.iinfo(np.int32).max
        good = all(1 <= first <= last <= most and 1 <= own <= most for first, last, own in table)
        if not table or not good or any(a[1] >= b[0] for a, b in pairwise(table)):
            raise InputError("owners are rows [first label, last label, owner], ascending")
        object.__setattr__(owners, "runs", tuple(table))
        return owners

    def plain(self) -> list[list[int]]:
        """Return rows [first label, last label, owner], plain values for files.

        Examples
        --------
        >>> nmc_mesh.Owners([0, 3, 3]).plain()
        [[2, 3, 3]]
        """
        return [list(run) for run in self.runs]

    def __bool__(self) -> bool:
        return bool(self.runs)

    def __repr__(self) -> str:
        return f"Owners({self.count:,} of labels up to {self.last:,})"

    @property
    def count(self) -> int:
        """Number of owners."""
        return len({owner for _, _, owner in self.runs})

    @property
    def last(self) -> int:
        """The largest label that has an owner; 0 where none has."""
        return self.runs[-1][1] if self.runs else 0

    def of(self, labels: AnyArray) -> Ints:
        """Return the owner of every label, of the labels' shape; 0 where it has none.

        Parameters
        ----------
        labels
            Any labels, of any shape.

        Examples
        --------
        >>> nmc_mesh.Owners([0, 2]).of(np.array([0, 2, 9])).tolist()
        [0, 2, 0]
        """
        return of_runs(self.runs, labels)


NO_OWNERS = Owners()
"""No label belongs to another thing."""
