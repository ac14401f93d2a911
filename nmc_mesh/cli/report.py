"""Tables: what came out, how good it is, what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats


def report(
    mesh: TetMesh,
    title: str,
    volume_errors: Floats | None,
    seconds: Mapping[str, float],
    files: Sequence[Path],
) -> RenderableType:
    """Return a table of a mesh's size and quality, the seconds per stage and the files."""
    table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(justify="left")
    for name, value in [*_facts(mesh), *_errors(volume_errors)]:
        table.add_row(name, value)
    table.add_section()
    for stage, time in seconds.items():
        table.add_row(stage, f"{time:.2f} s")
    for place, path in enumerate(files):
        table.add_row("" if place else "files", f"{path}  {_bytes(path.stat().st_size)}")
    return Padding(table, (1, 0))
