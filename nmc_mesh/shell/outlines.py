"""Outlines of particles in polished sections: areas, and how far they are from circles.

With r(phi) the distance of an outline from the centroid of its area A,

    q_k = 1/A * integral over the area of e^(-i k phi) = 1/(2 A) * integral of r^2 e^(-i k phi) dphi

is twice the k-th Fourier coefficient of r over its mean, where r hardly varies. Unlike r itself it
needs no boundary: it is a mean over pixels, which a step more or less at the border hardly changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from nmc_mesh.arrays import given, in_one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.typing import AnyArray, Complexes, Floats

DEGREE = 9
"""Largest k, that of the paper's shells."""
_STEPS = 512  # pieces of a polygon, at least
_HALF = 2.0  # a mask has two values


@in_one_line
class Outlines(NamedTuple):
    """Outlines of n particles, each in a random plane.

    ``areas`` (n,) in um^2; ``harmonics`` (n, K - 1), complex, q_k for k = 2 ... K; ``aspects``
    (n,), shortest over longest axis of the second moments; ``weights`` (n,), one over the chance
    that an outline of this size, somewhere in the image, does not touch its border; ``pixel`` in
    um, 0 for polygons; ``cut``, how many outlines were left out at the border.
    """

    areas: Floats
    harmonics: Complexes
    aspects: Floats
    weights: Floats
    pixel: float
    cut: int

    @property
    def diameters(self) -> Floats:
        """Diameters of circles of the same areas, um, shape (n,)."""
        return np.asarray(2 * np.sqrt(self.areas / np.pi))

    def larger(self, diameter: float) -> Outlines:
        """Return the outlines whose diameter is at least so many um.

        Parameters
        ----------
        diameter
            Of the circle of the same area, um.
        """
        large = self.diameters >= diameter
        return self._replace(
            areas=self.areas[large], harmonics=self.harmonics[large],
            aspects=self.aspects[large], weights=self.weights[large],
        )  # fmt: skip


def outlines_of(image: LabelImage, degree: int = DEGREE) -> Outlines:
    """Measure the outlines of a labelled image of a section; those at its border are left out.

    An outline w x h um wide lies whole in an image of W x H um with the chance
    (W - w) (H - h) / (W H) of one that touches or does not; large ones are cut more often, so each
    counts with one over it (Miles and Lantuejoul).

    Parameters
    ----------
    image
        One label per particle in two dimensions, 0 between; a mask (0 and 1) is parted into its
        connected pieces. Square pixels.
    degree
        Largest k.

    Raises
    ------
    InputError
        If the image has three axes, its pixels are not square, or no outline is whole.

    References
    ----------
    Lantuejoul, doi 10.1016/0165-1684(80)90007-7, of border corrections.

    Examples
    --------
    A square of 2 um has q_4 = -0.2146 alone:

    >>> from nmc_mesh.shell.outlines import outlines_of
    >>> square = np.pad(np.ones((200, 200), int), 10)
    >>> shown = outlines_of(nmc_mesh.LabelImage(square, spacing=0.01))
    >>> round(float(shown.areas[0]), 3), np.abs(shown.harmonics[0, :4]).round(3).tolist()
    (4.0, [0.0, 0.0, 0.215, 0.0])
    """
    edges = image.spacing
    if image.dim != 2 or abs(edges[0] - edges[1]) > 1e-6 * edges[0]:
        raise InputError("outlines are measured in images of two axes with square pixels")
    pixel = float(edges[0])
    labels = image.labels
    if labels.max() < _HALF:
        labels = ndimage.label(labels)[0].astype(np.int32)
    border = np.unique(np.concatenate([*labels[[0, -1]], *labels[:, [0, -1]].T]))
    rows, cut = [], int((border > 0).sum())
    extent = np.array(labels.shape, dtype=np.float64)
    for label, box in enumerate(ndimage.find_objects(labels), 1):
        if box is None or label in border:
            continue
        points = np.argwhere(labels[box] == label).astype(np.float64)
        away = points - points.mean(axis=0)
        spread = away.T @ away / len(points) + np.eye(2) / 12
        least, most = np.linalg.eigvalsh(spread)
        size = np.array([side.stop - side.start for side in box])
        weight = float((extent / (extent - size)).prod())
        row = (len(points) * pixel**2, np.sqrt(least / most), weight, _means(away, degree))
        rows.append(row)
    return _table(rows, pixel, cut)


