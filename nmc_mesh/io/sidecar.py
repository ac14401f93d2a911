"""Tables beside a mesh: ``particle.json`` and ``particle_tables.h5``.

The JSON file holds conventions, provenance, quality, the names of all groups, and the tables of
grains and boundaries by column; the HDF5 file the same tables and the table of facets, and of a
periodic mesh the table of pairs of nodes (``periodic``: master, slave, shift).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from nmc_mesh.files import contents, hdf5, written
from nmc_mesh.io.notes import plain
from nmc_mesh.mesh.groups import Group
from nmc_mesh.mesh.periodic import periodic_pairs
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import Table, boundary_table, facet_table, grain_table, phase_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.stored import opened

CONVENTIONS = {
    "length": "um",
    "angle": "rad",
    "axes": "x, y, z",
    "grains": "1 ... n; 0 is outside",
    "vertices": "counted from 0",
    "normals": "from the lower to the higher grain; outwards on the outer surface",
    "quaternions": "w, x, y, z",
    "crystals": "z along c, x along a; Laue group -3m",
}


def tables_path(path: Path) -> Path:
    """Place of the HDF5 file that belongs to a JSON file of tables."""
    return path.with_name(f"{path.stem}_tables.h5")


def write_sidecar(path: Path, mesh: TetMesh, groups: list[Group]) -> None:
    """Write the tables of grains, boundaries and facets.

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    small = {"grains": grain_table(mesh), "boundaries": boundary_table(mesh)}
    several = mesh.phases or mesh.parents or mesh.particles
    phases = {"phases": phase_table(mesh)} if several else {}
    document = {
        "conventions": CONVENTIONS,
        "info": mesh.info,
        "counts": {
            "points": len(mesh.points),
            "cells": len(mesh.cells),
            "facets": len(mesh.facets),
            "triple_line_edges": len(mesh.edges),
            "quadruple_points": len(mesh.quadruple_points),
        },
        "quality": _quality(mesh),
        "groups": [
            {"dim": group.dim, "id": group.id, "name": group.name, "size": len(group.entities)}
            for group in groups
        ],
        **phases,
        **small,
    }
    large = {**small, "facets": facet_table(mesh)}
    if "period" in mesh.info and mesh.order == 1:
        large["periodic"] = periodic_pairs(mesh)._asdict()
    with written(path) as beside:
        with hdf5(beside.name(tables_path(path))) as file:
            for name, table in large.items():
                for column, values in table.items():
                    file[f"{name}/{column}"] = values
        beside.name(path).write_text(
            json.dumps(document, default=plain, indent=1) + "\n", encoding="utf-8"
        )


def read_tables(path: Path) -> dict[str, Table]:
    """Read the tables ``grains``, ``boundaries`` and ``facets`` (``periodic``) of a JSON file.

    Parameters
    ----------
    path
        The ``.json`` file.

    Raises
    ------
    FileError
        If a file cannot be read.
    """
    contents(path)
    with opened(tables_path(path)) as file:
        return {
            name: {column: table.array(column, kind="any") for column in table}
            for name, table in ((name, file.group(name)) for name in file)
        }


def _quality(mesh: TetMesh) -> dict[str, float]:
    """Least, one-percent, mean and largest values of the shape of the cells."""
    found = quality(mesh)
    return {
        "volume": found.volume.sum(),
        "smallest_dihedral_angle": found.smallest_angle.min(),
        "smallest_dihedral_angle_p1": np.percentile(found.smallest_angle, 1),
        "largest_dihedral_angle": found.largest_angle.max(),
        "smallest_radius_ratio": found.radius_ratio.min(),
        "mean_radius_ratio": found.radius_ratio.mean(),
    }
