"""The crystals of a section: one orientation per grain, and where the grain lies."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

from nmc_mesh.crystal.orientation import from_bunge, inverse, product
from nmc_mesh.crystal.symmetry import NMC
from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_moments import label_moments
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import AnyArray, Floats, Ints

Frame = Literal["auto", "map", "edax", "oxford"]

# Half turns from the frame of Euler's angles to that of the map's x and y.
_HALF_TURNS = {
    "map": (1.0, 0.0, 0.0, 0.0),
    "edax": (0.0, np.sqrt(0.5), np.sqrt(0.5), 0.0),
    "oxford": (0.0, 1.0, 0.0, 0.0),
}


class SectionCrystals(NamedTuple):
    """Grains with an orientation; row i belongs to the i-th of ``labels``.

    ``labels`` (g,); ``places`` (g, 2), centroids in um from the section's centre; ``radii`` (g,),
    of the circles of equal area in um; ``long_axes`` (g, 2), unit, along the largest spread of a
    grain's points; ``spreads`` (g, 2, 2), their second moments in um^2, pixels
    counted as squares; ``quaternions`` (g, 4),
    crystal -> map.
    """

    labels: Ints
    places: Floats
    radii: Floats
    long_axes: Floats
    spreads: Floats
    quaternions: Floats


def section_crystals(scan: EbsdScan, section: Section, frame: Frame = "auto") -> SectionCrystals:
    """Return the mean orientation of every grain of a section, in the frame of the map.

    Points of a grain are brought to the equivalents nearest to its first point, their quaternions
    summed and brought to length 1. Only grains of a phase with the Laue group -3m count.

    Parameters
    ----------
    scan
        The map that the section comes from.
    section
        Its particle.
    frame
        How the angles' frame lies on the map: "map" for x on x and y on y; "edax" for x on y and
        y on x, as TSL's software has it; "oxford" for y upside down, as HKL's has it. "auto" takes
        the vendor's from the file. A mirror across the map's x or y axis changes no angle to the
        radius, so the finer settings of the vendors do not matter here.

    Raises
    ------
    InputError
        If the frame is unknown, or no grain is of a phase with the Laue group -3m.
    """
    chosen = _HALF_TURNS[_frame(scan, frame)]
    numbers = [k for k, phase in enumerate(scan.phases, start=1) if phase.laue == NMC]
    own = np.isin(scan.phase, numbers)
    label = np.where(own, _labels_at(section, scan.points()), 0).ravel()
    held = np.flatnonzero(label)
    if not len(held):
        groups = ", ".join(f"{phase.name}: {phase.laue}" for phase in scan.phases)
        raise InputError(
            f"{scan.name}: no grain of the section has a phase with the Laue group {NMC}, that of "
            f"layered oxides ({groups}); correct the phase in the header"
        )
    held = held[np.argsort(label[held], kind="stable")]
    turns = from_bunge(scan.angles.reshape(-1, 3)[held])
    # The equivalents depend on where x points, which all phases of one vendor share.
    phase = scan.phases[int(scan.phase.ravel()[held[0]]) - 1]
    labels, means = _means(label[held], turns, phase)
    shapes = _shapes(section, labels)
    return SectionCrystals(labels, *shapes, product(np.array(chosen), means))


def _frame(scan: EbsdScan, frame: str) -> str:
    if frame not in get_args(Frame):
        raise InputError(f"there is no frame '{frame}'; use one of {', '.join(get_args(Frame))}")
    if frame != "auto":
        return frame
    return "edax" if scan.phases[0].x_axis == "a" else "oxford"


def _labels_at(section: Section, points: Floats) -> Ints:
    """Label of the section's pixel that holds each point of the map; 0 outside."""
    image = section.image
    pixels = np.rint((points - image.origin) / image.spacing).astype(np.int64)
    inside = ((pixels >= 0) & (pixels < image.labels.shape)).all(axis=-1)
    pixels[~inside] = 0
    labels: Ints = np.where(inside, image.labels[pixels[..., 0], pixels[..., 1]], 0)
    return labels


def _means(label: Ints, turns: Floats, phase: Phase) -> tuple[Ints, Floats]:
    """Labels, and the mean orientation of each; the points are sorted by label."""
    labels, first, row = np.unique(label, return_index=True, return_inverse=True)
    reference = turns[first][row]
    between = product(inverse(reference), turns)
    group = phase.rotations
    best = np.abs(between @ inverse(group).T).argmax(axis=1)
    near = product(between, inverse(inverse(group)[best]))
    near *= np.where(near[:, :1] < 0, -1.0, 1.0)
    sums = np.stack([np.bincount(row, near[:, k]) for k in range(4)], axis=1)
    mean = product(turns[first], sums)
    return labels.astype(np.int32), mean / np.linalg.norm(mean, axis=1, keepdims=True)


def _shapes(section: Section, labels: AnyArray) -> tuple[Floats, Floats, Floats, Floats]:
    """Centroids from the centre in um, radii of circles of equal area, long axes and spreads."""
    image = section.image
    moments = label_moments(image.labels - np.int32(1), int(image.labels.max()))
    row = labels - 1
    centroids = image.origin + image.spacing * moments.centroids[row] - section.center
    spreads = moments.spreads[row] * np.outer(image.spacing, image.spacing)
    radii = np.sqrt(moments.counts[row] * image.voxel_volume / np.pi)
    return centroids, radii, np.linalg.eigh(spreads)[1][:, :, 1], spreads
