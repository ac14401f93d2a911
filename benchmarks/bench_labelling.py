"""Exact labelling of 256^3 voxels against brute force, in the same run.

``python benchmarks/bench_labelling.py`` prints voxels per second and ratios;
``pytest benchmarks/bench_labelling.py`` measures the same by pytest-benchmark.
Brute force compares a voxel with every seed, on all threads too; it runs on a random sample of
the voxels, and its labels must equal those of the octree.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nmc_mesh import _core as core
from nmc_mesh.geometry.candidates import candidates, labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.parallel import for_chunks, get_threads
from nmc_mesh.typing import Floats, Ints

SEEDS = 30_205
VOXELS = 256
PIXEL = 0.05
SAMPLE = 20_000
TORCH = importlib.util.find_spec("torch") is not None


def diagram() -> GBPD:
    """Return seeds of the paper's density (0.0018 per px^3) with its ranges of D and r."""
    rng = np.random.default_rng(0)
    half = 0.5 * VOXELS * PIXEL
    return GBPD.radial(
        rng.uniform(-half, half, (SEEDS, 3)),
        rng.uniform(1, 10, (SEEDS, 3)),
        rng.uniform(0, np.pi, SEEDS),
        rng.uniform(0, 50 * PIXEL**2, SEEDS),
    )


def octree(gbpd: GBPD) -> Ints:
    origin = np.full(3, -0.5 * (VOXELS - 1) * PIXEL)
    return labels_on_grid(gbpd, origin, PIXEL, (VOXELS,) * 3)


def lists(gbpd: GBPD) -> Any:
    half = 0.5 * VOXELS * PIXEL
    return candidates(gbpd, [-half] * 3, [half] * 3, 8 * PIXEL, 4 * PIXEL)


def sample(gbpd: GBPD) -> tuple[Floats, Ints]:
    """Return some voxel centres and what the octree says about them."""
    index = np.random.default_rng(1).integers(0, VOXELS, (SAMPLE, 3))
    points = -0.5 * (VOXELS - 1) * PIXEL + index * PIXEL
    return points, octree(gbpd)[tuple(index.T)]


def brute_force(gbpd: GBPD, points: Floats) -> Ints:
    """Label by the search tree's root alone, which holds all seeds."""
    tree = gbpd.tree
    root = tree._replace(span=tree.span[:1], nodes=tree.nodes[:1])
    labels = np.empty(len(points), dtype=np.int32)
    for_chunks(len(points), 256, lambda a, b: core.label_points(root, points, a, b, labels))
    return labels


def brute_force_torch(gbpd: GBPD, points: Floats) -> Ints:
    import torch

    torch.set_num_threads(get_threads())
    seeds, matrices, offsets = (
        torch.from_numpy(np.array(a)) for a in (gbpd.seeds, gbpd.matrices, gbpd.offsets)
    )
    labels = []
    for part in torch.from_numpy(points).split(64):
        gap = part[:, None] - seeds
        costs = torch.einsum("pni,nij,pnj->pn", gap, matrices, gap) - offsets
        labels.append(costs.argmin(dim=1))
    return torch.cat(labels).numpy().astype(np.int32)


@pytest.fixture(scope="module")
def gbpd() -> GBPD:
    return diagram()


def test_octree(benchmark: Any, gbpd: GBPD) -> None:
    benchmark.extra_info["voxels"] = VOXELS**3
    benchmark.pedantic(octree, (gbpd,), rounds=3, warmup_rounds=1)


def test_candidates(benchmark: Any, gbpd: GBPD) -> None:
    benchmark.pedantic(lists, (gbpd,), rounds=3, warmup_rounds=1)


def test_brute_force(benchmark: Any, gbpd: GBPD) -> None:
    points, labels = sample(gbpd)
    benchmark.extra_info["voxels"] = SAMPLE
    found = benchmark.pedantic(brute_force, (gbpd, points), rounds=3, warmup_rounds=1)
    assert (found == labels).all()


@pytest.mark.skipif(not TORCH, reason="needs torch: pip install 'nmc-mesh[calibrate]'")
def test_brute_force_torch(benchmark: Any, gbpd: GBPD) -> None:
    points, labels = sample(gbpd)
    benchmark.extra_info["voxels"] = SAMPLE // 10
    found = benchmark.pedantic(brute_force_torch, (gbpd, points[: SAMPLE // 10]), rounds=3)
    assert (found == labels[: SAMPLE // 10]).mean() > 0.999


def fastest(work: Callable[[], object]) -> float:
    """Return the shortest of three times in seconds, after one call to compile."""
    work()
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def main() -> None:
    gbpd = diagram()
    points, labels = sample(gbpd)
    mismatches = int((brute_force(gbpd, points) != labels).sum())
    print(f"{SEEDS} seeds, {VOXELS}^3 voxels, {get_threads()} threads; {mismatches} mismatches")
    speed = VOXELS**3 / fastest(lambda: octree(gbpd))
    print(f"octree              {speed:12.4g} voxels/s")
    slow = SAMPLE / fastest(lambda: brute_force(gbpd, points))
    print(f"brute force         {slow:12.4g} voxels/s   octree is {speed / slow:.0f} times as fast")
    if TORCH:
        few = points[: SAMPLE // 10]
        slow = len(few) / fastest(lambda: brute_force_torch(gbpd, few))
        ratio = speed / slow
        print(f"brute force, torch  {slow:12.4g} voxels/s   octree is {ratio:.0f} times as fast")
    else:
        print("brute force, torch  not installed: pip install 'nmc-mesh[calibrate]'")
    seconds = fastest(lambda: lists(gbpd))
    print(f"candidate lists     {seconds:12.3g} s for boxes of 8 px with a slack of 4 px")


if __name__ == "__main__":
    main()
