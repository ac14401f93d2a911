"""From a plan to the values and the random stream of every particle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.dataset.plan import Plan, Range
from nmc_mesh.errors import InputError
from nmc_mesh.numerics.functions import power
from nmc_mesh.typing import Floats

_DESIGN_STREAM = 1


class Item(NamedTuple):
    """Particle k of a data set: its number and its values; lengths in um."""

    k: int
    model: str
    diameter: float | None = None
    spacing: float | None = None
    size: float | None = None
    surface_size: float | None = None
    texture: str | None = None
    material: str | None = None

    def values(self) -> dict[str, Any]:
        """Values by name, without those that are left to the model."""
        named = self._asdict()
        named.pop("k")
        return {name: value for name, value in named.items() if value is not None}


Levels = list[Any] | Range
"""What a value may be chosen from."""


def streams(seed: int, k: int) -> tuple[np.random.SeedSequence, np.random.SeedSequence]:
    """Seeds of the values and of the particle k: the children of ``SeedSequence(seed).spawn()[k]``.

    They depend on nothing but ``seed`` and ``k``.
    """
    own = np.random.SeedSequence(seed, spawn_key=(k,))
    first, second = own.spawn(2)
    return first, second


class Designer:
    """The values of every particle of a plan.

    Parameters
    ----------
    plan
        The plan.

    Raises
    ------
    InputError
        If lists of a list design differ in length, or one of its values is a range.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.levels = _levels_of(plan)
        self._kind = plan.design.kind
        self._cube = _latin_hypercube(plan, len(self.levels))
        if self._kind == "list":
            self._check_lists()

    def __len__(self) -> int:
        return self.plan.number

    def __getitem__(self, k: int) -> Item:
        if not 0 <= k < len(self):
            raise IndexError(k)
        named = zip(self.levels, self._choose(k), strict=True)
        return Item(k, **dict(named))

    def __iter__(self) -> Iterator[Item]:
        return (self[k] for k in range(len(self)))

    @property
    def combinations(self) -> int:
        """Number of different combinations of a grid."""
        return int(np.prod([len(_grid(levels)) for levels in self.levels.values()]))

    def _choose(self, k: int) -> list[Any]:
        every = list(self.levels.values())
        if self._kind == "grid":
            grids = [_grid(levels) for levels in every]
            indices = np.unravel_index(k % self.combinations, [len(grid) for grid in grids])
            return [grid[int(i)] for grid, i in zip(grids, indices, strict=True)]
        if self._kind == "list":
            return [row[k % len(row)] for row in every if isinstance(row, list)]
        if self._cube is None:
            rng = np.random.default_rng(streams(self.plan.seed, k)[0])
            shares = rng.random(len(every))
        else:
            shares = self._cube[k]
        return [_at(levels, float(u)) for levels, u in zip(every, shares, strict=True)]

    def _check_lists(self) -> None:
        if ranges := [name for name, levels in self.levels.items() if isinstance(levels, Range)]:
            raise InputError(
                f"'{ranges[0]}' is a range, a list design takes values one by one; "
                "write a list, or choose another design"
            )
        lengths = {name: len(v) for name, v in self.levels.items() if isinstance(v, list)}
        many = {name: length for name, length in lengths.items() if length > 1}
        if len(set(many.values())) > 1:
            sizes = ", ".join(f"{name} has {length}" for name, length in many.items())
            raise InputError(f"lists of a list design go side by side and need one length: {sizes}")


def _levels_of(plan: Plan) -> dict[str, Levels]:
    entries = {
        "model": plan.particles.model,
        "diameter": plan.particles.diameter,
        "spacing": plan.voxels.spacing if plan.voxels else None,
        "size": plan.meshes.size if plan.meshes else None,
        "surface_size": plan.surfaces.size if plan.surfaces else None,
        "texture": plan.particles.texture,
        "material": plan.particles.material,
    }
    return {name: _one_or_more(entry) for name, entry in entries.items()}


def _one_or_more(entry: Any) -> Levels:
    if isinstance(entry, Range):
        return entry
    return list(entry) if isinstance(entry, tuple) else [entry]


def _grid(levels: Levels) -> list[Any]:
    if not isinstance(levels, Range):
        return levels
    shares = np.linspace(0.0, 1.0, levels.levels) if levels.levels > 1 else np.array([0.5])
    return [_at(levels, float(u)) for u in shares]


def _at(levels: Levels, u: float) -> Any:
    """Value at the share u in [0, 1] of a list or a range."""
    if not isinstance(levels, Range):
        return levels[min(int(u * len(levels)), len(levels) - 1)]
    low, high = levels.low, levels.high
    value = low * float(power(high / low, u)) if levels.log else low + u * (high - low)
    return float(min(max(value, low), high))


def _latin_hypercube(plan: Plan, dim: int) -> Floats | None:
    if plan.design.kind != "latin-hypercube":
        return None
    rng = np.random.default_rng(np.random.SeedSequence([plan.seed, _DESIGN_STREAM])).spawn(1)[0]
    count = plan.number
    within = rng.random((count, dim))
    strata = np.tile(np.arange(1, count + 1), (dim, 1))
    for row in strata:
        rng.shuffle(row)
    return np.asarray((strata.T - within) / count)
