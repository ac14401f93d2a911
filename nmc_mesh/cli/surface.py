"""The command ``surface``: grain boundaries and the outer surface, without cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.labels import sure
from nmc_mesh.cli.options import common, outer_surface

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.geometry.label_image import LabelImage
    from nmc_mesh.mesh.surfaces import SurfaceMesh
    from nmc_mesh.mesh.tet_mesh import TetMesh
    from nmc_mesh.particle.checks import Surface
    from nmc_mesh.particle.particle import Particle
    from nmc_mesh.progress import Progress


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), multiple=True,
    metavar="OUT.vtp [OUT.stl ...]", help="Files to write: .vtp, .ply or .stl.",
)  # fmt: skip
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="")
@click.option(
    "--per-grain", type=click.Path(path_type=Path), metavar="FOLDER",
    help="Write the closed surface of every grain to a file in this new folder.",
)  # fmt: skip
@click.option(
    "--ending", type=click.Choice(["stl", "ply"]), default="stl", show_default=True,
    help="Format of those files.",
)  # fmt: skip
@click.option(
    "--part", type=click.Choice(["all", "outer", "boundaries"]), default="all", show_default=True,
    help="Write everything, the outer surface, or the grain boundaries to OUT.",
)  # fmt: skip
@click.option("--spacing", metavar="UM", help="Edge length of a voxel of a label image, or three.")
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses a model's particle.")
@click.option(
    "--size", type=float, metavar="UM",
    help="Edge length of the triangles.  [default: a quarter of a grain]",
)  # fmt: skip
@click.option(
    "--diameter", type=float, metavar="UM",
    help="Volume-equivalent diameter of a model's shell.  [default: as drawn]",
)  # fmt: skip
@outer_surface
@sure
@common
def surface(
    source: str,
    output: tuple[Path, ...],
    more: tuple[Path, ...],
    per_grain: Path | None,
    ending: str,
    part: str,
    spacing: str | None,
    seed: int,
    size: float | None,
    diameter: float | None,
    ends_at: Surface | None,
    quiet: bool,
) -> None:
    """Write grain boundaries as surfaces: SOURCE is a mesh, particle (.h5), label image or model.

    \b
    nmc-mesh surface particle.msh -o grains.vtp
    nmc-mesh surface particle.msh -o grains.vtp grains.stl --per-grain grains
    nmc-mesh surface nmc-radial --seed 7 --size 0.1 -o shell.stl --part outer --surface shell
    nmc-mesh surface particle.msh --per-grain grains --ending ply
    nmc-mesh surface labels.tif --spacing 0.4 -o electrode.vtp

    Every interface is written once: .vtp (cell array BoundaryLabels) and .ply name the grains on
    both sides of each triangle. The surfaces of single grains are watertight, and neighbours have
    the same triangles where they touch. Those of second order are split in four.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.errors import InputError
    from nmc_mesh.files import together
    from nmc_mesh.io.surfaces import SURFACES, check_folder, write_grains, write_surface
    from nmc_mesh.mesher.surface import surface_mesh

    paths = [*output, *more]
    if not paths and per_grain is None:
        raise InputError("nothing to write; name a file with -o or a folder with --per-grain")
    for path in paths:
        checked_place(path, list(SURFACES), source=Path(source))
        if paths.count(path) > 1:
            raise InputError(f"'{path}' would be written twice; every file needs its own name")
    if per_grain is not None:
        check_folder(per_grain, f".{ending}")
    with watched(quiet) as watch:
        loaded = _loaded(source, spacing, seed, size, diameter, ends_at, watch)
        boundaries = surface_mesh(*loaded, progress=watch)
        watch("surface", 1.0)
        chosen = boundaries.part(part)
        with together():
            for done, path in enumerate(paths, 1):
                write_surface(path, chosen)
                watch("write", done / len(paths))
        files = list(paths)
        if per_grain is not None:
            files += write_grains(per_grain, boundaries, f".{ending}", progress=watch)
    if not quiet:
        title = f"{Path(source).name}, surface"
        console().print(_report(boundaries, title, watch.seconds, paths, files[len(paths) :]))


def _loaded(
    source: str,
    spacing: str | None,
    seed: int,
    size: float | None,
    diameter: float | None,
    ends_at: Surface | None,
    watch: Progress,
) -> tuple[TetMesh | Particle | LabelImage, float | None]:
    """Read a mesh, an image or a particle, or draw a particle; and the size to mesh it with."""
    from nmc_mesh.cli.labels import IMAGES, labels_from
    from nmc_mesh.errors import InputError
    from nmc_mesh.io import FORMATS, read, read_particle
    from nmc_mesh.io.particle import PARTICLE_FILES, holds_particle
    from nmc_mesh.mesher.sizes import check_size
    from nmc_mesh.particle.model import load_model

    path = Path(source)
    suffix = path.suffix.lower()
    labelled = suffix in PARTICLE_FILES and path.is_file() and not holds_particle(path)
    if ends_at is not None and (spacing is not None or suffix in (*FORMATS, *PARTICLE_FILES)):
        raise InputError("--surface is for models; what is stored has its surface already")
    if spacing is not None or suffix in IMAGES or labelled:
        if diameter is not None:
            raise InputError("an image has its size already; leave --diameter out")
        return labels_from(source, spacing), size
    if suffix in FORMATS:
        if size is not None or diameter is not None:
            raise InputError("a mesh has its size already; leave --size and --diameter out")
        watch("read", 0.0)
        mesh = read(source)
        watch("read", 1.0)
        return mesh, None
    if suffix in PARTICLE_FILES:
        if diameter is not None:
            raise InputError("a stored particle has its diameter already; leave --diameter out")
        particle = read_particle(source)
    else:
        particle = load_model(source).sample(seed, diameter, surface=ends_at or "grains")
        watch("sample", 1.0)
    if size is not None:
        check_size(size, particle.grain_size)
    return particle, size


def _report(
    boundaries: SurfaceMesh,
    title: str,
    seconds: Mapping[str, float],
    files: Sequence[Path],
    grains: Sequence[Path],
) -> Table:
    """Return counts and volumes, the seconds per stage and the files."""
    from rich.filesize import decimal

    from nmc_mesh.cli.tables import ending
    from nmc_mesh.mesh.closed import rims

    holes, pinched = rims(boundaries)
    outer = int(boundaries.outer.sum())
    facts = [
        ("grains", f"{len(boundaries.labels):,}, {'not all' if len(holes) else 'each'} closed"),
        ("triangles", f"{len(boundaries.grains):,}, {outer:,} of them outside"),
        ("vertices", f"{len(boundaries.points):,}"),
        ("volume", f"{boundaries.volume:.4g} µm³"),
    ]
    if len(pinched):
        facts.append(("pinched edges", f"{len(pinched):,}, where a grain touches itself"))
    table = ending(title, [facts], seconds, files)
    if grains:
        size = sum(path.stat().st_size for path in grains)
        table.add_row(f"{grains[0].parent.name}/", f"{len(grains):,} files, {decimal(size)}")
    return table
