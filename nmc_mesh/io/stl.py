"""STL, binary: bare triangles in single precision, each with its normal.

The two bytes after every triangle are 0. Corners that are one vertex stay equal, bit for bit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nmc_mesh.files import written
from nmc_mesh.mesh.surfaces import SurfaceMesh
from nmc_mesh.typing import Floats, Ints

_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])


def write_stl(path: Path, surface: SurfaceMesh) -> None:
    """Write every triangle of a surface once.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    with written(path) as beside:
        beside.name(path).write_bytes(stl_bytes(surface.points, surface.triangles, path.stem))


def stl_bytes(points: Floats, triangles: Ints, title: str) -> bytes:
    """Bytes of a file whose head starts with a title."""
    records = np.zeros(len(triangles), dtype=_RECORD)
    corners = points[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1)
    records["normal"] = normal / np.where(length > 0, length, 1.0)[:, None]
    records["corners"] = corners
    # "solid" at the start would pass for a text file.
    head = f"nmc_mesh {title}, um".encode("ascii", "replace")[:80].ljust(80)
    return head + np.uint32(len(triangles)).tobytes() + records.tobytes()
