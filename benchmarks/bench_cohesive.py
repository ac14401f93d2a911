"""Opening boundaries: seconds per million tetrahedra, and how the time grows.

    python benchmarks/bench_cohesive.py [CELLS_PER_EDGE ...]

Prints, for cubes of grains with 6 n^3 tetrahedra of first and of second order, process seconds of
one call after a first one, wedges and nodes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.mesher.second_order import second_order
from tests.meshes import voronoi


def main(sizes: list[int]) -> None:
    split_boundaries(second_order(voronoi(8, 4)))
    print("order   tetrahedra   wedges   nodes before and after   s   s per million")
    for n in sizes:
        straight = voronoi(max(8, n**3 // 500), n)
        for mesh in (straight, second_order(straight)):
            start = time.process_time()
            split = split_boundaries(mesh)
            seconds = time.process_time() - start
            counts = f"{mesh.order}  {len(mesh.cells):>10,} {len(split.wedges):>8,}"
            nodes = f"{split.nodes_before:>9,} {len(split.mesh.points):>9,}"
            print(f"{counts}  {nodes}  {seconds:.2f}  {1e6 * seconds / len(mesh.cells):.2f}")


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [14, 28, 55])
