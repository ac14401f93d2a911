"""From triangles to pixels of a shaded picture, an octant cut away or nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.plot.paint import Paint, paint
from nmc_mesh.plot.raster import rasterize
from nmc_mesh.plot.scene import Scene, scene
from nmc_mesh.typing import Floats, Ints

FINE = 2
"""Samples per pixel and axis."""

_VIEW = np.array([0.72, 0.52, 0.50])
_LIGHTS = ((np.array([-0.45, 0.75, 0.60]), 0.50), (np.array([0.70, 0.10, 0.60]), 0.30))
_AMBIENT = 0.46
_BLOCK = 8  # samples per cell of the grid on which light from around is reckoned
_BAND = 16  # rows of pixels that are shaded together: their samples stay in the cache
_MARGIN = 0.06
_TALLEST = 1.5  # height over width


def render(mesh: TetMesh, width: int, chosen: Paint | None = None) -> tuple[Floats, float]:
    """Return the picture, shape (height, width, 3) in [0, 1], and its pixels per um."""
    centre = centroid(mesh)
    things = scene(mesh, centre)
    return render_scene(things, (chosen or paint(mesh, "grain")).of(things), width, centre)


def render_scene(
    things: Scene, colors: Floats, width: int, centre: Floats | None, turn: float | None = None
) -> tuple[Floats, float]:
    """Draw triangles.

    Parameters
    ----------
    things, colors
        The triangles, and red, green and blue of each, shape (t, 3).
    width
        Pixels across.
    centre
        Corner of the octant that is cut away, in um, shape (3,); None: all is seen.
    turn
        Angle about z, in radians, by which the viewer has gone around. Pictures with a turn have
        one scale and size, whatever it is.

    Returns
    -------
    image, pixels_per_um
        Shape (height, width, 3) in [0, 1], and a number.
    """
    about = things.triangles.reshape(-1, 3).mean(axis=0) if centre is None else centre
    frame = camera(turn or 0.0)
    flat = things.triangles.reshape(-1, 3) - about
    seen_from = flat @ frame.T
    low, high = seen_from.min(axis=0), seen_from.max(axis=0)
    if turn is not None:
        reach = np.hypot(flat[:, 0], flat[:, 1]).max()
        rise = np.abs(flat[:, 2]).max() * frame[1, 2] + reach * abs(frame[2, 2])
        low, high = np.array([-reach, -rise, low[2]]), np.array([reach, rise, high[2]])
    extent = max(high[0] - low[0], (high[1] - low[1]) / _TALLEST)
    scale = width * FINE * (1 - 2 * _MARGIN) / extent
    fine_height = (high[1] - low[1]) * scale + 2 * _MARGIN * width * FINE
    fine_height = int(fine_height / FINE) * FINE
    columns = (seen_from[:, 0] - (low[0] + high[0]) / 2) * scale + width * FINE / 2
    rows = ((low[1] + high[1]) / 2 - seen_from[:, 1]) * scale + fine_height / 2
    cut = np.full_like(flat, -1.0) if centre is None else flat
    corners = np.column_stack((columns, rows, seen_from[:, 2] * scale, cut)).reshape(-1, 3, 6)
    seen, nearness = rasterize(corners, things.walls, width * FINE, fine_height)
    return _shade(things, colors, frame, seen, nearness), scale / FINE


def centroid(mesh: TetMesh) -> Floats:
    """Centre of mass of the cells, by their corners, in um, shape (3,)."""
    corners = mesh.points[mesh.cells[:, :4]]
    volumes = np.linalg.det(corners[:, 1:] - corners[:, :1])
    middle: Floats = np.average(corners.mean(axis=1), axis=0, weights=volumes)
    return middle


def camera(turn: float = 0.0) -> Floats:
    """Rows: right, up, towards a viewer who has gone around z by an angle."""
    toward = _VIEW / np.linalg.norm(_VIEW)
    right = np.cross([0.0, 0.0, 1.0], toward)
    right /= np.linalg.norm(right)
    frame = np.stack((right, np.cross(toward, right), toward))
    cosine, sine = np.cos(turn), np.sin(turn)
    return frame @ np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def brightness(triangles: Floats, frame: Floats) -> Floats:
    """Light that falls on each triangle, turned to the viewer, shape (t,)."""
    edges = triangles[:, 1:] - triangles[:, :1]
    normals = np.cross(edges[:, 0], edges[:, 1])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    normals *= np.where(normals @ frame[2] < 0, -1.0, 1.0)[:, None]
    light = np.full(len(normals), _AMBIENT)
    for direction, strength in _LIGHTS:
        toward = (direction / np.linalg.norm(direction)) @ frame
        light += strength * np.maximum(normals @ toward, 0.0)
    return light


def _shade(things: Scene, colors: Floats, frame: Floats, seen: Ints, nearness: Floats) -> Floats:
    """Mean colour of the samples of every pixel, a band of rows at a time."""
    height, width = (count // FINE for count in seen.shape)
    solid = seen >= 0
    if not solid.any():
        return np.ones((height, width, 3))
    painted = np.clip(colors * brightness(things.triangles, frame)[:, None], 0, 1)
    # Where nothing is seen, -1 takes the last entry: white.
    palette = np.vstack([painted, np.ones((1, 3))])
    pieces, grains, walls = (
        np.append(values, last).take(seen)
        for values, last in ((things.pieces, -1), (things.grains, 0), (things.walls, -2))
    )
    sky = np.where(solid, open_sky(nearness, solid), 1.0)
    faint = borders(pieces) & solid
    dark = _thick(borders(grains) | borders(walls)) & solid
    image = np.empty((height, width, 3))
    for first in range(0, height, _BAND):
        rows = slice(first * FINE, (first + _BAND) * FINE)
        samples = palette.take(seen[rows], axis=0) * sky[rows, :, None]
        samples[faint[rows]] *= 0.82
        samples[dark[rows]] *= 0.35
        image[first : first + _BAND] = samples.reshape(-1, FINE, width, FINE, 3).mean(axis=(1, 3))
    return image


def open_sky(nearness: Floats, solid: Any) -> Floats:
    """How much of the light around reaches a pixel: less where its surroundings are nearer."""
    depth = np.where(solid, nearness, nearness[solid].min())
    coarse = zoom(depth, 1 / _BLOCK, order=1, grid_mode=True, mode="nearest")
    shade = np.zeros_like(depth)
    for share in (0.01, 0.04):
        reach = share * len(depth)
        lift = gaussian_filter(coarse, reach / _BLOCK)
        lift = zoom(
            lift, np.divide(depth.shape, lift.shape), order=1, grid_mode=True, mode="nearest"
        )
        shade += np.clip((lift - depth) / (2.5 * reach), 0.0, 1.0)
    return 1.0 - 0.25 * shade


def borders(values: Ints) -> Any:
    """Mark the pixels whose right or lower neighbour differs."""
    marked = np.zeros(values.shape, dtype=bool)
    marked[:, :-1] |= values[:, :-1] != values[:, 1:]
    marked[:-1] |= values[:-1] != values[1:]
    return marked


def _thick(marked: Any) -> Any:
    wide = marked.copy()
    wide[:, 1:] |= marked[:, :-1]
    wide[1:] |= marked[:-1]
    return wide
