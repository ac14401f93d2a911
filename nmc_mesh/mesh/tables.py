"""Tables of grains, grain boundaries and facets: what travels beside every mesh."""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import occurring, places_in
from nmc_mesh.errors import MeshError
from nmc_mesh.geometry.phases import GRAIN
from nmc_mesh.mesh.crystals import crystal_columns, disorientation_columns
from nmc_mesh.mesh.curved import curved_moments, facet_integrals
from nmc_mesh.mesh.groups import boundary_pairs
from nmc_mesh.mesh.phases import facet_names
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.products import symmetric_eigen
from nmc_mesh.typing import AnyArray, Floats, Ints

Table = dict[str, AnyArray]
"""Columns by name, all of one length."""


def grain_table(mesh: TetMesh) -> Table:
    """Size, place, shape and surroundings of every grain.

    With V the volume, c the centroid and C = 1/V * integral (x - c)(x - c)^T dV, the axes are
    the eigenvectors of C and their lengths 2 sqrt(5 lambda): the axes of the ellipsoid with the
    same second moments. Moments of a tetrahedron are exact,
    integral x x^T dV = V / 20 (sum_k x_k x_k^T + (sum_k x_k)(sum_k x_k)^T), and so are those of
    second order, which come from the curved facets.

    Raises
    ------
    MeshError
        If a grain has no positive volume.

    Returns
    -------
    dict
        ``id`` (g,); ``volume`` um^3; ``centroid`` (g, 3) um; ``axis_lengths`` (g, 3) um,
        descending; ``axes`` (g, 3, 3), rows are unit vectors, the largest component of each
        positive; ``box`` (g, 3) um, edge lengths of the bounding box of the corners;
        ``neighbours``, number of touching grains; ``outer_area`` um^2, where outside or a fluid is
        beyond; ``touches_outside``. Labels of other phases have no row, and where there are any,
        ``void_area`` um^2 is the wall of voids that a grain has. Where grains are divided into
        lamellae, ``parent`` is the label that stands for the grain (of others their own); where
        there are several particles, ``particle`` is the grain's. If ``mesh.info`` has an entry
        ``orientations`` (row of grain i: i - 1), also ``orientation`` (g, 4), quaternions;
        ``bunge`` (g, 3), Bunge's angles in radians; and ``c_axis`` (g, 3), unit.
    """
    labels, row = occurring(mesh.labels)
    sums, second, boxes = _moments(mesh, row, len(labels))
    grains = mesh.grains
    if len(grains) < len(labels):
        own = np.isin(labels, grains)
        sums, second, boxes = sums[own], second[own], boxes[own]
    if not (sums[:, 0] > 0).all():
        bad = grains[np.flatnonzero(~(sums[:, 0] > 0))[0]]
        raise MeshError(
            f"grain {bad} has no positive volume; look at the mesh with: nmc-mesh check"
        )
    values, vectors = symmetric_eigen(second / sums[:, :1, None])
    axes = vectors[:, ::-1]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=2)[:, :, None], axis=2)
    pairs, _ = boundary_pairs(mesh)
    outer_area = _area_to(mesh, grains, "fluid")
    walls = {"void_area": _area_to(mesh, grains, "void")} if mesh.phases else {}
    table: Table = {
        "id": grains,
        "volume": sums[:, 0],
        "centroid": sums[:, 1:] / sums[:, :1],
        "axis_lengths": 2 * np.sqrt(5 * np.maximum(values[:, ::-1], 0)),
        "axes": axes * np.sign(largest),
        "box": boxes[:, 1] - boxes[:, 0],
        "neighbours": np.bincount(places_in(grains, pairs.ravel()), minlength=len(grains)),
        "outer_area": outer_area,
        "touches_outside": outer_area > 0,
        **walls,
    }
    return table | _owners(mesh, grains) | crystal_columns(mesh, grains)


def _owners(mesh: TetMesh, grains: Ints) -> Table:
    """Columns that say what grains belong to, where the mesh knows."""
    columns: Table = {}
    if mesh.parents:
        own = mesh.parents.of(grains)
        columns["parent"] = np.where(own > 0, own, grains)
    if mesh.particles:
        columns["particle"] = mesh.particles.of(grains)
    return columns


def boundary_table(mesh: TetMesh) -> Table:
    """Area and mean normal of every pair of touching grains.

    n = sum_f A_f n_f / |sum_f A_f n_f|, from the lower to the higher grain.

    Returns
    -------
    dict
        ``lower``, ``higher`` (p,); ``area`` um^2; ``normal`` (p, 3), unit; ``flatness``,
        |sum A_f n_f| / sum A_f, 1 for a plane; ``facets``, how many. If the mesh knows
        orientations, also the columns of `disorientation_columns`: ``disorientation`` in radians,
        ``disorientation_axis`` and ``disorientation_crystal_axis``, unit.
    """
    pairs, pair_of_facet = boundary_pairs(mesh)
    inner = pair_of_facet >= 0
    which = pair_of_facet[inner]
    area, turned = _areas(mesh.points, mesh.facets[inner])
    total = np.bincount(which, area, len(pairs))
    columns = [np.bincount(which, turned[:, k], len(pairs)) for k in range(3)]
    vector = np.stack(columns, axis=1)
    length = np.linalg.norm(vector, axis=1)
    return {
        "lower": pairs[:, 0],
        "higher": pairs[:, 1],
        "area": total,
        "normal": vector / np.where(length > 0, length, 1.0)[:, None],
        "flatness": length / total,
        "facets": np.bincount(which, minlength=len(pairs)),
    } | disorientation_columns(mesh, pairs)


