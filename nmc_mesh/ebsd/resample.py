"""From any grid to square pixels."""

from __future__ import annotations

import numpy as np

from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.typing import Ints


def on_square_grid(scan: EbsdScan, labels: Ints) -> LabelImage:
    """Return the labels of a map's points as an image with square pixels.

    A hexagonal grid, or one with two different steps, is resampled: a pixel takes the label of the
    nearest point of the map, so no label is invented, and has the area of a cell of the map.

    Parameters
    ----------
    scan
        The map.
    labels
        A label per point, shape (nx, ny).
    """
    if not scan.hexagonal and np.isclose(scan.step[0], scan.step[1], rtol=1e-3):
        return LabelImage(labels, scan.step, scan.origin)
    from scipy.spatial import cKDTree

    pitch = float(np.sqrt(scan.step.prod()))
    points = scan.points()
    lower, upper = points.min(axis=(0, 1)), points.max(axis=(0, 1))
    shape = np.floor((upper - lower) / pitch + 1e-6).astype(int) + 1
    places = lower + pitch * np.moveaxis(np.indices(shape), 0, -1).reshape(-1, 2)
    nearest = cKDTree(points.reshape(-1, 2)).query(places)[1]
    return LabelImage(labels.ravel()[nearest].reshape(shape), pitch, lower)
