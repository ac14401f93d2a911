"""Coatings, open cracks and profiles on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError
from nmc_mesh.io.formats import read
from nmc_mesh.mesh.profiles import profile_of
from nmc_mesh.mesh.validate import validate
from tests.cli.refusal import refused

REFUSED = [
    (["--coating", "0"], "the thickness of a coating"),
    (["--coating-share", "0.5"], "--coating"),
    (["--coating", "0.05", "--coating-share", "2"], "share of the surface"),
    (["--coating", "0.05", "--coating-share", "0.5", "--coating-patch", "0.1"], "0.2 um or more"),
    (["--coating", "0.05", "--outer-size", "0.1"], "--outer-size 0.0625"),
    (["--crack-width", "0.1"], "--cracks"),
    (["--cracks", "0.1", "--crack-width", "-1"], "width of cracks"),
    (["--cracks", "0.1", "--crack-width", "3"], "wider than half a grain"),
    (["--profile", "nickel=0.9"], "nickel=0:0.9"),
]


@pytest.mark.parametrize(("options", "remedy"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_does_not_fit_is_refused_in_a_line(
    options: list[str], remedy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "p.msh")
    words = ["generate", "--diameter", "1.3", *options, "-o", target]
    refused(words, tmp_path, InputError.exit_code, remedy, capsys)


def test_a_coated_cracked_graded_particle_is_written(tmp_path: Path) -> None:
    place = tmp_path / "p.e"
    options = ["--coating", "0.1", "--cracks", "0.1", "--profile", "nickel=0:0.9,1:0.6", "-q"]
    assert run(["generate", "--grains", "8", "--seed", "3", *options, "-o", str(place)]) == 0
    mesh = read(place)
    validate(mesh)
    assert mesh.phases.names == ("coating",)
    assert mesh.cracked.any()
    assert profile_of(mesh, "nickel").max() > 0.8
    assert mesh.info["provenance"]["coating"]["thickness"] == 0.1


def test_a_particle_cut_at_its_shell_is_coated(tmp_path: Path) -> None:
    place = tmp_path / "p.msh"
    options = ["--coating", "0.1", "--surface", "shell", "-q"]
    assert run(["generate", "--diameter", "1.2", "--seed", "3", *options, "-o", str(place)]) == 0
    mesh = read(place)
    assert mesh.phases.names == ("coating",)
    assert (mesh.phases.mask("coating", mesh.facet_grains[mesh.outer][:, 0])).all()
