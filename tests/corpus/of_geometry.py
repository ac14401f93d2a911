"""Frozen: labels of points and grids, candidate lists, harmonics, tables of radii.

The labelling is exact, so its bytes may never change; lists of candidates are what the mesher
reads, in their order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nmc_mesh.geometry.candidates import candidates, labels_on_grid
from nmc_mesh.geometry.directions import directions, triangles
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.harmonics import design_matrix, slopes, synthesize
from nmc_mesh.geometry.radius_table import inside, radius_table
from nmc_mesh.geometry.star_shape import StarShape, areas, volumes
from tests.corpus.case import case
from tests.corpus.inputs import (
    at,
    coefficients,
    compass,
    diagram,
    draw,
    flat_diagram,
    star,
    uniform,
)


@case("geometry/labels-of-points", points=100_000)
@case("geometry/labels-of-points-full", short=False, points=1_000_000)
def labels_of_points(points: int) -> Any:
    """Points among and beyond 4,000 seeds, by the tree."""
    return diagram(0, 4000, 8.0).labels(uniform(draw(10), -9.0, 9.0, points, 3))


@case("geometry/labels-of-points-flat")
def labels_in_the_plane() -> Any:
    return flat_diagram(0, 500, 10.0).labels(uniform(draw(11), -11.0, 11.0, 20_000, 2))


@case("geometry/labels-of-ties")
def labels_of_ties() -> Any:
    """Seeds and points on one grid: many equal costs, of which the lowest seed wins."""
    grid = np.stack(np.meshgrid(*[np.arange(6.0)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    ball = GBPD(grid, np.tile(np.eye(3), (len(grid), 1, 1)), np.zeros(len(grid)))
    halves = np.stack(np.meshgrid(*[np.arange(13) * 0.5 - 0.5] * 3, indexing="ij"), axis=-1)
    doubled = GBPD(np.concatenate([grid, grid]), np.tile(np.eye(3), (432, 1, 1)), np.zeros(432))
    points = halves.reshape(-1, 3)
    on_grid = labels_on_grid(ball, np.full(3, -0.5), 0.5, (13, 13, 13))
    return {"one": ball.labels(points), "two": doubled.labels(points), "grid": on_grid}


@case("geometry/labels-of-few")
def labels_of_few() -> Any:
    """One seed, seeds in one plane, seeds of very different matrices."""
    one = diagram(1, 1, 1.0)
    flat = diagram(2, 50, 2.0)
    seeds = flat.seeds.copy()
    seeds[:, 2] = 0.25
    sheet = GBPD(seeds, flat.matrices, flat.offsets)
    far = diagram(3, 200, 3.0, 1000.0, 20.0)
    points = uniform(draw(12), -4.0, 4.0, 5000, 3)
    return {
        "one": one.labels(points),
        "sheet": sheet.labels(points),
        "sheet_grid": labels_on_grid(sheet, np.full(3, -3.0), 0.25, (24, 24, 24)),
        "far": far.labels(points),
        "far_grid": labels_on_grid(far, np.full(3, -4.0), 0.25, (32, 32, 32)),
    }


@case("geometry/labels-on-grid", shape=(70, 50, 45))
@case("geometry/labels-on-grid-full", short=False, shape=(300, 200, 180))
def labels_of_grid(shape: tuple[int, ...]) -> Any:
    """More than a slab of planes, spacings that differ, shapes that are no multiple of a box."""
    return labels_on_grid(diagram(0, 4000, 8.0), at(-9.0, -5.0, -4.0), at(0.125, 0.15, 0.11), shape)


@case("geometry/labels-on-grid-flat")
def labels_of_flat_grid() -> Any:
    return labels_on_grid(flat_diagram(1, 300, 8.0), at(-9.0, -8.5), at(0.11, 0.13), (150, 131))


@case("geometry/costs")
def costs() -> Any:
    """Every cost of a few points."""
    points = uniform(draw(13), -3.0, 3.0, 40, 3)
    whole, flat = diagram(4, 60, 3.0), flat_diagram(2, 60, 3.0)
    return {
        "space": whole.costs(points[:, None], np.arange(60)),
        "plane": flat.costs(points[:, None, :2], np.arange(60)),
    }


@case("geometry/tree", depends="machine")
def tree() -> Any:
    """The search tree: what each of its kernels reads; its least eigenvalues come from LAPACK."""
    return diagram(4, 777, 5.0).tree


@case("geometry/candidates")
def candidate_lists() -> Any:
    """Boxes of a grain, of several, and smaller ones, with and without slack."""
    whole = diagram(5, 2000, 6.0)
    corners = np.full(3, -5.0), np.array([5.0, 4.0, 3.3])
    return {
        "coarse": candidates(whole, *corners, 2.5),
        "middle": candidates(whole, *corners, 1.0),
        "slack": candidates(whole, *corners, 1.0, 0.5),
        "fine": candidates(whole, *corners, 0.4, 0.05),
        "flat": candidates(flat_diagram(3, 400, 8.0), at(-8.0, -7.0), at(8.0, 8.0), 0.9, 0.2),
        "single": candidates(diagram(6, 1, 1.0), np.full(3, -1.0), np.full(3, 1.0), 0.5),
    }


@case("geometry/harmonics")
def harmonics() -> Any:
    """Harmonics of low and high degree, their sums."""
    way = np.concatenate([compass(12), uniform(draw(14), -1.0, 1.0, 5000, 3)])
    return {
        "design": design_matrix(way[:1500], 9),
        "high": design_matrix(way[:100], 25),
        "least": design_matrix(way[:10], 0),
        "sum": synthesize(coefficients(1, 2.0, 0.4, 9), way),
    }


@case("geometry/slopes", depends="machine")
def harmonic_slopes() -> Any:
    return dict(
        zip(("polar", "azimuth"), slopes(uniform(draw(17), -1.0, 1.0, 400, 3), 9), strict=True)
    )


@case("geometry/directions")
def spread_directions() -> Any:
    """The vertices and triangles of a subdivided icosahedron."""
    return {"directions": directions(3), "triangles": triangles(3)}


@case("geometry/radius-table")
def tables() -> Any:
    """Tables of radii, and which points lie inside: near the surface the harmonics are asked."""
    found = {}
    for degree in (0, 3, 9):
        shell = star(degree, 2.0, 0.4, degree)
        table = radius_table(shell)
        points = uniform(draw(15, degree), -2.5, 2.5, 20_000, 3)
        way = compass(10)
        edge = way * (shell.radius(way) / np.sqrt((way * way).sum(axis=1)))[:, None]
        points = np.concatenate([points, edge * (1.0 + 1e-6), edge * (1.0 - 1e-6), edge])
        found[f"degree_{degree}"] = {"table": table, "inside": inside(shell, table, points)}
    return found


@case("geometry/star-shape", depends="machine")
def star_shapes() -> Any:
    """Volume, area and farthest radius of star shapes."""
    many = np.stack([coefficients(k, 1.0 + 0.1 * k, 0.4, 9) for k in range(20)])
    shapes = [StarShape(row) for row in many]
    return {
        "volumes": volumes(many),
        "areas": areas(many),
        "farthest": np.array([shape.max_radius for shape in shapes]),
        "diameters": np.array([shape.equivalent_diameter for shape in shapes]),
    }


@case("geometry/radial-diagram", depends="sampling")
def radial_diagram() -> Any:
    """Diagrams whose first axes point to the origin, in space and in the plane."""
    rng = draw(16)
    seeds = uniform(rng, -5.0, 5.0, 1000, 3)
    seeds[0] = 0.0
    seeds[1] = -2.0, 0.0, 0.0
    diagonals = uniform(rng, 1.0, 9.0, 1000, 3)
    offsets = uniform(rng, 0.0, 1.0, 1000)
    angles = uniform(rng, 0.0, 3.0, 1000)
    return {
        "space": GBPD.radial(seeds, diagonals, angles, offsets).rows,
        "plane": GBPD.radial(seeds[:, :2], diagonals[:, :2], None, offsets).rows,
    }
