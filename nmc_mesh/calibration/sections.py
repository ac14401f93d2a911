"""What calibrators see of measured sections: checked, in units of one pixel, cut into windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.sections.preference import preference
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Bools, Floats, Ints

SIZE = 32  # pixels: edge of a window (paper)
FARTHEST = 80.0  # pixels: windows lie no farther from the centre (paper)
GRAIN_AREA = 1.0 / 0.0216  # px^2: mean grain section at the paper's intensity, 1.458 mu^(2/3)
_MOST_RATIO = 2.0  # of the pixels, and of the mean grain areas, of two sections
_LEAST_GRAINS = 20


@dataclass(frozen=True, eq=False)
class Measured:
    """Checked sections in units of ``pixel`` um.

    Parameters
    ----------
    pixel
        Unit of length in um.
    rows
        Diagram of every section as `GBPD.rows` has it, in pixels.
    heights
        Of the planes over the particle's centre, in pixels.
    smallest
        Area of the smallest grain section of all, px^2: smaller ones were not resolved.
    least
        Area below which grains of a section were left out, px^2, shape (k,); 0 if none were.
    sections
        The sections themselves.
    """

    pixel: float
    rows: tuple[Floats, ...]
    heights: Floats
    smallest: float
    least: Floats
    sections: tuple[Section, ...]

    @property
    def reach(self) -> float:
        """Largest distance from the particle's centre that the sections show, in pixels."""
        radii = np.array([section.radius for section in self.sections]) / self.pixel
        return float(np.hypot(radii, self.heights).max())


class Places:
    """Places of windows: ``section`` (n,), ``distance`` p (n,) in pixels, ``angle`` beta (n,)."""

    def __init__(self, section: Ints, distance: Floats, angle: Floats) -> None:
        self.section, self.distance, self.angle = section, distance, angle

    def __len__(self) -> int:
        return len(self.section)


def checked(
    sections: Sequence[Section], pixel: float | None = None, *, isotropic: bool = False
) -> Measured:
    """Check sections and return them in units of a pixel.

    Parameters
    ----------
    sections
        Two or more.
    pixel
        Unit of length in um. Default: what gives a mean grain section 46 pixels, as many as at the
        paper's intensity, so that windows of 32 pixels see the paper's number of grains (ours).
    isotropic
        Accept sections whose grains do not prefer the radial direction.

    Raises
    ------
    InputError
        If there are fewer than two, their pixels or grains differ too much in size, one has fewer
        than twenty grains or none is large enough for a window, or grains show no preference for
        the radial direction.
    """
    if len(sections) < 2:
        raise InputError(
            f"a calibration needs two sections or more, not {len(sections)}; measure more, "
            "best through the centres of different particles"
        )
    _check_sizes(sections)
    if not isotropic:
        _check_preference(sections)
    area = sum(section.grain_area * section.image.labels.max() for section in sections)
    mean = area / sum(int(section.image.labels.max()) for section in sections)
    unit = float(np.sqrt(mean / GRAIN_AREA)) if pixel is None else float(pixel)
    if not (np.isfinite(unit) and unit > 0):
        raise InputError(f"the pixel of a calibration must be positive, not {pixel}")
    smallest = min(float(_areas(section).min()) for section in sections) / unit**2
    measured = Measured(
        unit,
        tuple(_rows(section, unit) for section in sections),
        np.array([section.over_center / unit for section in sections]),
        smallest,
        np.array([_least(section) / unit**2 for section in sections]),
        tuple(sections),
    )
    _check_room(measured)
    return measured


def _areas(section: Section) -> Floats:
    counts = np.bincount(section.image.labels.ravel())[1:]
    areas: Floats = counts[counts > 0].astype(np.float64) * section.pixel**2
    return areas


def _least(section: Section) -> float:
    """Area in um^2 below which grains were left out."""
    done = section.done
    return done.least * section.pixel**2 if done.min_pixels > 1 else 0.0


def _rows(section: Section, unit: float) -> Floats:
    rows = section.fitted.rows.copy()
    rows[:, :3] /= unit
    rows[:, 9] /= unit**2
    return rows


