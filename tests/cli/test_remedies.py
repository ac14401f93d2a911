"""Options that messages name are there: in the command line, and in the command that says so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

import nmc_mesh
from nmc_mesh.cli.commands import commands

HOME = Path(nmc_mesh.__file__).parent
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
SAYING = {"warn", "complain", "say", "damaged"}


def walk(command: click.Command) -> Iterator[click.Command]:
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from walk(inner)


def options(command: click.Command) -> set[str]:
    return {
        name
        for one in walk(command)
        for parameter in one.params
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name.startswith("--")
    } | {"--help", "--version"}


def texts(node: ast.AST) -> str:
    """All constant text of an expression; what is filled in does not count."""
    parts = [
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]
    return " ".join(parts)


def messages(file: Path) -> Iterator[str]:
    """Texts of all that is raised, warned of or said, and of functions that make errors."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and node.exc is not None:
            yield texts(node.exc)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in SAYING or name.endswith("Error"):
                yield texts(node)
        if isinstance(node, ast.Return) and node.value is not None:
            yield texts(node.value)


FILES = sorted(HOME.rglob("*.py"))
NAMED = {
    file.relative_to(HOME).as_posix(): found
    for file in FILES
    if file.name not in ("build.py", "stub.py")
    if (found := sorted({name for text in messages(file) for name in OPTION.findall(text)}))
}
NOT_OURS = {"--processes"}  # an option of Dask's
ELSEWHERE = {"cli/shell.py": {"--shell"}}
"""Options of other modules' commands, whose helpers stand here."""


def test_the_search_sees_messages() -> None:
    assert "--heights" in NAMED["cli/fitted_sections.py"]
    assert "--size" in NAMED["mesher/lost.py"]
    assert "--dark" in NAMED["shell/segmentation.py"]


@pytest.mark.parametrize("file", NAMED)
def test_options_that_messages_name_exist(file: str) -> None:
    assert set(NAMED[file]) - NOT_OURS <= options(commands)


@pytest.mark.parametrize("file", [name for name in NAMED if name.startswith("cli/")])
def test_a_command_names_its_own_options(file: str) -> None:
    """Where a module holds commands; "nmc-mesh other --option" names those of another."""
    module = import_module(f"nmc_mesh.{file[:-3].replace('/', '.')}")
    own = [one for one in vars(module).values() if isinstance(one, click.Command)]
    if not own:
        return
    for text in messages(HOME / file):
        if "nmc-mesh" not in text:
            known = set().union(ELSEWHERE.get(file, set()), *map(options, own))
            assert set(OPTION.findall(text)) <= known


SEGMENTING = ("segment", "fit-shell", "fit")
THEIRS = (
    "shell/segmentation.py", "shell/volume.py", "shell/blockwise.py",
)  # fmt: skip


@pytest.mark.parametrize("command", SEGMENTING)
@pytest.mark.parametrize("file", THEIRS)
def test_every_command_that_segments_has_the_options_of_its_errors(command: str, file: str) -> None:
    assert set(NAMED[file]) <= options(commands.commands[command])


def test_fit_has_the_options_of_the_fits_it_calls() -> None:
    for file in ("ebsd/confidence.py", "calibration/sections.py", "calibration/training.py"):
        assert set(NAMED[file]) <= options(commands.commands["fit"])
