"""What a command costs before it works: processor seconds of short commands, as a table.

    python benchmarks/bench_start.py [ROUNDS]

Each command runs in a process of its own, ROUNDS times (5); the least processor time (user and
system, all threads) and the least wall time count. The first two rows are what any program on this
stack pays: Python alone, and numpy. The last column is what is to be reached.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nmc_mesh import load_model

MODEL = "nmc-radial"
GRAINS = 20
COMMAND = "import sys; from nmc_mesh.cli import main; sys.exit(main())"
NEW = "import os, sys; sys.argv[-1] += f'/{os.getpid()}.toml'; "  # a file of its own every time
TO_REACH = {"nmc-mesh": 0.4, "info": 0.4, "dataset": 0.4, "generate": 1.0}  # s, by first word


def commands(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Name and arguments of Python of what is measured, files in this folder."""
    size = load_model(MODEL).grains.grain_size
    diameter = f"{size * (6 * GRAINS / np.pi) ** (1 / 3):.3g}"
    mesh = str(folder / "few.msh")
    yield "python", ["-c", "pass"]
    yield "import numpy", ["-c", "import numpy"]
    yield "import nmc_mesh", ["-c", "import nmc_mesh"]
    yield "open the core", ["-c", "from nmc_mesh import _core; _core.label_points"]
    yield "nmc-mesh --help", ["-c", COMMAND, "--help"]
    yield "nmc-mesh models", ["-c", COMMAND, "models"]
    options = ["--model", MODEL, "--diameter", diameter, "--seed", "1", "-q", "-o", mesh]
    yield f"generate, {GRAINS} grains", ["-c", COMMAND, "generate", *options]
    yield "info, of that mesh", ["-c", COMMAND, "info", mesh]
    yield "dataset --init", ["-c", NEW + COMMAND, "dataset", "--init", str(folder)]


def spent(arguments: list[str]) -> tuple[float, float]:
    """Processor and wall seconds of one process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'command':<24} {'processor s':>11} {'wall s':>8} {'to reach':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in commands(Path(folder)):
            times = [spent(arguments) for _ in range(rounds)]
            processor, wall = (min(column) for column in zip(*times, strict=True))
            goal = TO_REACH.get(name.replace(",", "").split()[0], "")
            print(f"{name:<24} {processor:>11.2f} {wall:>8.2f} {goal:>9}", flush=True)


if __name__ == "__main__":
    main()
