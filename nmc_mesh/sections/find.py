"""From maps to sections: the particles of a map, their grains, what is unknown, the centre."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nmc_mesh.doors import taken
from nmc_mesh.ebsd.grains import ANGLE, MIN_PIXELS, grains, numbered
from nmc_mesh.ebsd.resample import on_square_grid
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.sections.section import Section
from nmc_mesh.sections.treatment import Center, Treatment, large, pieces
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

MIN_GRAINS = 20
_GAP = 2  # pixels: wider gaps between grains part two particles


def section_of_scan(
    scan: EbsdScan,
    angle: float = ANGLE,
    min_pixels: int = MIN_PIXELS,
    *,
    fill: bool = False,
    center: Center = "centroid",
) -> Section:
    """Return the section of the largest particle of a map.

    The particle is the largest connected set of grains after gaps of up to four pixels were
    closed, with its holes. Its pixels without a grain are unknown; all around is outside, also
    grains that are too small at its surface.

    Parameters
    ----------
    scan
        The map; a hexagonal one is resampled to square pixels.
    angle, min_pixels
        See `grains`.
    fill
        Give unknown pixels the grain that is nearest.
    center
        "centroid" of the particle's pixels, or the centre of the "circle" that fits its border.

    Examples
    --------
    >>> from nmc_mesh.ebsd import Phase
    >>> lattice = (2.87, 2.87, 14.2, np.pi / 2, np.pi / 2, 2 * np.pi / 3)
    >>> angles = np.zeros((10, 6, 3))
    >>> angles[5:, :, 0] = np.radians(30)
    >>> phase = np.zeros((10, 6), dtype=int)
    >>> phase[1:-1, 1:-1] = 1
    >>> phases = (Phase("NMC", "-3m", lattice),)
    >>> scan = nmc_mesh.EbsdScan(angles, phase, np.ones((10, 6)), phases, [0.5, 0.5], [0, 0])
    >>> section = nmc_mesh.section_of_scan(scan, min_pixels=4)
    >>> np.bincount(section.image.labels.ravel())
    array([28, 16, 16])
    """
    taken(scan, EbsdScan, "section_of_scan", "read one: read_scan(path)")
    image, gaps, way = _of_scan(scan, angle, min_pixels, fill, center)
    return _section(image, next(_particles(image.labels > 0)), gaps, way, scan.name)


def sections_of_scan(
    scan: EbsdScan,
    angle: float = ANGLE,
    min_pixels: int = MIN_PIXELS,
    *,
    min_grains: int = MIN_GRAINS,
    fill: bool = False,
    center: Center = "centroid",
) -> list[Section]:
    """Return the sections of all particles of a map, the largest first, named ``map#1`` and so on.

    Parameters
    ----------
    min_grains
        Particles with fewer grains are left out.
    scan, angle, min_pixels, fill, center
        See `section_of_scan`.

    Raises
    ------
    InputError
        If no particle has so many grains.
    """
    image, gaps, way = _of_scan(scan, angle, min_pixels, fill, center)
    return _sections(image, gaps, min_grains, way, scan.name)


def _of_scan(
    scan: EbsdScan, angle: float, min_pixels: int, fill: bool, center: Center
) -> tuple[LabelImage, Bools, Treatment]:
    """Return large grains, where no grain of any size was, and the treatment."""
    image = on_square_grid(scan, grains(scan, angle, min_pixels))
    gaps = on_square_grid(scan, scan.indexed.astype(np.int32)).labels == 0
    sides = 6 if scan.hexagonal else 4
    return image, gaps, Treatment(min_pixels, sides, 0.0, fill, center, float(angle))


def sections_of_labels(
    image: LabelImage,
    *,
    min_grains: int = MIN_GRAINS,
    min_pixels: int = 1,
    fill: bool = False,
    center: Center = "centroid",
    name: str = "section",
) -> list[Section]:
    """Return the sections of all particles of a plain label image, the largest first.

    A particle is a connected set of grains after gaps of up to four pixels were closed. Errors
    as `sections_of_scan` and `section_of_labels`.

    Parameters
    ----------
    image, min_pixels, fill, center
        See `section_of_labels`.
    min_grains
        Particles of fewer grains are left out.
    name
        For messages; sections of several particles are numbered.
    """
    taken(image, LabelImage, "sections_of_labels", MAKE_IMAGE)
    if image.dim != 2:
        raise InputError(f"{name}: a section has two axes, not {image.dim}; choose a slice")
    if image.labels.max() == 0:
        raise InputError(f"{name}: the image holds no grain, all labels are 0")
    way = Treatment(min_pixels, fill=fill, center=center)
    return _sections(_large(image, way, name), image.labels == 0, min_grains, way, name)


def treated(section: Section, treatment: Treatment) -> Section:
    """Return a simulated section as a map of it would show it after this treatment.

    Grains are parted into connected pieces, small ones left out, the particle, its unknown pixels
    and its centre found as `section_of_scan` does, or as `section_of_labels` where labels were
    given. Pixels that are missing must be so already.

    Parameters
    ----------
    section
        As it was cut: every grain, however small.
    treatment
        That of the measured section it is compared with.
    """
    way = replace(treatment, angle=None, min_confidence=None)
    image, name = section.image, section.name
    if not way.neighbours:
        result = section_of_labels(
            image, ~section.known, min_pixels=way.min_pixels, fill=way.fill, center=way.center,
            name=name,
        )  # fmt: skip
    else:
        parted = LabelImage(pieces(image.labels, way.neighbours), image.spacing, image.origin)
        left = _large(parted, way, name)
        mask = next(_particles(left.labels > 0))
        result = _section(left, mask, image.labels == 0, way, name)
    return replace(result, height=section.height)


def _large(image: LabelImage, way: Treatment, name: str) -> LabelImage:
    """Return an image without the grains that have fewer pixels."""
    min_pixels = way.min_pixels
    if min_pixels == 1:
        return image
    labels = np.where(large(image.labels, min_pixels), image.labels, 0)
    if labels.max() == 0:
        raise InputError(
            f"{name}: no grain has {min_pixels} pixels or more; choose a smaller number of pixels"
        )
    return LabelImage(labels, image.spacing, image.origin)


def _sections(
    image: LabelImage, gaps: Bools, min_grains: int, way: Treatment, name: str
) -> list[Section]:
    sections: list[Section] = []
    for mask in _particles(image.labels > 0):
        inside = np.unique(image.labels[mask])
        if (inside > 0).sum() >= min_grains:
            sections.append(_section(image, mask, gaps, way, f"{name}#{len(sections) + 1}"))
    if not sections:
        raise InputError(
            f"{name}: no particle has {min_grains} grains; choose fewer, or a smaller threshold"
        )
    return sections


def section_of_labels(
    image: LabelImage,
    unknown: AnyArray | None = None,
    *,
    min_pixels: int = 1,
    fill: bool = False,
    center: Center = "centroid",
    name: str = "section",
) -> Section:
    """Return the section of a plain label image, all its grains being one particle.

    Parameters
    ----------
    image
        Grains in two dimensions, 0 outside.
    unknown
        True where a pixel of the particle has no grain; its label must be 0.
    min_pixels
        Smaller grains are unknown within the particle, and outside at its surface.
    fill, center
        See `section_of_scan`.
    name
        For messages.

    Examples
    --------
    >>> image = nmc_mesh.LabelImage(np.pad([[1, 1, 2, 2]] * 3, 1), spacing=0.1)
    >>> section = nmc_mesh.section_of_labels(image)
    >>> section.image.volumes().round(2)  # areas in um^2: outside, grain 1, grain 2
    array([0.18, 0.06, 0.06])
    >>> bool(np.allclose(section.center, 0))  # the centroid
    True
    """
    taken(image, LabelImage, "section_of_labels", MAKE_IMAGE)
    if image.dim != 2:
        raise InputError(f"{name}: a section has two axes, not {image.dim}; choose a slice")
    missing = np.zeros(image.labels.shape, bool) if unknown is None else np.asarray(unknown, bool)
    if missing.shape != image.labels.shape:
        raise InputError(f"{name}: the mask of unknown pixels needs shape {image.labels.shape}")
    if image.labels.max() == 0:
        raise InputError(f"{name}: the image holds no grain, all labels are 0")
    way = Treatment(min_pixels, fill=fill, center=center)
    left = _large(image, way, name)
    mask = (image.labels > 0) | missing
    if (left.labels != image.labels).any():
        inside = np.any(list(_particles(left.labels > 0)), axis=0)
        mask = (left.labels > 0) | missing | (mask & inside)
    return _section(left, mask, image.labels == 0, way, name)


def _section(image: LabelImage, mask: Bools, gaps: Bools, way: Treatment, name: str) -> Section:
    """Return the section of the particle of this mask; ``gaps``: pixels without any grain."""
    labels = np.where(mask, image.labels, 0)
    if labels.max() == 0:
        raise InputError(f"{name}: the image holds no grain, all labels are 0")
    if way.fill:
        labels = np.where(mask, _nearest(labels, image.spacing), 0)
    kept = LabelImage(numbered(labels), image.spacing, image.origin)
    middle = _circle(kept, mask, name) if way.center == "circle" else _centroid(kept, mask)
    done = replace(way, missing=_missing(gaps, mask))
    return Section(kept, ~mask | (kept.labels > 0), middle, name, done)


def _missing(gaps: Bools, mask: Bools) -> float:
    """Return the share of pixels without a grain, of those so deep that no notch is among them."""
    from scipy import ndimage

    deep = ndimage.binary_erosion(mask, iterations=2 * _GAP, border_value=1)
    inside = deep if deep.any() else mask
    return float(gaps[inside].mean())


def _particles(grains: Bools) -> Iterator[Bools]:
    """Masks of all particles with their holes, the one with most pixels of grains first."""
    from scipy import ndimage

    # Outside the image there is nothing to close, and nothing to take away.
    closed = ndimage.binary_closing(grains, iterations=_GAP) | grains
    parts, count = ndimage.label(closed)
    sizes = np.bincount(parts[grains], minlength=count + 1)
    for part in np.argsort(-sizes, kind="stable"):
        if sizes[part]:
            yield np.asarray(ndimage.binary_fill_holes(parts == part))


def _nearest(labels: Ints, spacing: Floats) -> Ints:
    from scipy import ndimage

    places = ndimage.distance_transform_edt(
        labels == 0, spacing, return_distances=False, return_indices=True
    )
    return np.asarray(labels[tuple(places)])


def _centroid(image: LabelImage, mask: Bools) -> Floats:
    return np.asarray(image.points()[mask.ravel()].mean(axis=0))


def _circle(image: LabelImage, mask: Bools, name: str) -> Floats:
    """Return the centre of the circle |x|^2 = 2 c x + k nearest to the particle's free border."""
    from scipy import ndimage

    border = mask & ~ndimage.binary_erosion(mask, border_value=1)
    points = image.points()[border.ravel()]
    if len(points) < 3:
        raise InputError(
            f"{name}: the particle fills the image and shows no border to fit a circle to; "
            "use the centroid"
        )
    middle = points.mean(axis=0)
    offsets = points - middle
    system = np.column_stack([2 * offsets, np.ones(len(points))])
    solution = np.linalg.lstsq(system, (offsets**2).sum(axis=1))[0]
    return np.asarray(middle + solution[:2])
