"""What the mesher costs and how good its meshes are: two rows per number of grains.

    python benchmarks/bench_mesher.py 1000 5000 20000

Each row is made in a process of its own, on one thread and on two, after a small mesh that warms it
up, so that the peak of memory is that of the mesh. ``cpu s`` is processor time, ``s`` wall time,
which other work on the machine lengthens; ``kt/cpu s`` are thousands of tetrahedra per processor
second. ``off`` is the share of facets whose centroid lies farther than 0.15 edge lengths from the
exact boundary.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import numpy as np

from nmc_mesh import load_model, tetrahedralize
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesher.accuracy import boundary_distances, volume_errors
from nmc_mesh.parallel import set_threads
from nmc_mesh.progress import Stopwatch

MODEL = "nmc-radial"
TWO_THREADS, MEMORY = 1.85, 0.06
HEAD = (
    f"{'grains':>7} {'tets':>9} {'threads':>7} {'s':>6} {'cpu s':>6} {'kt/cpu s':>8} "
    f"{'kB/tet':>7} {'dihedral':>17} "
    f"{'radius ratio':>13} {'off':>6} {'volume':>7}   seconds per stage"
)


def diameter_for(grains: int) -> float:
    """Diameter in um of a ball that holds so many grains."""
    size = load_model(MODEL).grains.grain_size
    return float(size * (6 * grains / np.pi) ** (1 / 3))


def row(grains: int, threads: int) -> tuple[str, float]:
    """Mesh a particle of about ``grains`` grains: the mesh in one line, and the wall seconds."""
    set_threads(threads)
    model = load_model(MODEL)
    tetrahedralize(model.sample(1, diameter=diameter_for(20)))
    particle = model.sample(1, diameter=diameter_for(grains))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    watch = Stopwatch()
    start, began = time.perf_counter(), time.process_time()
    mesh = tetrahedralize(particle, progress=watch)
    seconds, spent = time.perf_counter() - start, time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = quality(mesh)
    low, p1, high = np.degrees(
        [
            found.smallest_angle.min(),
            np.percentile(found.smallest_angle, 1),
            found.largest_angle.max(),
        ]
    )
    ratio = found.radius_ratio
    off = (boundary_distances(mesh, particle) > 0.15 * mesh.info["size"]).mean()
    errors = volume_errors(particle, mesh)
    stages = ", ".join(f"{name} {took:.1f}" for name, took in watch.seconds.items())
    n = len(mesh.cells)
    line = (
        f"{particle.n_grains:7d} {n:9d} {threads:7d} {seconds:6.1f} {spent:6.1f} "
        f"{n / spent / 1e3:8.1f} "
        f"{(peak - before) / n:7.2f} {low:5.1f} {p1:5.1f} {high:5.1f} "
        f"{ratio.min():6.3f} {ratio.mean():6.3f} {100 * off:5.2f}% {100 * np.median(errors):6.2f}%"
        f"   {stages}"
    )
    return line, seconds


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--row"]:
        print(*row(int(sys.argv[2]), int(sys.argv[3])), sep="\n")
        return
    print(f"{MODEL}; dihedral angle min, 1 %, max in degrees")
    print(f"to reach: two threads {TWO_THREADS} times as fast as one, {MEMORY} kB per tetrahedron")
    print(HEAD)
    for grains in sys.argv[1:] or ["200", "1000"]:
        walls = []
        for threads in ("1", "2"):
            done = subprocess.run(
                [sys.executable, __file__, "--row", grains, threads],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            line, wall = done.stdout.splitlines()
            walls.append(float(wall))
            print(line, flush=True)
        print(f"{'':7} two threads are {walls[0] / walls[1]:.2f} times as fast as one", flush=True)


if __name__ == "__main__":
    main()
