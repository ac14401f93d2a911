"""Draw docs/mesher.png: warp, cut, cone and flip in the plane (python docs/draw_mesher.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

GRAIN_A, GRAIN_B, BOUNDARY = "#cfe3f3", "#f8ddc4", "#b03a2e"
CENTRE, RADIUS = np.array([-0.9, -0.8]), 4.2
NEAR = 0.25
"""Share of an edge within which a crossing moves the vertex onto the boundary."""


def beyond(points: np.ndarray) -> np.ndarray:
    """How far points lie beyond the boundary, a circle."""
    return np.linalg.norm(points - CENTRE, axis=-1) - RADIUS


def lattice(n: int) -> tuple[np.ndarray, list[tuple[int, int]], list[tuple[int, int, int]]]:
    """Points, edges and triangles of n rows of n points, every other row half an edge on."""
    points = np.array([(i + 0.5 * (j % 2), j * np.sqrt(0.75)) for j in range(n) for i in range(n)])
    triangles = []
    for j in range(n - 1):
        for i in range(n - 1):
            low, high = j * n + i, (j + 1) * n + i
            if j % 2:
                triangles += [(low, high + 1, high), (low, low + 1, high + 1)]
            else:
                triangles += [(low, low + 1, high), (low + 1, high + 1, high)]
    edges = sorted({(min(a, b), max(a, b)) for t in triangles for a in t for b in t if a != b})
    return points, edges, triangles


def crossing(p: np.ndarray, q: np.ndarray) -> float | None:
    """Share of the way from p to q where the boundary is, if it is between them."""
    low, high = beyond(p), beyond(q)
    if low * high >= 0:
        return None
    return float(low / (low - high))  # the secant's: good enough for a picture


def warped(points: np.ndarray, edges: list[tuple[int, int]]) -> tuple[np.ndarray, set[int]]:
    """Move vertices with a close crossing onto the circle."""
    moved: set[int] = set()
    for a, b in edges:
        t = crossing(points[a], points[b])
        if t is not None:
            moved |= {a} if t < NEAR else {b} if t > 1 - NEAR else set()
    placed = points.copy()
    for v in moved:
        way = points[v] - CENTRE
        placed[v] = CENTRE + RADIUS * way / np.linalg.norm(way)
    return placed, moved


def circle(axes: Any) -> None:
    turn = np.linspace(0.1, 1.5, 200)
    axes.plot(
        CENTRE[0] + RADIUS * np.cos(turn), CENTRE[1] + RADIUS * np.sin(turn), color=BOUNDARY, lw=2
    )


def panel(axes: Any, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_aspect("equal")
    axes.axis("off")


def draw_warp(axes: Any) -> None:
    points, edges, _ = lattice(6)
    placed, moved = warped(points, edges)
    for a, b in edges:
        axes.plot(*points[[a, b]].T, color="#bbbbbb", lw=0.8, ls=":")
        axes.plot(*placed[[a, b]].T, color="#555555", lw=1)
    circle(axes)
    for v in sorted(moved):
        axes.annotate(
            "", placed[v], points[v], arrowprops={"arrowstyle": "->", "color": "k", "lw": 1.5}
        )
    axes.plot(*placed[sorted(moved)].T, "o", color=BOUNDARY, ms=5)
    axes.set_xlim(0.4, 4.6)
    axes.set_ylim(0.5, 3.9)
    panel(axes, "a   warp")


def draw_cut(axes: Any) -> None:
    points, edges, triangles = lattice(6)
    placed, moved = warped(points, edges)
    side = np.where(np.isin(np.arange(len(points)), sorted(moved)), 0, np.sign(beyond(placed)))
    for corners in triangles:
        polygon = [placed[v] for v in corners]
        for keep, color in ((-1, GRAIN_A), (1, GRAIN_B)):
            part = clipped(polygon, [side[v] for v in corners], keep)
            if len(part) > 2:
                axes.fill(*np.array(part).T, color=color, ec="none")
    for a, b in edges:
        axes.plot(*placed[[a, b]].T, color="#555555", lw=1)
    for a, b in edges:
        if side[a] * side[b] < 0:
            t = crossing(placed[a], placed[b])
            assert t is not None
            axes.plot(*(placed[a] + t * (placed[b] - placed[a])), "s", color=BOUNDARY, ms=5)
    axes.plot(*placed[sorted(moved)].T, "o", color=BOUNDARY, ms=5)
    axes.set_xlim(0.4, 4.6)
    axes.set_ylim(0.5, 3.9)
    panel(axes, "b   cut")


def clipped(polygon: list[np.ndarray], side: list[float], keep: int) -> list[np.ndarray]:
    """Part of a triangle on one side of the boundary."""
    part = []
    for n in range(3):
        p, q = polygon[n], polygon[(n + 1) % 3]
        if side[n] * keep >= 0:
            part.append(p)
        if side[n] * side[(n + 1) % 3] < 0:
            t = crossing(p, q)
            assert t is not None
            part.append(p + t * (q - p))
    return part


def draw_cone(axes: Any) -> None:
    corners = np.array([(0.0, 0.0), (3.0, 0.2), (1.3, 2.6)])
    cuts = np.array([(1.4, 0.095), (2.2, 1.33), (0.62, 1.24)])
    apex = np.array([1.45, 0.85])
    rim = [corners[0], cuts[0], corners[1], cuts[1], corners[2], cuts[2]]
    colors = [GRAIN_A, GRAIN_B, GRAIN_B, "#d5ecd0", "#d5ecd0", GRAIN_A]
    for n, color in enumerate(colors):
        axes.fill(*np.array([apex, rim[n], rim[(n + 1) % 6]]).T, color=color, ec="#555555", lw=1)
    for cut in cuts:
        axes.plot(*np.array([apex, cut]).T, color=BOUNDARY, lw=2)
        axes.plot(*cut, "s", color=BOUNDARY, ms=5)
    axes.plot(*apex, "o", color="k", ms=6)
    panel(axes, "c   cone")


def draw_flip(axes: Any) -> None:
    corners = np.array([(0.0, 0.8), (1.6, 0.0), (3.2, 0.8), (1.6, 1.5)])
    for shift, diagonal in ((0.0, (0, 2)), (-2.2, (1, 3))):
        place = corners + (0.0, shift)
        axes.fill(*place.T, color=GRAIN_A, ec="#555555", lw=1)
        axes.plot(*place[list(diagonal)].T, color="k", lw=1.5)
    axes.annotate("", (1.6, -0.62), (1.6, -0.1), arrowprops={"arrowstyle": "->", "lw": 1.5})
    panel(axes, "d   flip")


def main() -> None:
    figure, panels = plt.subplots(1, 4, figsize=(12, 3), width_ratios=(1.3, 1.3, 1, 1))
    for axes, draw in zip(panels, (draw_warp, draw_cut, draw_cone, draw_flip), strict=True):
        draw(axes)
    figure.tight_layout()
    figure.savefig(Path(__file__).with_name("mesher.png"), dpi=110)


if __name__ == "__main__":
    main()
