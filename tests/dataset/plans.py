"""Small plans: particles of a dozen grains, made in hundredths of a second."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nmc_mesh.dataset.plan import parse_plan
from nmc_mesh.dataset.recipe import Recipe, load_recipe, resolve
from nmc_mesh.particle.model import load_table
from nmc_mesh.particle.schema import ModelTable
from nmc_mesh.particle.writer import format_model

ROOT = Path(__file__).parents[2]
HEAD = """
name = "tiny"
number = {number}
seed = {seed}
[particles]
model = "tiny.toml"
diameter = {diameter}
"""
VOXELS = "[voxels]\nspacing = 0.1\n"
_PARENT_DEATH = 1
MESHES = '[meshes]\nsize = 0.15\nformats = [".vtu", ".xdmf"]\n'


def tiny_model() -> ModelTable:
    """Return the model nmc-radial in a window no larger than the particle needs."""
    table = load_table("nmc-radial").model_dump()
    table["name"] = "tiny"
    table["grains"]["window_half"] = 1.0
    return ModelTable.model_validate(table)


def plan_text(
    *tables: str, number: int = 4, seed: int = 1, diameter: str = "{ low = 1.2, high = 1.5 }"
) -> str:
    return HEAD.format(number=number, seed=seed, diameter=diameter) + "".join(tables)


def written_plan(folder: Path, text: str, name: str = "plan.toml") -> Path:
    """Write a plan and its model into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tiny.toml").write_text(format_model(tiny_model()), encoding="utf-8")
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def recipe_of(folder: Path, *tables: str, **values: object) -> Recipe:
    return load_recipe(written_plan(folder, plan_text(*tables, **values)))  # type: ignore[arg-type]


def shipped(*tables: str, model: str = "nmc-radial", number: int = 4) -> Recipe:
    text = f'name = "s"\nnumber = {number}\n[particles]\nmodel = "{model}"\n' + "".join(tables)
    return resolve(parse_plan(text))


def die_with_parent() -> None:
    """Let the system (Linux) kill this process with the tests that started it.

    Workers of Dask end when their nanny is gone; asked politely, it waits for its scheduler.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "prctl"):
        library.prctl(_PARENT_DEATH, signal.SIGKILL)


def started(*arguments: str | Path, **options: object) -> subprocess.Popen[str]:
    """Start ``nmc-mesh dataset`` in a session of its own."""
    program = "from nmc_mesh.cli.main import main; main()"
    command = [sys.executable, "-c", program, "dataset", *map(str, arguments)]
    before: Callable[[], None] = options.pop("preexec_fn", lambda: None)  # type: ignore[assignment]

    def begin() -> None:
        die_with_parent()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
        before()

    return subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=begin,
        **options,  # type: ignore[call-overload]
    )


def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def lines_of(folder: Path) -> int:
    """Particles that the manifest of a data set tells of."""
    path = folder / "manifest.jsonl"
    return path.read_bytes().count(b'"status":"done"') if path.exists() else 0


def killed_hard(process: subprocess.Popen[str]) -> None:
    """End a process without a chance to clean up."""
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)


class Cluster:
    """A Dask scheduler and two workers in processes of their own, with an environment of theirs."""

    def __init__(self, file: Path, **environment: str) -> None:
        self._file, self._environment = file, environment
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> tuple[subprocess.Popen[bytes], str]:
        name = ["--scheduler-file", str(self._file)]
        quiet = ["--no-dashboard"]
        self._start("distributed.cli.dask_scheduler", *name, "--port", "0", *quiet)
        until(self._file.exists)
        one = ["--nthreads", "1", "--nworkers", "2", "--memory-limit", "0"]
        self._start("distributed.cli.dask_worker", *name, *one, *quiet)
        until(lambda: b"{" in self._file.read_bytes())
        return self._processes[0], str(json.loads(self._file.read_text())["address"])

    def __exit__(self, *_: object) -> None:
        for process in self._processes[::-1]:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, module: str, *arguments: str) -> None:
        self._processes.append(
            subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env={**os.environ, "PYTHONPATH": str(ROOT), **self._environment},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self._file.parent,
                preexec_fn=die_with_parent,
            )
        )
