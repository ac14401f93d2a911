"""What every refusal of the command line looks like."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nmc_mesh.cli.main import run


def troubles(err: str) -> str:
    """What stands on standard error besides a line for each stage that was done."""
    lines = err.splitlines(keepends=True)
    return "".join(line for line in lines if not re.fullmatch(r"[\w ]+: \d+\.\d s\n", line))


def refused(
    arguments: list[str], folder: Path, code: int, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Assert one line on stderr that names the remedy, the exit code, and no file left."""
    assert run(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    last = troubles(err)
    assert last.startswith("error: ")
    assert last.count("\n") == 1
    assert remedy in err
    assert list(folder.iterdir()) == []
