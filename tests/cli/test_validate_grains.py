"""``validate grains`` refuses what cannot be compared before it draws anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.validation import grains_compare


@pytest.fixture(autouse=True)
def _no_ball(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*_: object, **__: object) -> None:
        raise AssertionError("a ball was drawn")

    monkeypatch.setattr(grains_compare, "draw_ball", drawn)


def sections(folder: Path, step: float) -> str:
    """Sections of a disc of 120 pixels across, of 36 grains."""
    x, y = np.meshgrid(np.arange(128) - 63.5, np.arange(128) - 63.5, indexing="ij")
    block = (1 + (x + 64) // 22 + 6 * ((y + 64) // 22)).astype(np.uint8)
    np.save(folder / "map.npy", np.where(np.hypot(x, y) < 60, block, 0))
    stored = folder / "s.h5"
    line = ["sections", str(folder / "map.npy"), "--spacing", str(step), "--no-fit", "-q"]
    assert run([*line, "-o", str(stored)]) == 0
    return str(stored)


def test_pixels_larger_than_the_grains_of_the_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["validate", "grains", "nmc-radial", sections(tmp_path, 0.5), "-q", "-o"]
    assert run([*line, str(tmp_path / "fit.json")]) == InputError.exit_code
    told = capsys.readouterr().err
    assert told.startswith("error: map.npy has pixels of 0.5 um, too coarse for the grains of nmc-")
    assert told.count("\n") == 1
    assert not (tmp_path / "fit.json").exists()


def test_balls_that_do_not_fit_the_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmc_mesh.memory.free_memory", lambda: 2**27)
    line = ["validate", "grains", "nmc-radial", sections(tmp_path, 0.2), "-q", "-o"]
    assert run([*line, str(tmp_path / "fit.json")]) == ResourceError.exit_code
    told = capsys.readouterr().err
    assert "GiB are free; compare a section of a smaller particle" in told
