"""A period of a periodic mesh, cut out of the tiling here or there."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.periods import Periods
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesh.periodic import glued
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.lattice import EMPTY
from nmc_mesh.particle.periodic import Arranged
from nmc_mesh.typing import Bools, Floats, Ints, Longs


class Names(Protocol):
    """What labels of a tiling are called a period farther on."""

    def moved(self, labels: Ints, turns: Longs) -> Ints:
        """Labels of the same so many periods (..., 3) away."""


class Alike:
    """Labels of an image, which are the same in all its translates."""

    def moved(self, labels: Ints, turns: Longs) -> Ints:
        """Labels of the same so many periods (..., 3) away."""
        return labels


class Images:
    """Labels of images: label i + 1 is row i of the arranged seeds; and back."""

    def __init__(self, arranged: Arranged, grains: int) -> None:
        self.grain = np.concatenate([[0], arranged.seed + 1]).astype(np.int32)
        self.turns = np.concatenate([np.zeros((1, 3), dtype=np.int64), arranged.turns])
        self._most = int(np.abs(arranged.turns).max())
        wide = 2 * self._most + 1
        self._label = np.full((grains + 1, wide, wide, wide), EMPTY, dtype=np.int32)
        self._label[(self.grain, *(self.turns + self._most).T)] = np.arange(len(self.grain))
        self._label[0] = 0

    def of(self, grain: Ints, turns: Longs) -> Ints:
        """Label of the image of a grain so many periods (..., 3) away from its seed."""
        near = np.abs(turns).max(axis=-1) <= self._most
        place = np.where(near[..., None], turns + self._most, 0)
        label = self._label[grain, place[..., 0], place[..., 1], place[..., 2]]
        if not near.all() or (label == EMPTY).any():
            raise InputError(
                "a grain reaches farther than the mesh knows its images; take a longer period"
            )
        return np.asarray(label)

    def moved(self, labels: Ints, turns: Longs) -> Ints:
        """Labels of the same grains so many periods away."""
        return self.of(self.grain[labels], self.turns[labels] + turns)


class Cut(NamedTuple):
    """A period and which of its points are on the seam."""

    soup: Soup
    seam: Bools


def cut_at(soup: Soup, periods: Periods, names: Names, corner: Floats) -> Cut:
    """Cut so that the centroids of all cells lie in the parallelepiped with that corner."""
    middle = 0.25 * soup.points[soup.cells].sum(axis=1)
    return _moved(
        soup, periods, names, np.floor(periods.fractions(middle - corner)).astype(np.int64)
    )


def cut_between(soup: Soup, periods: Periods, turns: Longs) -> Cut:
    """Cut along grain boundaries: grains are whole, the cells of each ``turns`` (m, 3) away."""
    return _moved(soup, periods, Alike(), turns)


def _moved(soup: Soup, periods: Periods, names: Names, back: Longs) -> Cut:
    """Move every cell by so many periods back; points that then differ part, others meet."""
    first, shift = glued(soup.points, soup.cells, periods)
    turns = shift[soup.cells] - back[:, None]
    most = int(np.abs(turns).max()) + 1
    wide = 2 * most + 1
    digits = turns + most
    code = (first[soup.cells].astype(np.int64) * wide + digits[..., 0]) * wide + digits[..., 1]
    code = code * wide + digits[..., 2]
    places, cells = np.unique(code, return_inverse=True)
    left, z = np.divmod(places, wide)
    left, y = np.divmod(left, wide)
    home, x = np.divmod(left, wide)
    place = np.stack([x, y, z], axis=1) - most
    points = soup.points[home] + periods.moves(place)
    labels = names.moved(soup.labels, -back)
    corners = cells.reshape(-1, 4).astype(np.int32)
    # A point whose place of the tiling is named twice is on the seam.
    several = np.bincount(home, minlength=len(soup.points)) > 1
    return Cut(Soup(points, corners, labels), several[home])


def rounded(soup: Soup, periods: Periods) -> Soup:
    """Round the points, so that they can be moved by whole periods exactly."""
    return soup._replace(points=periods.rounded(soup.points))


def across_seam(soup: Soup, periods: Periods) -> Ints:
    """Cell behind each face in the tiling, shape (m, 4): there is one behind every face."""
    first, _ = glued(soup.points, soup.cells, periods)
    return neighbours(first[soup.cells], len(soup.points))
