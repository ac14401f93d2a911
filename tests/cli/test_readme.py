"""The README and the pages it leads to say what is there: commands, formats, models, extras."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from nmc_mesh import list_models
from nmc_mesh.cli.commands import commands
from nmc_mesh.io import FORMATS
from nmc_mesh.plot.draw import PICTURES

ROOT = Path(__file__).parents[2]
README, COMMANDS, FILES = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "docs/commands.md", "docs/files.md")
)


def walk(command: click.Command) -> Iterator[click.Command]:
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from walk(inner)


PAGES = "\n".join(page.read_text(encoding="utf-8") for page in sorted(ROOT.glob("docs/**/*.md")))
SHOWN = re.sub(r" *\\\n *", " ", README + PAGES)  # a line that goes on is one
LINES = re.findall(r"^ *(nmc-mesh [a-z].*)$", SHOWN, flags=re.MULTILINE) + [
    line.strip()
    for command in walk(commands)
    for line in (command.help or "").splitlines()
    if line.strip().startswith("nmc-mesh ") and command is not commands
]


def first_cells(title: str, page: str = README) -> set[str]:
    """Code words in the first column of the table under a heading."""
    part = page.split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize("line", LINES)
def test_every_command_shown_is_understood(line: str) -> None:
    arguments = shlex.split(re.split(r" +#|  +|&&", line)[0])[1:]
    context = click.Context(commands, info_name="nmc-mesh")
    name, command, rest = commands.resolve_command(context, arguments)
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name, parent=context)
        name, command, rest = command.resolve_command(context, list(rest))
    assert command is not None
    with command.make_context(name, list(rest), parent=context) as parsed:
        assert not parsed.args


def test_every_format_is_listed() -> None:
    assert first_cells("Meshes", FILES) == {*FORMATS, *PICTURES}


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 110


def test_every_command_is_shown() -> None:
    shown = {line.split()[1] for line in LINES if line in README + COMMANDS}
    assert set(commands.commands) <= shown


def test_every_model_is_listed() -> None:
    assert first_cells("Models") == set(list_models())


def test_every_extra_is_listed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert first_cells("Install") == set(project["optional-dependencies"])
