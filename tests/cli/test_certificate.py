"""Certificates on the command line: demands refuse, tables keep what is proven."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.cli.main import run
from nmc_mesh.io import write, write_particle
from tests.mesher.test_second_order import ball, round_mesh

DRAW = ("generate", "--diameter", "1.0", "--seed", "3")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    file = tmp_path / "ball.msh"
    write(file, round_mesh(0.3))
    return file


def test_check_proves_distances_with_the_particle_beside(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", str(written)]) == 0
    assert "proven distance" not in capsys.readouterr().out
    write_particle(written.with_suffix(".h5"), ball(1.0))
    assert run(["check", str(written), "--require", "angle>=5, distance<=0.3"]) == 0
    assert "proven distance" in capsys.readouterr().out
    assert run(["check", str(written), "--require", "angle>=50"]) == 6
    assert "short of angle>=50" in capsys.readouterr().err


def test_a_demand_that_cannot_be_judged_or_read_is_unusable_input(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", str(written), "--require", "distance<=0.3"]) == 3
    assert "name the particle" in capsys.readouterr().err
    assert run(["check", str(written), "--require", "angel>=5"]) == 3
    assert "perhaps you meant 'angle'" in capsys.readouterr().err


def test_generate_writes_nothing_that_falls_short(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.vtu"
    assert run([*DRAW, "-q", "-o", str(file), "--require", "angle>=60"]) == 6
    assert "--size" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_tables_keep_the_certificate_and_info_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.vtu"
    demands = ["--require", "angle>=5, distance_p90<=0.6"]
    assert run([*DRAW, "-o", str(file), *demands, "--certify"]) == 0
    assert "proven distance" in capsys.readouterr().out
    facts = json.loads(file.with_suffix(".json").read_text())["info"]["certificate"]
    assert facts["topology"]["exact"]["boundaries"] > 10
    assert 0 < facts["distance_p50"] <= facts["distance_p90"] <= 0.6
    for shown in (file, file.with_suffix(".json")):
        assert run(["info", str(shown)]) == 0
        told = capsys.readouterr().out
        assert "proven distance" in told
        assert "meet in the diagram" in told


def test_demands_alone_prove_what_they_need(tmp_path: Path) -> None:
    file = tmp_path / "p.vtu"
    assert run([*DRAW, "-q", "-o", str(file), "--require", "distance_p90<=0.6"]) == 0
    facts = json.loads(file.with_suffix(".json").read_text())["info"]["certificate"]
    assert 0 < facts["distance_p90"] <= 0.6
    assert not {"topology", "distance_back_max", "volume_error"} & facts.keys()


def test_a_mesh_of_a_label_image_can_be_certified(tmp_path: Path) -> None:
    labels = np.zeros((12, 12, 12), dtype=np.uint8)
    labels[2:10, 2:10, 2:10] = 1
    np.save(tmp_path / "cube.npy", labels)
    source, file = str(tmp_path / "cube.npy"), tmp_path / "cube.vtu"
    make = ("mesh", source, "--spacing", "0.1", "-q", "-o", str(file))
    assert run([*make, "--require", "distance<=1"]) == 3
    assert not file.exists()
    assert run([*make, "--certify"]) == 0
    facts = json.loads(file.with_suffix(".json").read_text())["info"]["certificate"]
    assert facts["volume_error"] < 0.05
    assert "distance_max" not in facts