def outlines_of_polygons(polygons: Sequence[AnyArray], degree: int = DEGREE) -> Outlines:
    """Measure outlines that are given as polygons.

    Parameters
    ----------
    polygons
        Corners in order, a closed line each, um, shapes (m, 2).
    degree
        Largest k.

    Raises
    ------
    InputError
        If there is none, or one has fewer than three corners, no area, or corners not finite.

    Examples
    --------
    >>> from nmc_mesh.shell.outlines import outlines_of_polygons
    >>> square = outlines_of_polygons([[[0, 0], [2, 0], [2, 2], [0, 2]]])
    >>> round(float(square.areas[0]), 3), round(float(abs(square.harmonics[0, 2])), 3)
    (4.0, 0.215)
    """
    rows = []
    for polygon in polygons:
        corners = given(polygon, "corners of an outline", np.float64)
        sound = corners.ndim == 2 and corners.shape[1:] == (2,) and len(corners) > 2
        if not (sound and np.isfinite(corners).all()):
            raise InputError("an outline has three corners or more, each with x and y in um")
        rows.append(_of_polygon(corners, degree))
    return _table(rows, 0.0, 0)


def together(parts: Sequence[Outlines]) -> Outlines:
    """Return the outlines of several images as one table.

    Parameters
    ----------
    parts
        One or more; the pixel is the largest of theirs.
    """
    return Outlines(
        np.concatenate([part.areas for part in parts]),
        np.concatenate([part.harmonics for part in parts]),
        np.concatenate([part.aspects for part in parts]),
        np.concatenate([part.weights for part in parts]),
        max(part.pixel for part in parts),
        sum(part.cut for part in parts),
    )


def _means(away: Floats, degree: int) -> Complexes:
    """q_k of pixels, by powers of their directions; a pixel in the very centre has none."""
    direction = away[:, 0] - 1j * away[:, 1]
    length = np.abs(direction)
    direction /= np.where(length > 0, length, 1.0)
    power = direction.copy()
    means = np.empty(degree - 1, dtype=np.complex128)
    for k in range(degree - 1):
        power *= direction
        means[k] = power.mean()
    return means


def _of_polygon(corners: Floats, degree: int) -> tuple[float, float, float, Complexes]:
    """Area, aspect, weight and q_k; sides are cut into pieces, as phi turns along them."""
    sides = np.roll(corners, -1, axis=0) - corners
    length = np.hypot(*sides.T)
    counts = np.maximum(np.ceil(_STEPS * length / max(length.sum(), 1e-300)), 1).astype(np.int64)
    row = np.repeat(np.arange(len(corners)), counts)
    step = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    middles = corners[row] + sides[row] * ((step + 0.5) / counts[row])[:, None]
    line, steps = (
        part[:, 0] + 1j * part[:, 1] for part in (middles, sides[row] / counts[row, None])
    )
    area, aspect, means = line_moments(line, steps, degree)
    if not area > 0:
        raise InputError("an outline has no area; its corners go round it in order")
    return float(area), float(aspect), 1.0, means


def line_moments(
    line: Complexes, steps: Complexes, degree: int
) -> tuple[Floats, Floats, Complexes]:
    """Areas (n,), aspects (n,) and q_k (n, K - 1) of closed lines x + i y of shape (n, m).

    Parameters
    ----------
    line, steps
        Middles of pieces and the pieces themselves, um.
    degree
        Largest k.
    """
    twice = (line.conj() * steps).imag  # twice the area between a piece and the origin
    total = twice.sum(axis=-1)
    safe = np.where(total == 0, 1.0, total)[..., None]
    away = line - (2 / 3 * (line * twice).sum(axis=-1))[..., None] / safe
    share = (away.conj() * steps).imag / safe
    length = np.abs(away)
    second = (share * away * away).sum(axis=-1)
    mean = (share * length * length).sum(axis=-1)
    most = np.maximum(mean + np.abs(second), 1e-300)
    aspect = np.sqrt(np.maximum(mean - np.abs(second), 0.0) / most)
    direction = away.conj() / np.where(length > 0, length, 1.0)
    power, means = share * direction, []
    for _ in range(degree - 1):
        power = power * direction
        means.append(power.sum(axis=-1))
    return np.abs(total) / 2, aspect, np.stack(means, axis=-1)


def _table(
    rows: Sequence[tuple[float, float, float, Complexes]], pixel: float, cut: int
) -> Outlines:
    if not rows:
        raise InputError(
            f"no outline lies whole in the image ({cut} at its border); use a larger image, with "
            "one label per particle and 0 between"
        )
    areas, aspects, weights, harmonics = zip(*rows, strict=True)
    return Outlines(
        np.array(areas), np.array(harmonics), np.array(aspects), np.array(weights), pixel, cut
    )
