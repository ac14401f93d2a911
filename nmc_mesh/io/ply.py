"""PLY, binary: vertices in double precision, triangles with the grains on both sides.

The properties of a face are ``vertex_indices``, ``lower_grain`` and ``higher_grain`` (0: outside).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nmc_mesh.files import written
from nmc_mesh.mesh.surfaces import SurfaceMesh
from nmc_mesh.typing import Floats, Ints

_CORNERS = [("count", "u1"), ("corners", "<i4", 3)]


def write_ply(path: Path, surface: SurfaceMesh) -> None:
    """Write every triangle of a surface once, with its two grains.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    with written(path) as beside:
        beside.name(path).write_bytes(
            ply_bytes(surface.points, surface.triangles, path.stem, surface.grains)
        )


def ply_bytes(points: Floats, triangles: Ints, title: str, grains: Ints | None = None) -> bytes:
    """Bytes of a file; with ``grains`` (k, 2) every face names its two."""
    names = [] if grains is None else ["lower_grain", "higher_grain"]
    faces = np.zeros(len(triangles), dtype=_CORNERS + [(name, "<i4") for name in names])
    faces["count"] = 3
    faces["corners"] = triangles
    for k, name in enumerate(names):
        faces[name] = grains[:, k]  # type: ignore[index]
    head = [
        "ply",
        "format binary_little_endian 1.0",
        f"comment nmc_mesh {title}, um",
        f"element vertex {len(points)}",
        *(f"property double {axis}" for axis in "xyz"),
        f"element face {len(triangles)}",
        "property list uchar int vertex_indices",
        *(f"property int {name}" for name in names),
        "end_header\n",
    ]
    text = "\n".join(head).encode("ascii", "replace")
    return text + np.ascontiguousarray(points, dtype="<f8").tobytes() + faces.tobytes()
