"""A shaded picture of a mesh with an octant cut away, drawn without a graphics driver."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError, MissingExtraError
from nmc_mesh.files import written
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.plot.paint import Color, Key, Paint, paint
from nmc_mesh.plot.raster import rasterize
from nmc_mesh.plot.scene import Scene, scene
from nmc_mesh.typing import Floats, Ints

PICTURES = (".png", ".jpg", ".jpeg")
"""Endings of pictures of a mesh; the ending chooses the format."""
_QUALITY = {"quality": 92}  # of JPEG
_VIEW = np.array([0.72, 0.52, 0.50])
_LIGHTS = ((np.array([-0.45, 0.75, 0.60]), 0.50), (np.array([0.70, 0.10, 0.60]), 0.30))
_AMBIENT = 0.46
_FINE = 2  # samples per pixel and axis
_BLOCK = 8  # samples per cell of the grid on which light from around is reckoned
_MARGIN = 0.06
_TALLEST = 1.5  # height over width
_BAR_ROOM = 0.08


def picture(
    mesh: TetMesh,
    path: str | os.PathLike[str],
    width: int = 1200,
    color: Color = "grain",
    title: str = "",
) -> None:
    """Draw a mesh, its grains coloured, an octant cut open, with a scale bar.

    Dark lines are grain boundaries, faint ones edges of the mesh: facets on the outer surface, cut
    cells in the three planes through the centre of mass.

    Parameters
    ----------
    mesh
        Any mesh.
    path
        File to write, ``.png``, ``.jpg`` or ``.jpeg``; replaced only when the new one is complete.
    width
        Pixels across, at least 100.
    color
        "grain"; "phase"; "ipf" or "c-axis", how the crystals lie to the radius, with a key; or a
        number per cell, shape (m,), with a colour bar.
    title
        What the numbers are, with their unit.

    Raises
    ------
    InputError
        If it is no mesh of tetrahedra, the extension is another, the width less than 100, or the
        colours have no meaning for this mesh.
    MissingExtraError
        If matplotlib is not installed.
    FileError
        If the file cannot be written.

    Examples
    --------
    >>> image = nmc_mesh.LabelImage(np.ones((3, 3, 3), dtype=np.int32), spacing=0.5)
    >>> mesh = nmc_mesh.tetrahedralize(image, size=0.5)
    >>> nmc_mesh.picture(mesh, "cube.png", width=200)
    >>> from pathlib import Path
    >>> Path("cube.png").read_bytes()[1:4]
    b'PNG'
    """
    taken(mesh, TetMesh, "picture", "mesh it first: tetrahedralize(particle)")
    file = picture_place(path)
    if not (isinstance(width, int) and width >= 100):
        raise InputError(f"a picture needs a width of at least 100 pixels, not {width!r}")
    require_matplotlib()
    chosen = paint(mesh, color, title)
    image, pixels_per_um = render(mesh, width, chosen)
    _save(image, pixels_per_um, file, chosen.key)


def picture_place(path: str | os.PathLike[str]) -> Path:
    """Return the path of a picture; InputError if its ending is none of `PICTURES`."""
    file = Path(path)
    if file.suffix.lower() not in PICTURES:
        raise InputError(
            f"unknown extension '{file.suffix}' of the picture {file}; use one of "
            f"{', '.join(PICTURES)}"
        )
    return file


def render(mesh: TetMesh, width: int, chosen: Paint | None = None) -> tuple[Floats, float]:
    """Return the picture, shape (height, width, 3) in [0, 1], and its pixels per um."""
    centre = _centroid(mesh)
    things = scene(mesh, centre)
    frame = _camera()
    flat = things.triangles.reshape(-1, 3) - centre
    seen_from = flat @ frame.T
    low, high = seen_from.min(axis=0), seen_from.max(axis=0)
    extent = max(high[0] - low[0], (high[1] - low[1]) / _TALLEST)
    scale = width * _FINE * (1 - 2 * _MARGIN) / extent
    fine_height = (high[1] - low[1]) * scale + 2 * _MARGIN * width * _FINE
    fine_height = int(fine_height / _FINE) * _FINE
    columns = (seen_from[:, 0] - (low[0] + high[0]) / 2) * scale + width * _FINE / 2
    rows = ((low[1] + high[1]) / 2 - seen_from[:, 1]) * scale + fine_height / 2
    corners = np.column_stack((columns, rows, seen_from[:, 2] * scale, flat)).reshape(-1, 3, 6)
    seen, nearness = rasterize(corners, things.walls, width * _FINE, fine_height)
    colors = (chosen or paint(mesh, "grain")).of(things)
    image = _shade(things, colors, frame, seen, nearness)
    image = image.reshape(fine_height // _FINE, _FINE, width, _FINE, 3).mean(axis=(1, 3))
    return image, scale / _FINE


def _centroid(mesh: TetMesh) -> Floats:
    corners = mesh.points[mesh.cells[:, :4]]
    volumes = np.linalg.det(corners[:, 1:] - corners[:, :1])
    middle: Floats = np.average(corners.mean(axis=1), axis=0, weights=volumes)
    return middle


def _camera() -> Floats:
    """Rows: right, up, towards the viewer."""
    toward = _VIEW / np.linalg.norm(_VIEW)
    right = np.cross([0.0, 0.0, 1.0], toward)
    right /= np.linalg.norm(right)
    return np.stack((right, np.cross(toward, right), toward))


def _brightness(triangles: Floats, frame: Floats) -> Floats:
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
    painted = np.clip(colors * _brightness(things.triangles, frame)[:, None], 0, 1)

    solid = seen >= 0
    image = np.ones((*seen.shape, 3))
    image[solid] = painted[seen[solid]]
    image[solid] *= _open_sky(nearness, solid)[solid, None]
    pieces = np.where(solid, things.pieces[seen], -1)
    grains = np.where(solid, things.grains[seen], 0)
    walls = np.where(solid, things.walls[seen], -2)
    image[_borders(pieces) & solid] *= 0.82
    image[_thick(_borders(grains) | _borders(walls)) & solid] *= 0.35
    return image


def _open_sky(nearness: Floats, solid: Any) -> Floats:
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


def _borders(values: Ints) -> Any:
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


def require_matplotlib() -> None:
    """Raise `MissingExtraError` if the package that writes pictures is not installed."""
    if find_spec("matplotlib") is None:
        raise MissingExtraError("matplotlib", "drawing a picture", "viz")


def _save(image: Floats, pixels_per_um: float, path: Path, key: Key | None) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height, width = image.shape[:2]
    room = int(_BAR_ROOM * width)
    figure = Figure(figsize=(width / 100, (height + room) / 100), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(np.concatenate((image, np.ones((room, width, 3)))), interpolation="nearest")
    axes.set_axis_off()
    length = _round_length(width / pixels_per_um / 5)
    left, right = 0.05 * width, 0.05 * width + length * pixels_per_um
    row = height + 0.25 * room
    axes.plot([left, right], [row, row], color="0.15", linewidth=width / 240)
    style = {"color": "0.15", "fontsize": width / 60, "ha": "center", "va": "top"}
    axes.text((left + right) / 2, row + 0.15 * room, f"{length:g} µm", **style)
    if key is not None:
        _draw_key(axes, key, width, height, room)
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height + room - 0.5, -0.5)
    with written(path) as beside:
        figure.savefig(beside.name(path), format=path.suffix.lower()[1:], pil_kwargs=_QUALITY)


def _draw_key(axes: Any, key: Key, width: int, height: int, room: int) -> None:
    """Draw the key at the lower right: its image, the words at its places, the title beside."""
    tall, wide = key.image.shape[:2]
    high = 0.65 * room if tall > 1 else 0.22 * room
    long = high * wide / tall if tall > 1 else 0.2 * width
    left = (0.88 if tall > 1 else 0.93) * width - long
    bottom = height + (0.8 if tall > 1 else 0.45) * room
    box = (left, left + long, bottom, bottom - high)
    axes.imshow(key.image, extent=box, interpolation="bilinear", aspect="auto", zorder=3)
    style = {"color": "0.15", "fontsize": width / 75}
    for x, y, word in key.words:
        side = "right" if x < 0.25 and tall > 1 else "left" if x > 0.75 and tall > 1 else "center"
        corner = (left + x * long, bottom - y * high)
        axes.text(*corner, word, ha=side, va="center" if tall > 1 else "top", **style)
    gap = (0.05 if tall > 1 else 0.03) * width
    axes.text(left - gap, bottom - high / 2, key.title, ha="right", va="center", **style)


def _round_length(length: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not longer."""
    power = 10.0 ** np.floor(np.log10(length))
    return float(max(step * power for step in (1, 2, 5) if step * power <= length))


def grid(mesh: TetMesh) -> Any:
    """Return the mesh as a ``pyvista.UnstructuredGrid`` with the cell array ``grain_id``.

    Parameters
    ----------
    mesh
        Any mesh.

    Raises
    ------
    MissingExtraError
        If pyvista is not installed.
    """
    try:
        import pyvista
    except ImportError as error:
        raise MissingExtraError("pyvista", "an interactive view", "viz") from error
    kind = pyvista.CellType.TETRA if mesh.order == 1 else pyvista.CellType.QUADRATIC_TETRA
    result = pyvista.UnstructuredGrid({kind: mesh.cells}, mesh.points)
    result.cell_data["grain_id"] = mesh.labels
    return result
