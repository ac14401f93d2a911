"""PLY: vertices in double precision, triangles, with the grains on both sides where they have two.

The properties of a face are ``vertex_indices`` and, of labelled surfaces, ``lower_grain`` and
``higher_grain`` (0: outside). These are text: meshio reads no binary faces with numbers beside
their corners. Surfaces of single grains have none and are binary.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nmc_mesh.files import written
from nmc_mesh.io.text import lines_of_places, write_whole
from nmc_mesh.mesh.surfaces import SurfaceMesh
from nmc_mesh.typing import Floats, Ints

_FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


def write_ply(path: Path, surface: SurfaceMesh) -> None:
    """Write every triangle of a surface once, with its two grains.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    names = ["lower_grain", "higher_grain"]
    head = _head("ascii", surface.points, surface.triangles, path.stem, names)
    three = np.full(len(surface.triangles), 3, dtype=np.int32)
    with written(path) as beside, beside.name(path).open("wb") as file:
        file.write(head)
        file.writelines(line.encode() for line in lines_of_places(surface.points))
        write_whole(file, np.column_stack([three, surface.triangles, surface.grains]))


def ply_bytes(points: Floats, triangles: Ints, title: str) -> bytes:
    """Bytes of a binary file of bare triangles."""
    faces = np.zeros(len(triangles), dtype=_FACE)
    faces["count"] = 3
    faces["corners"] = triangles
    places = np.ascontiguousarray(points, dtype="<f8").tobytes()
    return _head("binary_little_endian", points, triangles, title, []) + places + faces.tobytes()


def _head(form: str, points: Floats, triangles: Ints, title: str, names: list[str]) -> bytes:
    lines = [
        "ply",
        f"format {form} 1.0",
        f"comment nmc_mesh {title}, um",
        f"element vertex {len(points)}",
        *(f"property double {axis}" for axis in "xyz"),
        f"element face {len(triangles)}",
        "property list uchar int vertex_indices",
        *(f"property int {name}" for name in names),
        "end_header\n",
    ]
    return "\n".join(lines).encode("ascii", "replace")
