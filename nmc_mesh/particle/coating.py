"""Coatings: a layer of a thickness on the surface of a particle, whole or in patches. Ours.

Outside the particle there is coating where

    k(x) = max(D(x) - t, P(x)) <= 0,

with D the distance from the particle, t the thickness and P the distance along the surface from the
rim of a patch, positive where the particle is bare. k is a cubic spline over a grid whose step is
half of the thickness, an eighth of a grain at most. At its nodes D is the distance from the exact
surface, which ends in its creases, or from the shell that cuts it off
(``_core/src/geometry/distances.cpp``); c = k - d^2 k / 6 along
each axis gives a spline that is right to the fourth order. The spline rounds creases of D and the
edges of patches off, over about a step.

Patches are where a random field G is below the level that the share of the surface asks for: G is a
sum of plane waves of equally distributed directions and phases, whose length is twice that of a
patch, and P = (G - level) / rms |grad G|.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.geometry.candidates import candidates, labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.radius_table import radius_table
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.later import Shown
from nmc_mesh.memory import total_memory
from nmc_mesh.numerics.draws import generator, standard_normal, uniform
from nmc_mesh.numerics.functions import cos
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Floats

if TYPE_CHECKING:
    from nmc_mesh.particle.particle import Particle

STEPS = 2
"""Nodes of the grid across the thickness, at least."""
NODES_PER_GRAIN = 8
WAVES = 48
"""Plane waves that patches are made of."""
PATCH = 2.0
"""Length of a patch in grains, where none is given."""
LEAST_PATCH = 4.0
"""Of the length of a patch, in thicknesses."""
RIM = 0.065
"""How much wider patches are meshed, in thicknesses: flat facets cut off their rims (ours)."""
_REACH = 2.0  # thicknesses, how far beyond the layer distances are known
_BYTES = 48.0  # for every node of the grid
_CHUNK = 1 << 14


@dataclass(frozen=True)
class Coating(Shown):
    """A layer on the surface of a particle.

    Parameters
    ----------
    thickness
        In um.
    share
        Of the surface that is coated, in (0, 1].
    patch
        Length in um of a patch where not all is coated: half the wavelength of the pattern;
        default: two grains.
    seed
        Of the pattern; default: as the model draws it, 0 for a particle that is coated by hand.

    Raises
    ------
    InputError
        If a number is out of its range.

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> coated = particle.coated(nmc_mesh.Coating(0.1))
    >>> coated.phases, coated.n_labels == particle.n_labels + 1
    (Phases(1 coating), True)
    """

    thickness: float
    share: float = 1.0
    patch: float | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        positive(self.thickness, "the thickness of a coating")
        share = self.share
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise InputError(
                f"a coating covers a share of the surface above 0 and up to 1, not {share!r}"
            )
        if self.patch is not None:
            positive(self.patch, "the length of a patch of coating")
            if share == 1:
                raise InputError("a coating of all of the surface has no patches; give a share")
            if self.patch < LEAST_PATCH * self.thickness:
                raise InputError(
                    f"patches of coating are at least {LEAST_PATCH:g} thicknesses long: give a "
                    f"length of {LEAST_PATCH * self.thickness:.3g} um or more, not {self.patch:g}"
                )
        whole = isinstance(self.seed, int) and not isinstance(self.seed, bool) and self.seed >= 0
        if self.seed is not None and not whole:
            raise InputError(f"the seed of a coating is a whole number of 0 or more: {self.seed!r}")

    def plain(self) -> dict[str, Any]:
        """Return plain values for files: see `of_plain`.

        Examples
        --------
        >>> nmc_mesh.Coating(0.05).plain()
        {'thickness': 0.05, 'share': 1.0, 'patch': None, 'seed': None}
        """
        return {name: getattr(self, name) for name in ("thickness", "share", "patch", "seed")}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any] | None) -> Coating | None:
        """Return the coating that `plain` told of; None if there is none.

        Parameters
        ----------
        plain
            Its numbers by name.

        Examples
        --------
        >>> nmc_mesh.Coating.of_plain({"thickness": 0.05}) == nmc_mesh.Coating(0.05)
        True
        """
        if plain is None:
            return None
        try:
            return cls(**plain)
        except TypeError as error:
            raise InputError(f"a coating has thickness, share, patch and seed ({error})") from None


def coated_by(coating: Coating | None, particle: Particle, rng: np.random.Generator) -> Particle:
    """Return a drawn particle with a coating; the stream spawned last draws its patches' seed."""
    if coating is None:
        return particle
    if coating.share < 1 and coating.seed is None:
        coating = replace(coating, seed=int(rng.spawn(1)[0].integers(1 << 31)))
    return particle.coated(coating)


