"""The surfaces of what has no mesh yet: meshed first, then its interfaces alone."""

from __future__ import annotations

from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.mesh.surfaces import SurfaceMesh, interfaces
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress, silent


def surface_mesh(
    source: TetMesh | Particle | LabelImage,
    size: float | None = None,
    *,
    progress: Progress = silent,
) -> SurfaceMesh:
    """Take the interfaces of a mesh as a surface; a particle or an image is meshed first.

    Triangles of second order are split in four at their mid-edge nodes.

    Parameters
    ----------
    source
        A mesh, or what is to be meshed by `tetrahedralize`.
    size
        Edge length in um of the mesh to be made.
    progress
        Called with the name of the stage and the share of it that is done.

    Raises
    ------
    InputError
        If a size is given with a mesh; else as `tetrahedralize`.

    Examples
    --------
    >>> image = nmc_mesh.LabelImage(np.ones((3, 3, 3), dtype=np.int32), spacing=0.5)
    >>> surface = nmc_mesh.surface_mesh(image, size=0.5)
    >>> surface.volumes().round(3)
    array([-3.375,  3.375])
    >>> bool(surface.outer.all())
    True
    """
    taken(source, (TetMesh, Particle, LabelImage), "surface_mesh", MAKE_IMAGE)
    if not isinstance(source, TetMesh):
        return interfaces(tetrahedralize(source, size, progress=progress))
    if size is not None:
        raise InputError("a mesh has its size already; give a size with a particle or an image")
    return interfaces(source)
