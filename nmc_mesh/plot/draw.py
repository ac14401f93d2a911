"""A shaded picture of a mesh with an octant cut away, drawn without a graphics driver."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError, MissingExtraError
from nmc_mesh.files import written
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.plot.paint import Color, Key, Paint, paint
from nmc_mesh.plot.render import camera, centroid, render, render_scene
from nmc_mesh.plot.scene import scene
from nmc_mesh.typing import AnyArray, Floats

PICTURES = (".png", ".jpg", ".jpeg", ".gif")
"""Endings of pictures of a mesh; the ending chooses the format, .gif is a turning movie."""
_WIDTH, _MOVIE_WIDTH = 1200, 480
_FRAMES, _MILLISECONDS, _GIF_COLORS = 36, 100, 255  # ours: 3.6 s, some MB
_QUALITY = {"quality": 92}  # of JPEG
_BAR_ROOM = 0.08


def picture(
    mesh: TetMesh,
    path: str | os.PathLike[str],
    width: int | None = None,
    color: Color = "grain",
    title: str = "",
) -> None:
    """Draw a mesh, its grains coloured, an octant cut open, with a scale bar and axes.

    Dark lines are grain boundaries, faint ones edges of the mesh: facets on the outer surface, cut
    cells in the three planes through the centre of mass.

    Parameters
    ----------
    mesh
        Any mesh.
    path
        File to write, ``.png``, ``.jpg``, ``.jpeg``, or ``.gif``, a movie in which the viewer goes
        around z; replaced only when the new one is complete.
    width
        Pixels across, at least 100; default: 1200, of a movie 480.
    color
        "grain"; "phase", with a legend; "ipf" or "c-axis", how the crystals lie to the radius, with
        a key; or a number per cell, shape (m,), with a colour bar.
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
    movie = file.suffix.lower() == ".gif"
    if width is None:
        width = _MOVIE_WIDTH if movie else _WIDTH
    if not (isinstance(width, int) and width >= 100):
        raise InputError(f"a picture needs a width of at least 100 pixels, not {width!r}")
    require_matplotlib()
    chosen = paint(mesh, color, title)
    if movie:
        _turning(mesh, file, width, chosen)
        return
    image, pixels_per_um = render(mesh, width, chosen)
    _save(_annotated(image, pixels_per_um, chosen.key, camera()), file)


def picture_place(path: str | os.PathLike[str]) -> Path:
    """Return the path of a picture; InputError if its ending is none of `PICTURES`."""
    file = Path(path)
    if file.suffix.lower() not in PICTURES:
        raise InputError(
            f"unknown extension '{file.suffix}' of the picture {file}; use one of "
            f"{', '.join(PICTURES)}"
        )
    return file


def require_matplotlib() -> None:
    """Raise `MissingExtraError` if the package that writes pictures is not installed."""
    if find_spec("matplotlib") is None:
        raise MissingExtraError("matplotlib", "drawing a picture", "viz")


def _turning(mesh: TetMesh, path: Path, width: int, chosen: Paint) -> None:
    """Write a movie: the viewer goes around z once."""
    from PIL import Image

    centre = centroid(mesh)
    things = scene(mesh, centre)
    colors, frames = chosen.of(things), []
    for turn in 2 * np.pi * np.arange(_FRAMES) / _FRAMES:
        image, scale = render_scene(things, colors, width, centre, float(turn))
        frames.append(Image.fromarray(_annotated(image, scale, chosen.key, camera(float(turn)))))
    cover = Image.Quantize.MAXCOVERAGE  # keys are small, and keep their colours so
    palette = frames[0].quantize(_GIF_COLORS, cover, dither=Image.Dither.NONE)
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    with written(path) as beside:
        flat[0].save(
            beside.name(path), format="GIF", save_all=True, append_images=flat[1:],
            duration=_MILLISECONDS, loop=0,
        )  # fmt: skip


def _save(image: AnyArray, path: Path) -> None:
    from PIL import Image

    form = {".png": "PNG"}.get(path.suffix.lower(), "JPEG")
    with written(path) as beside:
        Image.fromarray(image).save(beside.name(path), format=form, **_QUALITY)


def _annotated(image: Floats, pixels_per_um: float, key: Key | None, frame: Floats) -> AnyArray:
    """Add a scale bar, the axes and the key; red, green and blue of 0 to 255, (h, w, 3)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height, width = image.shape[:2]
    room = int(_BAR_ROOM * width)
    figure = Figure(figsize=(width / 100, (height + room) / 100), dpi=100)
    canvas: Any = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(np.concatenate((image, np.ones((room, width, 3)))), interpolation="nearest")
    axes.set_axis_off()
    length = _round_length(width / pixels_per_um / 5)
    left, right = 0.05 * width, 0.05 * width + length * pixels_per_um
    row = height + 0.25 * room
    axes.plot([left, right], [row, row], color="0.15", linewidth=width / 240)
    style = {"color": "0.15", "fontsize": width / 60, "ha": "center", "va": "top"}
    axes.text((left + right) / 2, row + 0.15 * room, f"{length:g} µm", **style)
    _draw_axes(axes, frame, width, height)
    if key is not None:
        _draw_key(axes, key, width, height, room)
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height + room - 0.5, -0.5)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _draw_axes(axes: Any, frame: Floats, width: int, height: int) -> None:
    """Draw the directions of x, y and z at the lower left."""
    column, row, length = 0.07 * width, height - 0.05 * width, 0.04 * width
    style = {"color": "0.35", "fontsize": width / 75, "ha": "center", "va": "center"}
    for name, right, up in zip("xyz", frame[0], frame[1], strict=True):
        ends = [column, column + length * right], [row, row - length * up]
        axes.plot(*ends, color="0.35", linewidth=width / 600)
        axes.text(column + 1.35 * length * right, row - 1.35 * length * up, name, **style)


def _draw_key(axes: Any, key: Key, width: int, height: int, room: int) -> None:
    """Draw the key at the lower right: its image, the words at its places, the title beside."""
    tall, wide = key.image.shape[:2]
    steps = {"interpolation": "nearest" if key.steps else "bilinear"}
    high = 0.65 * room if tall > 1 else 0.22 * room
    long = high * wide / tall if tall > 1 else 0.2 * width
    if key.steps:
        long = min(0.13 * wide, 0.6) * width
    left = (0.88 if tall > 1 else 0.93) * width - long
    bottom = height + (0.8 if tall > 1 else 0.45) * room
    box = (left, left + long, bottom, bottom - high)
    axes.imshow(key.image, extent=box, aspect="auto", zorder=3, **steps)
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
