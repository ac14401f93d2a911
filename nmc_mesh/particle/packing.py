"""Several particles packed into a box to a volume fraction, with electrolyte between.

The box is one period of a packing that goes on periodically, cut out where it may: what leaves it
on one side comes in on the other, so the fraction is that of the whole packing and there is no
empty layer along walls. Ours, as is the way particles are placed:

1. *Random sequential addition.* Particles, the largest first, turned at random, get the best of a
   few random places.
2. *Overlaps are minimized.* With d_ij the clearance of two outlines and g the gap asked for, the
   energy is E = sum max(g - d_ij, 0)^2. A particle, drawn by its part of E, is pushed along the
   outlines' normals, turned a little, shaken, or put elsewhere, and stays there where that lowers
   its energy (after the force-biased algorithm, Moscinski et al. 1989, doi
   10.1080/08927028908031373, with outlines in place of balls).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product as every

import numpy as np

from nmc_mesh.crystal.orientation import crystal_axes, product
from nmc_mesh.errors import InputError
from nmc_mesh.numerics.draws import generator, standard_normal, uniform
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.numerics.products import dot
from nmc_mesh.particle.assembly import check_particles, joined
from nmc_mesh.particle.domain import Domain
from nmc_mesh.particle.outline import Body, Outline, clearance, outline_of
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Floats

_EDGES_PER_GRAIN = 4
_POINTS = 500
"""Points of an outline that are looked at while particles move."""
_DENSEST = 0.64
"""Random close packing of equal balls; rough particles with gaps between have less."""
_CLOSE = 0.1
"""Share of the gap that clearances may miss it by."""
_PLACES = 20  # tried for every particle at first
_MOVES = 600  # per particle, at most
_IDLE = 100  # per particle, that lower nothing: there is no room
_TURN = (0.3, 0.15)  # deviation of turns, rad: while pushed, alone


class _Bed:
    """Outlines in a periodic box, where they lie, and the energy of their overlaps."""

    def __init__(self, outlines: Sequence[Outline], edge: float, gap: float) -> None:
        step = [max(1, len(outline.points) // _POINTS) for outline in outlines]
        self.outlines = [
            replace(outline, points=outline.points[::n])
            for outline, n in zip(outlines, step, strict=True)
        ]
        self.edge, self.gap = edge, gap
        self.shifts = [np.array(way) * edge for way in every((-1.0, 0.0, 1.0), repeat=3)]
        self.centres = np.zeros((len(outlines), 3))
        self.turns = np.tile([1.0, 0.0, 0.0, 0.0], (len(outlines), 1))
        self.placed: list[int] = []

    def body(self, n: int, centre: Floats, turn: Floats) -> Body:
        return Body(self.outlines[n], centre, crystal_axes(turn[None])[0])

    def energy(self, n: int, centre: Floats, turn: Floats) -> tuple[float, Floats]:
        """Energy of a particle that lies so among those placed, um^2, and the way it is pushed."""
        own, total, push = self.body(n, centre, turn), 0.0, np.zeros(3)
        for m in {*self.placed, n}:
            for shift in self.shifts:
                if m == n and not shift.any():
                    continue
                place = centre if m == n else self.centres[m]
                apart = place + shift - centre
                reach = own.outline.reach + self.outlines[m].reach + self.gap
                if dot(apart, apart) > reach * reach:
                    continue
                other = self.body(m, place + shift, turn if m == n else self.turns[m])
                clear, way = clearance(own, other, self.gap)
                short = self.gap - clear
                total += short * short
                if m != n:
                    push = push - short * way
        return total, push

    def energies(self) -> Floats:
        return np.array(
            [self.energy(n, self.centres[n], self.turns[n])[0] for n in range(len(self.outlines))]
        )


def pack(
    particles: Sequence[Particle],
    fraction: float,
    seed: int | np.random.Generator = 0,
    *,
    gap: float | None = None,
    progress: Progress = silent,
) -> Particle:
    """Pack particles into a cube of electrolyte, turned at random and without overlap.

    The cube is one period of a periodic packing: particles that leave it on one side come in on the
    other, as parts of their own (``particles`` gives them the same number), and end at its faces.

    Parameters
    ----------
    particles
        Bare particles of whole grains, without lamellae; they may have pores, which the cube cuts
        off too.
    fraction
        Volume of the particles over that of the cube, in (0, 1); up to about 0.3 is found.
    seed
        A whole number of 0 or more, or a generator: draws places and turns.
    gap
        Least distance of two particles in um, to a tenth; default: a quarter of a mean grain, the
        edge length that meshes have by default.
    progress
        Called with the name of the stage and the share of it that is done.

    Raises
    ------
    InputError
        If the fraction or the gap is out of its range, a particle is not such a one, or there is no
        room for so much.

    Examples
    --------
    >>> model = nmc_mesh.load_model("nmc-radial")
    >>> balls = [model.sample(n, shell=nmc_mesh.StarShape.ball(0.6)) for n in (3, 4)]
    >>> bed = nmc_mesh.pack(balls, 0.1, seed=1)
    >>> bed.n_particles, round(bed.provenance["fraction"], 2)
    (2, 0.1)
    """
    check_particles(particles)
    if not (isinstance(fraction, int | float) and 0 < fraction < 1):
        raise InputError(f"the fraction of particles lies between 0 and 1, not {fraction!r}")
    if fraction > _DENSEST:
        raise InputError(
            f"a fraction of {fraction:g} is more than balls at random have, {_DENSEST:g}; about "
            "0.3 is found for particles with gaps: take a smaller fraction"
        )
    grain = float(np.mean([particle.grain_size for particle in particles]))
    apart = grain / _EDGES_PER_GRAIN if gap is None else gap
    if not (isinstance(apart, int | float) and np.isfinite(apart) and apart > 0):
        raise InputError(f"the gap between particles is a positive number of um, not {gap!r}")
    outlines = [outline_of(particle) for particle in particles]
    edge = float(cbrt(sum(outline.volume for outline in outlines) / fraction))
    bed = _Bed(outlines, edge, float(apart))
    rng = generator(seed)
    progress("pack", 0.0)
    _placed(bed, rng)
    _moved(bed, rng, fraction, progress)
    half = 0.5 * edge
    domain = Domain("box", (-half, -half, -half), (half, half, half))
    centres = bed.centres - edge * np.floor(bed.centres / edge + 0.5)
    whole = joined(particles, outlines, centres, bed.turns, domain, float(apart), periodic=True)
    progress("pack", 1.0)
    return whole


def _placed(bed: _Bed, rng: np.random.Generator) -> None:
    """Random sequential addition, the largest first."""
    volumes = np.array([outline.volume for outline in bed.outlines])
    for n in np.argsort(-volumes, kind="stable").tolist():
        least = np.inf
        for _ in range(_PLACES):
            centre, turn = bed.edge * uniform(rng, -0.5, 0.5, 3), _turn(rng)
            energy, _ = bed.energy(n, centre, turn)
            if energy < least:
                least, bed.centres[n], bed.turns[n] = energy, centre, turn
            if energy == 0:
                break
        bed.placed.append(n)


def _moved(bed: _Bed, rng: np.random.Generator, fraction: float, progress: Progress) -> None:
    """Move particles until none is nearer to another than the gap, but for a tenth."""
    most = _CLOSE * bed.gap * _CLOSE * bed.gap
    energies = bed.energies()
    moves, idle = _MOVES * len(energies), 0
    for move in range(moves):
        if energies.max() <= most:
            return
        if idle > _IDLE * len(energies):
            break
        n = int(energies.argmax())
        if move % 3:
            drawn = float(uniform(rng, 0.0, 1.0, 1)[0]) * energies.sum()
            n = min(int(np.searchsorted(np.cumsum(energies), drawn)), len(energies) - 1)
        energy, push = bed.energy(n, bed.centres[n], bed.turns[n])
        centre, turn = _another(bed, n, push, move % 4, rng)
        if bed.energy(n, centre, turn)[0] < energy:
            bed.centres[n], bed.turns[n] = centre, turn
            energies, idle = bed.energies(), 0
        idle += 1
        if move % 50 == 0:
            progress("pack", move / moves)
    if energies.max() > most:
        raise InputError(
            f"there is no room for all of {len(energies)} at a fraction of {fraction:g} with "
            f"{bed.gap:.3g} um between them; take a smaller fraction or gap, or rounder particles "
            "(more grains)"
        )


def _another(
    bed: _Bed, n: int, push: Floats, kind: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Where a particle might lie better: pushed, pushed and turned, shaken, turned, or anywhere."""
    centre, turn = bed.centres[n], bed.turns[n]
    share = float(uniform(rng, 0.0, 1.0, 1)[0])
    if kind == 0:
        return centre + 0.5 * share * push, turn
    if kind == 1:
        return centre + 0.3 * push, _nudged(turn, _TURN[0], rng)
    if kind == 2:
        return centre + 0.7 * push + 0.05 * bed.edge * share * standard_normal(rng, 3), turn
    if share < 0.3:
        return bed.edge * uniform(rng, -0.5, 0.5, 3), _turn(rng)
    return centre, _nudged(turn, _TURN[1], rng)


def _turn(rng: np.random.Generator) -> Floats:
    """A turn, all alike likely: a unit quaternion."""
    four = standard_normal(rng, 4)
    return np.asarray(four / np.sqrt(dot(four, four)))


def _nudged(turn: Floats, spread: float, rng: np.random.Generator) -> Floats:
    little = np.concatenate([[1.0], spread * standard_normal(rng, 3)])
    turned = product(little / np.sqrt(dot(little, little)), turn)
    return np.asarray(turned / np.sqrt(dot(turned, turned)))
