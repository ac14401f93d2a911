"""Hold proven distances against dense samples, and say what proofs cost beside meshing.

    python -m benchmarks.soak_certificate 100 [first seed]

Particle n is that of ``soak_mesher.py``: of whole grains, of whole grains with a mesh of second
order, or clipped at the shell of a shipped model, in turn. Exit code 1 if a place of a mesh is
farther from its exact boundary than was proven, or a place of an exact boundary from the mesh.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from benchmarks.soak_mesher import drawn, source
from nmc_mesh import Particle, TetMesh, second_order, tetrahedralize
from nmc_mesh.errors import NmcMeshError
from nmc_mesh.mesher.certificate import compared_topology, proven_distances, proven_way_back
from tests.mesher.test_certificate import grain_distances, least_distances, places
from tests.mesher.test_way_back import lost_farther_off, surface_farther_off

SAMPLES, FACETS = 40, 80
"""Places on a facet, and facets of a mesh, that are looked at."""
FEW = 20
"""Facets whose distance from the boundaries of each of their grains is looked at, besides."""
CELLS, SURFACE = 2000, 40
"""Cells of a mesh, and places of its exact outer surface, that are looked at."""
Made = TypeVar("Made")
STAGES = ("mesh", "distances", "way back", "topology")
KINDS = ("whole", "second-order", "clipped")


class Tally:
    """What the soak has seen so far of one kind."""

    def __init__(self) -> None:
        self.meshes = self.cells = self.facets = 0
        self.unproven = self.unproven_back = self.boxes = 0
        self.looked = self.exceeded = self.looked_back = self.exceeded_back = 0
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.there: list[np.ndarray] = []
        self.back: list[np.ndarray] = []
        self.far_back: list[np.ndarray] = []
        self.two_sided: list[float] = []

    def timed(self, stage: str, work: Callable[[], Made]) -> Made:
        """Do work and add what it takes, in CPU seconds."""
        start = time.process_time()
        made = work()
        self.seconds[stage] += time.process_time() - start
        return made

    def report(self, kind: str) -> None:
        """Print the figures."""
        if self.meshes == 0:
            return
        print(f"{kind}: {self.meshes} meshes, {self.cells} tetrahedra, {self.facets} facets")
        for way, looked, exceeded in (
            ("facets looked at", self.looked, self.exceeded),
            ("places of exact boundaries looked at", self.looked_back, self.exceeded_back),
        ):
            print(f"  {looked} {way}, {exceeded} farther off than proven")
        print(
            f"  no common boundary near: {100 * self.unproven / self.facets:.3f} % of the facets"
            f"; without a way back: {100 * self.unproven_back / (self.cells + self.boxes):.4f} %"
        )
        for name, parts in (
            ("facets to boundaries", self.there), ("boundaries in cells to facets", self.back),
            ("the same, looked at", self.far_back),
        ):  # fmt: skip
            print(f"  {name}: {_shares(np.concatenate(parts))}")
        ordered = np.array(self.two_sided)
        passed = ", ".join(f"{100 * (ordered <= x).mean():.0f} % <= {x}" for x in (0.3, 0.6, 1, 2))
        print(f"  greatest of a mesh, both ways: {_shares(ordered)}; {passed}")
        mesh = self.seconds["mesh"]
        each = ", ".join(f"{name} {1e6 * self.seconds[name] / self.cells:.2f}" for name in STAGES)
        print(f"  CPU microseconds per tetrahedron: {each}")
        proofs = sum(self.seconds[name] for name in STAGES[1:])
        print(f"  all proofs: {100 * proofs / mesh:.0f} % of meshing", flush=True)


def _shares(values: np.ndarray) -> str:
    """Percentiles in edge lengths."""
    ordered = np.sort(values)
    found = [ordered[max(int(np.ceil(share / 100 * len(ordered))) - 1, 0)]
             for share in (50, 90, 99, 100)]  # fmt: skip
    return "50, 90, 99, 100 % within " + ", ".join(f"{value:.3f}" for value in found)


def input_of(number: int, kind: str, tally: Tally) -> tuple[Particle, TetMesh]:
    """Draw input ``number`` and mesh it; the time of meshing counts."""
    if kind == "clipped":
        particle, mesh = tally.timed("mesh", lambda: source(number, kind))
        assert isinstance(particle, Particle)
        return particle, mesh
    particle, size = drawn(number)
    mesh = tally.timed("mesh", lambda: tetrahedralize(particle, size))
    return particle, second_order(mesh, particle) if kind == "second-order" else mesh


def soak(number: int, kind: str, tally: Tally) -> None:
    """Prove one mesh and look at places of it."""
    particle, mesh = input_of(number, kind, tally)
    size = mesh.info["size"]
    either, bound = tally.timed("distances", lambda: proven_distances(mesh, particle)).T
    back = tally.timed("way back", lambda: proven_way_back(mesh, particle))
    tally.timed("topology", lambda: compared_topology(mesh, particle))
    rng = np.random.default_rng(number)
    wrong = 0
    if kind != "clipped":  # the bound by calculus knows no shell
        some = rng.choice(len(bound), min(FACETS, len(bound)), replace=False)
        points = places(mesh, SAMPLES, rng)[some]
        least = least_distances(mesh.facet_grains[some], particle, points).max(axis=1)
        wrong = int((bound[some] < least * (1 - 1e-9) - 1e-12).sum())
        tally.looked += len(some)
        # Among them those that may have no common boundary near: a bound of their own is theirs.
        some = np.argsort(either - bound, kind="stable")[:FEW]
        points = places(mesh, SAMPLES // 4, rng)[some]
        least = grain_distances(mesh.facet_grains[some], particle, points).max(axis=1)
        wrong += int((either[some] < least * (1 - 1e-9) - 1e-12).sum())
        tally.looked += len(some)
    missed, far = lost_farther_off(mesh, particle, back.cells, rng, CELLS)
    beyond, away = surface_farther_off(mesh, particle, back.boxes, rng, SURFACE)
    if wrong or missed or beyond:
        print(f"{number} {kind}: farther off than proven: {wrong}, {missed}, {beyond}")
    tally.exceeded += wrong
    tally.exceeded_back += missed + beyond
    tally.looked_back += len(far) + len(away)
    tally.meshes += 1
    tally.cells += len(mesh.cells)
    tally.facets += len(bound)
    tally.boxes += len(back.boxes)
    tally.unproven += int(np.isinf(bound).sum())
    tally.unproven_back += sum(int(np.isinf(values).sum()) for values in back)
    tally.there.append(either / size)
    tally.back.append(back.cells[back.cells > 0] / size)
    tally.far_back.append(far / size)
    worst = max(either.max(), back.cells.max(), back.boxes.max())
    tally.two_sided.append(float(worst / size))
    print(f"{number} {kind}: {len(bound)} facets, both ways {worst / size:.2f}", flush=True)


def main() -> None:
    """Run the soak and print the figures."""
    warnings.simplefilter("ignore")
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    tallies = {kind: Tally() for kind in KINDS}
    for number in range(first, first + total):
        kind = KINDS[number % len(KINDS)]
        try:
            soak(number, kind, tallies[kind])
        except NmcMeshError as error:
            print(f"{number} {kind}: no mesh: {error}", flush=True)
    for kind, tally in tallies.items():
        tally.report(kind)
    raise SystemExit(int(any(t.exceeded + t.exceeded_back for t in tallies.values())))


if __name__ == "__main__":
    main()
