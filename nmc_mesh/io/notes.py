"""What a mesh knows beside its cells: ``TetMesh.info`` as JSON that travels in every mesh file.

Formats of text keep it in comments after their end, broken into short lines; others in a place of
their own. ``orientations`` stand there too unless the format has arrays for them. The name of the
file that a mesh was read from is left out, and a mesh that knows nothing leaves nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.owners import Owners
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tagging import wall_runs
from nmc_mesh.typing import AnyArray, Ints, Longs

_WIDTH = 72
_PER_LINE = 20


def note_of(mesh: TaggedMesh, orientations: bool = True) -> str:
    """Return what a mesh knows as one line of ASCII, empty if that is nothing.

    Raises
    ------
    InputError
        If ``mesh.info`` holds other than plain values.
    """
    left_out = {"file"} if orientations else {"file", "orientations"}
    kept = {name: value for name, value in mesh.info.items() if name not in left_out}
    return note_from(kept | wall_runs(mesh))


def note_from(known: Mapping[str, Any]) -> str:
    """Write what is known of a mesh as one line of ASCII, empty if that is nothing."""
    return json.dumps(known, default=plain, separators=(",", ":")) if known else ""


def pieces(note: str, width: int = _WIDTH) -> list[str]:
    """Break a note into pieces that short lines can hold."""
    return [note[k : k + width] for k in range(0, len(note), width)]


def note_lines(mesh: TaggedMesh, before: str) -> bytes:
    """Lines of a note in a format of text, each after the sign of a comment; none of no note."""
    return "".join(f"{before}{piece}\n" for piece in pieces(note_of(mesh))).encode()


def noted(note: str, file: str) -> dict[str, Any]:
    """Return the info of a mesh that is read: what its note says, and the name of its file.

    Raises
    ------
    ValueError
        If it is not a note, its orientations are no quaternions, or its phases or owners no table.
    """
    known = json.loads(note) if note else {}
    if not isinstance(known, dict):
        raise ValueError("what it says about the mesh is no table")
    if known.get("orientations") is not None:
        turns = np.asarray(known["orientations"], dtype=np.float64)
        if turns.ndim != 2 or turns.shape[1] != 4 or not np.isfinite(turns).all():
            raise ValueError("its orientations are no quaternions")
        known["orientations"] = turns
    try:
        Phases.of_plain(known.get("phases"))
        for name in ("parents", "particles"):
            Owners.of_plain(known.get(name))
    except InputError as error:
        raise ValueError(str(error)) from error
    return {**known, "file": file}


def noted_lines(data: bytes, before: str, file: str) -> dict[str, Any]:
    """As ``noted``, of the lines that ``note_lines`` wrote: all that start with ``before``."""
    sign = before.encode()
    found = [line[len(sign) :] for line in data.splitlines() if line.startswith(sign)]
    return noted(b"".join(found).decode("ascii"), file)


def number_lines(head: str, values: Ints | Longs, before: str) -> Iterator[bytes]:
    """Lines of whole numbers, a few on each after the sign of a comment, below a line of words."""
    yield f"{before}{head}\n".encode()
    flat = values.reshape(-1).tolist()
    for start in range(0, len(flat), _PER_LINE):
        yield f"{before}{' '.join(map(str, flat[start : start + _PER_LINE]))}\n".encode()


def numbered_lines(data: bytes, head: str, before: str) -> AnyArray | None:
    """Whole numbers that ``number_lines`` wrote, None if there are none."""
    sign = re.escape(before.encode())
    lines = re.search(
        rb"^" + sign + re.escape(head.encode()) + rb"\n((?:" + sign + rb"[\d -]+\n)*)",
        data,
        re.MULTILINE,
    )
    if lines is None:
        return None
    return np.array(lines[1].replace(before.encode(), b" ").split(), dtype=np.int64)


def plain(value: object) -> Any:
    """Return arrays, paths and mappings as JSON has them."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path):
        return str(value)
    raise InputError(f"TetMesh.info holds plain values only, not {type(value).__name__}")
