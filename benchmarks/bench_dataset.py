"""What data sets cost: drawing, storing, the engine, a table against grains and particles.

    python benchmarks/bench_dataset.py            # everything, some minutes
    python benchmarks/bench_dataset.py engine     # one part: rates, bytes, engine, scaling, table

``pytest benchmarks/bench_dataset.py`` measures small parts by pytest-benchmark. Seconds of a core
(CPU time) do not depend on who else uses the machine; walls and ratios of walls do. The paper
states 2.37 ms per shell and 7.06 us per grain in analytic form on other hardware
(doi 10.1038/s43246-024-00728-5, "Computational speed").
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh.dataset import engine
from nmc_mesh.dataset.design import Item
from nmc_mesh.dataset.engine import make_dataset
from nmc_mesh.dataset.make import make
from nmc_mesh.dataset.manifest import Manifest
from nmc_mesh.dataset.plan import parse_plan
from nmc_mesh.dataset.recipe import Recipe, resolve
from nmc_mesh.dataset.settings import Settings, State
from nmc_mesh.dataset.store import load_particle
from nmc_mesh.dataset.trim import trimmed
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.io.particle import arrays_of
from nmc_mesh.parallel import get_threads, set_threads
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.voxelize import voxelize

MODEL = "nmc-radial"
SHELLS, STUBS = 20_000, 2_500
VOXELS = "[voxels]\nspacing = {spacing}\n"


def recipe(number: int, diameter: float | str, *tables: str, seed: int = 1) -> Recipe:
    head = f'name = "bench"\nnumber = {number}\nseed = {seed}\n[particles]\nmodel = "{MODEL}"\n'
    return resolve(parse_plan(head + f"diameter = {diameter}\n" + "".join(tables)))


def shells() -> int:
    load_model(MODEL).shell.sample_many(SHELLS, np.random.default_rng(0))
    return SHELLS


def grains() -> int:
    """Seeds and marks of the paper's window, as a power diagram."""
    return len(load_model(MODEL).grains.sample(6.4, np.random.default_rng(0)))


def labels() -> int:
    particle = load_model(MODEL).sample(1, 4.0)
    lower, upper = particle.bounds()
    shape = tuple(int(n) for n in (upper - lower) / 0.02)
    return labels_on_grid(particle.tessellation, lower, 0.02, shape).size  # type: ignore[arg-type]


def voxels() -> int:
    return voxelize(load_model(MODEL).sample(1, 4.0), 0.02).labels.size


def timed(work: Callable[[], int], repeat: int = 3) -> tuple[float, float]:
    """Best (things per second of wall, microseconds of a core per thing)."""
    work()
    best_wall = best_cpu = np.inf
    count = 1
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        count = work()
        best_wall = min(best_wall, time.perf_counter() - wall)
        best_cpu = min(best_cpu, time.process_time() - cpu)
    return count / best_wall, 1e6 * best_cpu / count


def rates() -> None:
    """Shells, grains, voxels."""
    print(f"{get_threads()} threads")
    sampled = timed(lambda: bool(load_model(MODEL).sample(1, 4.0)) and 1)
    for name, work in (("shell", shells), ("grain (seed with marks)", grains)):
        rate, cpu = timed(work)
        print(f"  {name:26} {rate:12,.0f} per s   {cpu:8.2f} us of a core each")
    for name, work in (("voxel: labels alone", labels), ("voxel: voxelize", voxels)):
        count = work()
        rate, cpu = timed(work)
        wall = count / rate - 1 / sampled[0]
        print(
            f"  {name:26} {count / wall / 1e6:8.1f} million per s of wall, "
            f"{count / (cpu * count / 1e6 - sampled[1] / 1e6) / 1e6:.1f} per s of a core"
        )


def bytes_of() -> None:
    """Analytic form against voxels."""
    print(f"{'diameter':>8} {'grains':>7} {'seeds':>7} {'analytic':>9} {'per grain':>9} "
          f"{'voxels':>9} {'gzip':>8}   kB; voxels of 0.05 um, 16 bits")  # fmt: skip
    for diameter in (2.0, 4.0, 8.0):
        whole = recipe(1, diameter, VOXELS.format(spacing=0.05))
        with tempfile.TemporaryDirectory() as folder:
            record = make(whole, whole.designer[0], Path(folder))
            bare = make(recipe(1, diameter), whole.designer[0]._replace(spacing=None), Path(folder))
        particle = trimmed(whole.models[MODEL].sample(1, diameter))
        per_seed = sum(a.nbytes for a in arrays_of(particle, "single").values())
        found = record["quality"]
        analytic = bare["files"]["0000000.h5"][1]
        stored = record["files"]["0000000.h5"][1]
        count = int(np.prod(found["shape"]))
        print(
            f"{diameter:8.1f} {found['grains']:7d} {found['seeds']:7d} {analytic / 1e3:9.1f} "
            f"{per_seed / particle.n_grains:7.0f} B {2 * count / 1e3:9.0f} "
            f"{(stored - analytic) / 1e3:8.0f}"
        )


