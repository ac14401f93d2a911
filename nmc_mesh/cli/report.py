"""Tables: what came out, how good it is, what it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.table import Table
from rich.text import Text

from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats


def report(
    mesh: TetMesh,
    title: str,
    volume_errors: Floats | None,
    seconds: Mapping[str, float],
    files: Sequence[Path],
) -> Table:
    """Return a table of a mesh's size and quality, the seconds per stage and the files."""
    table = Table(title=title, title_justify="left", show_header=False, min_width=60)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    rows = [*_size(mesh), *_quality(mesh), *_volume(mesh, volume_errors)]
    for place, (name, value) in enumerate(rows):
        table.add_row(name, value, end_section=place == len(rows) - 1)
    for place, (stage, time) in enumerate(seconds.items()):
        table.add_row(stage, f"{time:.2f} s", end_section=place == len(seconds) - 1)
    for path in files:
        table.add_row(path.name, f"{path.stat().st_size / 1e6:.2f} MB")
    return table


def _size(mesh: TetMesh) -> Iterator[tuple[str, str]]:
    yield "grains", f"{len(mesh.grains):,}"
    yield "tetrahedra", f"{len(mesh.cells):,}"
    yield "vertices", f"{len(mesh.points):,}"
    yield "facets", f"{len(mesh.facets):,} on grain boundaries and the outer surface"


def _quality(mesh: TetMesh) -> Iterator[tuple[str, str]]:
    shape = quality(mesh)
    low, high = np.degrees(shape.smallest_angle), np.degrees(shape.largest_angle)
    yield (
        "dihedral angle",
        (
            f"{low.min():.1f}° at least, {np.percentile(low, 1):.1f}° for 99 % of cells, "
            f"{high.max():.1f}° at most"
        ),
    )
    ratio = shape.radius_ratio
    yield "radius ratio", f"{ratio.min():.2f} at least, {ratio.mean():.2f} on average (best: 1)"


def _volume(mesh: TetMesh, errors: Floats | None) -> Iterator[tuple[str, str]]:
    volume = quality(mesh).volume.sum()
    yield "volume", f"{volume:.4g} µm³"
    if errors is not None:
        middle, worst = np.median(np.abs(errors)), np.abs(errors).max()
        yield (
            "volume error",
            f"{100 * middle:.2f} % of a grain (median), {100 * worst:.1f} % at most",
        )


def model_table(models: Mapping[str, str]) -> Table:
    """Return the shipped models and what they are."""
    table = Table(box=None, padding=(0, 2))
    table.add_column("model", style="cyan", no_wrap=True)
    table.add_column("what")
    for name, summary in models.items():
        table.add_row(name, summary)
    return table


def next_steps(folder: Path) -> Text:
    """Say what to do with the files of the demo."""
    return Text(
        f"Look at {folder}/particle.png, open {folder}/particle.vtu in ParaView, read "
        f"{folder}/particle.msh\ninto FEniCSx or gmsh; the tables are in {folder}/particle.json. "
        "Then make your own:\n\n"
        "  nmc-mesh generate --seed 7 --size 0.15 -o mine.msh mine.png\n"
        "  nmc-mesh --help\n"
    )
