"""Pores as cells of a diagram: far stiffer than grains, so nearly balls; put in and taken out.

The functions of particles that are put together change by a quadric each (``assembly.py``), and a
stiff cell would no longer be a ball about its seed. So pores are taken out before, as balls that
have their volumes, and put back into the diagram of all, with offsets found anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.owners import Owners
from nmc_mesh.geometry.phases import GRAIN, Phases
from nmc_mesh.numerics.functions import power
from nmc_mesh.numerics.products import dot
from nmc_mesh.particle.convex_cells import offsets_for, radii_of, volumes_in
from nmc_mesh.particle.keep import centres_of_mass
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Bools, Floats, Ints

STIFF = 40.0
"""m over the mean of the grains' matrices: a wall bends by 2 / STIFF of a radius at a boundary."""
APART = 1.05
"""Distance of two pores over the sum of their radii, at least."""
SLIVER = 1 / 16
"""Share of a pore that lies in a box, below which it is left out there (ours)."""
_VOXELS_PER_GRAIN = 8
_CHIP = 8  # voxels, a 64th of a grain: what less is left of is given to the neighbours


class Stiff(NamedTuple):
    """Pores that are stiff cells of a diagram."""

    seeds: Ints
    """Their seeds, (p,)."""
    labels: Ints
    """Their labels, (p,)."""
    stiffness: Floats
    """m of each, (p,)."""
    base: GBPD
    """The diagram without voids."""

    def radii(self, diagram: GBPD) -> Floats:
        """Radii of the balls that have the volumes of the pores in this diagram, um, (p,)."""
        centres, offsets = diagram.seeds[self.seeds], diagram.offsets[self.seeds]
        radii = np.zeros(len(centres))
        for m in np.unique(self.stiffness).tolist():
            own = self.stiffness == m
            radii[own] = radii_of(self.base, centres[own], offsets[own], m)
        return radii


def stiff_voids(particle: Particle) -> Stiff | None:
    """Return the pores of a particle that are cells stiffer than all others; None without any."""
    diagram = particle.tessellation
    void = particle.phases.mask("void", np.arange(1, len(particle.kept) + 1))
    seeds = particle.kept[void]
    others = np.setdiff1d(np.arange(len(diagram)), seeds)
    if not len(seeds) or not len(others):
        return None
    most = float(np.trace(diagram.matrices[others], axis1=1, axis2=2).max())
    stiff = diagram.matrices[seeds, 0, 0]
    round_ = (diagram.matrices[seeds] == stiff[:, None, None] * np.eye(3)).all(axis=(1, 2))
    own = round_ & (stiff > most)
    if not own.any():
        return None
    labels = np.flatnonzero(void) + 1
    return Stiff(seeds[own], labels[own].astype(np.int32), stiff[own], diagram.subset(others))


def volumes_of(particle: Particle, pores: Stiff) -> Floats:
    """Volumes of pores, um^3, (p,); where the box of a packing cuts them, what lies inside."""
    radii = pores.radii(particle.tessellation)
    volumes = 4 / 3 * np.pi * radii * radii * radii
    if particle.domain is None or not particle.cut_off:
        return np.asarray(volumes)
    lower, upper = particle.domain.bounds
    diagram = particle.tessellation
    centres, offsets = diagram.seeds[pores.seeds], diagram.offsets[pores.seeds]
    cut = cut_by(centres, radii, lower, upper)
    for m in np.unique(pores.stiffness[cut]).tolist():
        own = np.flatnonzero(cut & (pores.stiffness == m))
        volumes[own] = volumes_in(pores.base, centres[own], offsets[own], m, lower, upper)
    return np.asarray(volumes)


def cut_by(centres: Floats, radii: Floats, lower: Floats, upper: Floats) -> Bools:
    """Whether balls are not wholly in a box, (p,)."""
    reach = radii[:, None]
    return np.asarray(((centres - reach < lower) | (centres + reach > upper)).any(axis=1))


class Balls(NamedTuple):
    """Balls that have the volumes of pores."""

    centres: Floats
    """um, (p, 3)."""
    radii: Floats
    """um, (p,)."""

    def chosen(self, which: Bools) -> Balls:
        """Some of them."""
        return Balls(self.centres[which], self.radii[which])


def without_pores(particle: Particle) -> tuple[Particle, Balls]:
    """Return the particle with its pores filled by their neighbours, and the pores.

    Grains that pores have swallowed stay away.
    """
    pores = stiff_voids(particle)
    if pores is None:
        return particle, Balls(np.empty((0, 3)), np.empty(0))
    diagram = particle.tessellation
    number = np.cumsum(~np.isin(np.arange(len(diagram)), pores.seeds)) - 1
    dense = replace(
        particle,
        tessellation=pores.base,
        kept=number[particle.kept[: particle.n_grains]],
        phases=Phases(),
        box=np.stack(particle.grain_bounds()),
    )
    return dense, Balls(diagram.seeds[pores.seeds], pores.radii(diagram))


