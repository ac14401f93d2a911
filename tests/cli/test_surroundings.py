"""Terminals, encodings and names as users have them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nmc_mesh
from nmc_mesh.errors import FileError, MissingExtraError
from tests.meshes import cube

ROOT = Path(__file__).parents[2]


def called(
    *words: str | Path, optimize: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run ``python -m nmc_mesh`` in an environment of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
    if optimize:
        environment["PYTHONOPTIMIZE"] = optimize
    return subprocess.run(
        [sys.executable, "-m", "nmc_mesh", *map(str, words)],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
    )


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    nmc_mesh.write(tmp_path / "a.msh", cube())
    return tmp_path / "a.msh"


def test_a_terminal_of_ascii_gets_letters_that_it_has(mesh: Path) -> None:
    found = called("info", mesh, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert found.returncode == 0, found.stderr
    assert b" um" in found.stdout
    assert found.stdout.isascii()


def test_a_full_disk_behind_the_output_is_told(mesh: Path) -> None:
    line = f"'{sys.executable}' -m nmc_mesh info '{mesh}' > /dev/full"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True)
    assert found.returncode == FileError.exit_code
    assert "No space left on device" in found.stderr
    assert "Traceback" not in found.stderr
    assert "defect" not in found.stderr


def test_help_is_there_without_docstrings() -> None:
    plain, bare = called("generate", "--help"), called("generate", "--help", optimize="2")
    assert bare.stdout == plain.stdout
    assert len(plain.stdout) > 1000


@pytest.mark.parametrize("name", ["a & b.xdmf", "a<b.xdmf", "a:b.xdmf", "a[bold].vtu", "a[_b].msh"])
def test_strange_names_are_read_back_and_printed(name: str, mesh: Path, tmp_path: Path) -> None:
    found = called("convert", mesh, tmp_path / name, COLUMNS="300")
    assert found.returncode == 0, found.stderr
    assert name.encode() in found.stdout
    assert len(nmc_mesh.read(tmp_path / name).cells) == len(cube().cells)


def test_a_missing_package_is_named_by_what_can_be_installed() -> None:
    assert "pip install 'matplotlib" in str(MissingExtraError("matplotlib", "drawing", "viz"))


def test_a_misspelled_name_gets_a_suggestion() -> None:
    with pytest.raises(AttributeError, match="perhaps you meant 'tetrahedralize'"):
        _ = nmc_mesh.tetrahedralise
    assert (Path(nmc_mesh.__file__).parent / "py.typed").exists()
