"""The public names and their homes, for type checkers and for what loads them on first use."""

from .cohesive.cohesive_mesh import CohesiveMesh as CohesiveMesh
from .cohesive.splitting import split_boundaries as split_boundaries
from .crystal.library import list_materials as list_materials
from .crystal.library import load_material as load_material
from .crystal.material import Material as Material
from .ebsd.read import read_scan as read_scan
from .ebsd.scan import EbsdScan as EbsdScan
from .errors import NmcMeshError as NmcMeshError
from .geometry.gbpd import GBPD as GBPD
from .geometry.label_image import LabelImage as LabelImage
from .geometry.star_shape import StarShape as StarShape
from .grains.fit_section import fit_section as fit_section
from .grains.fit_volume import fit_volume as fit_volume
from .grains.model import GrainModel as GrainModel
from .io import read as read
from .io import write as write
from .io.images import read_labels as read_labels
from .io.label_images import write_labels as write_labels
from .io.particle import read_particle as read_particle
from .io.particle import write_particle as write_particle
from .io.surfaces import write_surface as write_surface
from .mesh.hex_mesh import HexMesh as HexMesh
from .mesh.hexes import voxel_mesh as voxel_mesh
from .mesh.surfaces import SurfaceMesh as SurfaceMesh
from .mesh.tet_mesh import TetMesh as TetMesh
from .mesh.validate import validate as validate
from .mesher.certificate import certify as certify
from .mesher.second_order import second_order as second_order
from .mesher.surface import surface_mesh as surface_mesh
from .mesher.tetrahedralize import tetrahedralize as tetrahedralize
from .parallel import set_threads as set_threads
from .particle.from_labels import fit_particle as fit_particle
from .particle.model import ParticleModel as ParticleModel
from .particle.model import list_models as list_models
from .particle.model import load_model as load_model
from .particle.particle import Particle as Particle
from .particle.voxelize import voxelize as voxelize
from .pipeline import generate as generate
from .plot import picture as picture
from .sections.find import section_of_labels as section_of_labels
from .sections.find import section_of_scan as section_of_scan
from .sections.section import Section as Section
from .shell.model import ShellModel as ShellModel

__version__: str
