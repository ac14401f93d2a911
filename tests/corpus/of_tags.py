"""Frozen: what is read off meshes: tags, tables, quality, distances, groups, surfaces, voxels.

Most start from small meshes made by hand, so that they tell of themselves and not of the mesher.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.closed import closed_surfaces, rims
from nmc_mesh.mesh.coloring import proper_coloring
from nmc_mesh.mesh.curved import curved_moments, facet_integrals, jacobians
from nmc_mesh.mesh.groups import Blocks, Boundaries, Group, boundary_pairs, groups
from nmc_mesh.mesh.hexes import sides_of_facets, voxel_mesh
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import Table, boundary_table, facet_table, grain_table
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.accuracy import boundary_distances
from nmc_mesh.mesher.certificate import compared_topology, proven_distances, proven_way_back
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.surface import surface_mesh
from nmc_mesh.mesher.topology import Topology
from nmc_mesh.typing import Ints
from tests.corpus.case import case, kept, series
from tests.corpus.inputs import at, clipped_particle, draw, grain_image, quaternions, whole_particle
from tests.corpus.of_meshes import mesh_of, quadratic
from tests.meshes import lattice, voronoi

OF_LINALG = ("axes", "axis_lengths", "bunge", "c_axis", "orientation")
OF_ANGLES = ("disorientation", "disorientation_axis", "disorientation_crystal_axis")


@kept
def stairs(number: int) -> TetMesh:
    """Grains with staircase borders, which touch themselves along edges."""
    return voronoi(6 + 4 * number, 5 + number, seed=number)


@kept
def bent(number: int) -> TetMesh:
    """The same with ten nodes per cell, those in the middle of edges moved a little."""
    plain = second_order(stairs(number))
    points = plain.points.copy()
    first = len(stairs(number).points)
    points[first:] += 0.03 * (draw(60, number).random((len(points) - first, 3)) - 0.5)
    return TetMesh(
        points,
        plain.cells,
        plain.labels,
        plain.facets,
        plain.facet_grains,
        plain.facet_cells,
        plain.edges,
        plain.quadruple_points,
        plain.info,
    )


@kept
def turned(number: int) -> TetMesh:
    """Grains with orientations."""
    mesh = stairs(number)
    turns = quaternions(draw(61, number), int(mesh.labels.max()))
    return tagged(mesh.points, mesh.cells, mesh.labels, {"orientations": turns})


@series("tags/tagged", 4, short=2)
def tags(number: int) -> Any:
    """Facets, triple lines and quadruple points of labels at random."""
    points, cells = lattice(4 + 2 * number)
    a, b, c, d = (points[cells[:, k]] for k in range(4))
    volume = ((b - a) * np.cross(c - a, d - a)).sum(axis=1)
    cells = cells.astype(np.int32)
    cells[volume < 0, :2] = cells[volume < 0, 1::-1]
    labels = draw(62, number).integers(1, 6 + 20 * number, len(cells))
    return tagged(points, cells, labels)


@series("tags/second-order", 3, short=2)
def second_order_tags(number: int) -> Any:
    """Nodes in the middle of edges, in cells, facets and triple lines."""
    mesh = second_order(stairs(number))
    return {"mesh": mesh, "again": tagged(mesh.points, mesh.cells, mesh.labels)}


@series("tags/groups", 3, short=2)
def named_groups(number: int) -> Any:
    """Every layout of groups, and colours of grains."""
    mesh = stairs(number)
    pairs, pair_of_facet = boundary_pairs(mesh)
    layouts: tuple[tuple[Blocks, Boundaries], ...] = (
        ("auto", "auto"),
        ("grain", "pairs"),
        ("color", "one"),
        ("single", "none"),
    )
    found = {f"{one}_{two}": joined(groups(mesh, one, two)) for one, two in layouts}
    colors = proper_coloring(pairs, int(mesh.labels.max()) + 1)
    return {**found, "pairs": pairs, "of_facet": pair_of_facet, "colors": colors}


def joined(found: list[Group]) -> Any:
    """Put groups into one table."""
    return {
        "dims": np.array([group.dim for group in found]),
        "ids": np.array([group.id for group in found]),
        "sizes": np.array([len(group.entities) for group in found]),
        "entities": np.concatenate([group.entities for group in found]),
        "names": "\n".join(group.name for group in found),
    }


def tables_of(mesh: TetMesh) -> dict[str, Table]:
    """All tables of a mesh."""
    return {
        "grains": grain_table(mesh),
        "boundaries": boundary_table(mesh),
        "facets": facet_table(mesh),
    }


@series("tags/tables", 3, short=2)
def plain_tables(number: int) -> Any:
    """Volumes, places, areas, normals: all columns but those of eigenvectors."""
    return {
        name: {key: column for key, column in table.items() if key not in OF_LINALG}
        for name, table in tables_of(stairs(number)).items()
    }


@series("tags/tables-whole", 3, short=2)
def whole_tables(number: int) -> Any:
    """All columns, with orientations."""
    return tables_of(turned(number))


@series("tags/tables-curved", 3, short=2)
def curved_tables(number: int) -> Any:
    """Tables of curved cells: by Gauss's rule, whose points are eigenvalues."""
    return tables_of(bent(number))


@series("tags/curved", 3, short=2)
def curved_cells(number: int) -> Any:
    """Bounds of Jacobians."""
    return jacobians(bent(number))


