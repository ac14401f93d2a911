"""What tests of presets share: the file that --for writes, and what has to be found in it."""

from __future__ import annotations

from pathlib import Path

from nmc_mesh.cli.main import run
from nmc_mesh.io import write
from nmc_mesh.io.hosts import HOSTS
from nmc_mesh.mesh.tables import boundary_table, grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh


def written_for(word: str, mesh: TetMesh, folder: Path) -> Path:
    """Write a mesh by the command, from a file that has nothing to do with the host."""
    write(folder / "source.e", mesh)
    path = folder / f"{HOSTS[word].stem or 'particle'}{HOSTS[word].ending}"
    assert run(["convert", "-q", str(folder / "source.e"), str(path), "--for", word]) == 0
    return path


def volumes_of(mesh: TetMesh) -> dict[str, float]:
    table = grain_table(mesh)
    rows = zip(table["id"].tolist(), table["volume"].tolist(), strict=True)
    return {f"grain_{grain:05d}": volume for grain, volume in rows}


def areas_of(mesh: TetMesh) -> dict[str, float]:
    """Area of the outer surface and of every boundary between two grains."""
    table = boundary_table(mesh)
    names = zip(table["lower"].tolist(), table["higher"].tolist(), strict=True)
    pairs = {
        f"grain_{low:05d}_grain_{high:05d}": area
        for (low, high), area in zip(names, table["area"].tolist(), strict=True)
    }
    return pairs | {"outer_surface": float(grain_table(mesh)["outer_area"].sum())}
