"""Read particles of nmc_mesh into DOLFINx: mesh, tags, grains, tables; meshes of some grains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from dolfinx import fem
from dolfinx.io import XDMFFile
from mpi4py import MPI

from nmc_mesh_fenicsx.versions import cells_of_submesh, cells_to_dofs, function_space


class Particle(NamedTuple):
    """A particle on all ranks of a communicator.

    Attributes
    ----------
    mesh, cell_tags, facet_tags
        DOLFINx's own.
    grain
        DG0 function that holds the label of every cell, whatever the layout of the tags.
    names
        (dimension, id) of a group by its name: ``names["outer_surface"]``.
    tables
        The tables ``grains``, ``boundaries`` and ``facets`` by column; empty where they were not
        written.
    orientations
        Quaternion (w, x, y, z) from crystal to particle of label k in row k - 1; None where the
        particle has no crystals. Every rank holds them all, as it does the tables.
    phases
        Labels of every phase beside grains, by its name.
    """

    mesh: Any
    cell_tags: Any
    facet_tags: Any
    grain: Any
    names: dict[str, tuple[int, int]]
    tables: dict[str, dict[str, Any]]
    orientations: Any
    phases: dict[str, Any]


def read(path, comm=MPI.COMM_WORLD):
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
    ValueError
        If an .h5 file is none of nmc_mesh.
    """
    path = Path(path)
    second = path.with_name(f"{path.stem}_facets.xdmf")
    for file in (path, second, path.with_suffix(".h5"), second.with_suffix(".h5")):
        if not file.is_file():
            raise FileNotFoundError(f"{file} is missing; write the particle again, as .xdmf")
    labels, names, orientations, phases = _of_cells(path.with_suffix(".h5"))
    with XDMFFile(comm, str(path), "r") as file:
        mesh = file.read_mesh(name="Grid")
        cell_tags = file.read_meshtags(mesh, name="Grid")
    mesh.topology.create_connectivity(2, 3)
    mesh.topology.create_connectivity(3, 2)
    with XDMFFile(comm, str(second), "r") as file:
        facet_tags = file.read_meshtags(mesh, name="Grid")
    grain = fem.Function(function_space(mesh, "DG", 0), name="grain_id")
    cells = np.asarray(mesh.topology.original_cell_index)
    grain.x.array[cells_to_dofs(grain.function_space)[:, 0]] = labels[cells]
    tables = _tables(path)
    if orientations is None:
        orientations = _of_table(tables.get("grains", {}))
    return Particle(mesh, cell_tags, facet_tags, grain, names, tables, orientations, phases)


def _of_cells(path):
    """Labels in the order of the file, groups by name, orientations by label, labels by phase."""
    with h5py.File(path, "r") as file:
        if "grain_id" not in file or "groups" not in file:
            raise ValueError(f"{path} is no particle of nmc_mesh; write it again, as .xdmf")
        labels, part = file["grain_id"][()], file["groups"]
        words = [name.decode() for name in part["name"][()]]
        tags = zip(part["dim"][()].tolist(), part["id"][()].tolist(), strict=True)
        note = json.loads(bytes(file["info"][()])) if "info" in file else {}
    turns = note.get("orientations")
    phases = {
        name: np.concatenate([np.arange(first, last + 1) for first, last in runs])
        for name, runs in note.get("phases", {}).items()
    }
    turns = None if turns is None else np.array(turns)
    return labels, dict(zip(words, tags, strict=True)), turns, phases


def _of_table(table):
    """Orientations by label from the table of grains, where older files have them."""
    if "orientation" not in table:
        return None
    if table["orientation"].shape != (len(table["id"]), 4):
        raise ValueError("the table of grains lacks orientations; write it again")
    orientations = np.full((int(table["id"].max()), 4), np.nan)
    orientations[table["id"] - 1] = table["orientation"]
    return orientations


def _tables(path):
    place = path.with_name(f"{path.stem}_tables.h5")
    if not place.is_file():
        return {}
    with h5py.File(place, "r") as file:
        return {
            name: {column: values[()] for column, values in table.items()}
            for name, table in file.items()
        }


def submesh(particle, labels):
    """Make the mesh of some grains, of one phase say, and the cells that it was cut from.

    Parameters
    ----------
    particle
        What ``read`` gave.
    labels
        Labels of the grains.

    Returns
    -------
    tuple
        The mesh of DOLFINx, and for every cell of it, ghosts too, the cell of ``particle.mesh``.
    """
    dofs = cells_to_dofs(particle.grain.function_space)[:, 0]
    cells = np.flatnonzero(np.isin(particle.grain.x.array[dofs], labels)).astype(np.int32)
    return cells_of_submesh(particle.mesh, cells)
