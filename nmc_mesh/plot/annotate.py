"""What is written over a picture: a scale bar, the axes, the key of its colours."""

from __future__ import annotations

from typing import Any

import numpy as np

from nmc_mesh.plot.paint import Key
from nmc_mesh.typing import AnyArray, Floats

_BAR_ROOM = 0.08


def annotated(image: Floats, pixels_per_um: float, key: Key | None, frame: Floats) -> AnyArray:
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
