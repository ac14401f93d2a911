"""The command ``cycle``."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io import write
from tests.cli.refusal import refused
from tests.cli.test_homogenize import mesh
from tests.mechanics.test_phases import coated

INPUT, FILE = InputError.exit_code, FileError.exit_code


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder beside one with a particle."""
    (tmp_path / "inputs").mkdir()
    (tmp_path / "empty").mkdir()
    write(tmp_path / "inputs" / "particle.e", mesh())
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "empty"


def test_stress_moves_lithium_where_it_is_asked_to(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["cycle", "../inputs/particle.e", "--material", "nmc811", "--rate", "8"]
    line = [*line, "--upper", "3.62", "--lower", "3.6", "-q"]
    refused([*line, "--two-way", "--open", "all", "-o", "c.csv"], folder, INPUT, "--open", capsys)
    assert run([*line, "-o", "one.csv"]) == 0
    assert run([*line, "--two-way", "-o", "two.csv"]) == 0
    ends = []
    for name in ("one.csv", "two.csv"):
        with Path(name).open(encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["stage"] == "1"]
        assert float(rows[-1]["potential_V"]) == pytest.approx(3.62, abs=1e-4)
        ends.append(float(rows[-1]["mean_x"]))
    assert 1e-4 < abs(ends[1] - ends[0]) < 0.05


def test_a_coating_is_passed_or_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("../inputs/coated.e", coated(4))
    line = ["cycle", "../inputs/coated.e", "--material", "nmc811", "--rate", "0.1"]
    refused([*line, "-o", "c.csv"], folder, INPUT, "--coating-material alumina", capsys)
    assert run([*line, "--coating-material", "alumina", "-q", "-o", "c.csv"]) == 0
    with Path("c.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    middle = rows[len(rows) // 4]
    assert float(middle["surface_x"]) < float(middle["mean_x"]) - 0.01


def test_a_cycle_is_told_and_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["cycle", "../inputs/particle.e", "--material", "nmc811", "--rate", "4"]
    assert run([*line, "--rest", "60", "-o", "cycle.csv"]) == 0
    assert "ends of the stages" in capsys.readouterr().out
    with Path("cycle.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["stage"] for row in rows} == {"0", "1", "2", "3", "4"}
    ends = {row["stage"]: float(row["potential_V"]) for row in rows}
    assert ends["1"] == pytest.approx(4.25, abs=1e-4)
    assert ends["3"] == pytest.approx(3.6, abs=1e-4)


def test_boundaries_open_on_the_way(folder: Path) -> None:
    """A short charge: the columns are there, and of a cracked mesh too."""
    line = ["cycle", "-q", "--material", "nmc811", "--rate", "8", "--lower", "3.7"]
    line += ["--upper", "3.9", "-o", "cycle.csv"]
    assert run([*line, "../inputs/particle.e", "--open", "all", "--stress"]) == 0
    with Path("cycle.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert "open_share" in rows[0]
    assert "mises_stress_99_MPa" in rows[0]
    cracked = ["--share", "0.3", "--surface", "connected", "-o", "cracked.e"]
    assert run(["cracks", "-q", "../inputs/particle.e", *cracked]) == 0
    ends = []
    for more in ([], ["--dry"]):
        assert run([*line, "cracked.e", *more]) == 0
        with Path("cycle.csv").open(encoding="utf-8") as file:
            ends.append(float(list(csv.DictReader(file))[1]["potential_V"]))
    assert ends[0] < ends[1]


REFUSED = {
    "no material": ("../inputs/particle.e --material nmc81 -o a.csv", INPUT, "perhaps you meant"),
    "no kinetics": ("../inputs/particle.e --material nmc532 -o a.csv", INPUT, "no 'kinetics.edge'"),
    "upside down": (
        "../inputs/particle.e --material nmc811 --lower 4.5 -o a.csv", INPUT, "lower < upper",
    ),
    "no mesh": ("none.e --material nmc811 -o a.csv", FILE, "check the name"),
    "no table": ("../inputs/particle.e --material nmc811 -o a.txt", INPUT, "use .csv"),
    "no output": ("../inputs/particle.e --material nmc811", 2, "Missing option '-o'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_cycle_refuses(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, remedy = REFUSED[case]
    refused(["cycle", *arguments.split()], folder, code, remedy, capsys)
