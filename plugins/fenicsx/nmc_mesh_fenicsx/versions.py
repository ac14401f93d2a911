"""What DOLFINx calls otherwise in 0.5 and in 0.11: the one place that knows."""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from dolfinx.mesh import create_submesh


def function_space(mesh, family, degree, shape=()):
    """Make a space of functions with values of a shape; 0.7 and later take shapes as they are."""
    if hasattr(fem, "functionspace"):
        return fem.functionspace(mesh, (family, degree, shape) if shape else (family, degree))
    if not shape:
        return fem.FunctionSpace(mesh, (family, degree))
    if len(shape) == 1:
        return fem.VectorFunctionSpace(mesh, (family, degree), dim=shape[0])
    return fem.TensorFunctionSpace(mesh, (family, degree), shape=shape)


def degree_of(space):
    """Degree of the polynomials of a space: a method up to 0.6, a property from 0.7 on."""
    element = space.ufl_element()
    degree = getattr(element, "embedded_superdegree", None)
    return element.degree() if degree is None else degree


def cells_to_dofs(space):
    """Dofs of the cells of this rank, ghosts too: a row per cell, blocks count as one.

    A list of lists up to 0.6, an array from 0.7 on.
    """
    return _rows(space.dofmap.list)


def cells_to_nodes(mesh):
    """Nodes of the geometry of the cells of this rank, ghosts too: a row per cell."""
    return _rows(mesh.geometry.dofmap)


def degree_of_mesh(mesh):
    """Degree of the geometry of tetrahedra: two where they have nodes between their vertices."""
    return 1 if cells_to_nodes(mesh).shape[1] == 4 else 2


def _rows(lists):
    return lists.array.reshape(lists.num_nodes, -1) if hasattr(lists, "array") else lists


def cells_of_submesh(mesh, cells):
    """Make the mesh of some cells, and the cell of ``mesh`` for every cell of it.

    The map is an array up to 0.9, an object that turns indices around from 0.10 on.
    """
    part, whole = create_submesh(mesh, mesh.topology.dim, cells)[:2]
    if not hasattr(whole, "sub_topology_to_topology"):
        return part, np.asarray(whole)
    count = part.topology.index_map(part.topology.dim)
    every = np.arange(count.size_local + count.num_ghosts, dtype=np.int32)
    return part, whole.sub_topology_to_topology(every, False)
