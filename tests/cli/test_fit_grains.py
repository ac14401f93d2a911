"""fit-grains: a model file from sections, what is left out, what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh import load_model
from nmc_mesh.calibration.protocol import Calibration
from nmc_mesh.cli.fitted_sections import read_fitted
from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.network import NetworkMarkLaw
from nmc_mesh.progress import silent
from nmc_mesh.sections.files import write_sections
from nmc_mesh.sections.section import Section
from tests.calibration.cuts import PIXEL, TRUTH, cut_sections

pytest.importorskip("torch", reason="install nmc-mesh[calibrate] to run this test")


@pytest.fixture(scope="module")
def cuts() -> list[Section]:
    return cut_sections(TRUTH, [0.0, 0.0, 0.9])


def stored(path: Path, cuts: Sequence[Section], facts: Sequence[dict[str, Any]] = ()) -> Path:
    sections = []
    for place, cut in enumerate(cuts):
        own = {"radial": True, "preference": 0.3, **(facts[place] if facts else {})}
        height = own.pop("height", None)
        sections.append(replace(cut, name=f"map{place}.ang", height=height, facts=own))
    write_sections(path, sections)
    return path


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    from nmc_mesh.calibration import finish, gan, generator, swd, training

    for home, name, value in (
        (training, "_REFERENCE", 40), (training, "_TEST", 16), (generator, "_SETTLED", 16),
        (swd, "_POOL", 120), (gan, "_POOL", 120),
        (finish, "_REPLICATES", 2), (finish, "_COPIES", 1),
    ):  # fmt: skip
        monkeypatch.setattr(home, name, value)


def test_a_model_file_comes_out_that_generates(
    tmp_path: Path, cuts: list[Section], capsys: pytest.CaptureFixture[str]
) -> None:
    source = stored(tmp_path / "sections.h5", cuts[:2])
    model, state = tmp_path / "mine.toml", tmp_path / "state.pt"
    command = ["fit-grains", str(source), "-o", str(model), "--checkpoint", str(state)]
    command.append("--no-intervals")
    assert run([*command, "--steps", "2", "--base", "nmc-equiaxed"]) == 0
    out, err = capsys.readouterr()
    assert "step     2" in err
    assert "KS: area" in err
    assert "orientation" in out
    made = load_model(model)
    assert isinstance(made.grains.marks, NetworkMarkLaw)
    assert made.shell == load_model("nmc-equiaxed").shell
    assert "sections.h5" in made.provenance["grains"]
    assert made.provenance["grains.command"].startswith("nmc-mesh")
    course = json.loads((tmp_path / "mine.json").read_text())
    assert course["facts"]["recipe"]["name"] == "default"
    assert course["history"]["step"] == [2.0]
    assert set(course["comparison"]["descriptors"]) == {
        "area",
        "elongation",
        "orientation",
        "chord",
    }
    assert (tmp_path / "mine.png").stat().st_size > 10_000
    assert made.sample(0, diameter=1.6).n_grains > 10
    # The checkpoint of these sections does not go on with other options.
    assert run([*command, "--steps", "3", "-q"]) == 4
    assert "other sections, options or another seed" in capsys.readouterr().err
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"sections.h5", "mine.toml", "mine.json", "mine.png", "state.pt"}


def test_sections_that_missed_the_centre_are_left_out(
    tmp_path: Path, cuts: list[Section], capsys: pytest.CaptureFixture[str]
) -> None:
    facts = [{}, {"radial": False, "preference": 0.02}, {"radial": False, "height": 0.9}]
    source = stored(tmp_path / "sections.h5", cuts, facts)
    found = read_fitted([source], None, None, False, silent)
    assert [(one.name, one.over_center) for one in found] == [("map0.ang", 0.0), ("map2.ang", 0.9)]
    assert "map1.ang (+0.02)" in capsys.readouterr().err
    assert len(read_fitted([source], None, None, True, silent)) == 3
    given = read_fitted([source, source], [0, 1, 2, 0.5, 0.6, 0.7], None, False, silent)
    assert [one.over_center for one in given] == [0, 1, 2, 0.5, 0.6, 0.7]
    radius = 1.01 * max(one.radius for one in cuts)
    estimated = read_fitted([source], None, radius, False, silent)
    for one in estimated:
        assert np.hypot(one.radius, one.over_center) == pytest.approx(radius)
    assert estimated[2].height == pytest.approx(0.9, abs=0.35)
    with pytest.raises(InputError, match="2 numbers for 3 sections"):
        read_fitted([source], [0.0, 1.0], None, False, silent)
    with pytest.raises(InputError, match="not both"):
        read_fitted([source], [0.0, 1.0, 2.0], 3.0, False, silent)
    with pytest.raises(InputError, match="choose a larger --particle-radius"):
        read_fitted([source], None, 1.0, False, silent)


def test_a_section_without_a_diagram_is_fitted(tmp_path: Path, cuts: list[Section]) -> None:
    cut = cuts[0]
    write_sections(tmp_path / "s.h5", [replace(cut, diagram=None)])
    (found,) = read_fitted([tmp_path / "s.h5"], None, None, False, silent)
    np.testing.assert_allclose(found.fitted.seeds, cut.fitted.seeds)


def test_a_height_is_estimated_and_told(
    cuts: list[Section], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from nmc_mesh.calibration import heights, law
    from nmc_mesh.cli.fitted_sections import listed_heights, with_estimates

    assert listed_heights("0, 0.5,?") == [0.0, 0.5, None]
    limits = ((1.0, 10.0), (0.0, 50 * PIXEL**2))
    same = GradedMarkLaw((1.5, 5.0, 5.0), (1.5, 5.0, 5.0), 3.0, 0.1, (0.0, 0.05), 1.0, *limits)
    known = Calibration(GrainModel(TRUTH.intensity, same, 1.0))
    monkeypatch.setattr(law.LawCalibrator, "__call__", lambda *_: known)
    hidden = replace(cuts[2], height=0.0, name="c.ang")
    found = with_estimates([*cuts[:2], hidden], [False, False, True], False, 0, silent)
    assert found[2].height == pytest.approx(0.9, abs=0.3)
    assert f"c.ang: height {found[2].height:.2f} +-" in capsys.readouterr().err
    monkeypatch.setattr(heights, "VAGUE", 0.0)
    with_estimates([*cuts[:2], hidden], [False, False, True], False, 0, silent)
    assert "hardly tell its height" in capsys.readouterr().err


def test_checkpoint_files_are_replaced_whole(tmp_path: Path) -> None:
    from nmc_mesh.calibration.checkpoint import FileCheckpointer

    keeper = FileCheckpointer(tmp_path / "state.pt")
    assert keeper.load() is None
    keeper.save(b"one")
    keeper.save(b"two")
    assert keeper.load() == b"two"
    assert [file.name for file in tmp_path.iterdir()] == ["state.pt"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--method", "law", "--steps", "5"], 3, "belong to gan and swd"),
        (["--method", "law", "--recipe", "paper"], 3, "belongs to gan"),
        (["--recipe", "paper", "--radius-dependent"], 3, "leave --radius-dependent out"),
        (["--depth-dependent"], 3, "belong to law"),
        (["--method", "law", "--depth-dependent", "--isotropic"], 3, "one of isotropic and depth"),
        (["--rate", "-1"], 3, "rate must be positive"),
        (["--heights", "0,x"], 3, "--heights takes numbers"),
        (["--heights", "0,?"], 3, "two sections of known height"),
        (["--heights", "0,?", "--isotropic"], 3, "do not tell a height"),
        (["--seed", "-1"], 3, "0 or more"),
        (["--base", "nmc-radia"], 3, "perhaps you meant 'nmc-radial'"),
        (["--checkpoint", "state.dat"], 3, "unknown extension"),
        (["--device", "abacus", "--steps", "1"], 3, "there is no device"),
        (["--method", "magic"], 2, "magic"),
    ],
)
def test_bad_options_are_refused(
    tmp_path: Path,
    cuts: list[Section],
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    code: int,
    words: str,
) -> None:
    source = stored(tmp_path / "sections.h5", cuts[:2])
    output = tmp_path / "mine.toml"
    assert run(["fit-grains", str(source), "-o", str(output), "-q", *options]) == code
    assert words in capsys.readouterr().err
    assert not output.exists()


def test_one_section_is_too_few(
    tmp_path: Path, cuts: list[Section], capsys: pytest.CaptureFixture[str]
) -> None:
    source = stored(tmp_path / "sections.h5", cuts[:1])
    assert run(["fit-grains", str(source), "-o", str(tmp_path / "mine.toml"), "-q"]) == 3
    assert "two sections or more, not 1" in capsys.readouterr().err
