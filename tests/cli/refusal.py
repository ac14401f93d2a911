"""What every refusal of the command line looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from nmc_mesh.cli.main import run


def refused(
    arguments: list[str], folder: Path, code: int, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Assert one line on stderr that names the remedy, the exit code, and no file left."""
    assert run(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert remedy in err
    assert list(folder.iterdir()) == []
