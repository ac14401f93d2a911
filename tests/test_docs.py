"""The pages of docs/ and ARCHITECTURE speak of files and equations that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nmc_mesh import extensions
from nmc_mesh.cli.commands import commands
from nmc_mesh.extensions import GROUPS
from tests.scripts import load_script
from tests.test_docstrings import public_names

ROOT = Path(__file__).parents[1]
OLD = {"CHANGELOG.md"}
"""Speaks of what went, too."""
PAGES = [p for p in sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")]) if p.name not in OLD]
FOLDERS = ("nmc_mesh/", "docs/", "tests/", "examples/", "benchmarks/", "plugins/", ".ci/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_files_that_are_there(page: Path) -> None:
    text = page.read_text()
    named = re.findall(r"`([\w./-]+)`", text) + re.findall(r"\]\(([\w./-]+)\)", text)
    roots = (ROOT, page.parent)
    files = [name for name in named if name.startswith(FOLDERS) or re.search(r"\w\.png$", name)]
    gone = [name for name in files if not any((root / name).exists() for root in roots)]
    assert gone == []


def test_every_equation_of_the_paper_has_a_file() -> None:
    table = re.findall(r"^\| (.*?) \|", (ROOT / "docs/model.md").read_text(), re.MULTILINE)
    told: set[int] = set()
    for cell in table:
        for first, last in re.findall(r"(?<!Fig\. )\b(\d+)(?:[-, ]+(\d+))?", cell):
            told |= set(range(int(first), int(last or first) + 1))
    assert set(range(1, 21)) <= told


@pytest.mark.parametrize("group", GROUPS)
def test_every_door_for_others_is_told(group: str) -> None:
    for text in (
        extensions.__doc__ or "",
        (ROOT / "ARCHITECTURE.md").read_text(),
        (ROOT / "CONTRIBUTING.md").read_text(),
    ):
        assert group in text


def test_no_docstring_cites_a_page_that_readers_lack() -> None:
    for path in sorted((ROOT / "nmc_mesh").rglob("*.py")):
        assert not re.search(r"\bMODEL section|as MODEL\b", path.read_text()), path


def test_every_public_name_and_command_has_a_place_in_the_reference() -> None:
    pages = load_script("docs/site_hooks.py").made_pages()
    told = {line[4:] for text in pages.values() for line in text.splitlines() if line[:4] == "::: "}
    names = {home.rpartition(".")[2] for home in told}
    missing = {(home, name) for home, name in public_names() if name not in names}
    assert missing == {("nmc_mesh", "NmcMeshError")}  # of a module that is told whole
    assert "nmc_mesh.errors" in told
    for line in pages["index"].splitlines():
        if home := re.search(r"\]\[(.+?)\]", line):
            assert home[1] in told or home[1].rpartition(".")[0] in told
    shown = set(re.findall(r"^#+ nmc-mesh (.+)$", pages["commands"], re.MULTILINE))
    assert set(commands.commands) <= shown
