"""Meshes without the nodes between their corners."""

from __future__ import annotations

from nmc_mesh.arrays import without_unused
from nmc_mesh.mesh.tagging import beyond_of, tagged
from nmc_mesh.mesh.tet_mesh import TetMesh

_OF_SECOND_ORDER = ("order", "second_order")
"""What ``info`` knows of second-order cells only."""


def first_order(mesh: TetMesh) -> TetMesh:
    """Return the mesh with the four corners of every cell as its only nodes: the way back.

    Grains and what is known of them stay; curved boundaries become plane facets.

    Parameters
    ----------
    mesh
        Of first order, which is returned as it is, or of second.

    Examples
    --------
    >>> image = nmc_mesh.LabelImage(np.ones((3, 3, 3), dtype=np.int32), spacing=0.5)
    >>> mesh = nmc_mesh.tetrahedralize(image, size=0.5)
    >>> from nmc_mesh.mesh.first_order import first_order
    >>> back = first_order(nmc_mesh.second_order(mesh))
    >>> np.array_equal(back.cells, mesh.cells), np.array_equal(back.points, mesh.points)
    (True, True)
    """
    if mesh.order == 1:
        return mesh
    points, cells = without_unused(mesh.points, mesh.cells[:, :4])
    info = {name: value for name, value in mesh.info.items() if name not in _OF_SECOND_ORDER}
    return tagged(points, cells, mesh.labels, info, beyond_of(mesh))
