"""Meshes: the value, the mesher, tags, tables, quality, validator."""

from nmc_mesh.mesh.mesher import tetrahedralize
from nmc_mesh.mesh.quality import Quality, quality
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import Report, validate

__all__ = ["Quality", "Report", "TetMesh", "quality", "tetrahedralize", "validate"]
