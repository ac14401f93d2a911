"""Compiled loops of the law calibrator: grains of a plane near one seed each, and their measures.

On a plane every cost is a quadratic with a minimum m in a place p: q(x) = (x - p)^T A (x - p) + m.
A row of a plane is (p_x, p_y, A_xx, A_xy, A_yy, m, sqrt of the largest eigenvalue of A).
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel, lean
from nmc_mesh.typing import Bools, Floats, Ints, Longs

CELL = 6
"""Pixels along the edge of a cell that shares one list of candidates."""

_RING = 5  # cells around a cell whose seeds are looked at
_MOST = 512  # candidates of a cell


@kernel
def planar_rows(seeds: Floats, turns: Floats, diagonals: Floats, offsets: Floats) -> Floats:
    """Return the rows (n, 7) of the plane z = 0 for seeds whose z is that over the plane.

    ``seeds`` (n, 4) are x, y, z from the centre and z over the plane; marks as in `GBPD.radial`.
    """
    rows = np.empty((len(seeds), 7))
    f, g, m = np.empty(3), np.empty(3), np.empty((3, 3))
    for i in range(len(seeds)):
        x, y, z = seeds[i, 0], seeds[i, 1], seeds[i, 2]
        length = np.sqrt(x * x + y * y + z * z)
        e = (x / length, y / length, z / length) if length > 0.0 else (1.0, 0.0, 0.0)
        size = np.sqrt((e[0] + 1.0) ** 2 + e[1] ** 2 + e[2] ** 2)
        a = ((e[0] + 1.0) / size, e[1] / size, e[2] / size) if size > 1e-8 else (0.0, 1.0, 0.0)
        cosine, sine = np.cos(turns[i]), np.sin(turns[i])
        for k in range(3):
            second = 2.0 * a[1] * a[k] - (1.0 if k == 1 else 0.0)
            third = 2.0 * a[2] * a[k] - (1.0 if k == 2 else 0.0)
            f[k] = cosine * second - sine * third
            g[k] = sine * second + cosine * third
        for k in range(3):
            for j in range(3):
                m[k, j] = diagonals[i, 0] * e[k] * e[j]
                m[k, j] += diagonals[i, 1] * f[k] * f[j] + diagonals[i, 2] * g[k] * g[j]
        up = -seeds[i, 3]
        det = m[0, 0] * m[1, 1] - m[0, 1] * m[0, 1]
        u = -up * (m[1, 1] * m[0, 2] - m[0, 1] * m[1, 2]) / det
        v = -up * (m[0, 0] * m[1, 2] - m[0, 1] * m[0, 2]) / det
        rows[i, 0], rows[i, 1] = x + u, y + v
        rows[i, 2], rows[i, 3], rows[i, 4] = m[0, 0], m[0, 1], m[1, 1]
        rows[i, 5] = m[2, 2] * up * up + up * (m[0, 2] * u + m[1, 2] * v) - offsets[i]
        half = 0.5 * (m[0, 0] - m[1, 1])
        rows[i, 6] = np.sqrt(0.5 * (m[0, 0] + m[1, 1]) + np.sqrt(half**2 + m[0, 1] ** 2))
    return rows


@kernel
def label_mask(rows: Floats, pixel: float, x0: float, y0: float, wide: Bools, labels: Ints) -> None:
    """Label the pixels of a mask; the others get -1.

    Pixel (i, j) of ``labels`` and ``wide`` lies at (x0, y0) + pixel * (i, j). Seeds whose minimum
    lies more than `_RING` cells away are not looked at: for grains of a few cells that changes no
    label (a test compares with the exact labelling).
    """
    edge = CELL * pixel
    nx, ny = -(-labels.shape[0] // CELL), -(-labels.shape[1] // CELL)
    first, order = _sorted(rows, edge, x0 - 0.5 * pixel, y0 - 0.5 * pixel, nx, ny)
    labels[:] = -1
    near, bound = np.empty(_MOST, np.int64), np.empty(_MOST)
    for a in range(nx):
        for b in range(ny):
            if not wide[a * CELL : (a + 1) * CELL, b * CELL : (b + 1) * CELL].any():
                continue
            x, y = x0 + pixel * (a + 0.5) * CELL, y0 + pixel * (b + 0.5) * CELL
            found = _candidates(rows, first, order, ny, a, b, x, y, 0.8 * edge, near, bound)
            _label_cell(rows, near, found, pixel, x0, y0, a, b, wide, labels)


@kernel
def _sorted(
    rows: Floats, edge: float, x0: float, y0: float, nx: int, ny: int
) -> tuple[Longs, Longs]:
    """Return (first, order): the seeds of cell c are order[first[c] : first[c + 1]]."""
    columns = ny + 2 * _RING
    cells = (nx + 2 * _RING) * columns
    first = np.zeros(cells + 1, np.int64)
    home = np.empty(len(rows), np.int64)
    for i in range(len(rows)):
        a = int(np.floor((rows[i, 0] - x0) / edge)) + _RING
        b = int(np.floor((rows[i, 1] - y0) / edge)) + _RING
        home[i] = a * columns + b if 0 <= a < nx + 2 * _RING and 0 <= b < columns else -1
        if home[i] >= 0:
            first[home[i] + 1] += 1
    for c in range(cells):
        first[c + 1] += first[c]
    place = first.copy()
    order = np.empty(first[-1], np.int64)
    for i in range(len(rows)):
        if home[i] >= 0:
            order[place[home[i]]] = i
            place[home[i]] += 1
    return first, order


@lean
def _candidates(
    rows: Floats,
    first: Longs,
    order: Longs,
    ny: int,
    a: int,
    b: int,
    x: float,
    y: float,
    around: float,
    near: Longs,
    bound: Floats,
) -> int:
    """Fill ``near`` with the seeds that can be the cheapest within ``around`` of (x, y)."""
    upper, found = np.inf, 0
    for c in range(a + _RING - 1, a + _RING + 2):  # the nearest cells first: for a low bound
        start = c * (ny + 2 * _RING) + b + _RING
        for k in range(first[start - 1], first[start + 2]):
            i = order[k]
            if rows[i, 5] < upper:
                u, v = x - rows[i, 0], y - rows[i, 1]
                root = np.sqrt((rows[i, 2] * u + 2.0 * rows[i, 3] * v) * u + rows[i, 4] * v * v)
                upper = min(upper, rows[i, 5] + (root + rows[i, 6] * around) ** 2)
    for c in range(a, a + 2 * _RING + 1):
        start = c * (ny + 2 * _RING) + b
        for k in range(first[start], first[start + 2 * _RING + 1]):
            i = order[k]
            if rows[i, 5] > upper:
                continue
            u, v = x - rows[i, 0], y - rows[i, 1]
            root = np.sqrt((rows[i, 2] * u + 2.0 * rows[i, 3] * v) * u + rows[i, 4] * v * v)
            change = rows[i, 6] * around
            lower = rows[i, 5] + max(0.0, root - change) ** 2
            if lower > upper or found == _MOST:
                continue
            upper = min(upper, rows[i, 5] + (root + change) ** 2)
            near[found], bound[found] = i, lower
            found += 1
    kept = 0
    for k in range(found):
        if bound[k] <= upper:
            near[kept] = near[k]
            kept += 1
    return kept


@lean
def _label_cell(
    rows: Floats,
    near: Longs,
    found: int,
    pixel: float,
    x0: float,
    y0: float,
    a: int,
    b: int,
    wide: Bools,
    labels: Ints,
) -> None:
    for i in range(a * CELL, min(labels.shape[0], (a + 1) * CELL)):
        for j in range(b * CELL, min(labels.shape[1], (b + 1) * CELL)):
            if not wide[i, j]:
                continue
            x, y = x0 + pixel * i, y0 + pixel * j
            best, label = np.inf, -1
            for k in range(found):
                s = near[k]
                u, v = x - rows[s, 0], y - rows[s, 1]
                q = (rows[s, 2] * u + 2.0 * rows[s, 3] * v) * u + rows[s, 4] * v * v + rows[s, 5]
                if q < best:
                    best, label = q, s
            labels[i, j] = label


@kernel
def plane_moments(labels: Ints, count: int) -> Floats:
    """Return (count, 6): 1, i, j, ii, jj, ij summed over the pixels of every label >= 0."""
    total = np.zeros((count, 6))
    for i in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            row = labels[i, j]
            if row >= 0:
                total[row, 0] += 1.0
                total[row, 1] += i
                total[row, 2] += j
                total[row, 3] += i * i
                total[row, 4] += j * j
                total[row, 5] += i * j
    return total


@kernel
def plane_chords(labels: Ints, core: Bools) -> Floats:
    """Return the lengths in pixels of whole runs, along both axes, whose middle lies in ``core``.

    A run next to the border of the array or to a negative label has no length.
    """
    lengths = np.empty(2 * labels.size)
    found = 0
    for turned in range(2):
        for a in range(labels.shape[turned]):
            start, before = 0, np.int32(-1)
            points = labels.shape[1 - turned]
            for b in range(1, points + 1):
                one = labels[a, start] if turned == 0 else labels[start, a]
                two = np.int32(-1)
                if b < points:
                    two = labels[a, b] if turned == 0 else labels[b, a]
                    if one == two:
                        continue
                middle = (start + b - 1) // 2
                seen = core[a, middle] if turned == 0 else core[middle, a]
                if seen and one >= 0 and before >= 0 and two >= 0:
                    lengths[found] = b - start
                    found += 1
                start, before = b, one
    return lengths[:found]
