"""Errors of chemo-mechanics on the ball, by size of the mesh, and seconds of a charge.

    python benchmarks/bench_chemo_mechanics.py [SIZE ...]

A ball of 1 um under a constant flux at D t / a^2 = 0.1, Poisson's ratio 0.3: relative L2 errors of
content, radial and hoop stress, and the lag of the surface, a / (5 D) in the limit.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from nmc_mesh.mechanics.diffusion import surface_lag
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from tests.mechanics.test_sphere import errors
from tests.particles import ball


def main(sizes: list[float]) -> None:
    print("size   nodes   content   radial    hoop      lag * D / a   process s")
    rows = []
    for size in sizes:
        mesh = tetrahedralize(ball(), size)
        start = time.process_time()
        rows.append(errors(mesh))
        seconds = time.process_time() - start
        lag = surface_lag(mesh, np.eye(3)[None])
        far = "   ".join(f"{value:.5f}" for value in rows[-1])
        print(f"{size:.2f} {len(mesh.points):>7,}   {far}   {lag:.5f}       {seconds:.1f}")
    rates = np.polyfit(np.log(sizes), np.log(rows), 1)[0]
    print("rates: content {:.2f}, radial {:.2f}, hoop {:.2f}".format(*rates))


if __name__ == "__main__":
    main([float(word) for word in sys.argv[1:]] or [0.28, 0.2, 0.14, 0.1])
