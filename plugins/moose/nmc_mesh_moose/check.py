"""Names in an input against what its mesh and tables have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scipy.io import netcdf_file


def check_input(path: Path) -> list[str]:
    """Compare the names in an input with its files; one line for each thing that does not fit.

    Blocks and boundaries have to be in the Exodus file, by name or number, or be made by the input
    itself; the file of a ``PropertyReadFile`` has to have a row for every block up to the highest;
    that of an ``EBSDMeshGenerator`` a line for every voxel.
    """
    options = list(_options(path.read_text(encoding="utf-8")))
    voxels = [value for key, value in options if key == "filename"]
    if voxels:
        return list(_wrong_voxels(path, voxels))
    files = [value for key, value in options if key == "file"]
    if len(files) != 1:
        return [f"{path} names {len(files)} mesh files, expected one"]
    try:
        blocks, boundaries = _names(path.with_name(files[0]))
    except (OSError, KeyError, ValueError, TypeError) as error:
        return [f"cannot read the mesh {files[0]}: {error}"]
    return [
        *_strangers(files[0], options, blocks, boundaries),
        *_wrong_tables(path, options, blocks),
    ]


def _strangers(
    file: str, options: list[tuple[str, str]], blocks: set[str], boundaries: set[str]
) -> Iterator[str]:
    """Blocks and boundaries that nobody has."""
    made = {name for key, value in options if key == "new_boundary" for name in value.split()}
    opens = ("type", "BreakMeshByBlockGenerator") in options
    split = ("split_interface", "true") in options
    if opens and not split:
        made.add("interface")
    known = {"block": blocks, "boundary": boundaries | made}
    for key, value in options:
        for name in value.split() if key in known else []:
            pair = key == "boundary" and opens and split and _is_pair(name, blocks)
            if name not in known[key] and not pair:
                yield f"{key} {name} is not in {file}"
    clash = sorted(name for name in boundaries if opens and _is_pair(name, blocks))
    if clash:
        yield (
            f"{file} has side sets such as {clash[0]}, which BreakMeshByBlockGenerator makes "
            "itself; write it with --boundaries none"
        )


def _wrong_tables(path: Path, options: list[tuple[str, str]], blocks: set[str]) -> Iterator[str]:
    highest = max(int(name) for name in blocks if name.isdigit())
    for key, value in options:
        if key == "prop_file_name":
            table = path.with_name(value)
            rows = len(table.read_text().splitlines()) if table.is_file() else 0
            if rows < highest:
                yield f"{value} has {rows} rows, but the mesh has blocks up to {highest}"
        elif key == "nblock" and int(value) < highest:
            yield f"nblock is {value}, but the mesh has blocks up to {highest}"


def _wrong_voxels(path: Path, files: list[str]) -> Iterator[str]:
    for file in files:
        table = path.with_name(file)
        lines = table.read_text(encoding="utf-8").splitlines() if table.is_file() else []
        text = "\n".join(line for line in lines if line.startswith("#"))
        wanted = 1
        for axis in "XYZ":
            count = re.search(rf"^# {axis}_DIM: (\d+)$", text, re.MULTILINE)
            wanted *= int(count[1]) if count else 0
        rows = sum(not line.startswith("#") for line in lines)
        if rows != wanted or not rows:
            yield f"{file} has {rows} voxels, its header tells {wanted}"


def _is_pair(name: str, blocks: set[str]) -> bool:
    """Whether a name is ``A_B`` of two blocks, as BreakMeshByBlockGenerator calls interfaces."""
    words = name.split("_")
    parts = (("_".join(words[:k]), "_".join(words[k:])) for k in range(1, len(words)))
    return any(first in blocks and second in blocks for first, second in parts)


def _options(text: str) -> Iterator[tuple[str, str]]:
    """Every ``key = value`` of an input; values in quotes may go over many lines."""
    plain = re.sub(r"#.*", "", text)
    for key, value in re.findall(r"^\s*(\w+)\s*=\s*('[^']*'|\"[^\"]*\"|\S+)", plain, re.MULTILINE):
        yield key, value.strip("'\"")


def _names(path: Path) -> tuple[set[str], set[str]]:
    """Names and numbers of the blocks, and those of the side sets and node sets."""
    kinds: dict[str, set[str]] = {"eb": set(), "ss": set(), "ns": set()}
    with netcdf_file(path, "r", mmap=False) as file:
        for kind, names in kinds.items():
            if f"{kind}_prop1" in file.variables:
                names |= {str(tag) for tag in file.variables[f"{kind}_prop1"][:].tolist()}
                rows = file.variables[f"{kind}_names"][:]
                names |= {b"".join(row).rstrip(b"\0").decode() for row in rows}
    if not kinds["eb"]:
        raise ValueError("it has no blocks")
    return kinds["eb"], kinds["ss"] | kinds["ns"]
