"""What proofs cost beside meshing, stage by stage, and how sharp they are.

    python -m benchmarks.bench_certificate 500 1700

Whole particles of ``nmc-radial`` of so many grains at the default size, on one thread. Columns are
processor microseconds per tetrahedron; the last three are bounds in edge lengths.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

import nmc_mesh
from nmc_mesh.mesher.certificate import RESOLUTION, distances, surroundings
from nmc_mesh.mesher.topology import compare
from nmc_mesh.mesher.way_back import way_back

Made = TypeVar("Made")
STAGES = ("mesh", "lists", "contacts", "distances", "way back", "topology")


def row(grains: int) -> str:
    """Mesh, prove and measure one particle."""
    seconds: list[float] = []

    def timed(work: Callable[[], Made]) -> Made:
        start = time.process_time()
        made = work()
        seconds.append(time.process_time() - start)
        return made

    particle = nmc_mesh.load_model("nmc-radial").sample(1, grains=grains)
    mesh = timed(lambda: nmc_mesh.tetrahedralize(particle))
    size = mesh.info["size"]
    around = timed(lambda: surroundings(mesh, particle))
    timed(lambda: around.contacts)
    there = timed(lambda: distances(around)).max(axis=1) / size
    back = timed(lambda: way_back(around))
    topology = timed(lambda: compare(around, RESOLUTION))
    cells = len(mesh.cells)
    each = " ".join(f"{1e6 * part / cells:10.2f}" for part in seconds)
    share = 100 * sum(seconds[1:]) / seconds[0]
    return (
        f"{particle.n_grains:7d} {cells:9d} {each} {share:6.0f} % {len(topology.undecided):9d} "
        f"{np.median(there):7.3f} {np.percentile(there, 99):7.3f} {back.cells.max() / size:7.3f}"
    )


def main() -> None:
    """Print the table."""
    nmc_mesh.set_threads(1)
    stages = " ".join(f"{name:>10}" for name in STAGES)
    print(f"{'grains':>7} {'tets':>9} {stages} {'proofs':>8} undecided  there: 50, 99 %    back")
    for grains in map(int, sys.argv[1:] or ["500"]):
        print(row(grains), flush=True)


if __name__ == "__main__":
    main()
