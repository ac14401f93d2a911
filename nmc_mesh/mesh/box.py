"""The faces of the box that an image is: whether a mesh that they cut off ends exactly on them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

_NEAR, _PIT = 0.02, 0.5  # mean edge lengths of the outer surface
_ULPS = 4  # what sums of the origin and the voxels may round by


class OffBox(NamedTuple):
    """Nodes that belong on a face of the box and are not there; the largest distance in um."""

    nodes: Ints
    farthest: float


def off_box(mesh: TetMesh) -> OffBox | None:
    """Find nodes of the outer surface that belong on a face of ``mesh.info["box"]`` and are off it.

    Those are nodes that lie beyond the box; nodes within 0.02 edge lengths of a face; and vertices
    within half of one all of whose neighbours on the surface are exactly on that face: pits and
    spikes. Other nodes are of a surface inside the image, where a grain ends at label 0.

    Returns
    -------
    OffBox or None
        None if the mesh knows of no box.

    Examples
    --------
    >>> from nmc_mesh.mesh.box import off_box
    >>> image = nmc_mesh.LabelImage(np.ones((3, 3, 3), int), spacing=0.5)
    >>> off_box(nmc_mesh.tetrahedralize(image, size=0.5)).nodes.tolist()
    []
    """
    box = _known(mesh)
    if box is None:
        return None
    facets = mesh.facets[mesh.outer]
    corners = facets[:, :3]
    step = float(
        np.linalg.norm(mesh.points[corners] - mesh.points[np.roll(corners, 1, 1)], axis=2).mean()
    )
    rounding = _ULPS * np.finfo(np.float64).eps * np.abs(box).max()
    off = np.zeros(len(mesh.points))
    on_surface = np.zeros(len(mesh.points), dtype=np.bool_)
    on_surface[facets.ravel()] = True
    for side in range(2):
        for axis in range(3):
            beyond = (mesh.points[:, axis] - box[side, axis]) * (1 if side else -1)
            away = np.abs(beyond)
            on = away <= rounding
            flat = _surrounded(corners, on)
            wrong = (beyond > 0) | (away < _NEAR * step) | (flat & (away < _PIT * step))
            wrong &= on_surface & ~on
            off[wrong] = np.maximum(off[wrong], away[wrong])
    nodes = np.flatnonzero(off).astype(np.int32)
    return OffBox(nodes, float(off.max(initial=0.0)))


def _known(mesh: TetMesh) -> Floats | None:
    """Return the corners of the box, (2, 3); None if there is none, or what a file says is none."""
    try:
        box = np.asarray(mesh.info.get("box"), dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return box if box.shape == (2, 3) and np.isfinite(box).all() and mesh.outer.any() else None


def _surrounded(corners: AnyArray, on: Bools) -> Bools:
    """Whether all other vertices of the facets at a vertex are on a face."""
    missing = (~on[corners]).astype(np.int64)
    others = missing.sum(axis=1, keepdims=True) - missing
    count = np.zeros(len(on), dtype=np.int64)
    np.add.at(count, corners, others)
    seen = np.zeros(len(on), dtype=np.bool_)
    seen[corners.ravel()] = True
    return np.asarray(seen & (count == 0))
