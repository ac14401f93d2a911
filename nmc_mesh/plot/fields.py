"""Fields in particles: values at nodes on the cut surface, tractions on the boundaries inside."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.errors import InputError
from nmc_mesh.files import written
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.plot.draw import STILLS, picture_place, require_matplotlib
from nmc_mesh.plot.raster import rasterize
from nmc_mesh.plot.render import FINE, borders, brightness, camera, centroid, open_sky
from nmc_mesh.plot.scene import scene
from nmc_mesh.plot.sheet import fit_titles
from nmc_mesh.typing import AnyArray, Floats, Ints


@dataclass(frozen=True, eq=False)
class Panel:
    """Triangles with a value at each corner, seen from the side where an octant is cut away.

    ``triangles`` (t, 3, 3) in um, ``values`` (t, 3), ``walls`` (t,) as in
    :class:`nmc_mesh.plot.scene.Scene`, ``lines`` (t,) ints: dark lines part different ones.
    """

    title: str
    triangles: Floats
    values: Floats
    walls: Ints
    lines: Ints
    centre: Floats


def node_panel(mesh: TetMesh, values: Floats, title: str = "") -> Panel:
    """Show values at the nodes, shape (n,), on the outer surface and in the cut.

    Raises
    ------
    InputError
        If there is not a value for every node.
    """
    if np.shape(values) != (len(mesh.points),):
        raise InputError(f"values have shape {np.shape(values)}, expected ({len(mesh.points)},)")
    centre = centroid(mesh)
    things = scene(mesh, centre)
    outer = ~mesh.inner
    count = int(outer.sum())
    on_walls = things.triangles[count:]
    cells = (things.pieces[count:] - count) % len(mesh.cells)
    corners = mesh.points[mesh.cells[cells, :4]]
    edges = corners[:, 1:] - corners[:, :1]
    local = np.linalg.solve(
        np.swapaxes(edges, 1, 2)[:, None], (on_walls - corners[:, :1])[..., None]
    )
    at = np.asarray(values)[mesh.cells[cells, :4]]
    rise = (at[:, 1:] - at[:, :1])[:, None, :]
    inside = at[:, :1] + (rise * local[..., 0]).sum(axis=2)
    shown = np.concatenate([np.asarray(values)[mesh.facets[outer, :3]], inside])
    return Panel(title, things.triangles, shown, things.walls, things.grains, centre)


def wedge_panel(split: CohesiveMesh, values: Floats, title: str = "") -> Panel:
    """Show values of the wedges, shape (w,), on the opened boundaries, the outer surface left out.

    Raises
    ------
    InputError
        If there is not a value for every wedge.
    """
    count = len(split.wedges)
    if np.shape(values) != (count,):
        raise InputError(f"values have shape {np.shape(values)}, expected ({count},)")
    triangles = split.mesh.points[split.wedges[:, :3]]
    pairs = np.unique(split.wedge_grains, axis=0, return_inverse=True)[1].astype(np.int32)
    walls = np.full(count, -1, dtype=np.int32)
    shown = np.repeat(np.asarray(values, dtype=np.float64)[:, None], 3, axis=1)
    return Panel(title, triangles, shown, walls, pairs.reshape(-1), centroid(split.mesh))


def fields_picture(
    rows: Sequence[tuple[str, tuple[float, float], str, Sequence[Panel]]],
    path: str | os.PathLike[str],
    width: int = 480,
) -> None:
    """Draw panels in rows, each row with its own scale of colours.

    Parameters
    ----------
    rows
        Of each row the name with its unit, the least and largest value, the name of a matplotlib
        colour map, and the panels.
    path
        File to write, ``.png``, ``.jpg`` or ``.jpeg``; replaced only when the new one is complete.
    width
        Pixels across one panel.

    Raises
    ------
    InputError
        If the ending is another.
    MissingExtraError
        If matplotlib is not installed.
    FileError
        If the file cannot be written.
    """
    file = picture_place(path, STILLS)
    require_matplotlib()
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    columns = max(len(panels) for *_, panels in rows)
    size = ((columns * width + 130) / 100, len(rows) * (width + 40) / 100)
    figure = Figure(figsize=size, dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    every = figure.subplots(len(rows), columns, squeeze=False)
    for line, (name, limits, colors, panels) in zip(every, rows, strict=True):
        scale = ScalarMappable(Normalize(*limits), colormaps[colors])
        for axes in line:
            axes.set_axis_off()
        for axes, panel in zip(line, panels, strict=False):
            axes.imshow(rendered(panel, scale, width), interpolation="nearest")
            axes.set_title(panel.title, fontsize=width / 40)
        figure.colorbar(scale, ax=list(line), label=name, shrink=0.8)
    fit_titles(figure, every.ravel())
    with written(file) as beside:
        figure.savefig(beside.name(file), format=file.suffix.lower()[1:])


def rendered(panel: Panel, scale: Any, width: int) -> Floats:
    """Return a panel's pixels, shape (width, width, 3) in [0, 1].

    ``scale`` maps values to colours, as matplotlib's ``ScalarMappable`` does.
    """
    fine = width * FINE
    frame = camera()
    flat = panel.triangles.reshape(-1, 3) - panel.centre
    seen_from = flat @ frame.T
    low, high = seen_from.min(axis=0), seen_from.max(axis=0)
    factor = 0.94 * fine / max((high - low)[:2])
    columns = (seen_from[:, 0] - (low[0] + high[0]) / 2) * factor + fine / 2
    rows = ((low[1] + high[1]) / 2 - seen_from[:, 1]) * factor + fine / 2
    corners = np.column_stack((columns, rows, seen_from[:, 2] * factor, flat)).reshape(-1, 3, 6)
    seen, nearness = rasterize(corners, panel.walls, fine, fine)
    solid = seen >= 0
    image = np.ones((fine, fine, 3))
    visible = seen[solid]
    values = _at_pixels(corners[visible], panel.values[visible], np.argwhere(solid)[:, ::-1])
    bright = 0.6 + 0.4 * brightness(panel.triangles, frame)  # near 1: colours stay readable
    light = bright[visible] * open_sky(nearness, solid)[solid]
    image[solid] = np.clip(scale.to_rgba(values)[:, :3] * light[:, None], 0, 1)
    image[borders(np.where(solid, panel.lines[seen], -1)) & solid] *= 0.45
    return image.reshape(width, FINE, width, FINE, 3).mean(axis=(1, 3))


def _at_pixels(corners: Floats, values: Floats, pixels: AnyArray) -> Floats:
    """Interpolate between the corners of each pixel's triangle."""
    a, b, c = (corners[:, k, :2] for k in range(3))
    u, v, p = b - a, c - a, pixels - a
    area = u[:, 0] * v[:, 1] - v[:, 0] * u[:, 1]
    s = (p[:, 0] * v[:, 1] - v[:, 0] * p[:, 1]) / area
    t = (u[:, 0] * p[:, 1] - p[:, 0] * u[:, 1]) / area
    result: Floats = values[:, 0] * (1 - s - t) + values[:, 1] * s + values[:, 2] * t
    return result
