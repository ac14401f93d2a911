"""From an X-ray CT volume (grey, binary or labelled) to one label per particle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from nmc_mesh.arrays import in_one_line
from nmc_mesh.errors import InputError, MissingExtraError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.progress import Progress, silent
from nmc_mesh.shell.components import clean, renumber
from nmc_mesh.shell.field_of_view import field_of_view, rim
from nmc_mesh.typing import AnyArray, Bools, Ints

_BULGING, _BULGING_DENSE, _DENSE = 0.47, 0.35, 0.55
_AT_RIM = "dropped, cut by the field of view"


@dataclass(frozen=True)
class SegmentationOptions:
    """The thresholds of the segmentation; the paper's where it gives one.

    Parameters
    ----------
    sigma
        Deviation of the Gaussian filter in voxels (paper: 1.8).
    dark
        Particles are darker than what surrounds them (of a binary volume: the smaller value).
    check_contrast
        Refuse a volume whose particles seem to be the other phase: most of the surface bends
        inwards (ours).
    marker_depth
        Depth in voxels by which two maxima of the distance to the particle's surface must be parted
        to count as two particles (h-maxima; ours).
    min_volume
        Smaller components, in voxels, are merged or dropped (paper: 10).
    min_sphericity
        Less spherical components are merged or dropped (paper: 0.5).
    keep_border
        Keep components that touch the border of the volume (paper: no), or of its field of view.
    field_of_view
        Look for padding around what was measured: it counts for no threshold, and what touches it
        is dropped (ours). See ``field_of_view``.
    """

    sigma: float = 1.8
    dark: bool = False
    check_contrast: bool = True
    marker_depth: float = 1.0
    min_volume: int = 10
    min_sphericity: float = 0.5
    keep_border: bool = False
    field_of_view: bool = True

    def __post_init__(self) -> None:
        for name in ("sigma", "marker_depth", "min_volume", "min_sphericity"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise InputError(f"{name} must be a number of 0 or more, not {value}")


@in_one_line
class Segmentation(NamedTuple):
    """Particles 1 ... n, and how many components each rule touched."""

    image: LabelImage
    counts: Mapping[str, int]


def segment_grey(
    grey: AnyArray,
    spacing: float,
    options: SegmentationOptions = SegmentationOptions(),
    progress: Progress = silent,
) -> Segmentation:
    """Gaussian filter, Otsu's threshold, then ``segment_binary``.

    Parameters
    ----------
    grey
        Grey values, shape (nx, ny, nz), axis order (x, y, z).
    spacing
        Edge length of a (cubic) voxel in um.
    options
        Thresholds.
    progress
        Told about every stage.

    Raises
    ------
    InputError
        If the volume is not 3D, holds NaN or one value only, or no particle is left.
    MissingExtraError
        If scikit-image is not installed.

    References
    ----------
    "Stochastic outer shell model" of doi 10.1038/s43246-024-00728-5.
    """
    array = _volume(grey)
    inside = measured(array, options)
    if inside is None and array.min() == array.max():
        raise InputError(
            f"the grey volume is constant ({array.min()}), it shows no particle; check the file"
        )
    progress("filter", 0.0)
    smooth = smooth_within(array, inside, options.sigma)
    level = float(
        skimage_parts().filters.threshold_otsu(smooth if inside is None else smooth[inside])
    )
    progress("filter", 1.0)
    solid = smooth > level
    del smooth
    if inside is not None:
        solid[~inside] = options.dark
    return _segment_mask(solid, spacing, options, progress, inside)


def measured(grey: AnyArray, options: SegmentationOptions) -> Bools | None:
    """Return the field of view that is looked for; None if it is the volume."""
    if options.field_of_view:
        return field_of_view(grey)
    if grey.dtype.kind == "f" and not all(np.isfinite(plane).all() for plane in grey):
        raise InputError("the grey volume holds NaN or infinity; replace them first")
    return None


def smooth_within(grey: AnyArray, inside: Bools | None, sigma: float) -> AnyArray:
    """Return the Gaussian mean of grey values, float32, of those in the field of view alone."""
    if inside is None:
        return np.asarray(ndimage.gaussian_filter(grey, sigma, output=np.float32))
    filled = np.where(inside, grey, 0).astype(np.float32)
    smooth = ndimage.gaussian_filter(filled, sigma, output=np.float32)
    del filled
    weight = ndimage.gaussian_filter(inside.astype(np.float32), sigma)
    np.maximum(weight, 1e-3, out=weight)
    smooth /= weight
    smooth[~inside] = 0.0
    return np.asarray(smooth)


def segment_binary(
    solid: AnyArray,
    spacing: float,
    options: SegmentationOptions = SegmentationOptions(),
    progress: Progress = silent,
) -> Segmentation:
    """Watershed of the distance to the surface, then ``segment_labelled``.

    ``solid``: true (non-zero) inside particles, shape (nx, ny, nz); with ``options.dark`` outside
    them. Other parameters and errors as ``segment_grey``, and an InputError if the contrast seems
    inverted.
    """
    return _segment_mask(solid, spacing, options, progress, None)


def _segment_mask(
    solid: AnyArray,
    spacing: float,
    options: SegmentationOptions,
    progress: Progress,
    inside: Bools | None,
) -> Segmentation:
    array = _volume(solid)
    if array.dtype.kind not in "biu":
        raise InputError(f"a binary volume holds 0 and 1, not {array.dtype}; enter it as grey")
    mask = array.astype(np.bool_)
    if mask.all() or not mask.any():
        raise InputError(
            "the binary volume is all of one value, it shows no particle; check the file"
        )
    if options.dark:
        np.logical_not(mask, out=mask)
    if options.check_contrast:
        whole = (slice(None),) * 3
        inverted(float(mask.mean()), *hollow_faces(mask, whole, inside), options.dark)
    progress("watershed", 0.0)
    labels = _watershed(mask, options.marker_depth)
    progress("watershed", 1.0)
    return _segment_labels(LabelImage(labels, spacing), options, progress, inside)


def segment_labelled(
    image: LabelImage,
    options: SegmentationOptions = SegmentationOptions(),
    progress: Progress = silent,
) -> Segmentation:
    """Split, merge or drop the components of a labelled volume by the rules of ``options``.

    Peak memory of the whole way from a binary volume is about 90 bytes per voxel (measured); see
    ``blockwise`` for large volumes. Disconnected parts of a label become components of their own.
    A component that is too small or not spherical enough goes to the sound neighbour it shares
    most surface with; it is dropped where it has none. What still is not spherical enough then is
    dropped (ours), and so is what touches the border of the volume.
    """
    return _segment_labels(image, options, progress, None)


def _segment_labels(
    image: LabelImage, options: SegmentationOptions, progress: Progress, inside: Bools | None
) -> Segmentation:
    if image.dim != 3:
        raise InputError("the shell needs a volume; this label image has two axes")
    if np.ptp(image.spacing) > 1e-6 * image.spacing.max():
        raise InputError(
            f"the voxels are {image.spacing} um; resample the volume to cubic voxels first"
        )
    pieces = skimage_parts().measure.label(image.labels, connectivity=1, background=0)
    labels = len(np.unique(image.labels[image.labels > 0]))
    pieces = pieces.astype(np.int32, copy=False)
    return cleaned(pieces, labels, image.spacing, image.origin, options, progress, inside)


def cleaned(
    pieces: Ints,
    labels: int,
    spacing: float | AnyArray,
    origin: AnyArray | None,
    options: SegmentationOptions,
    progress: Progress,
    inside: Bools | None = None,
) -> Segmentation:
    """Merge or drop connected components, which are overwritten; ``labels`` is for the counts."""
    rules = (options.min_volume, options.min_sphericity, options.keep_border)
    particles, counts = clean(pieces, *rules)
    counts = {"labels": labels, **counts}
    if inside is not None:
        counts |= _drop_at_rim(particles, inside, options.keep_border)
        counts["particles"] = counts.pop("particles") - counts[_AT_RIM]
    progress("components", 1.0)
    if counts["particles"] == 0:
        raise InputError(_why_none(counts))
    return Segmentation(LabelImage(particles, spacing, origin), counts)


def _drop_at_rim(labels: Ints, inside: Bools, keep: bool) -> dict[str, int]:
    """Drop, in place, what touches the outside of the field of view; and count."""
    touching = np.unique(labels[rim(inside)])
    touching = touching[touching > 0]
    if not keep:
        table = np.ones(int(labels.max()) + 1, dtype=np.int32)
        table[0] = table[touching] = 0
        renumber(labels, np.cumsum(table, dtype=np.int32) * table)
    return {
        "voxels outside the field of view": int(inside.size - inside.sum()),
        _AT_RIM: 0 if keep else len(touching),
    }


def _why_none(counts: Mapping[str, int]) -> str:
    if counts["dropped, at the border"] + counts.get(_AT_RIM, 0) > 0:
        remedy = "use a larger volume, or keep what touches the border (keep_border, --keep-border)"
    else:
        remedy = "lower min_volume or min_sphericity (--min-volume, --min-sphericity)"
    story = ", ".join(f"{name} {count}" for name, count in counts.items())
    return f"no particle is left after cleaning ({story}); {remedy}"


def hollow_faces(
    mask: Bools, inner: tuple[slice, ...], inside: Bools | None = None
) -> tuple[int, int]:
    """Faces of a phase whose first voxel lies in the inner part, and how many of them bulge.

    Faces between the field of view and its outside do not count.

    Where a surface bulges, less than half of its surroundings (Gaussian, one voxel) are inside.
    """
    blurred = ndimage.gaussian_filter(mask, 1.0, output=np.float32)
    faces = bulging = 0
    for axis in range(3):
        here = list(inner)
        start, stop, _ = inner[axis].indices(mask.shape[axis])
        here[axis] = slice(start, min(stop, mask.shape[axis] - 1))
        there = list(here)
        there[axis] = slice(start + 1, here[axis].stop + 1)
        lower, upper = tuple(here), tuple(there)
        face = mask[lower] != mask[upper]
        if inside is not None:
            face &= inside[lower] & inside[upper]
        faces += int(face.sum())
        bulging += int((blurred[upper][face] + blurred[lower][face] < 1).sum())
    return faces, bulging


def inverted(solid: float, faces: int, bulging: int, dark: bool) -> None:
    """Refuse a phase most of whose surface bends inwards, as between particles.

    Pores of a packing denser than about 55 % are small bodies themselves: there the sign must be
    plain. ``solid`` is the phase's share of the volume.
    """
    if bulging < (_BULGING if solid < _DENSE else _BULGING_DENSE) * faces:
        raise InputError(
            f"the {'dark' if dark else 'bright'} phase looks like the space between the "
            f"particles: its contrast is inverted; try the other phase (dark, "
            f"{'no --dark' if dark else '--dark'}) or go on without this check "
            "(check_contrast, --no-contrast-check)"
        )


def markers_of(mask: Bools, depth: float) -> tuple[AnyArray, Ints]:
    """Distance to the surface in voxels, and its h-maxima as components 1 ... n."""
    skimage = skimage_parts()
    distance = ndimage.distance_transform_edt(mask).astype(np.float32)
    full = np.ones((3, 3, 3), dtype=np.bool_)
    floor = skimage.morphology.reconstruction(distance - depth, distance, "dilation", full)
    peaks = (distance - floor >= 0.999 * depth) & mask
    del floor
    return distance, np.asarray(ndimage.label(peaks, full)[0], dtype=np.int32)


def _watershed(mask: Bools, depth: float) -> Ints:
    distance, markers = markers_of(mask, depth)
    np.negative(distance, out=distance)
    labels = skimage_parts().segmentation.watershed(distance, markers, mask=mask)
    return np.asarray(labels, dtype=np.int32)


def _volume(array: AnyArray) -> AnyArray:
    volume = np.asarray(array)
    if volume.ndim != 3:
        raise InputError(
            f"the shell needs a volume of three axes, this image has {volume.ndim}; "
            "give the whole stack of slices"
        )
    if volume.dtype.kind not in "biuf":
        raise InputError(f"a volume holds numbers, not {volume.dtype}")
    return volume


def skimage_parts() -> ModuleType:
    """Return scikit-image with the parts that are used here."""
    try:
        import skimage.filters
        import skimage.measure
        import skimage.morphology
        import skimage.segmentation
    except ImportError:
        raise MissingExtraError("scikit-image", "segmentation of CT volumes", "calibrate") from None
    return skimage
