"""Newton projection of a point onto a boundary, a triple line or a quadruple point.

Minimum-norm steps delta = -J^T (J J^T)^-1 r with r_i = F_i - F_0, J = grad r.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel, lean
from nmc_mesh.mesh.field import Field, value_gradient
from nmc_mesh.mesh.walls import EXACT, host_of, onto_walls, walled
from nmc_mesh.typing import Floats, Ints

NEWTON_STEPS = 8


@kernel
def project(f: Field, names: Ints, count: int, place: Floats, reach: float) -> bool:
    """Move ``place`` to where the first ``count`` labels (2 to 4) have equal F, by Newton.

    Returns whether it converged within ``reach``; ``place`` is changed in any case. It ends on the
    walls among the labels exactly.
    """
    if count == 2 and f.kind != EXACT and walled(f, names, 2):
        x, y, z = onto_walls(f, names, 2, place[0], place[1], place[2])
        far2 = (x - place[0]) ** 2 + (y - place[1]) ** 2 + (z - place[2]) ** 2
        place[0], place[1], place[2] = x, y, z
        return far2 <= reach * reach
    if count == 2:
        found = project_surface(f, names[0], names[1], place, reach)
    else:
        found = _newton(f, names, count, place, reach)
    if found and f.kind != EXACT:
        place[0], place[1], place[2] = onto_walls(f, names, count, place[0], place[1], place[2])
    return found


@kernel
def _newton(f: Field, names: Ints, count: int, place: Floats, reach: float) -> bool:
    x0, y0, z0 = place[0], place[1], place[2]
    n = count - 1
    host = host_of(f, names, count)
    r = np.empty(3)
    jac = np.empty((3, 3))
    gram = np.empty((3, 3))
    lam = np.empty(3)
    for _ in range(NEWTON_STEPS):
        base, bx, by, bz = value_gradient(f, names[0], host, place[0], place[1], place[2])
        if not np.isfinite(base):
            return False
        for i in range(n):
            q, gx, gy, gz = value_gradient(f, names[i + 1], host, place[0], place[1], place[2])
            if not np.isfinite(q):
                return False
            r[i] = q - base
            jac[i, 0] = gx - bx
            jac[i, 1] = gy - by
            jac[i, 2] = gz - bz
        for i in range(n):
            for j in range(i + 1):
                s = jac[i, 0] * jac[j, 0] + jac[i, 1] * jac[j, 1] + jac[i, 2] * jac[j, 2]
                gram[i, j] = s
                gram[j, i] = s
        if not solve_small(gram, r, lam, n):
            return False
        step = 0.0
        for k in range(3):
            d = 0.0
            for i in range(n):
                d -= jac[i, k] * lam[i]
            place[k] += d
            step += d * d
        dx, dy, dz = place[0] - x0, place[1] - y0, place[2] - z0
        if not (dx * dx + dy * dy + dz * dz <= reach * reach):
            return False
        if step < 1e-12 * reach * reach:
            return True
    return step < 1e-6 * reach * reach


@lean
def project_surface(f: Field, first: int, second: int, place: Floats, reach: float) -> bool:
    """Do what ``project`` does for two labels: x -= r grad r / |grad r|^2, r = F_2 - F_1."""
    x0, y0, z0 = place[0], place[1], place[2]
    x, y, z = x0, y0, z0
    host = max(first, second)
    step = np.inf
    for _ in range(NEWTON_STEPS):
        q, gx, gy, gz = value_gradient(f, first, host, x, y, z)
        p, hx, hy, hz = value_gradient(f, second, host, x, y, z)
        gx, gy, gz = hx - gx, hy - gy, hz - gz
        steep = gx * gx + gy * gy + gz * gz
        if not (np.isfinite(q) and np.isfinite(p) and steep > 0.0):
            return False
        t = (p - q) / steep
        x, y, z = x - t * gx, y - t * gy, z - t * gz
        if not ((x - x0) ** 2 + (y - y0) ** 2 + (z - z0) ** 2 <= reach * reach):
            return False
        step = t * t * steep
        if step < 1e-12 * reach * reach:
            break
    place[0], place[1], place[2] = x, y, z
    return step < 1e-6 * reach * reach


@kernel
def solve_small(gram: Floats, rhs: Floats, out: Floats, n: int) -> bool:
    """Solve a symmetric positive system of size n <= 3 by Cholesky; False if it is singular."""
    low = np.empty((3, 3))
    for i in range(n):
        for j in range(i + 1):
            s = gram[i, j]
            for k in range(j):
                s -= low[i, k] * low[j, k]
            if i == j:
                if s <= 1e-10 * gram[i, i] or gram[i, i] <= 0.0:
                    return False
                low[i, i] = np.sqrt(s)
            else:
                low[i, j] = s / low[j, j]
    for i in range(n):
        s = rhs[i]
        for k in range(i):
            s -= low[i, k] * out[k]
        out[i] = s / low[i, i]
    for i in range(n - 1, -1, -1):
        s = out[i]
        for k in range(i + 1, n):
            s -= low[k, i] * out[k]
        out[i] = s / low[i, i]
    return True