class Layer(NamedTuple):
    """k(x) as a cubic spline over a grid of nodes: what the core reads."""

    lower: Floats
    """First node, um, (3,)."""
    step: float
    """Distance of nodes, um."""
    values: Floats
    """Coefficients, (x, y, z)."""

    def at(self, points: Floats) -> Floats:
        """Return k in um at points of shape (n, 3)."""
        points = np.ascontiguousarray(points, dtype=np.float64)
        out = np.empty(len(points))
        for_chunks(len(out), _CHUNK, lambda i, j: core.spline_at(self, points, i, j, out))
        return out


NO_LAYER = Layer(np.zeros(3), 1.0, np.zeros((1, 1, 1)))


class Laid(NamedTuple):
    """A layer, and what is known of the surface under it."""

    layer: Layer
    area: float
    """Of the particle's surface, um^2."""
    meshed: Layer
    """What a mesh follows: patches are wider by what flat facets cut off their rims."""


def lay(
    coating: Coating, diagram: GBPD, inside: Bools, lower: Floats, upper: Floats, grain: float
) -> Laid:
    """Find the layer of a coating on some cells of a diagram.

    Parameters
    ----------
    coating
        What is laid.
    diagram, inside
        Cells, and which of them are the particle's, (n,).
    lower, upper
        Corners of a box that holds these, um.
    grain
        Size of a grain, um.

    Raises
    ------
    ResourceError
        If the grid would not fit in memory.
    """
    grid = _grid(coating, lower, upper, grain)
    first, step, shape = grid.first, grid.step, grid.shape
    nodes = labels_on_grid(diagram, first, step, shape)
    # Off the box the diagram need not hold: there nothing is the particle's.
    spare = int(np.argmin(inside))
    for axis in range(3):
        line = first[axis] + step * np.arange(shape[axis])
        np.moveaxis(nodes, axis, 0)[(line < lower[axis]) | (line > upper[axis])] = spare
    boxes = candidates(diagram, first - step, upper + grid.margin + step, 4 * step)
    distance = np.empty(shape)
    start, seeds = (np.asarray(boxes.start, np.int64), np.asarray(boxes.seeds, np.int32))
    places, normals = core.distances_from_cells(
        diagram.rows,
        inside,
        np.asarray(boxes.lower, dtype=np.float64),
        float(boxes.box),
        np.asarray(boxes.shape, dtype=np.int64),
        start,
        seeds,
        first,
        step,
        nodes,
        grid.reach,
        distance,
    )
    return _laid(coating, grid, distance, places, normals, grain)


def lay_on_shell(
    coating: Coating, shell: StarShape, lower: Floats, upper: Floats, grain: float
) -> Laid:
    """Find the layer of a coating on a shell.

    Parameters
    ----------
    coating, lower, upper, grain
        As for `lay`.
    shell
        Where the particle ends, um.

    Raises
    ------
    ResourceError
        If the grid would not fit in memory.
    """
    grid = _grid(coating, lower, upper, grain)
    distance = np.empty(grid.shape)
    places, normals = core.distances_from_shell(
        radius_table(shell), grid.first, grid.step, grid.reach, distance
    )
    return _laid(coating, grid, distance, places, normals, grain)


