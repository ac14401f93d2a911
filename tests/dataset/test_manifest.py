"""The manifest: appended to, cut off, read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc_mesh.dataset.manifest import DONE, FAILED, NAME, TODO, Manifest
from nmc_mesh.errors import FileError


def line(k: int, status: str = "done") -> dict[str, Any]:
    return {"k": k, "status": status, "files": {f"{k}.h5": ["ab", 2]}}


def test_the_last_line_counts(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path, 5)
    manifest.append([{"run": {"host": "a"}}, line(3), line(1, "failed")])
    manifest.append([line(1), line(3, "todo")])
    for found in (manifest, Manifest(tmp_path, 5)):
        assert found.state.tolist() == [TODO, DONE, TODO, TODO, TODO]
        assert found.runs == [{"host": "a"}]
        assert found.record(1) == line(1)
        assert [record["k"] for record in found.records()] == [1]
        assert found.numbers(FAILED).tolist() == []


@given(cut=st.integers(0, 10_000))
def test_a_manifest_cut_anywhere_is_read_and_goes_on(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    Manifest(folder, 9).append([line(k) for k in range(6)])
    whole = (folder / NAME).read_bytes()
    length = cut % (len(whole) + 1)
    (folder / NAME).write_bytes(whole[:length])
    manifest = Manifest(folder, 9)
    left = whole[:length].count(b"\n")
    assert manifest.numbers(DONE).tolist() == list(range(left))
    assert manifest.torn == (0 if whole[:length].endswith(b"\n") or length == 0 else 1)
    manifest.append([line(8)])
    again = Manifest(folder, 9)
    assert again.torn == 0
    assert again.numbers(DONE).tolist() == [*range(left), 8]
    assert again.record(8) == line(8)


def test_a_spoiled_line_is_passed_over(tmp_path: Path) -> None:
    Manifest(tmp_path, 4).append([line(k) for k in range(3)])
    lines = (tmp_path / NAME).read_bytes().splitlines(keepends=True)
    (tmp_path / NAME).write_bytes(lines[0] + b"\0" * 20 + b"\n" + lines[2])
    manifest = Manifest(tmp_path, 4)
    assert manifest.numbers(DONE).tolist() == [0, 2]
    assert manifest.torn == 1
    assert manifest.record(2) == line(2)


def test_what_cannot_be_written_does_not_count(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path, 3)
    manifest.append([line(0)])
    (tmp_path / NAME).unlink()
    (tmp_path / NAME).mkdir()
    with pytest.raises(FileError, match="what is done stays done"):
        manifest.append([line(1)])
    assert manifest.numbers(DONE).tolist() == [0]
