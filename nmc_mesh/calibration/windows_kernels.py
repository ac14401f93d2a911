"""Compiled loops of windows: which seed owns which pixel, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

from nmc_mesh.geometry.gbpd import cost
from nmc_mesh.grains.network_kernels import frame_of
from nmc_mesh.kernel import kernel
from nmc_mesh.typing import Floats, Ints, Longs

_BLOCK = 8  # pixels


@kernel
def label_windows(
    rows: Floats,
    starts: Longs,
    centers: Floats,
    turns: Floats,
    height: Floats,
    largest: Floats,
    labels: Ints,
) -> None:
    """Write to ``labels`` (b, n, n) the row of least cost at every pixel of every window.

    Window w looks at rows starts[w, 0] ... starts[w, 1] - 1. Its pixel (i, j) lies at
    p + i - (n - 1) / 2 along and j - (n - 1) / 2 across the direction ``turns[w]`` (cosine, sine),
    p = centers[w], in the plane z = height[w]. Blocks of pixels first drop rows that cannot win:
    with c the middle of a block, b its half diagonal and l the largest eigenvalue,
    max(0, sqrt(q + r) - sqrt(l) b)^2 - r <= q <= (sqrt(q + r) + sqrt(l) b)^2 - r inside it, for q
    at c. Ties go to the lowest row, costs are those of `GBPD.labels`.
    """
    n = labels.shape[1]
    middle = 0.5 * (n - 1)
    most = 0
    for w in range(len(labels)):
        most = max(most, starts[w, 1] - starts[w, 0])
    near = np.empty(most, np.int64)
    low = np.empty(most)
    for w in range(len(labels)):
        first, last = starts[w, 0], starts[w, 1]
        cosine, sine = turns[w, 0], turns[w, 1]
        z = height[w]
        for bi in range(0, n, _BLOCK):
            for bj in range(0, n, _BLOCK):
                ei, ej = min(bi + _BLOCK, n), min(bj + _BLOCK, n)
                a = centers[w] + 0.5 * (bi + ei - 1) - middle
                b = 0.5 * (bj + ej - 1) - middle
                x, y = cosine * a - sine * b, sine * a + cosine * b
                half = 0.5 * np.sqrt(float((ei - bi - 1) ** 2 + (ej - bj - 1) ** 2)) + 1e-6
                bound = np.inf
                for i in range(first, last):
                    q = cost(rows, i, x, y, z)
                    r = rows[i, 9]
                    root = np.sqrt(max(q + r, 0.0))
                    step = largest[i] * half
                    inner = max(root - step, 0.0)
                    low[i - first] = inner * inner - r
                    bound = min(bound, (root + step) * (root + step) - r)
                count = 0
                bound += 1e-6 * (1.0 + abs(bound))
                for i in range(first, last):
                    if low[i - first] <= bound:
                        near[count] = i
                        count += 1
                for i in range(bi, ei):
                    for j in range(bj, ej):
                        a, b = centers[w] + i - middle, j - middle
                        x, y = cosine * a - sine * b, sine * a + cosine * b
                        best, who = np.inf, first
                        for k in range(count):
                            q = cost(rows, near[k], x, y, z)
                            if q < best:
                                best = q
                                who = near[k]
                        labels[w, i, j] = who


@kernel
def rank_windows(
    labels: Ints, first: Longs, last: Longs, ranks: Any, visible: Ints, count: Longs
) -> None:
    """Rank the rows of every window by their pixels, most first, lower row first among equals.

    Writes ``ranks`` (b, n, n), the rank of every pixel's row; ``visible`` (b, k) the rows by rank,
    as many as fit; ``count`` (b,) how many there are.
    """
    n = labels.shape[1]
    for w in range(len(labels)):
        size = last[w] - first[w]
        pixels = np.zeros(size, np.int64)
        for i in range(n):
            for j in range(n):
                pixels[labels[w, i, j] - first[w]] += 1
        order = np.argsort(-pixels, kind="mergesort")
        place = np.empty(size, np.int64)
        number = 0
        for k in range(size):
            if pixels[order[k]] == 0:
                break
            place[order[k]] = k
            if k < visible.shape[1]:
                visible[w, k] = order[k] + first[w]
            number += 1
        count[w] = number
        for i in range(n):
            for j in range(n):
                ranks[w, i, j] = place[labels[w, i, j] - first[w]]


@kernel
def radial_rows(
    seeds: Floats, turns: Floats, diagonals: Floats, offsets: Floats, axes: Floats, rows: Floats
) -> None:
    """Write Q (m, 3, 3) of Eq. 12 and the rows of Q^T D Q, as `GBPD.rows` has them."""
    for m in range(len(seeds)):
        x, y, z = seeds[m, 0], seeds[m, 1], seeds[m, 2]
        q = axes[m]
        frame_of(x, y, z, turns[m], q)
        rows[m, 0], rows[m, 1], rows[m, 2] = x, y, z
        rows[m, 3:9] = 0.0
        for k in range(3):
            d = diagonals[m, k]
            rows[m, 3] += d * q[k, 0] * q[k, 0]
            rows[m, 4] += d * q[k, 1] * q[k, 1]
            rows[m, 5] += d * q[k, 2] * q[k, 2]
            rows[m, 6] += d * q[k, 0] * q[k, 1]
            rows[m, 7] += d * q[k, 0] * q[k, 2]
            rows[m, 8] += d * q[k, 1] * q[k, 2]
        rows[m, 9] = offsets[m]
