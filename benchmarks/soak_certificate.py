"""Hold proven distances against dense samples, and say what proofs cost beside meshing.

    python -m benchmarks.soak_certificate 100 [first seed]

Particle n is that of ``soak_mesher.py``, of first or second order in turn. Exit code 1 if a place
of a mesh is farther from its exact boundary than was proven.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np

from benchmarks.soak_mesher import drawn
from nmc_mesh import second_order, tetrahedralize
from nmc_mesh.errors import NmcMeshError
from nmc_mesh.mesher.certificate import compared_topology, proven_distances
from tests.mesher.test_certificate import least_distances, places

SAMPLES, FACETS = 60, 100
"""Places on a facet, and facets of a mesh, that are looked at."""


def main() -> None:
    """Run the soak and print the figures."""
    warnings.simplefilter("ignore")
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    exceeded = meshed = looked = unproven = facets = cells = 0
    seconds = np.zeros(3)
    for number in range(first, first + total):
        particle, size = drawn(number)
        times = [time.process_time()]
        try:
            mesh = tetrahedralize(particle, size)
        except NmcMeshError as error:
            print(f"{number}: no mesh: {error}", flush=True)
            continue
        times.append(time.process_time())
        if number % 2:
            mesh = second_order(mesh, particle)
        start = time.process_time()
        bound = proven_distances(mesh, particle)[:, 1]
        times.append(times[-1] + time.process_time() - start)
        start = time.process_time()
        compared_topology(mesh, particle)
        times.append(times[-1] + time.process_time() - start)
        seconds += np.diff(times)
        rng = np.random.default_rng(number)
        some = rng.choice(len(bound), min(FACETS, len(bound)), replace=False)
        points = places(mesh, SAMPLES, rng)[some]
        least = least_distances(mesh.facet_grains[some], particle, points).max(axis=1)
        wrong = int((bound[some] < least * (1 - 1e-9) - 1e-12).sum())
        if wrong:
            print(f"{number}: {wrong} of {len(some)} facets are farther off than proven")
        exceeded, looked, meshed = exceeded + wrong, looked + len(some), meshed + 1
        unproven, facets = unproven + int(np.isinf(bound).sum()), facets + len(bound)
        cells += len(mesh.cells)
    print(f"{meshed} meshes, {looked} facets looked at, {exceeded} farther off than proven")
    print(f"{100 * unproven / facets:.2f} % of {facets} facets without a bound")
    each = ", ".join(
        f"{name} {1e6 * time / cells:.2f}"
        for name, time in zip(("mesh", "distances", "topology"), seconds, strict=True)
    )
    print(f"CPU microseconds per tetrahedron: {each}")
    raise SystemExit(int(exceeded > 0))


if __name__ == "__main__":
    main()
