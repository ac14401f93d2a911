"""Models that grow part by part: nothing of the user's goes without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from nmc_mesh.crystal.texture import FibreTexture, UniformTexture
from nmc_mesh.errors import InputError
from nmc_mesh.extensions import DEFAULT_MODEL
from nmc_mesh.particle.model import load_model, load_table
from nmc_mesh.particle.parts import add_part, composed, fitted_parts, origins, started
from nmc_mesh.particle.schema import ModelTable
from nmc_mesh.particle.writer import with_grains, with_shell, with_texture, write_model

RADIAL, EQUIAXED = load_model("nmc-radial"), load_model("nmc-equiaxed")


def shell(table: ModelTable) -> ModelTable:
    facts = {"shell.from": "fitted to CT.tif", "shell.command": "fit-shell"}
    return with_shell(table, table.name, table.summary, RADIAL.shell.scaled(2.0), facts)


def grains(table: ModelTable) -> ModelTable:
    facts = {"grains.from": "fitted to s.h5"}
    return with_grains(table, table.name, table.summary, EQUIAXED.grains, 0.05, facts)


def texture(table: ModelTable, radial: float = -3.0, short: float = 0.0) -> ModelTable:
    facts = {"texture.from": "fitted to a.ang"}
    return with_texture(table, table.name, table.summary, FibreTexture(radial, short), facts)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_each_fit_adds_its_part_and_keeps_the_others(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    output = tmp_path / "mine.toml"
    steps = [("shell", shell), ("grains", grains), ("texture", texture)]
    for place in order:
        assert add_part(output, None, *steps[place]) == []
    table, model = load_table(output), load_model(output)
    assert model.shell.laws[0] == shell(load_table(DEFAULT_MODEL)).shell.model().laws[0]
    assert model.grains == EQUIAXED.grains
    assert model.texture == FibreTexture(-3.0)
    assert table.name == "mine"
    assert table.summary == (
        "shell fitted to CT.tif; grains fitted to s.h5; texture fitted to a.ang"
    )
    assert list(origins(table)) == ["shell", "grains", "texture"]
    assert table.provenance["shell.command"] == "fit-shell"


def test_parts_of_another_model_say_so(tmp_path: Path) -> None:
    output = tmp_path / "mine.toml"
    add_part(output, "nmc-equiaxed", "texture", texture)
    table = load_table(output)
    assert origins(table) == {
        "shell": "nmc-equiaxed",
        "grains": "nmc-equiaxed",
        "texture": "fitted to a.ang",
    }
    assert table.provenance["grains.intensity"].startswith("paper")
    assert table.shell == load_table("nmc-equiaxed").shell
    other = tmp_path / "other.toml"
    add_part(other, str(output), "shell", shell)
    assert origins(load_table(other))["texture"] == "fitted to a.ang"


def test_a_part_that_is_replaced_is_told(tmp_path: Path) -> None:
    output = tmp_path / "mine.toml"
    add_part(output, None, "shell", shell)
    add_part(output, None, "texture", texture)
    assert add_part(output, None, "texture", texture) == []  # the same once more
    assert add_part(output, None, "texture", lambda table: texture(table, -9.0)) == [
        "mine.toml: texture fitted to a.ang replaced, now fitted to a.ang"
    ]
    assert add_part(output, "nmc-equiaxed", "grains", grains) == [
        "mine.toml: shell fitted to CT.tif replaced, now of nmc-equiaxed",
        "mine.toml: texture fitted to a.ang replaced, now of nmc-equiaxed",
    ]


def test_a_part_that_came_while_a_fit_ran_is_kept(tmp_path: Path) -> None:
    output = tmp_path / "mine.toml"
    started(output)
    add_part(output, None, "shell", shell)
    add_part(output, None, "grains", grains)
    assert origins(load_table(output))["shell"] == "fitted to CT.tif"


def test_what_the_user_wrote_stays(tmp_path: Path) -> None:
    output = tmp_path / "mine.toml"
    table = load_table("nmc-radial")
    own = {"name": "my-own", "summary": "of cell 7", "provenance": {"shell.note": "by hand"}}
    write_model(table.model_copy(update=own), output)
    add_part(output, None, "grains", grains)
    found = load_table(output)
    assert (found.name, found.summary) == ("my-own", "of cell 7")
    assert found.provenance["shell.note"] == "by hand"
    assert add_part(output, None, "shell", shell) == [
        "mine.toml: shell of my-own replaced, now fitted to CT.tif"
    ]


def test_a_joint_law_that_outlives_its_grains_is_told(tmp_path: Path) -> None:
    output = tmp_path / "mine.toml"
    add_part(output, None, "texture", lambda table: texture(table, -3.0, 2.0))
    (line,) = add_part(output, None, "grains", grains)
    assert "fit it again: nmc-mesh fit-texture" in line


@pytest.mark.parametrize("text", ["name = 7", "not toml ["])
def test_a_file_that_is_no_model_is_not_replaced(tmp_path: Path, text: str) -> None:
    output = tmp_path / "plan.toml"
    output.write_text(text)
    with pytest.raises(Exception, match="name another output"):
        started(output, "nmc-radial")
    assert output.read_text() == text
    with pytest.raises(InputError, match="perhaps you meant 'nmc-radial'"):
        started(tmp_path / "mine.toml", "nmc-radia")


def test_no_texture_is_told_too(tmp_path: Path) -> None:
    output, bare = tmp_path / "mine.toml", tmp_path / "bare.toml"
    add_part(output, None, "texture", texture)
    write_model(load_table("nmc-radial").model_copy(update={"texture": None}), bare)
    assert add_part(output, str(bare), "shell", shell) == [
        "mine.toml: texture fitted to a.ang replaced, now none"
    ]
    assert "texture" not in composed(load_table(output))
    assert not isinstance(load_model(output).texture, UniformTexture)


def test_the_parts_that_a_command_fitted_to_these_files_are_known(tmp_path: Path) -> None:
    output = tmp_path / "mine.toml"
    assert fitted_parts(output, "fit-shell") == []
    add_part(output, None, "shell", shell)
    add_part(output, None, "grains", grains)
    assert fitted_parts(output, "fit-shell") == ["shell"]
    assert fitted_parts(output, "fit-shell --seed 1") == []
    assert fitted_parts(output, "fit-shell", "CT.tif sha256:0") == []
