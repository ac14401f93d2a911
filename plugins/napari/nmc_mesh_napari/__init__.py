"""Labels in, tetrahedral mesh out: what the manifest ``napari.yaml`` offers in napari.

napari's axes are (z, y, x), those of nmc_mesh (x, y, z). The scale of a layer is taken as the edge
lengths of a voxel in micrometres, its translation as the centre of the first voxel.

Annotations make the widget: magicgui looks up those in quotes when napari asks for it, the others
must be what they say.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import nmc_mesh
from nmc_mesh.errors import InputError

if TYPE_CHECKING:
    import napari.layers
    import napari.types

__all__ = ["mesh_labels", "mesh_of", "write_mesh"]


def mesh_labels(
    labels: "napari.layers.Labels", size: float = 0.0, file: Path = Path()
) -> "napari.types.LayerDataTuple":
    """Mesh a layer of labels; its boundaries become a layer, the mesh a file where one is named.

    Parameters
    ----------
    labels
        Layer of three dimensions; 0 is outside.
    size
        Edge length in um; 0 takes a quarter of a grain, at most two voxels.
    file
        Where to write the tetrahedra; the ending chooses the format. Empty: nowhere.

    Returns
    -------
    tuple
        Vertices (z, y, x), triangles and the grain of every vertex; a name; "surface".

    Raises
    ------
    nmc_mesh.NmcMeshError
        If the labels cannot be meshed, or the file not be written.
    """
    mesh = mesh_of(labels.data, {"scale": labels.scale, "translate": labels.translate}, size)
    if file.name:
        nmc_mesh.write(file, mesh)
    # Grains meet at a vertex, but a vertex of napari has one value: each triangle has its own.
    vertices = mesh.points[mesh.facets].reshape(-1, 3)[:, ::-1]
    triangles = np.arange(len(vertices)).reshape(-1, 3)
    grains = np.repeat(mesh.facet_grains.max(axis=1), 3).astype(np.float32)
    shown = {"name": f"{labels.name} mesh", "colormap": "turbo", "shading": "flat"}
    return (vertices, triangles, grains), shown, "surface"


def write_mesh(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write the tetrahedral mesh of a layer of labels: "Save selected layers" of napari.

    Parameters
    ----------
    path
        Where to write; the ending chooses the format.
    data
        Labels, [z, y, x].
    attributes
        Of the layer.

    Returns
    -------
    list of str
        What was written.
    """
    nmc_mesh.write(path, mesh_of(data, attributes))
    return [path]


def mesh_of(data: Any, attributes: dict[str, Any], size: float = 0.0) -> nmc_mesh.TetMesh:
    """Return the mesh of labels [z, y, x] with the ``scale`` and ``translate`` of their layer."""
    labels = np.asarray(data)
    if labels.ndim != 3:
        raise InputError(f"a mesh needs labels of three dimensions, not {labels.ndim}")
    if size < 0:
        raise InputError(f"the size is a length in um, or 0, not {size}")
    scale = np.asarray(attributes.get("scale", np.ones(3)), dtype=float)
    place = np.asarray(attributes.get("translate", np.zeros(3)), dtype=float)
    image = nmc_mesh.LabelImage(labels.transpose(2, 1, 0), scale[::-1], place[::-1])
    return nmc_mesh.tetrahedralize(image, size or None)
