"""Killed for real: client, worker, scheduler, disk. A second call ends with the same data set."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nmc_mesh.dataset.engine import make_dataset
from nmc_mesh.dataset.recipe import load_recipe
from nmc_mesh.dataset.settings import Settings
from nmc_mesh.dataset.verify import verify_dataset
from nmc_mesh.errors import FileError, ResourceError
from tests.dataset.plans import (
    ROOT,
    VOXELS,
    Cluster,
    killed_hard,
    lines_of,
    plan_text,
    started,
    until,
    written_plan,
)

NUMBER = 24
ALONE = Settings(processes=1)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written_plan(tmp_path_factory.mktemp("kills"), plan_text(VOXELS, number=NUMBER))


@pytest.fixture(scope="module")
def digest(plan: Path) -> str:
    """Of the data set when nobody is killed."""
    return make_dataset(load_recipe(plan), plan.parent / "undisturbed", ALONE).digest


def descendants(pid: int) -> Iterator[int]:
    """Children and theirs; processes and threads may end while we look."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return
    for task in tasks:
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield int(child)
            yield from descendants(int(child))


def python_workers(pid: int) -> list[int]:
    """Processes of a local cluster that make particles."""
    found = []
    for child in descendants(pid):
        try:
            line = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if b"spawn_main" in line or b"forkserver" in line:
            found.append(child)
    return found


def files_of(folder: Path) -> dict[int, Any]:
    """Hashes and sizes of the files of every particle that the manifest tells of."""
    lines = (folder / "manifest.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines if '"status":"done"' in line]
    return {record["k"]: record["files"] for record in records}


def finished(plan: Path, folder: Path, digest: str) -> None:
    """Call again, alone; the data set must be the undisturbed one, and sound."""
    again = make_dataset(load_recipe(plan), folder, ALONE)
    assert (again.done, again.failed) == (NUMBER, 0)
    assert files_of(folder) == files_of(plan.parent / "undisturbed")  # names what differs
    assert again.digest == digest
    assert verify_dataset(folder, hashes_only=True).sound
    assert not list(folder.glob(".partial-*"))


def test_the_client_alone_is_killed(plan: Path, digest: str, tmp_path: Path) -> None:
    process = started(plan, "-o", tmp_path / "d", "--processes", "1")
    until(lambda: lines_of(tmp_path / "d") > 0 or process.poll() is not None)
    killed_hard(process)
    assert 0 < lines_of(tmp_path / "d") < NUMBER
    finished(plan, tmp_path / "d", digest)


def test_client_and_worker_of_a_local_cluster_are_killed(
    plan: Path, digest: str, tmp_path: Path
) -> None:
    """First a worker dies and the work goes on; then the client dies, and its workers with it."""
    process = started(plan, "-o", tmp_path / "d", "--processes", "2")
    until(lambda: lines_of(tmp_path / "d") > 0 or process.poll() is not None)
    workers = python_workers(process.pid)
    os.kill(workers[-1], signal.SIGKILL)
    before = lines_of(tmp_path / "d")
    until(lambda: lines_of(tmp_path / "d") > before or process.poll() is not None)
    everybody = list(descendants(process.pid)) if process.poll() is None else []
    killed_hard(process)
    until(lambda: not any(Path(f"/proc/{pid}/cwd").exists() for pid in everybody))
    finished(plan, tmp_path / "d", digest)


def test_a_killed_worker_loses_nothing(plan: Path, digest: str, tmp_path: Path) -> None:
    process = started(plan, "-o", tmp_path / "d", "--processes", "2")
    until(lambda: len(python_workers(process.pid)) > 1 or process.poll() is not None)
    until(lambda: lines_of(tmp_path / "d") > 0 or process.poll() is not None)
    os.kill(python_workers(process.pid)[0], signal.SIGKILL)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert digest in out.replace("\n", "")
    assert lines_of(tmp_path / "d") == NUMBER


@pytest.mark.parametrize(("group", "times"), [(False, 1), (True, 2)])
def test_an_interrupt_is_answered_and_leaves_nothing(
    group: bool, times: int, tmp_path: Path
) -> None:
    long = written_plan(tmp_path, plan_text(VOXELS, number=3_000))
    out = tmp_path / "out"
    process = started(long, "-o", out, "--processes", "2")
    until(lambda: lines_of(out) > 0 or process.poll() is not None)
    before, children = lines_of(out), list(descendants(process.pid))
    for _ in range(times):
        (os.killpg if group else os.kill)(process.pid, signal.SIGINT)
    error = process.communicate()[1]
    assert process.returncode == 130, error
    assert [line for line in error.splitlines() if line][-2:] == [
        "stopping; what is done stays done, and the same command goes on with it",
        "error: interrupted; nothing half-written was left behind",
    ]
    until(lambda: not any(Path(f"/proc/{pid}/cwd").exists() for pid in children))
    assert [path.name for path in out.rglob(".*")] == [".lock"]
    assert lines_of(out) >= before
    found = verify_dataset(out)
    assert (found.wrong, found.checked) == ({}, lines_of(out))


def test_a_scheduler_is_cut_off_and_comes_back(plan: Path, digest: str, tmp_path: Path) -> None:
    folder = tmp_path / "d"
    with Cluster(tmp_path / "first.json") as (scheduler, address):
        process = started(plan, "-o", folder, "--scheduler", address)
        until(lambda: lines_of(folder) > 0 or process.poll() is not None)
        scheduler.kill()
        _, err = process.communicate(timeout=120)
    assert process.returncode == ResourceError.exit_code, err
    told = err.splitlines()[-1]
    assert told.startswith("error: the connection to the Dask scheduler was cut; call again")
    assert "Traceback" not in err
    assert 0 < lines_of(folder) < NUMBER
    finished(plan, folder, digest)


def test_the_disk_is_full(plan: Path, digest: str, tmp_path: Path) -> None:
    """No file may grow beyond 22 kB, a little less than the larger particles."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (22_000, 22_000))

    process = started(plan, "-o", tmp_path / "d", "--processes", "1", preexec_fn=small)
    _, err = process.communicate(timeout=240)
    assert process.returncode == FileError.exit_code
    assert err.splitlines()[-1].startswith("error: cannot write")
    assert "what is done stays done" in err
    assert "Traceback" not in err
    assert lines_of(tmp_path / "d") < NUMBER
    finished(plan, tmp_path / "d", digest)


def test_a_small_disk_is_really_full(plan: Path, digest: str, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk")
    try:
        code = "import nmc_mesh.dataset.engine as e; e._check_disk = lambda *_: None; "
        code += "from nmc_mesh.cli.main import main; main()"
        command = [sys.executable, "-c", code, "dataset", str(plan), "-o", str(disk / "d")]
        found = subprocess.run(
            [*command, "--processes", "1"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert found.returncode == FileError.exit_code
        assert "No space left on device" in found.stderr
        assert 0 < lines_of(disk / "d") < NUMBER
        shutil.copytree(disk / "d", tmp_path / "d")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    finished(plan, tmp_path / "d", digest)