def stub(folder: str, recipe_id: str, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Stand-in for ``work`` that makes nothing."""
    files = {"0000000.h5": ["0" * 64, 1]}
    return [
        {"k": i.k, "status": "done", "values": i.values(), "files": files, "quality": {},
         "seconds": {"draw": 0.1}, "cpu": 0.1}
        for i in items
    ]  # fmt: skip


def idle(number: int, processes: int) -> tuple[float, float]:
    """Seconds of wall and of this core that the engine takes for particles without work."""
    folder = Path(tempfile.mkdtemp())
    whole = recipe(number, "{ low = 2.0, high = 4.0 }")
    real = engine.work, engine.probes, engine.write_cards
    engine.work, engine.probes = stub, lambda *_: []  # type: ignore[assignment]
    engine.write_cards = lambda *_: ("", 0)
    try:
        cpu = time.process_time()
        found = make_dataset(whole, folder / "d", Settings(processes=processes))
        return found.seconds, time.process_time() - cpu
    finally:
        engine.work, engine.probes, engine.write_cards = real
        shutil.rmtree(folder)


def engine_cost() -> None:
    """The engine alone (the start of workers taken off), and what files cost."""
    for processes in (1, 2):
        few, many = (np.array(idle(number, processes)) for number in (STUBS, 4 * STUBS))
        wall, cpu = 1e6 * (many - few) / (3 * STUBS)
        print(
            f"  engine, {processes} process(es): {wall:8.1f} us per particle, {cpu:.1f} of a core"
        )
    whole = recipe(1, 2.0)
    with tempfile.TemporaryDirectory() as folder:
        times = [make(whole, whole.designer[0], Path(folder))["seconds"]["write"] for _ in range(9)]
    print(f"  its file (write, fsync, hash, rename): {1e3 * np.median(times):.1f} ms per particle")


def scaling(number: int = 48, rounds: int = 1) -> None:
    """Two processes against one, in turn, once everybody has started."""
    whole = recipe(number, 2.0, VOXELS.format(spacing=0.05))
    rates: dict[int, float] = {1: 0.0, 2: 0.0}
    cores: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for processes in (1, 2):
            ticks: list[tuple[float, int]] = []

            def note(state: State, ticks: list[tuple[float, int]] = ticks) -> None:
                if state.stage == "make":
                    ticks.append((state.seconds, state.done))

            with tempfile.TemporaryDirectory() as folder:
                make_dataset(whole, Path(folder) / "d", Settings(processes=processes), note)
                records = list(Manifest(Path(folder) / "d", number).records())
            first = next(tick for tick in ticks if tick[1] >= number // 3)
            rate = (ticks[-1][1] - first[1]) / (ticks[-1][0] - first[0])
            rates[processes] = max(rates[processes], rate)
            cores[processes] += [record["cpu"] for record in records]
    one, two = (float(np.median(cores[n])) for n in (1, 2))
    print(
        f"  {rates[1]:.2f} and {rates[2]:.2f} particles per s of wall: "
        f"{rates[2] / rates[1]:.2f} times\n"
        f"  median {one:.3f} and {two:.3f} core seconds per particle: two free cores give "
        f"{2 * one / two:.2f} times"
    )


def table() -> None:
    """Cost against grains, one core; a million particles on 6,400 cores."""
    print(f"{'diameter':>8} {'grains':>7} {'draw':>6} {'voxels':>7} {'mesh':>6} {'write':>6} "
          f"{'core s':>7} {'kB':>8} {'10^6: core h':>13} {'TB':>6}")  # fmt: skip
    set_threads(1)
    meshes = '[meshes]\nformats = [".vtu"]\n'
    for diameter in (2.0, 3.0, 4.0, 6.0):
        for tables in ((VOXELS.format(spacing=0.05),), (VOXELS.format(spacing=0.05), meshes)):
            if meshes in tables and diameter > 4:
                continue
            whole = recipe(1, diameter, *tables)
            with tempfile.TemporaryDirectory() as folder:
                make(whole, whole.designer[0], Path(folder))
                record = make(whole, whole.designer[0], Path(folder))
            s, size = record["seconds"], sum(v[1] for v in record["files"].values())
            cpu = record["cpu"]
            print(
                f"{diameter:8.1f} {record['quality']['grains']:7d} {s['draw']:6.2f} "
                f"{s['voxels']:7.2f} {s.get('mesh', 0):6.2f} {s['write']:6.2f} {cpu:7.2f} "
                f"{size / 1e3:8.0f} {cpu * 1e6 / 3600:13,.0f} {size / 1e6:6.2f}"
            )
    set_threads(None)


PARTS: dict[str, Callable[[], None]] = {
    "rates": rates,
    "bytes": bytes_of,
    "engine": engine_cost,
    "scaling": scaling,
    "table": table,
}


@pytest.mark.parametrize("work", [shells, grains], ids=["shells", "grains"])
def test_bench_draw(benchmark: Any, work: Callable[[], int]) -> None:
    assert benchmark.pedantic(work, rounds=3, warmup_rounds=1) > 0


def test_bench_stored_particle(benchmark: Any, tmp_path: Path) -> None:
    whole = recipe(1, 2.0)
    make(whole, whole.designer[0], tmp_path)
    path = next(tmp_path.rglob("*.h5"))
    assert benchmark(load_particle, path).n_grains > 10


def main() -> None:
    """Print the parts that are asked for."""
    for name in sys.argv[1:] or PARTS:
        print(f"{name}: {PARTS[name].__doc__}")
        PARTS[name]()


if __name__ == "__main__":
    main()
