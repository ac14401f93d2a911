"""The command ``rve``, and what ``homogenize`` and ``check`` make of its files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run


def test_a_cell_is_drawn_meshed_written_and_homogenized(tmp_path: Path) -> None:
    mesh, table = tmp_path / "rve.msh", tmp_path / "effective.json"
    assert run(["rve", "-q", "--grains", "8", "--box", "1.5", "-o", str(mesh)]) == 0
    body = nmc_mesh.read(mesh)
    assert body.info["period"] == [1.5] * 3
    assert len(body.grains) == 8
    assert run(["check", "-q", str(mesh)]) == 0
    only = ["--material", "nmc811", "--only", "diffusivity"]
    assert run(["homogenize", "-q", str(mesh), *only, "-o", str(table)]) == 0
    known = {way: np.array(v) for way, v in json.loads(table.read_text())["diffusivity"].items()}
    assert np.linalg.eigvalsh(known["gradient"] - known["periodic"]).min() > 0
    assert np.linalg.eigvalsh(known["periodic"] - known["flux"]).min() > 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--grains", "0"], "number of grains"),
        (["--box", "-1"], "positive"),
        (["--grains", "9", "--size", "0.5"], "take a size of at most"),
    ],
)
def test_what_makes_no_cell_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert run(["rve", "-q", *options, "-o", str(tmp_path / "rve.msh")]) == 3
    assert words in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())
