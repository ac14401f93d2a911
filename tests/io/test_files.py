"""Files appear whole, together, at the end of links; what a killed process left is swept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nmc_mesh import files
from nmc_mesh.errors import FileError
from nmc_mesh.files import claim, release, together, write_text, written

HOLD = """
import sys, time
from pathlib import Path
from nmc_mesh.files import written
with written(Path(sys.argv[1])) as beside:
    beside.name(Path(sys.argv[1])).write_text("half")
    print("there", flush=True)
    time.sleep(100)
"""


def holding(path: Path) -> subprocess.Popen[str]:
    """A process that has begun to write a file."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    return process


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_process_left_is_swept_by_the_next_one(tmp_path: Path) -> None:
    process = holding(tmp_path / "a[1].txt")
    write_text(tmp_path / "a[1].txt", "mine")
    assert len(names(tmp_path)) == 2  # it lives: its file stays
    process.send_signal(signal.SIGKILL)
    process.communicate()
    write_text(tmp_path / "b.txt", "other")
    assert len(names(tmp_path)) == 3
    write_text(tmp_path / "a[1].txt", "mine")
    assert names(tmp_path) == ["a[1].txt", "b.txt"]


def test_a_link_stays_and_a_pipe_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "there" / "real.txt")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "there" / "real.txt").read_text() == "new"
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(FileError, match=r"pipe\.txt is no plain file"):
        write_text(tmp_path / "pipe.txt", "new")
    assert names(tmp_path) == ["link.txt", "pipe.txt", "there"]


@pytest.mark.parametrize("name", ["n" * 251 + ".txt", "ü" * 120 + ".txt"])
def test_a_name_may_be_as_long_as_names_can_be(name: str, tmp_path: Path) -> None:
    write_text(tmp_path / name, "x")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("threads", [0, 2])
def test_a_signal_between_two_files_waits_for_both(
    threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(len(names(tmp_path))))
    replace = os.replace

    def struck(source: Path, target: Path) -> None:
        replace(source, target)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(os, "replace", struck)
    done = threading.Event()
    others = [threading.Thread(target=done.wait) for _ in range(threads)]
    for other in others:
        other.start()
    try:
        with written(tmp_path / "a") as beside:
            for name in "abc":
                beside.name(tmp_path / name).write_text(name)
    finally:
        signal.signal(signal.SIGTERM, before)
        done.set()
        for other in others:
            other.join()
    assert heard == [3]
    assert names(tmp_path) == ["a", "b", "c"]


def test_a_process_that_signals_end_dies_of_them_after_the_files(tmp_path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from nmc_mesh.files import written
replace = os.replace
def struck(source, target):
    replace(source, target)
    os.kill(os.getpid(), signal.SIGTERM)
os.replace = struck
with written(Path("a")) as beside:
    for name in "ab":
        beside.name(Path(name)).write_text(name)
print("not reached")
"""
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert run.returncode == -signal.SIGTERM
    assert run.stdout == ""
    assert names(tmp_path) == ["a", "b"]


def set_of(*files: Path, text: str = "new", then: BaseException | None = None) -> None:
    """Write some files together; something may happen when all are written."""
    before = {file: file.exists() and file.read_text() for file in files}
    with together():
        for file in files:
            write_text(file, text)
        assert {file: file.exists() and file.read_text() for file in files} == before
        if then is not None:
            raise then


def test_a_set_of_files_appears_together_or_not_at_all(tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        set_of(one, two, then=KeyboardInterrupt())
    assert [path.name for path in tmp_path.iterdir()] == ["one.txt"]
    assert one.read_text() == "old"
    set_of(one, two, one)
    assert (one.read_text(), two.read_text()) == ("new", "new")
    assert len(list(tmp_path.iterdir())) == 2
    write_text(one, "alone again")
    assert one.read_text() == "alone again"


def test_a_file_of_a_set_that_cannot_be_written_stops_all(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not exist"):
        set_of(tmp_path / "one.txt", tmp_path / "none" / "two.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_signal_while_an_output_is_reserved_leaves_nothing_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = files.fcntl.flock

    def interrupted(handle: int, how: int) -> None:
        lock(handle, how)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(files.fcntl, "flock", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # shells may ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            claim(tmp_path / "p.msh")
    finally:
        signal.signal(signal.SIGINT, before)
    assert [path.name for path in tmp_path.iterdir()] == [".p.msh.claim"]
    release()
    assert not list(tmp_path.iterdir())
