"""Read particles of nmc_mesh into DOLFINx: mesh, tags, grains, tables, and sides of boundaries.

One file, to be imported or copied; it needs DOLFINx (0.5 to 0.10) and h5py, but not nmc_mesh.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import ufl
from dolfinx import fem
from dolfinx.io import XDMFFile


class Particle(NamedTuple):
    """A particle on all ranks of a communicator.

    ``mesh``, ``cell_tags`` and ``facet_tags`` are DOLFINx's; ``grain`` is a DG0 function that holds
    the label of every cell, whatever the layout of the tags; ``names`` maps a group's name to its
    (dimension, id); ``tables`` holds the tables ``grains``, ``boundaries`` and ``facets`` by
    column, and is empty where they were not written.
    """

    mesh: Any
    cell_tags: Any
    facet_tags: Any
    grain: Any
    names: dict[str, tuple[int, int]]
    tables: dict[str, dict[str, Any]]


def read_particle(path, comm):
    """Read ``particle.xdmf``, with what stands beside it, on the ranks of a communicator.

    Beside it stand ``particle_facets.xdmf``, an .h5 for each, and, for the tables,
    ``particle_tables.h5``. Every rank holds its share of the mesh and the whole of the tables.

    Parameters
    ----------
    path
        The .xdmf file of the cells.
    comm
        An MPI communicator.

    Returns
    -------
    Particle

    Raises
    ------
    FileNotFoundError
        If a file of the mesh is missing; the message names it.
    """
    path = Path(path)
    second = path.with_name(f"{path.stem}_facets.xdmf")
    for file in (path, second, path.with_suffix(".h5"), second.with_suffix(".h5")):
        if not file.is_file():
            raise FileNotFoundError(f"{file} is missing; write the particle again, as .xdmf")
    with XDMFFile(comm, str(path), "r") as file:
        mesh = file.read_mesh(name="Grid")
        cell_tags = file.read_meshtags(mesh, name="Grid")
    mesh.topology.create_connectivity(2, 3)
    mesh.topology.create_connectivity(3, 2)
    with XDMFFile(comm, str(second), "r") as file:
        facet_tags = file.read_meshtags(mesh, name="Grid")
    with h5py.File(path.with_suffix(".h5"), "r") as file:
        labels = file["grain_id"][()][np.asarray(mesh.topology.original_cell_index)]
        part = file["groups"]
        names = [name.decode() for name in part["name"][()]]
        tags = zip(part["dim"][()].tolist(), part["id"][()].tolist(), strict=True)
        groups = dict(zip(names, tags, strict=True))
    return Particle(mesh, cell_tags, facet_tags, _grain(mesh, labels), groups, _tables(path))


def _grain(mesh, labels):
    make = getattr(fem, "functionspace", None) or fem.FunctionSpace
    grain = fem.Function(make(mesh, ("DG", 0)), name="grain_id")
    dofs = grain.function_space.dofmap.list
    grain.x.array[np.ravel(getattr(dofs, "array", dofs))] = labels
    return grain


def _tables(path):
    place = path.with_name(f"{path.stem}_tables.h5")
    if not place.is_file():
        return {}
    with h5py.File(place, "r") as file:
        return {
            name: {column: values[()] for column, values in table.items()}
            for name, table in file.items()
        }


def lower(value, particle):
    """Restrict a value on grain boundaries to the side of the lower grain, for use with ``dS``.

    DOLFINx may take either side of a facet as '+'; the facet table of nmc_mesh has an order: the
    lower grain comes first, and the normal ``lower(FacetNormal(mesh), particle)`` points from it to
    the higher one.

    Parameters
    ----------
    value
        An expression of UFL, of any shape.
    particle
        What ``read_particle`` gave.
    """
    first = _first(particle)
    return first * value("+") + (1 - first) * value("-")


def higher(value, particle):
    """Restrict a value on grain boundaries to the side of the higher grain: see ``lower``."""
    first = _first(particle)
    return (1 - first) * value("+") + first * value("-")


def _first(particle):
    """Return 1 where '+' is the side of the lower grain, else 0."""
    return ufl.conditional(ufl.lt(particle.grain("+"), particle.grain("-")), 1.0, 0.0)


def sides(particle, tag):
    """Both sides of the facets of a grain boundary, in the order of the facet table.

    Parameters
    ----------
    particle
        What ``read_particle`` gave.
    tag
        Id of a group of facets between grains.

    Returns
    -------
    numpy.ndarray
        Lower cell, local facet in it, higher cell, local facet in it: shape (n, 4), int32, one row
        per facet that this rank owns. From DOLFINx 0.7 on, ``ufl.Measure("dS", mesh,
        subdomain_data=[(tag, sides(particle, tag).ravel())])`` has the lower grain on its '+' side.
    """
    topology = particle.mesh.topology
    to_cells, to_facets = topology.connectivity(2, 3), topology.connectivity(3, 2)
    labels = particle.grain.x.array
    dofs = particle.grain.function_space.dofmap.cell_dofs
    owned = topology.index_map(2).size_local
    rows = []
    for facet in particle.facet_tags.indices[particle.facet_tags.values == tag]:
        cells = to_cells.links(facet)
        if facet < owned and len(cells) == 2:
            ordered = sorted(cells, key=lambda cell: labels[dofs(cell)[0]])
            local = [int(np.flatnonzero(to_facets.links(cell) == facet)[0]) for cell in ordered]
            rows.append((ordered[0], local[0], ordered[1], local[1]))
    return np.array(rows, dtype=np.int32).reshape(-1, 4)
