"""Files: one module per format behind one table of readers and writers."""

from nmc_mesh.io.formats import FORMATS, Format, read, write
from nmc_mesh.io.sidecar import read_tables

__all__ = ["FORMATS", "Format", "read", "read_tables", "write"]
