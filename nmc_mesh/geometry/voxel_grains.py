"""The table of what a label image holds, counted on its voxels."""

from __future__ import annotations

import numpy as np

from nmc_mesh.arrays import occurring
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.phases import GRAIN
from nmc_mesh.typing import AnyArray


def voxel_grains(image: LabelImage) -> dict[str, AnyArray]:
    """Return the table of the grains of an image, a row per grain that occurs.

    Returns
    -------
    dict
        ``id`` (g,); ``volume`` um^3, of all voxels (um^2 in the plane); ``centroid`` (g, dim) um,
        the mean of their centres.

    Examples
    --------
    >>> import numpy as np
    >>> from nmc_mesh import LabelImage
    >>> image = LabelImage(np.array([[0, 2, 2], [0, 0, 2]]), 0.5, (0, 0))
    >>> {name: values.round(3).tolist() for name, values in voxel_grains(image).items()}
    {'id': [2], 'volume': [0.75], 'centroid': [[0.167, 0.833]]}
    """
    there, row = occurring(image.labels.ravel())
    counts = np.bincount(row)
    grain = image.phases.mask(GRAIN, there)
    sums = np.empty((image.dim, len(counts)))
    for axis, length in enumerate(image.labels.shape):
        shape = [1] * image.dim
        shape[axis] = length
        index = np.arange(length, dtype=np.float64).reshape(shape)
        sums[axis] = np.bincount(row, np.broadcast_to(index, image.labels.shape).ravel())
    middle = sums[:, grain] / counts[grain]
    return {
        "id": there[grain],
        "volume": counts[grain] * image.voxel_volume,
        "centroid": image.origin + image.spacing * middle.T,
    }
