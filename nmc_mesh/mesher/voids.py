"""Pores that come out with their volume, though flat facets cut off convex walls.

Of a ball of radius R that edges of length a mesh, a share of CUT (a / R)^2 is missing. So the wall
of a pore is followed where its ball would be R' with R'^3 (1 - CUT (a / R')^2) = R^3: its vertices
lie a little outside the exact wall and the middles of its facets inside, and volumes come out.

Pores are hardly two edges across, and edges there have not quite the length asked for: some percent
are off yet. So when the mesh is improved, pores are measured in it, and the offset r of each is
scaled as VoidKeeper tells; vertices follow, with all else held. Ours. Walls of other voids, which
are no stiff cells, stay.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.mesher.around import LONGER
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.components import cell_volumes
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.improve import Edges
from nmc_mesh.mesher.sizes import Size, Sizes, default_size, evaluate
from nmc_mesh.mesher.volume_correction import SETTLE, improver, settled
from nmc_mesh.numerics.functions import cbrt, power
from nmc_mesh.particle.convex_cells import offsets_for
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pore_cells import stiff_voids, volumes_of
from nmc_mesh.typing import Bools, Floats, Ints

CUT = 0.28
"""Share of the volume of a ball that is missing, over (a / R)^2, as measured."""
CLOSE = 0.01
"""Relative error of a pore's volume that is left alone."""
TURNS = 6
"""How often pores are measured and moved, at most."""
SLACK = 0.3
"""By how many edge lengths the lists of candidates reach farther for the sake of walls that move;
half as far may a wall go."""
_MOST = 0.35
_ROUNDS = 20


def sizes_at_pores(particle: Particle, size: Size | None, length: float) -> Floats:
    """Return edge lengths by label: as asked for, and another one at pores.

    Parameters
    ----------
    particle
        With pores.
    size
        Edge length elsewhere, um; default: as `default_size` says, longer in electrolyte around.
    length
        Edge length at pores, um.

    Raises
    ------
    InputError
        If a length is not positive, the size is more than one, or the particle has no pores.
    """
    if callable(size) or np.ndim(0 if size is None else size):
        raise InputError("a size at pores goes with one size elsewhere; sizes by label have pores")
    if "pore" not in particle.phases.names:
        raise InputError("there are no pores for a size of their own; give their share (--pores)")
    inner = default_size(particle) if size is None else positive(size, "the size")
    of_label = np.full(particle.n_labels, inner)
    of_label[particle.phases.labels_of("pore") - 1] = positive(length, "the size at pores")
    if particle.domain is not None:
        of_label[-1] = LONGER * inner
    return of_label


def grown_voids(particle: Particle, sizes: Sizes) -> Particle:
    """Return the particle with pores as much larger as facets of the edges asked for will cut off.

    Parameters
    ----------
    particle
        Any particle.
    sizes
        Edge lengths of the mesh, by the labels of its field.
    """
    pores = stiff_voids(particle)
    if pores is None:
        return particle
    diagram = particle.tessellation
    offsets = np.array(diagram.offsets)
    lengths = _lengths(sizes, diagram.seeds[pores.seeds], pores.labels)
    every = pores.radii(diagram)
    for m in np.unique(pores.stiffness).tolist():
        which = np.flatnonzero((pores.stiffness == m) & (every > 0))
        centres, radii = diagram.seeds[pores.seeds[which]], every[which]
        larger = radii.copy()
        for _ in range(_ROUNDS):
            over = lengths[which] / larger
            larger = radii / cbrt(1.0 - np.minimum(CUT * over * over, _MOST))
        offsets[pores.seeds[which]] = offsets_for(pores.base, centres, larger, m)
    return replace(particle, tessellation=GBPD(diagram.seeds, diagram.matrices, offsets))


