"""Walls: places where outside begins, whatever grain is there.

The shell of a clipped particle is the wall -1; the faces of a label image's box are the walls -1
(lower x), -2 (upper x), ... -6 (upper z), for what goes on beyond them. With d(x) = 0 on a wall,
d > 0 beyond it and d < 0 before it, and F_A the function of the grain A that a place is compared
with, the wall's host,

    F_wall(x) = F_A(x) - s d(x),

so the boundary F_A = F_wall is the wall itself and has no kink where A meets another grain B. Where
A, B and the wall meet, either may be the host: F_B - F_A = 0 and d = 0 are the same two equations,
and Newton's steps the same. The slope s makes F_A - F_wall about as steep as F_A - F_B.

Shell: d = |x| - X(x / |x|), with X of a table (see ``radius_table``). Face of a box: d = the
distance beyond it; where two faces meet, the farther one counts, so edges of the box are creases,
which come out sharp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nmc_mesh.geometry.radius_table import radius_at
from nmc_mesh.kernel import inline, lean
from nmc_mesh.mesh.lattice import EMPTY
from nmc_mesh.typing import Ints

if TYPE_CHECKING:
    from nmc_mesh.mesh.field import Field

EXACT, IMAGE, CLIPPED = 0, 1, 2
"""Kinds of fields: a particle of whole grains, a label image, a particle cut off by its shell."""

STEPS = 6
"""Of Newton, at most."""
CLOSE = 1e-4
"""What is left to the radius, as a share of the least one."""
ROOT_STEPS = 20
CENTRE = 0.25
"""Share of the least radius within which directions mean nothing."""


@inline
def wide(label: int) -> int:
    """Return a label in the one integer type that kernels pass on, so each is compiled once."""
    return np.int64(label)  # type: ignore[return-value]


@lean
def is_wall(f: Field, label: int) -> bool:
    """Tell whether a label is that of a wall."""
    return f.kind != EXACT and label < 0


@lean
def walled(f: Field, names: Ints, count: int) -> bool:
    """Tell whether one of the first ``count`` labels is a wall's."""
    found = False
    for i in range(count):
        found = found or is_wall(f, names[i])
    return found


@lean
def beyond(f: Field, wall: int, x: float, y: float, z: float) -> tuple[float, float, float, float]:
    """Return how far a point lies beyond a wall, d(x), and grad d."""
    if f.kind == IMAGE:
        return _beyond_face(f, wall, x, y, z)
    r = np.sqrt(x * x + y * y + z * z)
    if not r > CENTRE * f.shell.bounds[0]:
        return r - f.shell.bounds[0], x, y, z
    radius, gx, gy, gz = radius_at(f.shell.spline, x, y, z)
    return r - radius, x / r - gx, y / r - gy, z / r - gz


@lean
def _face(f: Field, wall: int) -> float:
    """Where the face of an image's box stands on its axis."""
    axis = (-1 - wall) // 2
    place: float = f.lower[axis] - 0.5 * f.step[axis]
    if (-1 - wall) % 2 == 1:
        place += f.shape[axis] * f.step[axis]
    return place


@lean
def _beyond_face(
    f: Field, wall: int, x: float, y: float, z: float
) -> tuple[float, float, float, float]:
    axis = (-1 - wall) // 2
    sign = 1.0 if (-1 - wall) % 2 == 1 else -1.0
    d = sign * ((x if axis == 0 else (y if axis == 1 else z)) - _face(f, wall))
    return (
        d,
        sign if axis == 0 else 0.0,
        sign if axis == 1 else 0.0,
        sign if axis == 2 else 0.0,
    )


@lean
def nearest_wall(f: Field, x: float, y: float, z: float) -> tuple[int, float]:
    """Return the wall that a point is farthest beyond and how far, d / |grad d| in um."""
    if f.kind == IMAGE:
        best, far = -1, -np.inf
        for wall in range(-6, 0):
            d = _beyond_face(f, wall, x, y, z)[0]
            if d > far:
                best, far = wall, d
        return best, far
    d, gx, gy, gz = beyond(f, -1, x, y, z)
    return -1, d / np.sqrt(gx * gx + gy * gy + gz * gz)


@lean
def beyond_shell(f: Field, x: float, y: float, z: float) -> float:
    """Return d where it is positive, else 0: only near the shell is the table read."""
    r = np.sqrt(x * x + y * y + z * z)
    if r <= f.shell.bounds[0]:
        return 0.0
    return max(r - radius_at(f.shell.spline, x, y, z)[0], 0.0)


@lean
def onto_walls(
    f: Field, names: Ints, count: int, x: float, y: float, z: float
) -> tuple[float, float, float]:
    """Return the point moved onto all walls among the first ``count`` labels."""
    for i in range(count):
        if is_wall(f, names[i]):
            x, y, z = onto_wall(f, wide(names[i]), x, y, z)
    return x, y, z


@lean
def onto_wall(f: Field, wall: int, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return the point moved onto a wall.

    Onto the shell by Newton, x -= d grad d / |grad d|^2, and what little is left along the radius.
    """
    if f.kind == IMAGE:
        axis = (-1 - wall) // 2
        place = _face(f, wall)
        return (
            place if axis == 0 else x,
            place if axis == 1 else y,
            place if axis == 2 else z,
        )
    for _ in range(STEPS):
        d, gx, gy, gz = beyond(f, wall, x, y, z)
        t = d / (gx * gx + gy * gy + gz * gz)
        x, y, z = x - t * gx, y - t * gy, z - t * gz
        if abs(d) < CLOSE * f.shell.bounds[0]:
            break
    r = np.sqrt(x * x + y * y + z * z)
    if not r > CENTRE * f.shell.bounds[0]:
        return x, y, z
    t = radius_at(f.shell.spline, x, y, z)[0] / r
    return t * x, t * y, t * z


@lean
def host_of(f: Field, names: Ints, count: int) -> int:
    """Return the first grain among the labels, which hosts their walls; 0 where there is none."""
    if f.kind != EXACT:
        for i in range(count):
            if names[i] > 0:
                return wide(names[i])
    return wide(0)


@lean
def reach_wall(
    f: Field, wall: int, x: float, y: float, z: float, dx: float, dy: float, dz: float
) -> float:
    """Return t in [0, 1] where (x, y, z) + t (dx, dy, dz) goes beyond a wall, by Illinois."""
    low = beyond(f, wall, x, y, z)[0]
    high = beyond(f, wall, x + dx, y + dy, z + dz)[0]
    if not low < 0.0:
        return 0.0
    if not high > 0.0:
        return 1.0
    a, b, t = 0.0, 1.0, 0.5
    side = 0
    for _ in range(ROOT_STEPS):
        t = (a * high - b * low) / (high - low)
        now = beyond(f, wall, x + t * dx, y + t * dy, z + t * dz)[0]
        if now == 0.0 or min(t - a, b - t) < 1e-7:
            break
        if now > 0.0:
            b, high = t, now
            if side == 1:
                low *= 0.5
            side = 1
        else:
            a, low = t, now
            if side == -1:
                high *= 0.5
            side = -1
    return t


@lean
def only_wall(f: Field, sets: Ints, v: int) -> int:
    """Return the wall that a lattice vertex is beyond, not on; 0 where there is none."""
    if is_wall(f, sets[v, 0]) and sets[v, 1] == EMPTY:
        return wide(sets[v, 0])
    return wide(0)