def stiffness(particle: Particle) -> float:
    """Stiffness m of pores in a single particle: STIFF means of its matrices."""
    diagram = particle.tessellation
    return STIFF * float(np.trace(diagram.matrices, axis1=1, axis2=2).mean()) / 3


def stiffness_on_slopes(diagram: GBPD, balls: Balls) -> float:
    """Stiffness m of pores where functions are steep: within a STIFFth of radii of their places.

    The least place of m |x - p|^2 - q_A(x) is M_A (p - s_A) / m off p. Between grains of a particle
    by itself that is little, but several particles have a quadric each that all its cells share.
    """
    owner = diagram.labels(balls.centres)
    way = balls.centres - diagram.seeds[owner]
    slope = dot(diagram.matrices[owner], way[:, None, :])
    return STIFF * float((np.sqrt(dot(slope, slope)) / balls.radii).max())


def with_pores(
    particle: Particle,
    balls: Balls,
    stiff: float,
    box: tuple[Floats, Floats] | None = None,
) -> Particle:
    """Return the particle with one more cell for every pore, without grains they swallow.

    Parameters
    ----------
    particle
        Without pores, bare.
    balls
        The pores.
    stiff
        m of their cells.
    box
        Corners of a box that cuts the particle off, um. Pores of which less than a 16th lies inside
        are left out.
    """
    diagram = particle.tessellation
    balls = balls if box is None else balls.chosen(_entering(balls, *box))
    offsets = offsets_for(diagram, *balls, stiff)
    if box is not None:
        shares = _shares_in(diagram, balls, offsets, stiff, box)
        balls, offsets = balls.chosen(shares >= SLIVER), offsets[shares >= SLIVER]
    count = len(offsets)
    if not count:
        return particle
    grown = GBPD(
        np.concatenate([diagram.seeds, balls.centres]),
        np.concatenate([diagram.matrices, np.tile(stiff * np.eye(3), (count, 1, 1))]),
        np.concatenate([diagram.offsets, offsets]),
    )
    gone = _swallowed(particle, grown, *(particle.bounds() if box is None else box))
    stay = np.flatnonzero(~gone)
    number = np.cumsum(~gone) - 1
    left = ~gone[particle.kept]
    kept = np.concatenate([number[particle.kept[left]], number[len(diagram) :]])
    turns, owners = particle.orientations, particle.particles
    grains = particle.phases.mask(GRAIN, np.arange(1, particle.n_labels + 1))
    return replace(
        particle,
        tessellation=grown.subset(stay),
        kept=kept.astype(np.int32),
        orientations=None if turns is None else turns[left[grains]],
        box=np.stack(particle.bounds()),
        phases=Phases({"pore": np.arange(int(left.sum()) + 1, len(kept) + 1)}),
        particles=Owners(owners.of(np.flatnonzero(left) + 1)) if owners else owners,
    )


def _entering(balls: Balls, lower: Floats, upper: Floats) -> Bools:
    """Whether some of a ball lies in a box, (p,)."""
    way = balls.centres - np.clip(balls.centres, lower, upper)
    return np.asarray((way * way).sum(axis=1) < balls.radii * balls.radii)


def _shares_in(
    diagram: GBPD, balls: Balls, offsets: Floats, stiff: float, box: tuple[Floats, Floats]
) -> Floats:
    """Shares of pores that lie in a box, (p,)."""
    shares = np.ones(len(offsets))
    cut = cut_by(*balls, *box)
    volumes = 4 / 3 * np.pi * balls.radii[cut] * balls.radii[cut] * balls.radii[cut]
    inside = volumes_in(diagram, balls.centres[cut], offsets[cut], stiff, *box)
    shares[cut] = inside / volumes
    return shares


def _swallowed(particle: Particle, grown: GBPD, lower: Floats, upper: Floats) -> Bools:
    """Seeds of grains of which hardly anything is left in a box, of all seeds."""
    spacing = particle.grain_size / _VOXELS_PER_GRAIN
    _, before = centres_of_mass(particle.tessellation, lower, upper, spacing)
    _, after = centres_of_mass(grown, lower, upper, spacing)
    cell = float(power(spacing, 3))
    gone = np.zeros(len(grown), dtype=np.bool_)
    kept: Ints = particle.kept
    less = after[kept] < before[kept] - 0.5 * cell
    gone[kept[less & (after[kept] < (_CHIP - 0.5) * cell)]] = True
    return gone
