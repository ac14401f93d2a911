"""Second order: a node in the middle of every edge, on the exact boundary where there is one.

Mid-edge nodes of a boundary solve F_A = F_B, those of a triple line F_A = F_B = F_C, by the Newton
steps of ``project`` from the chord's middle: along the normal. Chords cut corners by L^2 / (8 R);
quadratic arcs do so to a higher order, so volumes and distances gain two orders of L. Cells that
would come out inverted, or nearly so, get their arcs flattened.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.curved import bound_jacobians
from nmc_mesh.mesh.edges import number_edges
from nmc_mesh.mesh.tagging import beyond_of, tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.accuracy import edge_length
from nmc_mesh.mesher.field import exact_field
from nmc_mesh.numerics.products import dot
from nmc_mesh.parallel import for_chunks
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Bools, Floats, Ints

CHUNK = 1 << 14
FLAT = 0.2
"""Least det J of a cell, as a share of its straight one."""
REACH = 0.25
"""Farthest that a node moves off its chord, in lengths of the chord."""
CREASE = 0.05
"""Two cells outside are equally near an end if closer to equal than this share of the edge."""
LEAST = 0.1
"""A share of the way at or below this is none."""


def second_order(mesh: TetMesh, source: Particle | LabelImage | None = None) -> TetMesh:
    """Put a node in the middle of every edge of a mesh, on the exact boundaries of a particle.

    Nodes inside a grain are midpoints. Nodes on a boundary of a particle solve F_A = F_B, on a
    triple line F_A = F_B = F_C (quadrics: Eq. 8 of doi 10.1038/s43246-024-00728-5), unless that is
    farther from the midpoint than a quarter of the edge: the mesh has another local topology there.
    Of cells whose Jacobian could fall below a fifth of the straight one, the nodes are taken back
    by halves, at last to the midpoint; so every cell is proved positive (see ``curved``).

    The boundaries of a label image stay straight: their triangles already keep the volumes of the
    voxels, and curved ones would not.

    Parameters
    ----------
    mesh
        A mesh of first order.
    source
        What was meshed; None: all nodes are midpoints.

    Returns
    -------
    TetMesh
        The same cells with ten nodes in VTK order, facets with six, triple lines with three; the
        vertices keep their numbers. ``info`` has a table ``second_order``: how many nodes are
        ``curved``, ``flattened`` (part of the way or all of it, for the sake of the cells), and
        ``straight`` although they lie on a boundary.

    Raises
    ------
    InputError
        If the mesh is of second order already, or has cracks and shall be curved.

    Examples
    --------
    Straight edges cut off a part of a ball; curved ones end on its surface.

    >>> ball, diagram = nmc_mesh.StarShape.ball(1.0), nmc_mesh.GBPD([[0, 0, 0]], [np.eye(3)], [0])
    >>> particle = nmc_mesh.Particle(ball, diagram, [0], surface="shell")
    >>> mesh = nmc_mesh.tetrahedralize(particle, size=0.5)
    >>> curved = nmc_mesh.second_order(mesh, particle)
    >>> curved.info["second_order"]
    {'curved': 324, 'flattened': 0, 'straight': 0}
    >>> def farthest(mesh):
    ...     return abs(np.linalg.norm(mesh.points[mesh.facets], axis=2) - 1).max()
    >>> straight = nmc_mesh.second_order(mesh)
    >>> round(float(farthest(straight)), 3), round(float(farthest(curved)), 3)  # um
    (0.024, 0.0)
    """
    taken(mesh, TetMesh, "second_order")
    if source is not None:
        taken(source, (Particle, LabelImage), "second_order", "it is what the mesh was made from")
    if mesh.order == 2:
        raise InputError("the mesh is of second order already")
    if isinstance(source, Particle) and mesh.cracked.any():
        raise InputError("the two sides of a crack would curve apart; crack it afterwards")
    number, ends = number_edges(np.asarray(mesh.cells), len(mesh.points))
    middles = 0.5 * (mesh.points[ends[:, 0]] + mesh.points[ends[:, 1]])
    points = np.concatenate([mesh.points, middles])
    cells = np.hstack([mesh.cells, number + np.int32(len(mesh.points))])
    straight = tagged(points, cells, mesh.labels, mesh.info, beyond_of(mesh))
    # Straight edges of an image's mesh hold the volumes of its voxels already.
    if not isinstance(source, Particle):
        return replace(straight, info=_facts(mesh, 0, 0, 0))
    nodes, names, count = _labels_of_nodes(straight, source)
    source = source.bare()
    middle_ends = ends[nodes - len(mesh.points)]
    target, on_boundary = _project(straight, source, nodes, middle_ends, names, count)
    moved = nodes[on_boundary]
    share = _unfold(points, cells, moved, target[on_boundary])
    curved = int((share > 0).sum())
    facts = _facts(mesh, curved, int((share < 1).sum()), len(nodes) - curved)
    return replace(straight, points=points, info=facts)


def check_order(order: int) -> None:
    """Refuse an order of the cells that is neither 1 nor 2."""
    if order not in (1, 2):
        raise InputError(f"the order of the cells is 1 or 2, not {order!r}")


def of_order(
    mesh: TetMesh, order: int, source: Particle | LabelImage, progress: Progress = silent
) -> TetMesh:
    """Return a straight mesh as one of the order that is asked for."""
    if order == 1:
        return mesh
    progress("second order", 0.0)
    curved = second_order(mesh, source)
    progress("second order", 1.0)
    return curved


def _facts(mesh: TetMesh, curved: int, flattened: int, straight: int) -> dict[str, Any]:
    table = {"curved": curved, "flattened": flattened, "straight": straight}
    return {**mesh.info, "order": 2, "second_order": table}


def _labels_of_nodes(mesh: TetMesh, particle: Particle) -> tuple[Ints, Ints, Ints]:
    """Mid-edge nodes on boundaries, the labels that meet there, and how many: (n,), (n, 4), (n,).

    Labels stand in descending order, so 0 (outside) comes last.
    """
    facets, sides = mesh.facets, mesh.facet_grains
    if particle.n_labels > len(
        particle.kept
    ):  # coating and around are outside; theirs stay straight
        sides = np.where(sides > len(particle.kept), 0, sides)
        facets, sides = facets[sides[:, 0] > 0], sides[sides[:, 0] > 0]
    nodes = np.repeat(facets[:, 3:].reshape(-1), 2).astype(np.int64)
    labels = np.repeat(sides, 3, axis=0).reshape(-1).astype(np.int64)
    # Node and label in one number; labels count down from 2^31 - 1, so that they come out
    # descending.
    codes = np.unique((nodes << 32) | (0x7FFFFFFF - labels))
    node, label = codes >> 32, 0x7FFFFFFF - (codes & 0xFFFFFFFF)
    first = np.flatnonzero(np.diff(node, prepend=-1))
    count = np.diff(first, append=len(node))
    names = np.zeros((len(first), 4), dtype=np.int32)
    rank = np.arange(len(node)) - np.repeat(first, count)
    # There is room for four labels; ``count`` tells of more.
    fits = rank < 4
    names[np.repeat(np.arange(len(first)), count)[fits], rank[fits]] = label[fits]
    return node[first].astype(np.int32), names, count.astype(np.int32)


def _project(
    mesh: TetMesh, particle: Particle, nodes: Ints, ends: Ints, names: Ints, count: Ints
) -> tuple[Floats, Bools]:
    """Places of the nodes on the boundaries, and which of them were found."""
    size = edge_length(mesh)
    lower, upper = particle.bounds()
    # Room for nodes beyond the particle's box, and lists that are complete for a node's whole way.
    field = exact_field(particle, lower - 4.0 * size, upper + 4.0 * size, size, slack=2.0 * size)
    target = mesh.points[nodes]
    corners = np.array(mesh.points[ends])
    on_boundary = np.zeros(len(nodes), dtype=np.bool_)
    for_chunks(
        len(nodes),
        CHUNK,
        lambda i, j: core.move_nodes(
            field, corners, names, count, REACH, CREASE, i, j, target, on_boundary
        ),
    )
    return target, on_boundary


def _unfold(points: Floats, cells: Ints, nodes: Ints, target: Floats) -> Floats:
    """Move nodes to their places, or part of the way, so that every cell stays well above 0.

    ``points`` is changed. Returns the share of the way that every node went, shape (n,).
    """
    share = np.ones(len(nodes))
    middle = points[nodes]
    row = np.full(len(points), -1, dtype=np.int32)
    row[nodes] = np.arange(len(nodes), dtype=np.int32)
    points[nodes] = target
    # Cells of straight edges alone are positive already.
    touched = cells[(row[cells[:, 4:]] >= 0).any(axis=1)]
    active = touched
    # Ends: every turn halves a share or sets it to 0, and all zeros are the straight mesh.
    while len(active):
        bad = active[_least(points, active) < FLAT * _straight(points, active)]
        rows = np.unique(row[bad[:, 4:]])
        rows = rows[(rows >= 0) & (share[rows] > 0)]
        share[rows] = np.where(share[rows] > LEAST, 0.5 * share[rows], 0.0)
        points[nodes[rows]] = middle[rows] + share[rows, None] * (target[rows] - middle[rows])
        # A node that goes back a little may unfold one cell and fold another at the same edge.
        changed = np.zeros(len(points), dtype=np.bool_)
        changed[nodes[rows]] = True
        active = touched[changed[touched[:, 4:]].any(axis=1)]
    return share


def _least(points: Floats, cells: Ints) -> Floats:
    """Lower bound of det J of every cell, shape (m,)."""
    bounds = np.empty((len(cells), 3))
    bound_jacobians(points, cells, bounds)
    return bounds[:, 0]


def _straight(points: Floats, cells: Ints) -> Floats:
    """Six times the volume of the cells with straight edges."""
    a = points[cells[:, 0]]
    u, v, w = (points[cells[:, k]] - a for k in (1, 2, 3))
    return dot(np.cross(u, v), w)