@series("tags/integrals", 3, short=2)
def curved_integrals(number: int) -> Any:
    """Integrals over curved facets, moments of what they enclose."""
    mesh = bent(number)
    origins = np.zeros((len(mesh.facets), 3)) + [0.1, -0.2, 0.3]
    return {
        "facets": facet_integrals(mesh.points, mesh.facets, origins),
        "moments": curved_moments(mesh, mesh.labels_there),
    }


@series("tags/quality", 3, short=2)
def shapes(number: int) -> Any:
    """Volumes and radius ratios, of cells of any shape."""
    found = quality(crumpled(number))
    return {"volume": found.volume, "radius_ratio": found.radius_ratio}


@series("tags/quality-angles", 3, short=2)
def angles(number: int) -> Any:
    """Dihedral angles: arc cosines."""
    found = quality(crumpled(number))
    return {"smallest": found.smallest_angle, "largest": found.largest_angle}


def crumpled(number: int) -> TetMesh:
    """Cells between points at random, thin ones and inverted ones among them."""
    rng = draw(63, number)
    points = rng.random((50, 3))
    cells: Ints = np.stack([rng.permutation(50)[:4] for _ in range(400)]).astype(np.int32)
    a, b, c, d = cells[0]
    points[d] = points[a] + points[b] - points[c]
    none = np.empty((0, 3), np.int32)
    pairs, ones = none[:, :2], np.ones(len(cells), np.int32)
    return TetMesh(points, cells, ones, none, pairs, pairs, pairs, none[:, 0])


@series("tags/accuracy-whole", 4, short=2)
def accuracy_of_whole(number: int) -> Any:
    """How far facets lie from the boundaries, straight and curved."""
    particle = whole_particle(number)
    return {
        "straight": boundary_distances(mesh_of("whole", number), particle),
        "curved": boundary_distances(quadratic("whole", number), particle),
    }


@series("tags/accuracy-clipped", 4, short=1)
def accuracy_of_clipped(number: int) -> Any:
    return boundary_distances(mesh_of("clipped", number), clipped_particle(number))


@series("tags/proven-whole", 2, short=1)
def proven_of_whole(number: int) -> Any:
    """Bounds of the distances of facets, straight and curved, and back; the labels that meet."""
    particle, mesh = whole_particle(number), mesh_of("whole", number)
    return {
        "straight": proven_distances(mesh, particle),
        **proven_way_back(mesh, particle)._asdict(),
        "curved": proven_distances(quadratic("whole", number), particle),
        **sets(compared_topology(mesh, particle)),
    }


@series("tags/proven-clipped", 2, short=1)
def proven_of_clipped(number: int) -> Any:
    particle, mesh = clipped_particle(number), mesh_of("clipped", number)
    return {
        "straight": proven_distances(mesh, particle),
        **proven_way_back(mesh, particle)._asdict(),
        **sets(compared_topology(mesh, particle)),
    }


def sets(found: Topology) -> dict[str, Ints]:
    """Sets of labels in order, filled up with -1."""
    kinds = {"exact": found.exact, "missing": found.missing, "undecided": found.undecided}
    return {
        name: np.array([(*labels, -1, -1)[:4] for labels in sorted(kind)], dtype=np.int32).reshape(
            -1, 4
        )
        for name, kind in kinds.items()
    }


@series("tags/validated", 2, short=1)
def validated(number: int) -> Any:
    """The report on a mesh, straight and curved."""
    return {
        "straight": validate(mesh_of("whole", number)),
        "curved": validate(quadratic("whole", number)),
    }


@series("tags/surfaces", 3, short=2)
def surfaces(number: int) -> Any:
    """Labelled surfaces, closed surfaces of grains with pinched edges doubled."""
    surface = surface_mesh(stairs(number))
    return {
        "all": surface,
        "outer": surface.part("outer"),
        "quarters": surface_mesh(bent(number)),
        "rims": rims(surface),
        "closed": {
            str(grain): {"points": points, "triangles": triangles}
            for grain, points, triangles in closed_surfaces(surface)
        },
        "holes": rims(surface.part("boundaries")),
    }


@series("tags/cohesive", 3, short=2)
def split(number: int) -> Any:
    """Boundaries of staircases opened: all of them, and a few."""
    mesh, curved = stairs(number), bent(number)
    pairs = boundary_pairs(mesh)[0]
    return {
        "all": split_boundaries(mesh),
        "some": split_boundaries(mesh, pairs[::3]),
        "curved": split_boundaries(curved),
        "curved_some": split_boundaries(curved, pairs[::4]),
    }


@case("tags/split-by-angle")
def split_by_angle() -> Any:
    return split_boundaries(turned(1), "angle:30-75deg").wedge_facets


@series("tags/hexes", 3, short=2)
def hexes(number: int) -> Any:
    """Hexahedra of a blob, of a full image, of noise, and of one voxel."""
    noise = draw(66, number).integers(0, 4, (9 + number, 8, 7))
    blob = voxel_mesh(grain_image(70 + number, (12, 14, 10), 6, 1))
    return {
        "blob": blob,
        "sides": sides_of_facets(blob.cells[blob.facet_cells[:, 0]], blob.facets),
        "full": voxel_mesh(grain_image(70 + number, (9, 7, 8), 6, 0)),
        "noise": voxel_mesh(LabelImage(noise, at(0.1, 0.2, 0.3))),
        "one": voxel_mesh(LabelImage(np.ones((1, 1, 1), np.int32), 0.5)),
    }
