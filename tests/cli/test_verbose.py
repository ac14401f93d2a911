"""Logs instead of silence, for those who listen; completion for shells."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.progress import LOG


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    np.save(tmp_path / "labels.npy", np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int))
    return tmp_path / "labels.npy"


def test_verbose_tells_of_stages_of_the_mesh_and_of_files(
    labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mesh = labels.with_suffix(".msh")
    words = ["mesh", str(labels), "--spacing", "0.5", "-o", str(mesh), "-q", "-v"]
    assert run(words) == 0
    out, told = capsys.readouterr()
    assert out == ""
    for line in ("write: begins", "write: done", "meshed: TetMesh(2 grains", f"written: {mesh}"):
        assert line in told
    assert LOG.level == logging.NOTSET
    assert [type(handler) for handler in LOG.handlers] == [logging.NullHandler]
    assert run(words[:-1]) == 0
    assert capsys.readouterr().err == ""


def test_python_programs_hear_of_stages_if_they_listen(caplog: pytest.LogCaptureFixture) -> None:
    image = nmc_mesh.LabelImage(np.ones((3, 3, 3), int), spacing=0.5)
    nmc_mesh.tetrahedralize(image, size=0.5)
    assert caplog.messages == []
    with caplog.at_level(logging.INFO, "nmc_mesh"):
        nmc_mesh.tetrahedralize(image, size=0.5)
    assert any(message.endswith(": done") for message in caplog.messages)
    assert {record.name for record in caplog.records} == {"nmc_mesh"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_what_it_needs(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert f"_NMC_MESH_COMPLETE={shell}_complete" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "number", "expected"),
    [("nmc-mesh gen", 1, "generate"), ("nmc-mesh mesh --sp", 2, "--spacing")],
)
def test_commands_and_options_are_completed(words: str, number: int, expected: str) -> None:
    """As bash asks: the words so far, and which of them is being typed."""
    asked = {"_NMC_MESH_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
    answer = subprocess.run(
        [sys.executable, "-m", "nmc_mesh"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
    )
    assert answer.stdout.splitlines() == [f"plain,{expected}"], answer.stderr
