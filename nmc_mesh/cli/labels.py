"""Label images that commands take: their spacing, and that they are labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nmc_mesh.geometry import LabelImage

IMAGES = (".tif", ".tiff", ".png", ".npy", ".nrrd", ".nhdr")
"""Endings of images alone; .h5 may be a particle."""
_MANY = 50  # different values, which noise has soon


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
    from nmc_mesh.shell.volume import looks_grey

    edges = None if spacing is None else np.array(numbers(option, spacing, float))
    image = read_labels(
        path, edges if edges is None or len(edges) > 1 else float(edges[0]), dataset
    )
    if image.dim == axes and looks_grey(image.labels) and len(np.unique(image.labels)) > _MANY:
        remedy = f"nmc-mesh segment {path} -o labels.tif" if image.dim == 3 else "such as in ImageJ"
        raise InputError(f"{path} holds grey values, not labels; segment it first: {remedy}")
    return image
