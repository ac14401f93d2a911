"""What the law calibrator measures on a section, and its fast simulation of the same section."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.calibration.law_outline import Outline
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_moments import label_moments
from nmc_mesh.grains.depth import DepthMarkLaw
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.marks import Marks
from nmc_mesh.grains.seeds import PerturbedLattice, ThomasProcess
from nmc_mesh.sections.descriptors import chords
from nmc_mesh.sections.section import Section
from nmc_mesh.sections.treatment import Treatment, filled
from nmc_mesh.typing import Bools, Floats, Ints

SLAB = 2.25
"""Half thickness in grain sizes of the slab of seeds that can show in a plane (a test holds it)."""

_DISPLACEMENTS = 3.0  # around a region, from where seeds still come into it
# Mean grain sections inside and outside of the rim. Below a rim of whole faces lies a layer of
# grains, then one of few centroids: their density swings with the depth, that of a simulated plane
# does not. Deeper than 1.5 grains are as many as they should be (+0.1 +- 0.4 % in three truths of a
# radius of 2.5 um), deeper than 1.2 too few (-1.6 +- 0.4 %), so that volumes come out too large.
_DEEP, _BEYOND = 1.5, 0.75
_STICKS_OUT = 2.0  # mean grain sections that a grain with its seed inside may reach beyond the rim


class Measures(NamedTuple):
    """Row i belongs to a grain of the core: ``table`` (g, 6), and ``chords`` (any,) in um.

    Columns: log A_cross (um^2), log of the extent along over that across the radius, log eta,
    alpha, distance of the centroid from the centre (um), or from the outline where there is one,
    and from the centre in any case.
    """

    table: Floats
    chords: Floats


@dataclass(frozen=True, eq=False)
class Region:
    """Where a section is measured, and where its simulation needs labels.

    A grain counts if its centroid lies in ``core``: deeper under the rim than 1.5 mean grain
    sections. The measured rim is made of faces of whole grains, the simulated tessellation goes on
    beyond it; so far inside both show whole grains only, chosen alike. ``wide`` reaches 0.75
    sections beyond the rim. ``origin`` is the place of pixel (0, 0) of both from the particle's
    centre in um.

    With an ``outline`` all grains count, those of the rim too: of the simulated tessellation the
    cells whose seed lies below the shell stay, as a particle has the whole grains whose centre of
    mass does. ``core`` is everything then, and ``wide`` reaches 2 sections beyond the rim.
    """

    section: Section
    core: Bools
    wide: Bools
    origin: tuple[float, float]
    outline: Outline | None = None

    @property
    def pixel(self) -> float:
        """Edge length of a pixel in um."""
        return self.section.pixel

    @property
    def height(self) -> float:
        """Of the plane over the particle's centre in um."""
        return self.section.over_center

    @property
    def radius(self) -> float:
        """Radius in um of the disc of the section's area."""
        return self.section.radius

    @property
    def treatment(self) -> Treatment:
        """What was done to the measured map, and is done to simulated planes."""
        return self.section.done

    def at(self, height: float) -> Region:
        """Return the same region of a plane at another height."""
        outline = None if self.outline is None else replace(self.outline, height=height)
        return replace(self, section=replace(self.section, height=height), outline=outline)


def region_of(section: Section, rim: bool = False) -> Region:
    """Return the region of a section, on its pixels and as many around as ``wide`` needs.

    Parameters
    ----------
    section
        What was measured.
    rim
        Count grains at the rim too, by the section's outline.
    """
    from scipy import ndimage

    pixel, size = section.pixel, np.sqrt(section.grain_area)
    beyond = _STICKS_OUT if rim else _BEYOND
    pad = int(np.ceil(beyond * size / pixel)) + 1
    mask = np.pad(section.mask, pad)
    # The border of a map is no rim: what lies behind it is not seen, so it is not measured.
    near = ndimage.distance_transform_edt(~mask) * pixel <= beyond * size
    x, y = section.image.origin - pad * pixel - section.center
    origin = (float(x), float(y))
    if rim:
        return Region(section, np.ones_like(mask), near, origin, Outline.of(section))
    deep = ndimage.distance_transform_edt(mask) * pixel >= _DEEP * size
    return Region(section, deep, near, origin)


def measured_plane(region: Region) -> Measures:
    """Measure the section of a region; its unknown pixels take the nearest label."""
    section = region.section
    labels = filled(section.image.labels - np.int32(1), ~section.known)
    pad = (region.core.shape[0] - labels.shape[0]) // 2
    count = int(section.image.labels.max())
    return measures(region, np.pad(labels, pad, constant_values=-1), count)


