"""The command ``rve``, and what ``homogenize`` and ``check`` make of its files."""

from __future__ import annotations

import json
from dataclasses import replace
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


def test_a_period_may_be_any_vectors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mesh = tmp_path / "slanted.vtu"
    options = ["--grains", "6", "--box", "1,0,0,0.5,0.9,0,0,0,1.1", "-o", str(mesh)]
    assert run(["rve", *options]) == 0
    assert "(0.5 0.9 0)" in " ".join(capsys.readouterr().out.split())
    assert len(nmc_mesh.periodic_pairs(nmc_mesh.read(mesh)).slave) > 100


def test_an_image_is_meshed_as_one_period(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = np.ones((10, 10, 10), dtype=np.uint8)
    labels[3:7, 3:7, 8:] = labels[3:7, 3:7, :3] = 2
    np.save(tmp_path / "labels.npy", labels)
    given = ["mesh", str(tmp_path / "labels.npy"), "--spacing", "0.1", "--periodic"]
    assert run([*given, "-o", str(tmp_path / "period.vtu")]) == 0
    assert "pairs of nodes on the seam" in capsys.readouterr().out
    body = nmc_mesh.read(tmp_path / "period.vtu")
    np.testing.assert_allclose(body.info["period"], 1.0, rtol=1e-12)
    assert len(nmc_mesh.periodic_pairs(body).slave) > 100
    assert run([*given, "--order", "2", "-o", str(tmp_path / "curved.vtu")]) == 3
    assert "leave --order out" in " ".join(capsys.readouterr().err.split())


def test_of_a_porous_period_no_bounds_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = np.ones((8, 8, 8), dtype=int)
    labels[2:5, 2:6, 3:7] = 0
    mesh = nmc_mesh.tetrahedralize_periodic(nmc_mesh.LabelImage(labels, 0.1))
    turned = replace(mesh, info={**mesh.info, "orientations": [[1.0, 0.0, 0.0, 0.0]]})
    nmc_mesh.write(tmp_path / "porous.vtu", turned)
    table = tmp_path / "effective.json"
    only = ["--material", "nmc811", "--only", "diffusivity", "-o", str(table)]
    assert run(["homogenize", str(tmp_path / "porous.vtu"), *only]) == 0
    assert list(json.loads(table.read_text())["diffusivity"]) == ["periodic"]
    assert "bound" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--grains", "0"], "number of grains"),
        (["--box", "-1"], "positive"),
        (["--box", "1,2"], "one number, three or nine"),
        (["--box", "1,0,0,1,0,0,0,0,1"], "nearly in a plane"),
        (["--grains", "9", "--size", "0.5"], "take a size of at most"),
    ],
)
def test_what_makes_no_cell_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert run(["rve", "-q", *options, "-o", str(tmp_path / "rve.msh")]) == 3
    assert words in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())
