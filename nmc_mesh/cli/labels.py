"""Label images that commands take: their spacing, and that they are labels."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from nmc_mesh.geometry.label_image import LabelImage
    from nmc_mesh.particle.particle import Particle

IMAGES = (".tif", ".tiff", ".png", ".npy", ".nrrd", ".nhdr", ".vti")
"""Endings of images alone; .h5 may be a particle."""
_VOXELS_PER_GRAIN = 8
_FEW = 8
_MANY = 50  # different values, which noise has soon


_SURE = "nmc_mesh.sure_of_labels"


def sure(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option that an image holds labels whatever it looks like; ``labels_from`` heeds it.

    It is no parameter of the command: what asks stands deep below those that would pass it on.
    """
    return click.option(
        "--labels", "sure", is_flag=True, expose_value=False, callback=_heed,
        help="The image holds labels, even if it looks like grey values.",
    )(command)  # fmt: skip


def _heed(context: click.Context, option: click.Parameter, chosen: bool) -> None:
    context.meta[_SURE] = chosen


def labels_from(
    path: str | Path,
    spacing: str | None,
    dataset: str | None = None,
    option: str = "--spacing",
    *,
    axes: int = 3,
) -> LabelImage:
    """Read a label image; the spacing is one number, three, or the file's.

    An image with another number of axes than ``axes`` is left to the command to refuse.

    Raises
    ------
    InputError
        If it looks like a grey image, the spacing is no number or nobody says it; and as
        ``read_labels``.
    """
    import numpy as np

    from nmc_mesh.cli.files import numbers
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.images import read_labels
    from nmc_mesh.io.label_images import table_of as ours
    from nmc_mesh.shell.volume import looks_grey

    edges = None if spacing is None else np.array(numbers(option, spacing, float))
    image = read_labels(
        path, edges if edges is None or len(edges) > 1 else float(edges[0]), dataset
    )
    context = click.get_current_context(silent=True)
    certain = None if context is None else context.meta.get(_SURE)
    if certain or image.dim != axes or not looks_grey(image.labels):
        return image
    if len(np.unique(image.labels)) > _MANY and not ours(Path(path), image.labels.shape):
        remedy = f"nmc-mesh segment {path} -o labels.tif" if image.dim == 3 else "such as in ImageJ"
        force = "" if certain is None else "; or say that they are labels (--labels)"
        raise InputError(f"{path} holds grey values, not labels; segment it first: {remedy}{force}")
    return image


def voxels_of(particle: Particle, spacing: float | None) -> LabelImage:
    """Return the label image of a particle; by default an eighth of a grain's edge is a voxel.

    Raises
    ------
    InputError, ResourceError
        As ``voxelize``.

    Warns
    -----
    UserWarning
        If grains are smaller than a voxel, and lost.
    """
    import numpy as np

    from nmc_mesh.particle.voxelize import voxelize

    edge = particle.grain_size / _VOXELS_PER_GRAIN if spacing is None else spacing
    image = voxelize(particle, edge)
    counts = np.bincount(image.labels.ravel(), minlength=particle.n_labels + 1)
    lost = np.flatnonzero(counts[1:] == 0) + 1
    if len(lost):
        what = "labels" if particle.phases else "grains"
        some = ", ".join(map(str, lost[:_FEW])) + (", ..." if len(lost) > _FEW else "")
        warnings.warn(
            f"{len(lost)} of {particle.n_labels} {what} have no voxel of {edge:.3g} um and are "
            f"lost: {some}; take a smaller --spacing",
            stacklevel=2,
        )
    return image


def info_of(particle: Particle) -> dict[str, Any]:
    """Return what meshes and images should know of a particle."""
    info: dict[str, Any] = {"provenance": dict(particle.provenance)}
    if particle.orientations is not None:
        info["orientations"] = particle.orientations
    return info
