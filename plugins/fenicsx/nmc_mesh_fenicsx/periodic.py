"""Nodes a period apart as one: what dolfinx_mpc, or an elimination of one's own, needs of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nmc_mesh_fenicsx.versions import cells_to_dofs, cells_to_nodes


class Constraint(NamedTuple):
    """Every slave is its master, in the order of arguments of dolfinx_mpc's ``add_constraint``.

    Attributes
    ----------
    slaves
        Dofs of this rank that are slaves, its ghosts too: local numbers, (k,), int32.
    masters
        Their masters: global numbers, (k,), int64.
    coefficients
        1 for each, (k,).
    owners
        Ranks that own the masters, (k,), int32.
    offsets
        0, 1 ... k: where the masters of each slave begin, int32.
    """

    slaves: Any
    masters: Any
    coefficients: Any
    owners: Any
    offsets: Any


def periodic(particle, space):
    """Pairs of dofs of a space that are one in a periodic mesh, on any number of ranks.

    Parameters
    ----------
    particle
        What ``read`` gave, of a mesh of one period (``nmc-mesh rve``, ``nmc-mesh mesh
        --periodic``), with its tables beside.
    space
        Linear functions on its mesh, with values of any shape.

    Returns
    -------
    Constraint
        For a fluctuation u - G x, G the mean gradient; u itself jumps by G k L from master to
        slave, with k the column ``shift`` of the table ``periodic``.

    Raises
    ------
    ValueError
        If there is no such table, or the space is not linear.
    """
    table = particle.tables.get("periodic")
    if table is None:
        raise ValueError("there is no table of nodes a period apart; write the tables of a period")
    mesh = particle.mesh
    nodes, dofs = cells_to_nodes(mesh), cells_to_dofs(space)
    if nodes.shape != dofs.shape:
        raise ValueError("nodes a period apart are known of linear functions only")
    index_map, size = space.dofmap.index_map, space.dofmap.index_map_bs
    inputs = np.asarray(mesh.geometry.input_global_indices)
    # Local dof of every node of the file that this rank has, and its global number.
    known, first = np.unique(inputs[nodes.ravel()], return_index=True)
    local = dofs.ravel()[first].astype(np.int32)
    own = np.asarray(index_map.local_to_global(local))
    owned = local < index_map.size_local
    parts = mesh.comm.allgather((known[owned], own[owned]))
    ranks = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    names, numbers = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((numbers, names))
    home = known.copy()
    at = np.minimum(np.searchsorted(known, table["slave"]), len(known) - 1)
    here = known[at] == table["slave"]
    home[at[here]] = table["master"][here]
    # Where the border touches itself in a node alone, DOLFINx (0.5) may have that node twice, on
    # two ranks: the copies are slaves of the first.
    place = order[np.searchsorted(names[order], home)]
    slaves = np.flatnonzero(numbers[place] != own)
    slaves = slaves[np.argsort(local[slaves])]  # a rank's own come first, its ghosts last
    masters, owners = numbers[place[slaves]], ranks[place[slaves]]
    part = np.arange(size)
    rows = (size * local[slaves][:, None] + part).ravel()
    return Constraint(
        rows.astype(np.int32),
        (size * masters[:, None] + part).ravel().astype(np.int64),
        np.ones(len(rows)),
        np.repeat(owners, size).astype(np.int32),
        np.arange(len(rows) + 1, dtype=np.int32),
    )
