"""VTK's .vtp (ParaView, PyVista): triangles with the grains on both sides, compressed binary.

The cell array ``BoundaryLabels`` has the form that VTK's SurfaceNets filters give it: two labels
per triangle, the lower first, outside (0) last. The normal points from the first to the second.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nmc_mesh.files import written
from nmc_mesh.io.vtu import data_array
from nmc_mesh.mesh.surfaces import SurfaceMesh


def write_vtp(path: Path, surface: SurfaceMesh) -> None:
    """Write every triangle of a surface once, with its two grains.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    count = len(surface.triangles)
    parts = [
        '<?xml version="1.0"?>\n<VTKFile type="PolyData" version="1.0" '
        'byte_order="LittleEndian" header_type="UInt64" compressor="vtkZLibDataCompressor">\n'
        f'<PolyData>\n<Piece NumberOfPoints="{len(surface.points)}" NumberOfVerts="0" '
        f'NumberOfLines="0" NumberOfStrips="0" NumberOfPolys="{count}">\n<Points>\n',
        data_array("Points", surface.points),
        "</Points>\n<Polys>\n",
        data_array("connectivity", surface.triangles.reshape(-1)),
        data_array("offsets", np.arange(3, 3 * count + 1, 3, dtype=np.int64)),
        '</Polys>\n<CellData Scalars="BoundaryLabels">\n',
        data_array("BoundaryLabels", surface.grains),
        "</CellData>\n</Piece>\n</PolyData>\n</VTKFile>\n",
    ]
    with written(path) as beside, beside.name(path).open("w", encoding="ascii") as file:
        file.writelines(parts)
