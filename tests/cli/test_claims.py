"""Two runs into one output: the second is refused with a word, before its work."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nmc_mesh import files
from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError

pytest.importorskip("fcntl", reason="no locks on files here")
HOLD = """
import sys
from pathlib import Path
from nmc_mesh.files import claim
claim(Path("p.vtu"))
print("claimed", flush=True)
sys.stdin.read()
"""
GENERATE = ["generate", "--grains", "20", "-q", "--no-tables", "-o", "p.vtu"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def other(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is going to write p.vtu."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=pipe, stdout=pipe, text=True) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == "claimed\n"
        yield one
        one.kill()


def test_a_second_run_into_one_output_is_refused_until_the_first_has_ended(
    folder: Path, other: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(GENERATE) == FileError.exit_code
    assert capsys.readouterr().err == (
        "error: another run is writing 'p.vtu'; wait until it has ended, or choose another name\n"
    )
    assert run([*GENERATE[:-1], "q.vtu"]) == 0
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert (folder / ".p.vtu.claim").exists()  # as a killed process leaves it
    assert run(GENERATE) == 0
    assert {file.name for file in folder.iterdir()} == {"p.vtu", "q.vtu"}


def test_another_name_of_the_same_file_is_no_way_around(
    folder: Path, other: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "link.vtu").symlink_to("p.vtu")
    assert run([*GENERATE[:-1], "link.vtu"]) == FileError.exit_code
    assert "another run is writing 'link.vtu'" in capsys.readouterr().err
    assert run([*GENERATE[:-1], "../" + folder.name + "/p.vtu"]) == FileError.exit_code


def test_a_run_that_fails_gives_its_outputs_back(folder: Path) -> None:
    assert run(["generate", "--grains", "0", "-q", "-o", "p.vtu"]) != 0
    assert list(folder.iterdir()) == []
    assert not files._CLAIMED


def test_a_claim_holds_for_its_own_process(folder: Path) -> None:
    try:
        for _ in range(2):
            files.claim(Path("p.vtu"))
        files.write_text(Path("p.vtu"), "written")
    finally:
        files.release()
    assert [file.name for file in folder.iterdir()] == ["p.vtu"]
