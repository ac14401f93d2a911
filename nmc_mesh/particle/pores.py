"""Pores: voids at quadruple points, on triple lines, inside grains, and a hole in the middle.

A pore is one more cell of the diagram, far stiffer than grains, so nearly a ball (see
``pore_cells.py``); the mesher follows its wall exactly, and its volume is found without voxels (see
``convex_cells.py``). Ours; the model of the paper has no pores.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.candidates import Candidates
from nmc_mesh.geometry.directions import directions
from nmc_mesh.later import Shown
from nmc_mesh.numerics.draws import standard_normal, uniform
from nmc_mesh.numerics.functions import cbrt, exp, power
from nmc_mesh.particle.junctions import PLACES, gathered, seeds_near
from nmc_mesh.particle.keep import centres_of_mass
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pore_cells import APART, Balls, stiffness, with_pores
from nmc_mesh.typing import Floats

LARGEST = 0.95
"""Diameter of a pore in grain sizes, at most."""
_WHERE = {"quadruple": "at quadruple points", "triple": "on triple lines", "grain": "inside grains"}
_BATCH = 1024
_SPARE = 12  # places drawn for every pore
_BATCHES = 400
_HOPELESS = 16  # batches after which a kind of place that was not met is taken not to be there
_VOXELS_PER_GRAIN = 8


@dataclass(frozen=True)
class Pores(Shown):
    """A law of pores.

    Parameters
    ----------
    fraction
        Volume of all pores over that of the particle with them, in [0, 1).
    size
        Mean diameter of a pore (of the ball of its volume) in grain sizes, below 1.
    spread
        Deviation of the logarithm of diameters; those above 0.95 grain sizes are cut to that.
    places
        Weights of "quadruple" (points), "triple" (lines) and "grain" (inside of one): in what
        shares pores are put there.
    profile
        Pores per volume go as s^profile, with s the distance from the centre over the radius, or as
        (1 - s)^-profile if it is negative: 0 is even, 2 is outside, -2 inside.
    centre
        Share of the pores' volume that is one hole in the middle, in [0, 1].

    Raises
    ------
    InputError
        If a number is out of its range.

    Examples
    --------
    >>> from nmc_mesh.mesh.tables import phase_table
    >>> model = nmc_mesh.load_model("nmc-radial")
    >>> whole = model.sample(3, shell=nmc_mesh.StarShape.ball(0.7))
    >>> porous = nmc_mesh.Pores(0.05).put_into(whole, np.random.default_rng(1))
    >>> image = nmc_mesh.voxelize(porous, 0.02)
    >>> pores = porous.phases.mask("void", np.arange(porous.n_labels + 1))
    >>> round(float(image.volumes()[pores].sum() / image.volumes()[1:].sum()), 3)
    0.05
    """

    fraction: float
    size: float = 0.5
    spread: float = 0.25
    places: Mapping[str, float] = field(default_factory=lambda: {"quadruple": 1.0, "triple": 1.0})
    profile: float = 0.0
    centre: float = 0.0

    def __post_init__(self) -> None:
        _within("the fraction of pores", self.fraction, 0.0, 1.0)
        if not 0 < self.size < 1:
            raise InputError(
                f"pores are {self.size!r} grain sizes across: give a size above 0 and below 1, as "
                "larger ones swallow grains (a hole in the middle may: centre)"
            )
        _within("the spread of pores", self.spread, 0.0, 2.0)
        _within("the share of the central hole", self.centre, 0.0, 1.0, closed=True)
        if not (np.isfinite(self.profile) and abs(self.profile) <= 50):
            raise InputError(f"the profile of pores is a power of -50 to 50, not {self.profile!r}")
        weights = dict(self.places)
        unknown = sorted(set(weights) - set(PLACES))
        if unknown or not weights:
            raise InputError(
                f"pores lie at {', '.join(PLACES)}, not at {', '.join(unknown) or 'nothing'}"
            )
        if not all(np.isfinite(w) and w >= 0 for w in weights.values()) or not sum(
            weights.values()
        ):
            raise InputError(f"weights of places are 0 or more, and not all 0; there are {weights}")
        object.__setattr__(self, "places", MappingProxyType(weights))

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.fraction, self.size, self.spread, dict(self.places))
        return (Pores, (*parts, self.profile, self.centre))

    def put_into(self, particle: Particle, rng: np.random.Generator) -> Particle:
        """Return the particle with pores: labels after its own, of the phase "pore".

        Grains keep their numbers, but for those of which a pore leaves less than a 64th of a mean
        grain: they are left out and their neighbours fill the rest.

        Parameters
        ----------
        particle
            Any particle without pores.
        rng
            Draws sizes and places.

        Raises
        ------
        InputError
            If there is no room for so many pores.

        Warns
        -----
        UserWarning
            If some pores find no place of a kind that has a weight, as in particles of few grains,
            and lie at another one.

        Examples
        --------
        >>> ball = nmc_mesh.StarShape.ball(0.7)
        >>> whole = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
        >>> hollow = nmc_mesh.Pores(0.1, centre=1.0).put_into(whole, np.random.default_rng(1))
        >>> hollow.phases, int(hollow.labels([[0, 0, 0]])[0]) == hollow.n_labels
        (Phases(1 pore), True)
        """
        if self.fraction == 0:
            return particle
        if particle.n_labels > len(particle.kept):
            raise InputError("put pores into the bare particle; then coat it, or add a domain")
        if particle.parents or particle.particles:
            raise InputError("put pores into single particles, before lamellae divide their grains")
        if particle.phases.mask("void", np.arange(1, particle.n_labels + 1)).any():
            raise InputError("the particle has pores already; put them into one without")
        volume = _volume(particle)
        hole = float(cbrt(0.75 * self.fraction * volume * self.centre / np.pi))
        wanted = self.fraction * volume * (1 - self.centre)
        radii = self._radii(wanted, particle.grain_size, rng)
        centres = self._centres(particle, hole, radii, rng)
        if hole > 0:
            _check_hole(particle, hole)
            centres = np.concatenate([np.zeros((1, 3)), centres])
            radii = np.concatenate([[hole], radii])
        porous = with_pores(particle, Balls(centres, radii), stiffness(particle))
        facts = {"fraction": float(self.fraction), "number": len(radii)}
        return replace(porous, provenance={**particle.provenance, "pores": facts})

    def _radii(self, wanted: float, grain: float, rng: np.random.Generator) -> Floats:
        """Draw radii whose balls have a volume in all, um."""
        if wanted <= 0:
            return np.empty(0)
        mean = float(np.pi / 6 * power(self.size * grain, 3))
        room = int(wanted / mean * 3) + 16
        shift = 0.5 * self.spread * self.spread
        sizes = exp(self.spread * standard_normal(rng, room) - shift) * self.size
        radii = 0.5 * grain * np.minimum(sizes, LARGEST)
        filled = np.cumsum(4 / 3 * np.pi * radii * radii * radii)
        count = max(1, int(np.argmin(np.abs(filled - wanted))) + 1)
        factor = float(cbrt(wanted / filled[count - 1]))
        return np.minimum(radii[:count] * factor, 0.5 * grain * LARGEST)

    def _centres(
        self, particle: Particle, hole: float, radii: Floats, rng: np.random.Generator
    ) -> Floats:
        """Find a place for every pore, the largest first; of another kind where its own is full.

        Kinds without a weight come last; a warning tells of them.
        """
        drawn = self._kinds(len(radii), rng)
        seeds = seeds_near(particle)
        chosen = [name for name in PLACES if self.places.get(name, 0) > 0]
        pools: dict[str, _Pool] = {}
        for name in chosen:
            pools[name] = _Pool(self._pool(particle, seeds, name, drawn.count(name), rng), hole)
        centres = np.empty((len(radii), 3))
        order = np.argsort(-radii, kind="stable").tolist()
        elsewhere: list[str] = []
        for done, n in enumerate(order):
            radius, place = float(radii[n]), None
            for name in dict.fromkeys((drawn[n], *chosen, *PLACES)):
                if name not in pools:
                    places = self._pool(particle, seeds, name, len(radii), rng)
                    pools[name] = _Pool(places, hole)
                    for k in order[:done]:
                        pools[name].take(centres[k], float(radii[k]))
                place = pools[name].free(particle, radius)
                if place is not None:
                    elsewhere += [name] if name not in chosen else []
                    break
            if place is None:
                raise InputError(
                    f"there is no room for pore {done + 1} of {len(radii)}, at junctions or inside "
                    "grains; take a smaller fraction, larger pores or a hole in the middle (centre)"
                )
            centres[n] = place
            for pool in pools.values():
                pool.take(place, radius)
        _tell(chosen, elsewhere, len(radii))
        return centres

    def _kinds(self, count: int, rng: np.random.Generator) -> list[str]:
        """Draw the kind of place of every pore."""
        names = [name for name in PLACES if self.places.get(name, 0) > 0]
        ends = np.cumsum([self.places[name] for name in names])
        drawn = uniform(rng, 0.0, 1.0, count) * ends[-1]
        return [names[int(k)] for k in np.searchsorted(ends, drawn, side="right")]

    def _pool(
        self,
        particle: Particle,
        seeds: Candidates,
        name: str,
        number: int,
        rng: np.random.Generator,
    ) -> Floats:
        """Draw places of a kind, many times as many as pores are to lie there."""
        lower, upper = particle.bounds()
        wanted = _SPARE * number + _BATCH
        parts, count, met = [np.empty((0, 3))], 0, 0
        for batch in range(_BATCHES):
            drawn = lower + (upper - lower) * uniform(rng, 0.0, 1.0, (_BATCH, 3))
            chance = uniform(rng, 0.0, 1.0, _BATCH)
            near = gathered(particle, seeds, drawn[particle.labels(drawn) > 0], name)
            met += len(near)
            near = near[chance[: len(near)] < self._share(particle, near)]
            parts.append(near)
            count += len(near)
            if count >= wanted or (met == 0 and batch >= _HOPELESS):
                break
        return np.concatenate(parts)

    def _share(self, particle: Particle, places: Floats) -> Floats:
        """Chance of a place to be taken, by its distance from the centre."""
        if self.profile == 0 or not len(places):
            return np.ones(len(places))
        away = np.sqrt((places * places).sum(axis=1))
        s = np.clip(away / particle.shell.radius(np.where(away[:, None] > 0, places, 1.0)), 0, 1)
        share = power(s, self.profile) if self.profile > 0 else power(1 - s, -self.profile)
        return np.asarray(share, dtype=np.float64)


class _Pool:
    """Places for pores in the order drawn, and how large a pore may be at each, um."""

    def __init__(self, places: Floats, hole: float) -> None:
        self.places = places
        away = np.sqrt((places * places).sum(axis=1))
        self.room = away / APART - hole if hole > 0 else np.full(len(places), np.inf)

    def free(self, particle: Particle, radius: float) -> Floats | None:
        """Return the first place with room for a pore, inside a shell that cuts grains off."""
        for n in np.flatnonzero(self.room >= radius).tolist():
            place: Floats = self.places[n]
            if particle.surface == "grains":
                return place
            if particle.shell.contains(place + APART * radius * directions(0)).all():
                return place
            self.room[n] = min(self.room[n], radius)  # smaller ones may have room
        return None

    def take(self, place: Floats, radius: float) -> None:
        """Note a pore: others keep away from it."""
        way = self.places - place
        away = np.sqrt((way * way).sum(axis=1)) / APART - radius
        self.room = np.minimum(self.room, away)


def _tell(chosen: list[str], elsewhere: list[str], count: int) -> None:
    """Warn of pores that lie at places of a kind that was not asked for."""
    if not elsewhere:
        return
    asked = " and ".join(_WHERE[name] for name in chosen)
    kinds = [name for name in PLACES if name in elsewhere]
    told = ", ".join(f"{elsewhere.count(name)} lie {_WHERE[name]}" for name in kinds)
    warnings.warn(
        f"the particle has no room {asked} for all of its {count} pores: {told}; larger particles, "
        "or a smaller fraction, have fewer such",
        stacklevel=4,
    )


def _within(what: str, value: object, low: float, high: float, closed: bool = False) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)
    if number and (low <= value < high or (closed and value == high)):  # type: ignore[operator]
        return
    ends = f"{low:g} to {high:g}" if closed else f"{low:g} or more and below {high:g}"
    raise InputError(f"{what} is {ends}, not {value!r}")


def _volume(particle: Particle) -> float:
    """Volume of the particle in um^3; of whole grains on the voxels of the keep rule."""
    if particle.surface == "shell":
        return particle.shell.volume
    lower, upper = particle.bounds()
    spacing = particle.grain_size / _VOXELS_PER_GRAIN
    _, volumes = centres_of_mass(particle.tessellation, lower, upper, spacing)
    return float(volumes[particle.kept].sum())


def _check_hole(particle: Particle, radius: float) -> None:
    least = float(particle.shell.radius(directions()).min())
    if radius > LARGEST * least:
        raise InputError(
            f"a hole of radius {radius:.3g} um does not fit into a shell whose least radius is "
            f"{least:.3g} um; take a smaller fraction, or a smaller share of it in the centre"
        )