def facet_table(mesh: TetMesh) -> Table:
    """Both sides, area and normal of every facet, so that one-sided sets need no search.

    Returns
    -------
    dict
        ``facet`` (k,), its place in ``mesh.facets``; ``vertices`` (k, 3); ``lower``, ``higher``
        grain (on the outer surface: the grain, and 0); ``lower_cell``, ``higher_cell`` (-1
        outside, and in a void without cells); ``area`` um^2; ``normal`` (k, 3), unit, from lower to
        higher, outwards on the outer surface.
    """
    area, turned = _areas(mesh.points, mesh.facets)
    length = np.linalg.norm(turned, axis=1)
    return {
        "facet": np.arange(len(mesh.facets)),
        "vertices": mesh.facets[:, :3],
        "lower": mesh.facet_grains[:, 0],
        "higher": mesh.facet_grains[:, 1],
        "lower_cell": mesh.facet_cells[:, 0],
        "higher_cell": mesh.facet_cells[:, 1],
        "area": area,
        "normal": turned / np.where(length > 0, length, 1.0)[:, None],
    }


def phase_table(mesh: TetMesh) -> dict[str, dict[str, float]]:
    """Volume of the cells of every phase, um^3, and area of every kind of facets, um^2.

    Returns
    -------
    dict
        ``volume`` by phase, those with cells; ``area`` by the names of
        `nmc_mesh.geometry.phases.facet_name`.

    Examples
    --------
    >>> from nmc_mesh.mesh.tables import phase_table
    >>> phases = nmc_mesh.Phases({"pore": [2]})
    >>> image = nmc_mesh.LabelImage([[[1]], [[2]]], spacing=0.5, phases=phases)
    >>> mesh = nmc_mesh.tetrahedralize(image, size=0.5)
    >>> {name: round(area, 3) for name, area in phase_table(mesh)["area"].items()}
    {'outer_surface': 1.25, 'pore_surface': 0.25}
    """
    labels, row = occurring(mesh.labels)
    sums, _, _ = _moments(mesh, row, len(labels))
    names, row_of = mesh.phases.rows(labels)
    volumes = np.bincount(row_of, sums[:, 0], len(names))
    surfaces, row_of_facet = facet_names(mesh)
    areas = np.bincount(row_of_facet, _areas(mesh.points, mesh.facets)[0], len(surfaces))
    return {
        "volume": {n: float(v) for n, v in zip(names, volumes, strict=True) if v > 0},
        "area": {n: float(a) for n, a in zip(surfaces, areas, strict=True) if a > 0},
    }


def _area_to(mesh: TetMesh, grains: Ints, kind: str) -> Floats:
    """Area of every grain to labels of a kind (outside is with fluids), shape (g,)."""
    sides = mesh.facet_grains
    of_kind = mesh.phases.mask(kind, sides) | ((sides == 0) & (kind == "fluid"))
    of_grain = mesh.phases.mask(GRAIN, sides)
    areas = np.zeros(len(grains))
    for own, other in ((0, 1), (1, 0)):
        facets = of_grain[:, own] & of_kind[:, other]
        area, _ = _areas(mesh.points, mesh.facets[facets])
        areas += np.bincount(places_in(grains, sides[facets, own]), area, len(grains))
    return areas


def _areas(points: Floats, facets: Ints) -> tuple[Floats, Floats]:
    """Area of every facet, (k,), and the integral of its normal, (k, 3)."""
    if facets.shape[1] == 6:
        integrals = facet_integrals(points, facets, np.zeros((len(facets), 3)))
        return integrals[:, 0], integrals[:, 1:4]
    a, b, c = (points[facets[:, k]] for k in range(3))
    turned = 0.5 * np.cross(b - a, c - a)
    return np.linalg.norm(turned, axis=1), turned


def _moments(mesh: TetMesh, row: Ints, count: int) -> tuple[Floats, Floats, Floats]:
    """First and second moments and bounding boxes: (count, 4), (count, 3, 3), (count, 2, 3)."""
    sums, boxes = np.empty((count, 4)), np.empty((count, 2, 3))
    core.first_moments(mesh.points, mesh.cells, row, sums, boxes)
    if mesh.order == 2:
        return *curved_moments(mesh, mesh.labels_there), boxes
    safe = np.where(sums[:, :1] > 0, sums[:, :1], 1.0)
    second = np.empty((count, 3, 3))
    core.second_moments(mesh.points, mesh.cells, row, sums[:, 1:] / safe, second)
    return sums, second, boxes
