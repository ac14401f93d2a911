"""Virtual battery-cathode particles, from microscope image to finite-element mesh.

Conventions, fixed once for every room, function and file:

Units
    Lengths are micrometres (um), areas um^2, volumes um^3, angles radians.
Axes
    Points are (x, y, z); arrays of labels are indexed [x, y, z]. An image stack whose first axis
    is the slice (TIFF, HDF5) is turned when it is read. Voxel (i, j, k) is centred at
    origin + (i, j, k) * spacing.
Orientations
    Unit quaternions (w, x, y, z), scalar first; q takes a vector from the crystal's frame to the
    sample's: v_sample = q v_crystal q*. q and -q are the same orientation. The crystal's z is its c
    axis, its x lies along a; the Laue group is -3m (space group R-3m).
Labels
    0 is outside; grains are 1 ... n. Seeds of a tessellation are rows 0 ... n - 1.
Tags in files
    Ids start at 1 and are unique across dimensions. Blocks of cells are ``grain_00001`` (or one
    ``particle``), facets are ``outer_surface`` and ``grain_00001_grain_00002`` (or one
    ``grain_boundary``), then ``triple_lines`` and ``quadruple_points``.
Facets
    Know the grains on both sides as (lower, higher), (grain, 0) on the outer surface; the
    right-hand normal points from the first to the second, so outwards on the outer surface.
Randomness
    Comes in as a seed or ``numpy.random.Generator``; the same seed gives the same bytes on any
    number of threads.

The names below load on first use, so that ``import nmc_mesh`` itself costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh as CohesiveMesh
    from nmc_mesh.cohesive.splitting import split_boundaries as split_boundaries
    from nmc_mesh.crystal.library import list_materials as list_materials
    from nmc_mesh.crystal.library import load_material as load_material
    from nmc_mesh.crystal.material import Material as Material
    from nmc_mesh.ebsd.read import read_scan as read_scan
    from nmc_mesh.ebsd.scan import EbsdScan as EbsdScan
    from nmc_mesh.ebsd.section import Section as Section
    from nmc_mesh.ebsd.section import section_of_labels as section_of_labels
    from nmc_mesh.ebsd.section import section_of_scan as section_of_scan
    from nmc_mesh.errors import NmcMeshError as NmcMeshError
    from nmc_mesh.geometry.gbpd import GBPD as GBPD
    from nmc_mesh.geometry.label_image import LabelImage as LabelImage
    from nmc_mesh.geometry.star_shape import StarShape as StarShape
    from nmc_mesh.grains.fit_section import fit_section as fit_section
    from nmc_mesh.grains.fit_volume import fit_volume as fit_volume
    from nmc_mesh.grains.model import GrainModel as GrainModel
    from nmc_mesh.io import read as read
    from nmc_mesh.io import write as write
    from nmc_mesh.io.images import read_labels as read_labels
    from nmc_mesh.io.particle import read_particle as read_particle
    from nmc_mesh.io.particle import write_particle as write_particle
    from nmc_mesh.io.surfaces import write_surface as write_surface
    from nmc_mesh.mesh.hex_mesh import HexMesh as HexMesh
    from nmc_mesh.mesh.hexes import voxel_mesh as voxel_mesh
    from nmc_mesh.mesh.surfaces import SurfaceMesh as SurfaceMesh
    from nmc_mesh.mesh.tet_mesh import TetMesh as TetMesh
    from nmc_mesh.mesh.validate import validate as validate
    from nmc_mesh.mesher.second_order import second_order as second_order
    from nmc_mesh.mesher.surface import surface_mesh as surface_mesh
    from nmc_mesh.mesher.tetrahedralize import tetrahedralize as tetrahedralize
    from nmc_mesh.parallel import set_threads as set_threads
    from nmc_mesh.particle.from_labels import fit_particle as fit_particle
    from nmc_mesh.particle.model import ParticleModel as ParticleModel
    from nmc_mesh.particle.model import list_models as list_models
    from nmc_mesh.particle.model import load_model as load_model
    from nmc_mesh.particle.particle import Particle as Particle
    from nmc_mesh.particle.voxelize import voxelize as voxelize
    from nmc_mesh.pipeline import generate as generate
    from nmc_mesh.plot import picture as picture
    from nmc_mesh.shell.model import ShellModel as ShellModel

_HOMES = {
    "CohesiveMesh": "cohesive.cohesive_mesh",
    "EbsdScan": "ebsd.scan",
    "GBPD": "geometry.gbpd",
    "GrainModel": "grains.model",
    "HexMesh": "mesh.hex_mesh",
    "LabelImage": "geometry.label_image",
    "Material": "crystal.material",
    "NmcMeshError": "errors",
    "Particle": "particle.particle",
    "ParticleModel": "particle.model",
    "Section": "ebsd.section",
    "ShellModel": "shell.model",
    "StarShape": "geometry.star_shape",
    "SurfaceMesh": "mesh.surfaces",
    "TetMesh": "mesh.tet_mesh",
    "fit_particle": "particle.from_labels",
    "fit_section": "grains.fit_section",
    "fit_volume": "grains.fit_volume",
    "generate": "pipeline",
    "list_materials": "crystal.library",
    "list_models": "particle.model",
    "load_material": "crystal.library",
    "load_model": "particle.model",
    "picture": "plot",
    "read": "io",
    "read_labels": "io.images",
    "read_particle": "io.particle",
    "read_scan": "ebsd.read",
    "second_order": "mesher.second_order",
    "section_of_labels": "ebsd.section",
    "section_of_scan": "ebsd.section",
    "set_threads": "parallel",
    "split_boundaries": "cohesive.splitting",
    "surface_mesh": "mesher.surface",
    "tetrahedralize": "mesher.tetrahedralize",
    "validate": "mesh.validate",
    "voxel_mesh": "mesh.hexes",
    "voxelize": "particle.voxelize",
    "write": "io",
    "write_particle": "io.particle",
    "write_surface": "io.surfaces",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Load a public name, or ``__version__``, when it is first asked for (PEP 562)."""
    if name == "__version__":
        return import_module("importlib.metadata").version("nmc-mesh")
    if name not in _HOMES:
        raise AttributeError(f"module 'nmc_mesh' has no attribute {name!r}")
    value = getattr(import_module(f"nmc_mesh.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
