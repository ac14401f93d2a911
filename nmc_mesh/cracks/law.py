"""Which grain boundaries crack: a law of a few numbers, and its draws."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.cracks.network import BoundaryNetwork
from nmc_mesh.errors import InputError
from nmc_mesh.later import Shown
from nmc_mesh.numerics.functions import exp, log
from nmc_mesh.typing import Bools, Floats, Ints

Reach = Literal["any", "connected", "isolated"]
"""Cracks and the outer surface: ``connected``: every crack starts there; ``isolated``: none comes
there; ``any``: as it falls."""

_LARGEST = 50.0
"""Of numbers in an exponent: e^50 is beyond any preference."""


@dataclass(frozen=True)
class CrackLaw(Shown):
    """Which boundaries between grains are open.

    Cracks are drawn one after another until they have the share of the area. A crack starts at a
    boundary drawn with the weight

        w = exp(-radial (n . e_r)^2 + outward rho),

    n its normal, e_r the direction from the particle's centre, rho the distance from there over the
    particle's radius (means over the boundary). The first factor is Watson's law of axes: above 0
    it prefers boundaries that hold the radius, below 0 those across it. The crack goes on into
    boundaries that share a triple line with it, drawn with the weight w exp(straight (n . n')^2),
    n' that of the neighbour in the crack, until it has as many as a geometric law of the mean
    ``size`` says: short cracks and long ones. Cracks never part the particle: boundaries of small
    weight that hold it together, a spanning tree of its grains, stay closed.

    That cracks of cathode particles follow grain boundaries, and that particles of short and of
    long ones are to be told apart, is of Rieder et al., npj Comput. Mater. (2025), doi
    10.1038/s41524-025-01695-2; the law is ours.

    Parameters
    ----------
    share
        Of the area of all boundaries between grains, in [0, 1).
    radial
        Preference for boundaries that hold the radius; 0: none.
    outward
        Preference for boundaries far from the centre; 0: none, below 0: near it.
    size
        Mean number of boundaries of a crack, at least 1; infinite: one network as long as it can
        grow.
    straight
        Preference of a growing crack for boundaries of its own direction; 0: none.
    surface
        "connected": every crack starts at the outer surface, and in a mesh hangs together with it
        by edges; "isolated": no boundary that reaches it opens; "any".
    width
        Mean width in um of a crack, by boundary; 0: all are of no thickness. Only a particle's
        cracks can have a width, see `open_cracks`.
    spread
        Deviation of the logarithm of widths.

    Raises
    ------
    InputError
        If a number is out of its range.

    Examples
    --------
    >>> law = nmc_mesh.CrackLaw.named("radial", share=0.1)
    >>> law.surface, law.radial > 0
    ('connected', True)
    """

    share: float
    radial: float = 0.0
    outward: float = 0.0
    size: float = 1.0
    straight: float = 0.0
    surface: Reach = "any"
    width: float = 0.0
    spread: float = 0.0

    def __post_init__(self) -> None:
        if not (_is_number(self.share) and 0 <= self.share < 1):
            raise InputError(
                f"the share of boundaries that crack lies in [0, 1), such as 0.1, not {self.share}"
            )
        for name in ("radial", "outward", "straight"):
            value = getattr(self, name)
            if not (_is_number(value) and abs(value) <= _LARGEST):
                raise InputError(
                    f"{name} is a number of -50 to 50; 0 is no preference; not {value}"
                )
        if not (_is_number(self.size) and self.size >= 1):
            raise InputError(f"cracks have one boundary or more in the mean, not {self.size}")
        if not (_is_number(self.width) and 0 <= self.width < math.inf):
            raise InputError(f"the width of cracks is 0 or more um, not {self.width}")
        if not (_is_number(self.spread) and 0 <= self.spread < 2):
            raise InputError(f"the spread of widths is 0 or more and below 2, not {self.spread}")
        if self.surface not in get_args(Reach):
            raise InputError(
                f"surface is one of {', '.join(get_args(Reach))}, not {self.surface!r}"
            )

    @classmethod
    def named(cls, name: str, share: float, **changed: Any) -> CrackLaw:
        """Return a law of the table ``LAWS`` with a share, and numbers of your own.

        Parameters
        ----------
        name
            "random", "radial", "short" or "long".
        share
            Of the area of all boundaries.
        **changed
            Other numbers of the law than the table's.

        Raises
        ------
        InputError
            If there is no such law or number, or one is out of its range.

        Examples
        --------
        >>> nmc_mesh.CrackLaw.named("short", 0.05, radial=4.0).size
        3.0
        """
        if name not in LAWS:
            raise InputError(f"there is no law of cracks '{name}'; use one of {', '.join(LAWS)}")
        known = {part.name for part in fields(cls)}
        if unknown := sorted(set(changed) - known):
            raise InputError(f"a law of cracks has no {', '.join(unknown)}; it has {sorted(known)}")
        return replace(cls(share, **LAWS[name]), **changed)

    def facts(self) -> dict[str, Any]:
        """Return plain numbers for files: an infinite ``size`` is None, no width has no entry.

        Examples
        --------
        >>> nmc_mesh.CrackLaw(0.1).facts()["share"]
        0.1
        """
        numbers = {**asdict(self), "size": self.size if math.isfinite(self.size) else None}
        if self.width == 0:
            del numbers["width"], numbers["spread"]
        return numbers


LAWS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "random": {},
        "radial": {"radial": 6.0, "outward": 2.0, "size": 8.0, "surface": "connected"},
        "short": {"size": 3.0, "straight": 2.0},
        "long": {"size": 30.0, "straight": 2.0},
    }
)
"""Laws by name; their numbers are ours."""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.floating | np.integer) and not math.isnan(value)


class Cracks(NamedTuple):
    """Boundaries in the order in which they open.

    ``boundaries`` (o,), places in the network; ``crack`` (o,), the crack each belongs to, from 0;
    ``parents`` (o,), the boundary it grew from, itself where a crack starts.
    """

    boundaries: Ints
    crack: Ints
    parents: Ints

    def __repr__(self) -> str:
        return one_line(self)


def weights(network: BoundaryNetwork, law: CrackLaw) -> Floats:
    """Weights w of all boundaries, shape (p,)."""
    return exp(law.outward * network.distances - law.radial * network.tilts)


def draw_cracks(
    network: BoundaryNetwork, law: CrackLaw, rng: np.random.Generator, enough: float = math.inf
) -> Cracks:
    """Draw the order in which boundaries open.

    Parameters
    ----------
    network
        Of the particle.
    law
        Its share is not looked at: where to stop is up to who opens them.
    rng
        Draws.
    enough
        um^2 of boundaries after which to stop.
    """
    weight = weights(network, law)
    # Exponential clocks of rates w: the first to ring is drawn with a probability that goes by w.
    clocks = -log(1.0 - rng.random(len(weight))) / weight
    free = ~_held(network.pairs, np.argsort(-clocks, kind="stable").astype(np.int32))
    if law.surface == "isolated":
        free &= ~network.at_surface
    starts = np.argsort(clocks, kind="stable").astype(np.int32)
    if law.surface == "connected":
        starts = starts[network.at_surface[starts]]
    growth = _Growth(network, law, weight, free)
    opened: list[tuple[int, int, int]] = []
    area, crack = 0.0, 0
    for start in starts.tolist():
        if area >= enough:
            break
        if not growth.free[start]:
            continue
        count = _geometric(law.size, rng)
        for boundary, parent in growth.grown(start, count, rng):
            opened.append((boundary, crack, parent))
            area += float(network.areas[boundary])
            if area >= enough:
                break
        crack += 1
    table = np.array(opened, dtype=np.int32).reshape(-1, 3)
    return Cracks(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy())


def _geometric(mean: float, rng: np.random.Generator) -> float:
    """Draw 1, 2, ... with the given mean, by inversion; takes one number of the stream."""
    u = 1.0 - rng.random()
    if math.isinf(mean):
        return math.inf
    if mean == 1:
        return 1.0
    return 1.0 + math.floor(float(log(u)) / float(log(1.0 - 1.0 / mean)))


def _held(pairs: Ints, order: Ints) -> Bools:
    """Mark a spanning tree (or forest) of the grains: boundaries by order, where they join two."""
    parent = list(range(int(pairs.max()) + 1))
    held = np.zeros(len(pairs), dtype=np.bool_)
    ends = pairs.tolist()
    for k in order.tolist():
        low, high = (_root(parent, grain) for grain in ends[k])
        if low != high:
            parent[max(low, high)] = min(low, high)
            held[k] = True
    return held


def _root(parent: list[int], item: int) -> int:
    while parent[item] != item:
        parent[item] = parent[parent[item]]
        item = parent[item]
    return item


class _Growth:
    """Cracks that grow from boundary to boundary; what has opened is free no more."""

    def __init__(
        self, network: BoundaryNetwork, law: CrackLaw, weight: Floats, free: Bools
    ) -> None:
        self.free = free.copy()
        both = np.concatenate([network.meetings, network.meetings[:, ::-1]])
        both = both[np.lexsort(both.T[::-1])]
        self._starts = np.searchsorted(both[:, 0], np.arange(len(network.pairs) + 1))
        self._others = both[:, 1]
        along = np.zeros(len(both))
        for axis in range(3):
            along += network.normals[both[:, 0], axis] * network.normals[both[:, 1], axis]
        self._rates = weight[both[:, 1]] * exp(law.straight * along * along)

    def grown(
        self, start: int, count: float, rng: np.random.Generator
    ) -> Iterator[tuple[int, int]]:
        """Yield the boundaries of a crack and the one that each grew from."""
        self.free[start] = False
        yield start, start
        others, rates, parents = self._next_to(start)
        held = 1
        while held < count:
            able = self.free[others]
            others, rates, parents = others[able], rates[able], parents[able]
            if not len(others):
                return
            sums = np.cumsum(rates)
            k = min(int(np.searchsorted(sums, rng.random() * sums[-1], "right")), len(sums) - 1)
            boundary = int(others[k])
            self.free[boundary] = False
            yield boundary, int(parents[k])
            more = self._next_to(boundary)
            others = np.concatenate([others, more[0]])
            rates = np.concatenate([rates, more[1]])
            parents = np.concatenate([parents, more[2]])
            held += 1

    def _next_to(self, boundary: int) -> tuple[Ints, Floats, Ints]:
        part = slice(self._starts[boundary], self._starts[boundary + 1])
        others = self._others[part]
        return others, self._rates[part], np.full(len(others), boundary, dtype=np.int32)