def measures(region: Region, labels: Ints, count: int) -> Measures:
    """Measure the grains 0 ... count - 1 of a plane that have pixels; -1 is outside."""
    moments = label_moments(labels, count)
    seen = np.flatnonzero(moments.counts)
    middle = np.rint(moments.centroids[seen]).astype(np.int64)
    seen = seen[region.core[middle[:, 0], middle[:, 1]]]
    pixels, spreads = moments.counts[seen], moments.spreads[seen]
    xx, yy, xy = spreads[:, 0, 0], spreads[:, 1, 1], spreads[:, 0, 1]
    arm = np.asarray(region.origin) + region.pixel * moments.centroids[seen]
    away = np.hypot(arm[:, 0], arm[:, 1])
    u, v = (arm / np.where(away > 0, away, 1.0)[:, None]).T
    u = np.where(away > 0, u, 1.0)  # a grain about the centre itself has no radius
    along = u * u * xx + 2 * u * v * xy + v * v * yy
    across = v * v * xx - 2 * u * v * xy + u * u * yy
    mixed = u * v * (yy - xx) + (u * u - v * v) * xy
    root = np.sqrt((0.5 * (along - across)) ** 2 + mixed**2)
    middle_value = 0.5 * (along + across)
    outline = region.outline
    radial = away if outline is None else outline.radius(np.arctan2(arm[:, 1], arm[:, 0])) - away
    # The long axis lies at half the angle of (along - across, 2 mixed) from the radius.
    alpha = 0.5 * np.arctan2(2 * np.abs(mixed), along - across)
    table = np.stack(
        [
            np.log(pixels * region.pixel**2),
            0.5 * np.log(along / across),
            0.5 * np.log((middle_value + root) / (middle_value - root)),
            alpha,
            radial,
            away,
        ],
        axis=1,
    )
    # Labels count from 0 here, and what lies outside is unknown.
    own = np.where(labels < 0, labels, labels + 1)
    runs = [chords(own, region.core, axis) for axis in (1, 0)]
    return Measures(table, np.concatenate(runs) * region.pixel)


class Draws(NamedTuple):
    """Random numbers of one simulated plane, in grain sizes: they stay while the law changes.

    ``places`` (n, 3): x, y and z over the plane; ``turns`` (n,), ``normal`` (n, 3), ``uniform``
    (n,); ``chances`` of the region's pixels to be missing; ``shifts`` (n, 3) by which a
    displacement of 1 moves the places, none for a Poisson process.
    """

    places: Floats
    turns: Floats
    normal: Floats
    uniform: Floats
    chances: Floats
    shifts: Floats | None = None

    def moved(self, displacement: float) -> Floats:
        """Return the places of the seeds, shape (n, 3)."""
        return self.places if self.shifts is None else self.places + displacement * self.shifts


def draws(
    region: Region,
    smallest: float,
    rng: np.random.Generator,
    widest: PerturbedLattice | ThomasProcess | None = None,
) -> Draws:
    """Draw a process of unit intensity that fills the region for any grain size allowed.

    Parameters
    ----------
    region
        What to cover.
    smallest
        Smallest grain size that will be asked for, in um.
    rng
        Draws everything.
    widest
        The process with the largest displacement that will be asked for; default: Poisson.
    """
    lower = np.asarray(region.origin)
    upper = lower + region.pixel * np.asarray(region.core.shape)
    lower, upper = lower / smallest - 2 * SLAB, upper / smallest + 2 * SLAB
    shifts = None
    if widest is None:
        count = int(rng.poisson((upper - lower).prod() * 2 * SLAB))
        flat = rng.uniform(lower, upper, (count, 2))
        places = np.column_stack([flat, rng.uniform(-SLAB, SLAB, count)])
    else:
        far = _DISPLACEMENTS * widest.displacement
        below, above = np.append(lower, -SLAB) - far, np.append(upper, SLAB) + far
        places = widest.origins(below, above, rng)
        count = len(places)
        shifts = rng.standard_normal((count, 3))
    return Draws(
        places,
        rng.uniform(0.0, np.pi, count),
        rng.standard_normal((count, 3)),
        rng.uniform(size=count),
        rng.random(region.core.shape),
        shifts,
    )


def simulated(
    law: GradedMarkLaw | DepthMarkLaw,
    size: float,
    region: Region,
    numbers: Draws,
    displacement: float = 0.0,
) -> Measures:
    """Measure the plane of an architecture with grain size ``size`` (um) and these marks.

    ``displacement`` (grain sizes) is that of its seeds, where they are no Poisson process.
    """
    labels = plane(law, size, region, numbers, displacement)
    return measures(region, *region.treatment.closed(labels, numbers.chances))


def plane(
    law: GradedMarkLaw | DepthMarkLaw,
    size: float,
    region: Region,
    numbers: Draws,
    displacement: float = 0.0,
) -> Ints:
    """Return the labels of a simulated plane, every grain however small; see `simulated`."""
    reach = np.asarray(region.origin)
    far = reach + region.pixel * np.asarray(region.core.shape)
    places = numbers.moved(displacement)
    near = np.flatnonzero(np.abs(places[:, 2]) <= SLAB)
    flat, over = size * places[near, :2], size * places[near, 2]
    inside = (flat > reach - 2 * SLAB * size) & (flat < far + 2 * SLAB * size)
    shown = inside[:, 0] & inside[:, 1]
    near, flat, over = near[shown], flat[shown], over[shown]
    seeds = np.column_stack([flat, over + region.height, over])
    depths = None if region.outline is None else region.outline.depths(seeds[:, :3])
    marks = _marks(law, seeds[:, :3], depths, numbers.normal[near], numbers.uniform[near])
    rows = core.planar_rows(seeds, numbers.turns[near], marks.diagonals, marks.offsets)
    labels = np.empty(region.core.shape, dtype=np.int32)
    core.label_mask(rows, region.pixel, *region.origin, region.wide, labels)
    if depths is not None:
        labels[(labels >= 0) & (depths < 0)[labels]] = -1
    return labels


def _marks(
    law: GradedMarkLaw | DepthMarkLaw,
    seeds: Floats,
    depths: Floats | None,
    normal: Floats,
    uniform: Floats,
) -> Marks:
    distances = np.sqrt((seeds**2).sum(axis=1))
    if isinstance(law, GradedMarkLaw):
        return law.marks(distances, normal, uniform)
    if depths is None:
        raise InputError("grains below a shell need regions with outlines; see region_of(rim=True)")
    return law.marks(distances, depths, normal, uniform)
