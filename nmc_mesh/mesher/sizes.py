"""How long edges should be, and where: at boundaries, in each grain, at the outer surface."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import given
from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.numerics.functions import power
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import AnyArray, Floats

Size = float | AnyArray | Callable[[Floats], AnyArray]
"""One edge length in um, one per grain (n,), or a function of points (k, 3) that gives (k,)."""

# Edges grow by half of the distance at most (ours): steeper, and cells bridge two lengths at once.
GRADATION = 0.5
# A function may be least between the points of the grid; the mesh is then coarser there than asked.
PROBES = 48
EDGES_PER_GRAIN = 4
VOXELS_PER_EDGE = 2


class Sizes(NamedTuple):
    """Edge lengths asked for, in um."""

    least: float
    """The smallest, which the lattice gets."""
    of_label: Floats | None
    """By label, (labels + 1,), entry 0 unused; where None, see ``anywhere``."""
    anywhere: Callable[[Floats], AnyArray] | None
    """As a function of place; where None and no length per label, ``inner`` holds."""
    inner: float
    """Away from the outer surface."""
    outer: float
    """At the outer surface; infinite where no length was asked for."""
    growth: float
    """By how much edges may be longer for each um from boundaries; 0: by what is asked for."""
    around: int = 2**31 - 1
    """Labels from here on are one: what is around a particle in a domain, or its coating."""
    particle: int = 2**31 - 1
    """Last label of the particle itself, where something is around."""
    layer: float = np.inf
    """In a coating, whose labels are those from ``around`` on."""

    @property
    def uniform(self) -> bool:
        """Whether every edge should have the least length."""
        plain = self.of_label is None and self.anywhere is None and self.inner == self.least
        return plain and self.growth == 0

    def at(self, soup: Soup) -> Floats:
        """Length at every vertex of a mesh: min over u of H(u) + g |u - v| along edges, (n,).

        H is what is asked for at u; with a growth only vertices on boundaries ask, and g is the
        growth, otherwise g = 0.5.
        """
        asked, boundary = self._asked(soup)
        if self.growth > 0:
            asked = np.where(boundary, asked, np.inf)
        return _grade(soup, np.maximum(asked, self.least), self.growth or GRADATION)

    def _asked(self, soup: Soup) -> tuple[Floats, AnyArray]:
        """What is asked for at every vertex, and whether it lies on a boundary."""
        count = len(soup.points)
        labels = np.minimum(soup.labels, np.int32(self.around))
        low = np.full(count, np.iinfo(np.int32).max, dtype=np.int32)
        high = np.full(count, np.iinfo(np.int32).min, dtype=np.int32)
        for corners in soup.cells.T:
            np.minimum.at(low, corners, labels)
            np.maximum.at(high, corners, labels)
        if self.of_label is not None:
            asked = np.full(count, np.inf)
            lengths = np.where(labels > 0, self.of_label[np.maximum(labels, 0)], np.inf)
            for corners in soup.cells.T:
                np.minimum.at(asked, corners, lengths)
        elif self.anywhere is not None:
            asked = evaluate(self.anywhere, soup.points)
        else:
            asked = np.full(count, self.inner)
        surface = (low <= 0) & (high > 0)
        if self.around < np.iinfo(np.int32).max:  # the particle's, not the domain's
            surface = (low <= self.particle) & (high > self.particle) & (low > 0)
            asked[high == self.around] = np.minimum(asked[high == self.around], self.layer)
        asked[surface] = np.minimum(asked[surface], self.outer)
        return asked, low != high


def read_sizes(
    size: Size, outer: float | None, growth: float, labels: int, lower: Floats, upper: Floats
) -> Sizes:
    """Check what was asked for.

    Parameters
    ----------
    size, outer, growth
        See ``tetrahedralize``.
    labels
        Number of grains.
    lower, upper
        Corners of the box in um, (3,); a function is looked at on a grid of 48^3 points of it.

    Raises
    ------
    InputError
        If a length is not positive, the growth negative, or there is not one length per grain.
    """
    if growth != 0:
        positive(growth, "the growth", " or 0")
    if outer is not None:
        positive(outer, "the size at the outer surface")
    edge = np.inf if outer is None else float(outer)
    if callable(size):
        lines = [np.linspace(low, high, PROBES) for low, high in zip(lower, upper, strict=True)]
        grid = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, 3)
        least = float(evaluate(size, grid).min())
        return Sizes(min(least, edge), None, size, np.inf, edge, growth)
    if isinstance(size, str | bool):
        positive(size, "the size")
    lengths: Floats = given(size, "sizes", np.float64)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise InputError(f"the size must be a positive number of um, not {size}")
    if lengths.ndim == 0:
        return Sizes(min(float(lengths), edge), None, None, float(lengths), edge, growth)
    if lengths.shape != (labels,):
        raise InputError(f"sizes must be one per grain: {labels}, not {lengths.shape}")
    of_label = np.concatenate([[np.inf], lengths])
    return Sizes(min(float(lengths.min()), edge), of_label, None, np.inf, edge, growth)


def evaluate(function: Callable[[Floats], AnyArray], points: Floats) -> Floats:
    """Lengths that a function asks for at points, (k,); InputError where they make no sense."""
    lengths: Floats = np.array(function(points), dtype=np.float64)
    if lengths.shape != (len(points),):
        raise InputError(
            f"the size function must give one length per point: shape ({len(points)},), not "
            f"{lengths.shape}"
        )
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise InputError("the size function must give positive lengths in um everywhere")
    return lengths


def _grade(soup: Soup, asked: Floats, slope: float) -> Floats:
    """Largest function under ``asked`` that rises by at most ``slope`` along edges."""
    # One call goes over all cells; neighbours in space are so in memory, hence a few calls do.
    sizes = asked.copy()
    while core.level_sizes(soup.points, soup.cells, slope, sizes):
        pass
    # Pieces of the mesh without a boundary get the least length: nobody asked there.
    return np.where(np.isfinite(sizes), sizes, asked.min())


def default_size(source: Particle | LabelImage) -> float:
    """Edge length in um that ``tetrahedralize`` takes by itself: see there."""
    if isinstance(source, Particle):
        return source.grain_size / EDGES_PER_GRAIN
    labels, voxels = source.voxels()
    if not labels.any():
        raise InputError("the label image holds label 0 only: there is nothing to mesh")
    mean = float(power((voxels[labels > 0] * source.voxel_volume).mean(), 1 / source.dim))
    # A slice of few voxels needs a cell between its faces.
    thin = float((source.spacing * np.array(source.labels.shape)).min())
    return min(mean / EDGES_PER_GRAIN, VOXELS_PER_EDGE * float(source.spacing.min()), thin)


def check_size(size: float, grain_size: float) -> None:
    """Refuse an edge length that is not positive; warn if it is too large for the grains.

    Parameters
    ----------
    size
        Edge length of the mesh in um.
    grain_size
        Edge length in um of the cube that has the volume of a mean grain.
    """
    if not (np.isfinite(size) and size > 0):
        raise InputError(f"the size must be a positive number of um, not {size:g}")
    if size > grain_size / EDGES_PER_GRAIN:
        warnings.warn(
            f"a size of {size:g} um is coarse for grains of {grain_size:.3g} um: their shapes and "
            f"volumes will suffer; rule of thumb: at most {grain_size / EDGES_PER_GRAIN:.2g} um",
            stacklevel=3,
        )
