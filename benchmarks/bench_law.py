"""Grains in space and on planes: the fast plane of the law calibrator against the exact labelling.

``python benchmarks/bench_law.py`` prints CPU seconds and their ratio, from one run; the labels of
both must agree. Also how long it takes to draw and measure a ball of grains in space.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.calibration.law_sections import SLAB
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.grains.marks import SeedPattern
from nmc_mesh.typing import Ints
from nmc_mesh.validation.grains import draw_ball
from nmc_mesh.validation.grains_truths import PIXEL, TRUTHS

TRUTH = TRUTHS["strong"]
REPEATS = 7


def best(work: Callable[[], object]) -> float:
    """Least CPU seconds of several runs."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Measure both."""
    rng, half = np.random.default_rng(0), int(TRUTH.radius / PIXEL)
    size = TRUTH.model.grain_size
    reach = TRUTH.radius + 2 * SLAB * size
    count = int(TRUTH.model.intensity * (2 * reach) ** 2 * 2 * SLAB * size)
    seeds = rng.uniform(-1, 1, (count, 3)) * [reach, reach, SLAB * size]
    pattern = SeedPattern(seeds, rng.uniform(size=(count, 2)), rng.uniform(0, np.pi, count))
    marks = TRUTH.model.marks(pattern, rng)
    n = 2 * half + 1
    origin, wide = np.array([-half * PIXEL, -half * PIXEL, 0.0]), np.ones((n, n), dtype=np.bool_)
    labels = np.empty((n, n), dtype=np.int32)

    def exact() -> Ints:
        diagram = GBPD.radial(seeds, marks.diagonals, pattern.turns, marks.offsets)
        return labels_on_grid(diagram, origin, PIXEL, (n, n, 1))[:, :, 0]

    def fast() -> None:
        places = np.column_stack([seeds, seeds[:, 2]])
        rows = core.planar_rows(places, pattern.turns, marks.diagonals, marks.offsets)
        core.label_mask(rows, PIXEL, origin[0], origin[1], wide, labels)

    slow, quick = best(exact), best(fast)
    wrong = int((labels != exact()).sum())
    print(f"a plane of {n} x {n} pixels, {count} seeds, {wrong} labels differ")
    print(f"CPU: exact {1e3 * slow:.1f} ms, fast {1e3 * quick:.1f} ms: {slow / quick:.1f} times")
    grains = len(draw_ball(TRUTH.model, TRUTH.radius, np.random.default_rng(1)).kept)
    spent = best(lambda: draw_ball(TRUTH.model, TRUTH.radius, np.random.default_rng(1)))
    print(f"{grains} grains drawn and measured in space: {spent:.2f} s of CPU")


if __name__ == "__main__":
    main()
