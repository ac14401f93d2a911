"""What meshes of one period have in common: a lattice cleaved and improved on a torus.

A lattice that fits the period is cleaved once, with what is a period apart treated as one
(`wrap`). Then the tiling is cut open somewhere, and improved with the cells at the seam held; the
next round cuts it open elsewhere. So every cell is improved, and both sides of every seam are the
same nodes: nothing has to be matched afterwards.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.geometry.periods import Periods
from nmc_mesh.mesher.cleave import NO_ANCHORS, Anchors, Soup, cleave_lattice
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.fitted import fitted
from nmc_mesh.mesher.improve import Round, improve
from nmc_mesh.mesher.lattice import check_memory
from nmc_mesh.mesher.periodic_soup import Names, across_seam, cut_at, rounded
from nmc_mesh.mesher.volume_correction import near_labels
from nmc_mesh.mesher.wrap import PeriodicWrap
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Bools, Floats, Ints

LEAST = 8
"""Edges per period: stars of vertices must not meet their own images (ours)."""

_WALK = np.array([0.8191725133961645, 0.6710436067037893, 0.5497004779019703])
"""Corners of the cuts, in periods: powers of the root of x^4 = x + 1, whose multiples fill the cube
evenly (Roberts' sequence R3), so no place is near a seam for many rounds."""


def check_size(size: float, periods: Periods) -> None:
    """Refuse cells too large for the shortest of the periods, or too many for the memory."""
    shortest = float(periods.lengths.min())
    most = shortest / LEAST
    if size > most:
        raise InputError(
            f"cells of {size:g} um are too large for a period of {shortest:g} um; take a size of "
            f"at most {most:.3g} um, or a longer period"
        )
    check_memory(np.zeros(3), periods.lengths, size)


class Torus:
    """Cleaves and improves what is repeated.

    Parameters
    ----------
    lower
        Corner that a period is cut out from, um (3,); 0 but of boxes.
    periods
        What it is repeated by: the shortest vectors.
    names
        Labels of what is so many periods away.
    size
        Cell edge of the lattice, um.
    """

    def __init__(self, lower: Floats, periods: Periods, names: Names, size: float) -> None:
        self.lower, self.periods, self.names, self.size = lower, periods, names, size
        self.lattice = fitted(lower, periods, size)
        self.wrap = PeriodicWrap(self.lattice.cells, self.lattice.periods, names.moved)
        self._rounds = 0

    def cleaved(self, field: Field, progress: Progress, anchors: Anchors = NO_ANCHORS) -> Soup:
        """The cleaved lattice, of a field in its coordinates; see `cleave_lattice`."""
        soup = cleave_lattice(field, self.lattice.grid, anchors, progress, self.wrap)
        return self.lattice.placed(soup, self.periods)

    def across(self, soup: Soup) -> Ints:
        """Cell behind each face in the tiling, (m, 4); there is one behind every face of a grain.

        Raises
        ------
        MeshError
            If there is none.
        """
        across = across_seam(soup, self.periods)
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
            corner = self.lower + self.periods.moves(share)
            soup, held = cut_at(soup, self.periods, self.names, corner)
            if chosen is not None:
                held = held | ~near_labels(soup, chosen)
            soup = improve(field, soup, self.size, silent, (turn,), fixed=held)
            soup = rounded(soup, self.periods)
        return soup
