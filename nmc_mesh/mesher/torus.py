"""What meshes of one period have in common: a lattice cleaved and improved on a torus.

A lattice that fits the period is cleaved once, with what is a period apart treated as one
(`wrap`). Then the tiling is cut open somewhere, and improved with the cells at the seam held; the
next round cuts it open elsewhere. So every cell is improved, and both sides of every seam are the
same nodes: nothing has to be matched afterwards.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.mesher.cleave import NO_ANCHORS, Anchors, Soup, cleave_lattice
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.improve import Round, improve
from nmc_mesh.mesher.lattice import Lattice, check_memory, lattice_in
from nmc_mesh.mesher.periodic_soup import Cut, Names, across_seam, cut_at, rounded
from nmc_mesh.mesher.volume_correction import near_labels
from nmc_mesh.mesher.wrap import GHOSTS, PeriodicWrap
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Bools, Floats, Ints

LEAST = 8
"""Edges per period: stars of vertices must not meet their own images (ours)."""

_WALK = np.array([0.8191725133961645, 0.6710436067037893, 0.5497004779019703])
"""Corners of the cuts, in periods: powers of the root of x^4 = x + 1, whose multiples fill the cube
evenly (Roberts' sequence R3), so no place is near a seam for many rounds."""


def check_size(size: float, period: Floats) -> None:
    """Refuse cells that are too large for a period in um, (3,), or too small for the memory."""
    shortest = float(period.min())
    most = shortest / LEAST
    if size > most:
        raise InputError(
            f"cells of {size:g} um are too large for a period of {shortest:g} um; take a size of "
            f"at most {most:.3g} um, or a longer period"
        )
    check_memory(np.zeros(3), period, size)


class Torus:
    """Cleaves and improves what is repeated.

    Parameters
    ----------
    lower, period
        Corner of the box that a period is cut out near, and its edges, um (3,).
    names
        Labels of what is so many periods away.
    size
        Cell edge of the lattice, um.
    """

    def __init__(self, lower: Floats, period: Floats, names: Names, size: float) -> None:
        self.lower, self.period, self.names, self.size = lower, period, names, size
        self._rounds = 0

    def lattice(self) -> tuple[Lattice, PeriodicWrap]:
        """The lattice that fits the period, and what is one in it."""
        grid = lattice_in(self.lower, self.lower + self.period, self.size)
        return grid, PeriodicWrap(grid.shape - 2 * GHOSTS, self.period, self.names.moved)

    def cleaved(self, field: Field, progress: Progress, anchors: Anchors = NO_ANCHORS) -> Soup:
        """The cleaved lattice; see `cleave_lattice`."""
        grid, wrap = self.lattice()
        return rounded(cleave_lattice(field, grid, anchors, progress, wrap), self.period)

    def across(self, soup: Soup) -> Ints:
        """Cell behind each face in the tiling, (m, 4); there is one behind every face of a grain.

        Raises
        ------
        MeshError
            If there is none.
        """
        across = across_seam(soup, self.period)
        alone = (across < 0) & (soup.labels > 0)[:, None]
        if alone.any():
            raise MeshError(
                f"{int(alone.sum())} faces of the periodic mesh fit no other; report the seed"
            )
        return across

    def improved(
        self, field: Field, soup: Soup, rounds: tuple[Round, ...], chosen: Bools | None = None
    ) -> Soup:
        """Return the mesh after some rounds, cut open elsewhere in each; see `Improver`."""
        for turn in rounds:
            # Half a period on either side of the box's corner: images are known that far.
            share = (self._rounds * _WALK) % 1.0 - 0.5
            self._rounds += 1
            soup, held = cut_at(soup, self.period, self.names, self.lower + share * self.period)
            if chosen is not None:
                held = held | ~near_labels(soup, chosen)
            soup = improve(field, soup, self.size, silent, (turn,), fixed=held)
            soup = rounded(soup, self.period)
        return soup

    def cut(self, soup: Soup) -> Cut:
        """One period, near the box."""
        return cut_at(soup, self.period, self.names, self.lower)
