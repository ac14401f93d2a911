"""The command ``pack``: several particles packed, or put where a table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from nmc_mesh.cli.main import run
from nmc_mesh.io import read
from nmc_mesh.io.sidecar import read_tables
from nmc_mesh.mesh.tables import phase_table

FEW = ["--model", "nmc-equiaxed", "--grains", "6", "--size", "0.2"]


@pytest.mark.filterwarnings("ignore:a size of")
def test_packed_particles_are_in_the_files(tmp_path: Path) -> None:
    mesh = tmp_path / "bed.msh"
    how = ["--particles", "2", "--fraction", "0.1", "--seed", "3", "--boundaries", "one"]
    assert run(["pack", "-q", *FEW, *how, "-o", str(mesh)]) == 0
    back = read(mesh)
    assert back.info["provenance"]["fraction"] == pytest.approx(0.1, rel=0.05)
    assert back.info["provenance"]["seed"] == 3
    assert set(read_tables(tmp_path / "bed.json")["grains"]["particle"].tolist()) == {1, 2}


@pytest.mark.filterwarnings("ignore:a size of")
def test_particles_lie_where_the_table_says(tmp_path: Path) -> None:
    table = tmp_path / "places.txt"
    table.write_text("# x y z\n-0.5 0 0\n0.5, 0, 0\n")
    mesh = tmp_path / "pair.e"
    assert (
        run(["pack", "-q", *FEW, "--positions", str(table), "--domain", "box:1.4", "-o", str(mesh)])
        == 0
    )
    areas = phase_table(read(mesh))["area"]
    assert areas["particle_contact"] > 0
    assert areas["domain_boundary"] > 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--fraction", "1.5"], "between 0 and 1"),
        (["--fraction", "0.9"], "take a smaller fraction"),
        (["--gap", "-1"], "a positive number of um"),
        (["--domain", "box:1.2"], "leave --domain out"),
        (["--pores", "1.5"], "the fraction of pores"),
        (["--particles", "1", "--pore-size", "0.1"], "give their share (--pores)"),
        (["--positions", "places.txt", "--fraction", "0.1"], "leave --fraction and --gap out"),
        (["--positions", "missing.txt"], "cannot read"),
        (["--positions", "words.txt"], "holds what is no number"),
        (["--positions", "short.txt"], "no table of positions"),
        (["--positions", "places.txt", "--particles", "3"], "leave --particles out"),
        (["--positions", "near.txt"], "move them apart"),
        (["--positions", "places.txt", "--domain", "box:0.9"], "take more than 1"),
        (["--certify"], "leave --certify"),
    ],
)
def test_what_cannot_be_packed_is_told_in_one_line(
    options: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("places.txt").write_text("-2 0 0\n2 0 0\n")
    Path("near.txt").write_text("0 0 0\n0.1 0 0\n")
    Path("words.txt").write_text("here 0 0\n")
    Path("short.txt").write_text("0 0\n")
    assert run(["pack", "-q", *FEW[:4], *options, "-o", "bed.msh"]) in (2, 3, 4)
    told = capsys.readouterr().err
    assert says in " ".join(told.split())
    assert "Traceback" not in told
    assert not Path("bed.msh").exists()
