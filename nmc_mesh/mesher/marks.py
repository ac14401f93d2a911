"""Which edges and faces of a lattice have a point, and its number: few have, see ``marks.hpp``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.typing import Bools, Ints

_RUN = 64


class Marks(NamedTuple):
    """Points are numbered in the order of what is marked."""

    marked: Bools
    """Whether an edge or a face has a point, (n,)."""
    before: Ints
    """Number of the first point of every run of 64, or of the next one."""

    def numbers(self) -> Ints:
        """Number of the point of every edge or face, (n,); -1 where there is none."""
        numbers = np.full(len(self.marked), -1, dtype=np.int32)
        count = int(self.marked.sum())
        if count:
            numbers[self.marked] = np.arange(count, dtype=np.int32) + self.before[0]
        return numbers


def number_marks(marked: Bools, first: int) -> tuple[Marks, int]:
    """Number what is marked from ``first`` on; return the next number too."""
    before = np.empty(-(-len(marked) // _RUN), dtype=np.int32)
    following = core.number_marks(marked, first, before)
    return Marks(marked, before), following