class _Grid(NamedTuple):
    """Nodes over a particle and what is near it."""

    first: Floats
    """Its first node, um, (3,)."""
    step: float
    shape: tuple[int, ...]
    reach: float
    """How far distances are known, um."""

    @property
    def margin(self) -> float:
        """What it has around the particle's box, um."""
        return self.reach + 3 * self.step


def _grid(coating: Coating, lower: Floats, upper: Floats, grain: float) -> _Grid:
    t = coating.thickness
    step = min(t / STEPS, grain / NODES_PER_GRAIN)
    grid = _Grid(np.zeros(3), step, (), (1.0 + _REACH) * t)
    shape = tuple(int(n) for n in np.ceil((upper - lower + 2 * grid.margin) / step))
    _check_memory(shape, t)
    return grid._replace(first=lower - grid.margin, shape=shape)


def _laid(
    coating: Coating, grid: _Grid, distance: Floats, places: Floats, normals: Floats, grain: float
) -> Laid:
    """The layer from distances of nodes, and places and normals of the surface, (k, 3)."""
    # Each edge of the grid that crosses the surface stands for so much of it.
    areas = grid.step * grid.step / np.abs(normals).sum(axis=1)
    k = distance - coating.thickness
    if coating.share == 1:
        whole = Layer(grid.first, grid.step, _coefficients(k))
        return Laid(whole, _total(areas), whole)
    rim = _bare(coating, places, areas, grid.first, grid.step, grid.shape, grain)
    exact, wider = (
        Layer(grid.first, grid.step, _coefficients(np.maximum(k, rim - wide)))
        for wide in (0.0, RIM * coating.thickness)
    )
    return Laid(exact, _total(areas), wider)


def _check_memory(shape: tuple[int, ...], thickness: float) -> None:
    need, have = _BYTES * float(np.prod(np.array(shape, dtype=np.float64))), total_memory()
    if need > have:
        raise ResourceError(
            f"a coating of {thickness:g} um needs {need / 1e9:.3g} GB of memory, this machine has "
            f"{have / 1e9:.3g} GB; take a thicker coating or a smaller particle"
        )


def _coefficients(k: Floats) -> Floats:
    """Coefficients of a spline through k, right to the fourth order."""
    for axis in range(3):
        padded = np.moveaxis(
            np.pad(k, [(1, 1) if a == axis else (0, 0) for a in range(3)], "edge"), axis, 0
        )
        bend = padded[2:] - 2.0 * padded[1:-1] + padded[:-2]
        k = k - np.moveaxis(bend, 0, axis) / 6.0
    return np.ascontiguousarray(k)


def _bare(
    coating: Coating,
    places: Floats,
    areas: Floats,
    first: Floats,
    step: float,
    shape: tuple[int, ...],
    grain: float,
) -> Floats:
    """P at the nodes of the grid, um."""
    t = coating.thickness
    length = coating.patch or max(PATCH * grain, LEAST_PATCH * t)
    rng = generator(coating.seed or 0)
    turned = standard_normal(rng, (WAVES, 3))
    turned = turned / np.sqrt((turned * turned).sum(axis=1))[:, None]
    number, phase = np.pi / length, 2 * np.pi * uniform(rng, 0.0, 1.0, WAVES)
    scale = np.sqrt(2.0 / WAVES)  # so that G has the variance 1
    on_surface = np.zeros(len(places))
    field = np.zeros(shape)
    axes = [first[k] + step * np.arange(shape[k]) for k in range(3)]
    for way, start in zip(number * turned, phase.tolist(), strict=True):
        on_surface += scale * cos(sum(way[k] * places[:, k] for k in range(3)) + start)
        angles = (way[0] * axes[0])[:, None, None] + (way[1] * axes[1])[:, None]
        field += scale * cos(angles + (way[2] * axes[2] + start))
    order = np.argsort(on_surface, kind="stable")
    covered = np.cumsum(areas[order])
    last = int(np.searchsorted(covered, coating.share * covered[-1]))
    level = float(on_surface[order[min(last, len(order) - 1)]])
    return (field - level) / number


def _total(values: Floats) -> float:
    return float(np.cumsum(values)[-1]) if len(values) else 0.0
