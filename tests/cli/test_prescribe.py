"""Grains of prescribed statistics: drawn, told, and refused where they cannot be had."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError
from tests.cli.refusal import troubles

TARGETS = ["--grain-size", "0.6", "--aspect", "1.6", "--size-cv", "0.25"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_particle_has_the_grains_that_were_asked_for() -> None:
    command = ["generate", *TARGETS, "--grains", "60", "--size", "0.3", "-q", "-o", "p.vtu"]
    assert run(command) == 0
    with h5py.File("p_tables.h5") as tables:
        volumes = np.array(tables["grains/volume"])
    assert len(volumes) == pytest.approx(60, abs=2)
    diameters = np.cbrt(6 * volumes / np.pi)
    assert diameters.mean() == pytest.approx(0.6, rel=0.1)  # of sixty, meshed coarsely
    assert "grains of 0.6 um, aspect 1.6, cv 0.25" in str(nmc_mesh.read("p.vtu").info)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (TARGETS[:4], "--grain-size 0.5 --aspect 2 --size-cv 0.3"),
        ([*TARGETS[:4], "--size-cv", "2"], "cv of 2 .* is out of reach"),
        (["--grain-size", "0.6", "--aspect", "20", "--size-cv", "0.25"], "elongation of 20"),
        (["--grain-size", "-1", *TARGETS[2:]], "must be a positive number"),
    ],
)
def test_what_cannot_be_had_is_refused(
    given: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["generate", *given, "-q", "-o", "p.vtu"]) == InputError.exit_code
    assert re.search(words, troubles(capsys.readouterr().err))
    assert list(Path().iterdir()) == []