def _lengths(sizes: Sizes, centres: Floats, labels: Ints) -> Floats:
    """Edge lengths that are asked for at pores, um, (p,)."""
    if sizes.of_label is not None:
        asked: Floats = sizes.of_label[labels]
    elif sizes.anywhere is not None:
        asked = evaluate(sizes.anywhere, centres)
    else:
        asked = np.full(len(labels), sizes.inner)
    if sizes.growth > 0:  # boundaries have the least length there
        asked = np.full(len(labels), sizes.least)
    return np.maximum(asked, sizes.least)


def kept_voids(
    field: Field,
    soup: Soup,
    a: float,
    keeper: VoidKeeper,
    longest: float = 0.0,
    edges: Edges | None = None,
    outer_held: bool = False,
) -> tuple[Field, Soup]:
    """Return the field and the mesh with pores that have their volumes to 1 %; see `settled`."""
    improved = improver(a, longest, edges, outer_held)
    return settled(field, soup, keeper, SETTLE, TURNS, improved, CLOSE)


class VoidKeeper:
    """What keeps the volumes of pores: r + min q(p), about m R^2, goes with the volume^(2/3).

    Parameters
    ----------
    exact
        The particle as it is.
    grown
        The one that is meshed, of `grown_voids`.
    size
        Edge length of the lattice in um: the ball of a pore may grow or shrink by so much times
        half of ``SLACK`` at most.
    """

    def __init__(self, exact: Particle, grown: Particle, size: float) -> None:
        pores = stiff_voids(exact)
        self._labels = np.empty(0, dtype=np.int32) if pores is None else pores.labels
        self._wanted = np.zeros(exact.n_labels + 1)
        self._low, self._high = np.empty(0), np.empty(0)
        if pores is None:
            return
        centres = exact.tessellation.seeds[pores.seeds]
        self._wanted[pores.labels] = volumes_of(exact, pores)
        cheapest = pores.base.costs(centres, pores.base.labels(centres))
        self._cost = np.asarray(cheapest)
        depth = np.maximum(grown.tessellation.offsets[pores.seeds] + self._cost, 0.0)
        radius, most = np.sqrt(depth / pores.stiffness), 0.5 * SLACK * size
        low, high = np.maximum(radius - most, 0.5 * radius), radius + most
        self._low, self._high = pores.stiffness * low * low, pores.stiffness * high * high

    def errors(self, points: Floats, cells: Ints, labels: Ints) -> Floats:
        """Relative error of every pore's volume, (labels + 1,); 0 of other and of lost labels."""
        volumes = self._volumes(points, cells, labels)
        errors = np.zeros(len(volumes))
        there = (volumes > 0) & (self._wanted > 0)
        errors[there] = volumes[there] / self._wanted[there] - 1.0
        return errors

    def adjusted(
        self, field: Field, points: Floats, cells: Ints, labels: Ints, chosen: Bools | None = None
    ) -> Field:
        """Return the field with offsets that bring the volumes of pores nearer to those wanted."""
        volumes = self._volumes(points, cells, labels)[self._labels]
        moved = volumes > 0 if chosen is None else (volumes > 0) & chosen[self._labels]
        rows = field.rows.copy()
        row = field.seed_of[self._labels[moved]]
        share = self._wanted[self._labels[moved]] / volumes[moved]
        depth = (rows[row, 9] + self._cost[moved]) * power(share, 2 / 3)
        rows[row, 9] = np.clip(depth, self._low[moved], self._high[moved]) - self._cost[moved]
        return field._replace(rows=rows)

    def _volumes(self, points: Floats, cells: Ints, labels: Ints) -> Floats:
        """Volumes that labels have in a mesh, um^3, (labels + 1,)."""
        own = self._wanted[np.clip(labels, 0, len(self._wanted) - 1)] > 0
        own &= (labels > 0) & (labels < len(self._wanted))
        sums = np.bincount(
            labels[own], cell_volumes(points, cells[own]), minlength=len(self._wanted)
        )
        return np.asarray(sums, dtype=np.float64)
