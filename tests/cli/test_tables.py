"""Every table of every command at 80 columns and fewer: all cells are there, whole."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.table import Table
from rich.text import Text

import nmc_mesh
from nmc_mesh.cli import (
    dataset_report,
    grains_report,
    homogenize,
    materials,
    sections,
    shell_report,
    texture,
)
from nmc_mesh.cli import report as reports
from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.main import run
from nmc_mesh.cli.tables import ending, summary_table
from nmc_mesh.dataset.settings import Summary
from nmc_mesh.dataset.verify import Verdict
from nmc_mesh.mechanics.homogenize import Effective
from nmc_mesh.validation.grains_proof import Summary as Proof

NAME = "NMC811_cycled_200x_sample-7_region-3"
SECONDS = {"read": 1.25, "improve": 1234.56}


def shown(table: Table, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    screen = console()
    screen.file = io.StringIO()
    screen.print(table)
    return screen.file.getvalue()


def words_of(table: Table) -> Iterator[str]:
    for column in table.columns:
        for cell in [column.header, *column.cells]:
            text = cell.plain if isinstance(cell, Text) else str(cell)
            yield from text.replace("-\n", "").split()


def laws() -> Table:
    levels = dict.fromkeys(("lognormal", "gamma", "normal", "student-t"), -123456.7)
    model = nmc_mesh.load_model("nmc111-ct").shell
    fits = [SimpleNamespace(law=law, log_likelihood=levels) for law in model.laws]
    facts = {
        "particles": 1168, "refused": 12, "star_share": 0.981, "median_residual": 0.0123,
        "mean_edcc": 0.123, "largest_edcc": 0.234,
    }  # fmt: skip
    fitted: Any = SimpleNamespace(fits=fits, facts=lambda: facts)
    return shell_report.law_table(fitted, [dict.fromkeys(vars(one.law), 0.012) for one in fits])


def compared(kind: str) -> Any:
    keys = (f"measured_{kind}", f"simulated_{kind}", "ks", "ks_noise", "wasserstein")
    rows = {name: dict.fromkeys(keys, 1234.567) for name in ("aspect_ratio", "orientation")}
    many = SimpleNamespace(area=np.ones(123_456))
    return SimpleNamespace(
        measured=np.ones(12) if kind == "median" else many,
        simulated=np.ones(12) if kind == "median" else many,
        distances=lambda: rows,
    )


def proof() -> Table:
    names = [*grains_report._COLUMNS, "ks_2d"]
    one = Proof(
        "radial-long", "law-cmaes", 12, dict.fromkeys(names, -0.1234),
        dict.fromkeys(names, 0.1234), 12345.0, [],
    )  # fmt: skip
    return grains_report.proof_table([one, one])


def choices() -> Table:
    choice = {
        "laws": ["poisson", "clusters"], "gain": 1234.5, "expected": -1234.5, "scatter": 12.3,
        "promised": 1234.5, "chosen": "clusters",
    }  # fmt: skip
    trial = {"truth": "hard-core", "seed": 12, "chosen": {"seeds": choice}}
    found = grains_report.choices_table([trial, {"truth": "weak"}])
    assert found is not None
    assert found.row_count == 1
    assert grains_report.choices_table([{"truth": "weak"}]) is None
    return found


def of_sections() -> Table:
    facts = {
        "unknown_share": 0.123, "preference": 0.25, "preference_error": 0.05, "radial": True,
        "cut": True, "center_off": False, "right": 0.9731, "held_out": 0.9512,
    }  # fmt: skip
    labels = {"labels": np.arange(12345)}
    section: Any = SimpleNamespace(name="maps/reg-12.ang", tables=labels, facts=facts)
    return sections._table([section])


def effective() -> list[Table]:
    found = {
        name: Effective(*[np.eye(size) * 123.456] * 4)._asdict()
        for name, size in (("diffusivity", 3), ("stiffness", 6))
    }
    uptake = SimpleNamespace(lower=1.23e-5, upper=2.34e-5, value=1.8e-5)
    title = f"{NAME}.e, nmc811"
    filled: Any = {"uptake": uptake}
    return list(homogenize._tables(title, 0.5, found, filled))


def of_texture() -> Table:
    fitted = SimpleNamespace(
        angles=np.linspace(0, 1.5, 12345),
        texture=nmc_mesh.load_model("nmc-calibrated").texture,
        error=0.123, short_error=0.0,
        log_likelihood={"uniform": -1234.5, "fibre": -1200.25, "tabulated": -1190.75},
        parameters={"uniform": 0, "fibre": 1, "tabulated": 9},
    )  # fmt: skip
    return texture._table(fitted, Path(f"{NAME}.toml"))  # type: ignore[arg-type]


def of_data_set() -> list[Table]:
    summary = Summary(
        done=999_999, failed=3, total=1_000_000, made=12345, seconds=123456.0, cpu=1e6,
        bytes=2**40, digest="d" * 64, errors={7: "MeshError: no valid mesh " * 6},
    )  # fmt: skip
    verdict = Verdict(12345, 3, 2, {1: f"{NAME}.h5 has other bytes"}, ["versions differ"])
    folder = Path("a") / NAME
    return [
        dataset_report.summary_table(summary, NAME, folder),
        dataset_report.verdict_table(verdict, folder, False),
        dataset_report.rebuilt_table({f"{NAME}.h5": True, f"{NAME}.msh": False}, 7, ["numpy"]),
    ]


def of_files(folder: Path) -> Table:
    path = folder / f"{NAME}_{NAME}_facets.xdmf"
    path.write_text("x")
    return ending(NAME, [[("vertices", "1,234,567")], [(NAME, NAME)]], SECONDS, [path])


def tables(folder: Path) -> dict[str, Table]:
    mesh = nmc_mesh.tetrahedralize(nmc_mesh.load_model("nmc-radial").sample(5, 1.2), 0.3)
    material = nmc_mesh.load_material("nmc811")
    found = {
        "ending": of_files(folder),
        "mesh": reports.report(mesh, NAME, SECONDS, [], split=np.arange(4)),
        "models": summary_table("model", nmc_mesh.list_models()),
        "laws": laws(),
        "shells": shell_report.comparison_table(compared("median"), NAME, SECONDS),
        "sections compared": grains_report.sections_table(compared("mean"), NAME, SECONDS),
        "proof": proof(),
        "choices": choices(),
        "sections": of_sections(),
        "texture": of_texture(),
        "numbers": materials._numbers(material),
        "materials": summary_table("material", nmc_mesh.list_materials()),
    }
    found |= {f"effective {k}": table for k, table in enumerate(effective())}
    return found | {f"data set {k}": table for k, table in enumerate(of_data_set())}


@pytest.mark.parametrize("width", [80, 50])
def test_no_table_loses_a_column_or_a_word(
    width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, table in tables(tmp_path).items():
        wanted = [word for word in words_of(table) if len(word) < 20]
        text = shown(table, width, monkeypatch)
        assert "…" not in text, name
        assert max(map(len, text.splitlines())) <= width, name
        for word in wanted:
            assert word in text, (name, word)


def test_names_of_values_stand_on_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.msh"
    path.write_text("x")
    text = shown(ending("a", [[("off the boundary", "word " * 40)]], {}, [path]), 60, monkeypatch)
    assert "off the boundary" in text


def test_names_that_are_longer_than_a_line_are_broken_not_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = of_files(tmp_path)
    text = shown(table, 40, monkeypatch)
    rows = [re.split("│", line)[1:3] for line in text.splitlines() if "│" in line]
    left, right = ("".join(row[k].strip() for row in rows) for k in (0, 1))
    assert f"{NAME}_{NAME}_facets.xdmf" in left
    assert NAME in right


def test_a_table_that_fits_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    table = proof()
    text = shown(table, 120, monkeypatch)
    assert "mean" in text.splitlines()[1]
    blocks = shown(proof(), 60, monkeypatch)
    assert "elongation" in blocks  # parted in the heading of the wide table
    assert "elong-" in text


@pytest.mark.parametrize("command", ["models", "plugins", "materials"])
def test_lists_of_commands_are_whole_on_a_narrow_screen(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert run([command]) == 0
    out = capsys.readouterr().out
    assert "…" not in out
    words = {"models": "nmc-equiaxed", "plugins": "built", "materials": "LiNi0.8Mn0.1Co0.1O2"}
    assert words[command] in out


def staged(quiet: bool, report: Callable[..., None]) -> None:
    with watched(quiet) as watch:
        for stage in ("read", "improve"):
            for done in (0.0, 0.5, 1.0, 1.0):
                watch(stage, done)
                report()


def test_without_a_terminal_every_stage_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    staged(False, lambda: None)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["read", "improve"]
    assert all(re.fullmatch(r"\w+: \d+\.\d s", line) for line in lines)
    staged(True, lambda: None)
    assert capsys.readouterr().err == ""


def test_bars_tell_the_time_that_remains(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    staged(False, lambda: None)
    told = capsys.readouterr().err
    assert "improve" in told
    assert re.search(r"left.*(\d\d:\d\d|--:--)", told)
