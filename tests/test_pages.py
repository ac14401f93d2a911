"""What the pages for newcomers tell them to type runs, page by page, in one empty folder each.

A block of ``sh`` is given to bash, one of ``python`` to this interpreter, where blocks of a page
share their names; a block of ``text`` is what the block before it printed, with ``...`` for what
may differ. A comment before a block says what else it is:

``<!-- file: NAME -->``       the text of a file
``<!-- runs: PROGRAM -->``    left out, and the test skipped at its end, where PROGRAM is missing
``<!-- runs: to exit code N -->``  ends with that code
``<!-- runs: by hand, WHY -->``    not run here
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import dolfinx_host

ROOT = Path(__file__).parents[1]
MOOSE = ROOT / "plugins/moose"
PAGES = [ROOT / "docs/first_steps.md", *sorted((ROOT / "docs/howto").glob("*.md"))]
NEEDS = {"microscope": ("matplotlib", "skimage", "cma"), "pybamm": ("pybamm",)}
"""Packages without which a page makes no sense."""
PROGRAMS: dict[str, Callable[[], bool]] = {
    "ccx": lambda: shutil.which("ccx") is not None,
    "dolfinx": dolfinx_host.there,
}
COMMANDS = {
    "bin/nmc-mesh": f'"{sys.executable}" -m nmc_mesh',
    "bin/nmc-mesh-moose": f'PYTHONPATH="{ROOT}:{MOOSE}" "{sys.executable}" -m nmc_mesh_moose',
    "page/fenicsx/bin/python": f'PYTHONPATH="{dolfinx_host.PLUGIN}" "{dolfinx_host.PYTHON}"',
}
"""What a page's installation would have made."""
OUTPUT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    text: str
    file: str
    runs: str


def blocks(page: Path) -> list[Block]:
    """Read the blocks of a page in their order."""
    pattern = r"(?:<!-- (file|runs): (.*?) -->\n)?^```(\w*)\n(.*?)^```$"
    matches = re.findall(pattern, page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [
        Block(language, text, value if key == "file" else "", value if key == "runs" else "")
        for key, value, language, text in matches
    ]


def typed(block: Block, folder: Path) -> str:
    """Give a block to bash and return what it printed."""
    path = f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        capture_output=True, text=True, timeout=300, cwd=folder,
        env={**os.environ, **dolfinx_host.OPEN_MPI, "PATH": path, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    code = int(block.runs.rpartition(" ")[2]) if block.runs.startswith("to exit code") else 0
    assert done.returncode == code, f"{block.text}{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stderr if code else done.stdout


def executed(block: Block, names: dict[str, Any]) -> str:
    """Run a block of Python and return what it printed."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(block.text, "page", "exec"), names)
    return printed.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, with the commands that a newcomer has by then."""
    for name, command in COMMANDS.items():
        script = tmp_path / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f'#!/bin/sh\n{"exec " if "=" not in command else ""}{command} "$@"\n')
        script.chmod(0o755)
    monkeypatch.chdir(tmp_path / "page")
    monkeypatch.setenv("PYBAMM_DISABLE_TELEMETRY", "true")
    return tmp_path / "page"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_says_to_type_runs(page: Path, folder: Path) -> None:
    for package in NEEDS.get(page.stem, ()):
        pytest.importorskip(package)
    names: dict[str, Any] = {"__name__": "page"}
    printed, missing = None, []
    for block in blocks(page):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.runs.startswith("by hand") or not PROGRAMS.get(block.runs, lambda: True)():
            missing += [block.runs] * (block.runs in PROGRAMS)
            printed = None
        elif block.language == "text":
            alike = doctest.OutputChecker().check_output(block.text, printed or "", OUTPUT)
            assert printed is None or alike, f"{block.text}is not\n{printed}"
        elif block.language == "sh":
            printed = typed(block, folder)
        else:
            assert block.language == "python", f"a block of {block.language!r} is not run"
            printed = executed(block, names)
    if missing:
        pytest.skip(f"without {', '.join(sorted(set(missing)))} some blocks did not run")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_is_not_run_is_said_to_be_and_is_bash(page: Path) -> None:
    for block in blocks(page):
        words = ("by hand, ", "to exit code ")
        assert not block.runs or block.runs in PROGRAMS or block.runs.startswith(words)
        if block.runs.startswith("by hand"):
            subprocess.run(["bash", "-n", "-c", block.text], check=True)