def _check_sizes(sections: Sequence[Section]) -> None:
    for section in sections:
        grains = int(section.image.labels.max())
        if grains < _LEAST_GRAINS:
            raise InputError(
                f"{section.name} has {grains} grains, too few to learn from; leave it out "
                f"(at least {_LEAST_GRAINS})"
            )
    for what, sizes in (
        ("pixels", [section.pixel for section in sections]),
        ("mean grains", [np.sqrt(section.grain_area) for section in sections]),
    ):
        small, large = int(np.argmin(sizes)), int(np.argmax(sizes))
        if sizes[large] > _MOST_RATIO * sizes[small]:
            raise InputError(
                f"the {what} of {sections[large].name} measure {sizes[large]:.3g} um, those of "
                f"{sections[small].name} {sizes[small]:.3g} um; calibrate on sections of one kind"
            )


def _check_preference(sections: Sequence[Section]) -> None:
    angles = []
    for section in sections:
        grains = describe(section.image, section.center, section.known)
        angles.append(grains.orientations[~grains.cut])
    score = preference(np.concatenate(angles))
    if not score.radial:
        raise InputError(
            f"the grains do not prefer the radial direction: mean of cos 2 alpha is "
            f"{score.score:+.3f} +- {score.error:.3f} over {score.grains} grains, and 3 errors or "
            "more are wanted; leave out sections that missed the centre, or calibrate an "
            "architecture without direction (--isotropic)"
        )


def _check_room(measured: Measured) -> None:
    counts = [_room(measured, k) for k in range(len(measured.sections))]
    if max(counts) == 0.0:
        widest = max(section.radius for section in measured.sections)
        raise InputError(
            f"no section has room for a window of {SIZE * measured.pixel:.3g} um: the widest has a "
            f"radius of {widest:.3g} um; measure larger particles"
        )


def _room(measured: Measured, section: int) -> float:
    places = _tried(measured, np.full(400, section), np.random.default_rng(0))
    return float(_inside(measured, places).mean())


def draw_places(measured: Measured, count: int, rng: np.random.Generator) -> Places:
    """Draw places of windows: every section in the same share, p uniform on [0, 80], beta uniform.

    Only windows that lie in the particle count (97 % of their pixels). Simulated windows are drawn
    by the same places, so that both have one law of p and of the height.
    """
    rooms = np.array([_room(measured, k) for k in range(len(measured.sections))])
    usable = np.flatnonzero(rooms > 0)
    section: list[Ints] = []
    distance: list[Floats] = []
    angle: list[Floats] = []
    for n, k in enumerate(usable):
        wanted = count // len(usable) + int(n < count % len(usable))
        tries = int(1.5 * wanted / rooms[k]) + 20
        places = _tried(measured, np.full(tries, k), rng)
        chosen = np.flatnonzero(_inside(measured, places))
        chosen = rng.choice(chosen, wanted, replace=len(chosen) < wanted)
        section.append(places.section[chosen])
        distance.append(places.distance[chosen])
        angle.append(places.angle[chosen])
    order = rng.permutation(count)
    return Places(
        np.concatenate(section)[order],
        np.concatenate(distance)[order],
        np.concatenate(angle)[order],
    )


def _tried(measured: Measured, section: Ints, rng: np.random.Generator) -> Places:
    radii = np.array([section.radius for section in measured.sections])[section] / measured.pixel
    most = np.clip(1.2 * radii - 0.5 * SIZE, 0.0, FARTHEST)
    count = len(section)
    return Places(section.astype(np.int32), most * rng.random(count), 2 * np.pi * rng.random(count))


def _inside(measured: Measured, places: Places) -> Bools:
    """Whether 97 % of a coarse grid of points of each window belong to the particle."""
    grid = (np.arange(8) + 0.5) / 8 * SIZE - 0.5 * SIZE
    along, across = (part.ravel() for part in np.meshgrid(grid, grid, indexing="ij"))
    inside = np.empty(len(places), bool)
    for k, section in enumerate(measured.sections):
        of = np.flatnonzero(places.section == k)
        if len(of) == 0:
            continue
        a = places.distance[of, None] + along
        cosine, sine = np.cos(places.angle[of, None]), np.sin(places.angle[of, None])
        points = np.stack([cosine * a - sine * across, sine * a + cosine * across], axis=-1)
        points = points * measured.pixel + section.center - section.image.origin
        pixels = np.rint(points / section.image.spacing).astype(np.int64)
        mask = section.mask
        within = ((pixels >= 0) & (pixels < mask.shape)).all(axis=-1)
        clipped = np.clip(pixels, 0, np.array(mask.shape) - 1)
        hit = within & mask[clipped[..., 0], clipped[..., 1]]
        inside[of] = hit.mean(axis=1) >= 0.97
    return inside
