"""Files: one module per format behind one table of readers and writers."""

from nmc_mesh.io.formats import FORMATS, Format, files_of, read, write
from nmc_mesh.io.particle import read_particle, write_particle
from nmc_mesh.io.sidecar import read_tables

__all__ = [
    "FORMATS",
    "Format",
    "files_of",
    "read",
    "read_particle",
    "read_tables",
    "write",
    "write_particle",
]
