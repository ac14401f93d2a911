"""A section of one particle: its grains, what is unknown, and its centre."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nmc_mesh.arrays import keep
from nmc_mesh.doors import taken
from nmc_mesh.ebsd.grains import ANGLE, MIN_PIXELS, grains, numbered
from nmc_mesh.ebsd.resample import on_square_grid
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

Center = Literal["centroid", "circle"]
MIN_GRAINS = 20
_GAP = 2  # pixels: wider gaps between grains part two particles


@dataclass(frozen=True, eq=False)
class Section:
    """Planar section of a particle.

    Parameters
    ----------
    image
        Grains 1 ... n in two dimensions; 0 is outside, or unknown.
    known
        False where a pixel of the particle has no grain, shape of the image.
    center
        Centre of the particle's section in um.
    name
        Where it came from.

    Raises
    ------
    InputError
        If shapes do not agree, there is no grain, or a pixel has a grain and is unknown.

    Examples
    --------
    >>> image = nmc_mesh.LabelImage(np.pad([[1, 1, 2, 2]] * 3, 1), spacing=0.1)
    >>> section = nmc_mesh.Section(image, np.ones((5, 6), bool), center=np.zeros(2))
    >>> int(section.mask.sum()), section.cut
    (12, False)
    """

    image: LabelImage
    known: Bools
    center: Floats
    name: str = "section"

    def __post_init__(self) -> None:
        if self.image.dim != 2 or self.image.labels.max() == 0:
            raise InputError(f"{self.name}: a section needs two axes and a grain")
        known = np.array(self.known, dtype=bool)
        center = np.array(self.center, dtype=np.float64)
        if known.shape != self.image.labels.shape or center.shape != (2,):
            raise InputError(
                f"{self.name}: the mask needs the image's shape, the centre shape (2,)"
            )
        if (self.image.labels[~known] != 0).any():
            raise InputError(f"{self.name}: a pixel has a grain and is unknown; choose one")
        keep(self, known=known, center=center)

    def __repr__(self) -> str:
        counts = " x ".join(map(str, self.image.labels.shape))
        edges = " x ".join(f"{edge:.4g}" for edge in self.image.spacing)
        grains = np.count_nonzero(np.bincount(self.image.labels.ravel())[1:])
        return f"Section({self.name[:80]!r}, {grains:,} grains on {counts} pixels of {edges} um)"

    @property
    def mask(self) -> Bools:
        """Pixels of the particle, known or not."""
        return np.asarray((self.image.labels > 0) | ~self.known)

    @property
    def cut(self) -> bool:
        """Whether the particle touches the border of the image: its centre is a guess then."""
        mask = self.mask
        return bool(mask[[0, -1]].any() or mask[:, [0, -1]].any())


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
    image = on_square_grid(scan, grains(scan, angle, min_pixels))
    mask = next(iter(_particles(image.labels > 0)))
    return _section(image, mask, fill, center, scan.name)


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
    image = on_square_grid(scan, grains(scan, angle, min_pixels))
    return _sections(image, image.labels > 0, min_grains, fill, center, scan.name)


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
    large = _large(image, min_pixels, name)
    return _sections(large, large.labels > 0, min_grains, fill, center, name)


def _large(image: LabelImage, min_pixels: int, name: str) -> LabelImage:
    """Return an image without the grains that have fewer pixels."""
    if min_pixels < 1:
        raise InputError(f"a grain has at least 1 pixel, not {min_pixels}")
    if min_pixels == 1:
        return image
    _, back, counts = np.unique(image.labels, return_inverse=True, return_counts=True)
    small = (counts < min_pixels)[back].reshape(image.labels.shape)
    labels = np.where(small, 0, image.labels)
    if labels.max() == 0:
        raise InputError(
            f"{name}: no grain has {min_pixels} pixels or more; choose a smaller number of pixels"
        )
    return LabelImage(labels, image.spacing, image.origin)


def _sections(
    image: LabelImage, there: Bools, min_grains: int, fill: bool, center: Center, name: str
) -> list[Section]:
    found: list[Section] = []
    for mask in _particles(there):
        inside = np.unique(image.labels[mask])
        if (inside > 0).sum() >= min_grains:
            found.append(_section(image, mask, fill, center, f"{name}#{len(found) + 1}"))
    if not found:
        raise InputError(
            f"{name}: no particle has {min_grains} grains; choose fewer, or a smaller threshold"
        )
    return found


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
    large = _large(image, min_pixels, name)
    mask = (image.labels > 0) | missing
    if (large.labels != image.labels).any():
        inside = np.any(list(_particles(large.labels > 0)), axis=0)
        mask = (large.labels > 0) | missing | (mask & inside)
    return _section(large, mask, fill, center, name)


def _section(image: LabelImage, mask: Bools, fill: bool, center: Center, name: str) -> Section:
    labels = np.where(mask, image.labels, 0)
    if labels.max() == 0:
        raise InputError(f"{name}: the image holds no grain, all labels are 0")
    if fill:
        labels = np.where(mask, _nearest(labels, image.spacing), 0)
    kept = LabelImage(numbered(labels), image.spacing, image.origin)
    place = _circle(kept, mask, name) if center == "circle" else _centroid(kept, mask)
    return Section(kept, ~mask | (kept.labels > 0), place, name)


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
