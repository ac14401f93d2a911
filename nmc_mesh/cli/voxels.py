"""The command ``voxels``: hexahedra, one per voxel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import common, outer_surface

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.geometry.label_image import LabelImage
    from nmc_mesh.mesh.groups import Blocks, Boundaries
    from nmc_mesh.mesh.hex_mesh import HexMesh
    from nmc_mesh.particle.particle import Surface
    from nmc_mesh.progress import Progress

_VOXELS_PER_GRAIN = 8


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), multiple=True, required=True,
    metavar="OUT.e [OUT.vtu ...]",
    help="Files to write: .e, .vtu, .msh or another format that has hexahedra.",
)  # fmt: skip
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="")
@click.option(
    "--spacing", metavar="UM",
    help="Edge length of a voxel, or three: 0.1,0.1,0.2.  [default: an eighth of a grain; an "
    "image has to be given its own]",
)  # fmt: skip
@click.option("--keep", metavar="LABELS", help="Labels of an image to take, such as 0,1.")
@click.option("--dataset", metavar="NAME", help="Which dataset of an HDF5 file holds the labels.")
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses a model's particle.")
@click.option(
    "--diameter", type=float, metavar="UM",
    help="Volume-equivalent diameter of a model's shell.  [default: as drawn]",
)  # fmt: skip
@outer_surface
@click.option(
    "--blocks", type=click.Choice(["auto", "grain", "color", "single"]), default="auto",
    show_default=True, help="A block of cells per grain, a few, or one.",
)  # fmt: skip
@click.option(
    "--boundaries", type=click.Choice(["auto", "pairs", "one", "none"]), default="auto",
    show_default=True, help="One facet set per pair of touching grains, one for all, or none.",
)  # fmt: skip
@common
def voxels(
    source: str,
    output: tuple[Path, ...],
    more: tuple[Path, ...],
    spacing: str | None,
    keep: str | None,
    dataset: str | None,
    seed: int,
    diameter: float | None,
    ends_at: Surface | None,
    blocks: Blocks,
    boundaries: Boundaries,
    quiet: bool,
) -> None:
    """Make a hexahedron of every voxel: SOURCE is a label image, a particle (.h5) or a model.

    \b
    nmc-mesh voxels labels.tif --spacing 0.4 -o electrode.e
    nmc-mesh voxels nmc-radial --seed 7 --spacing 0.05 -o particle.e particle.vtu
    nmc-mesh voxels particle.h5 -o particle.inp

    Boundaries are staircases and every cell is a box; tags are those of other meshes. For smooth
    boundaries use generate or mesh.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.errors import InputError
    from nmc_mesh.io import FORMATS, write
    from nmc_mesh.mesh.hexes import voxel_mesh

    paths = [*output, *more]
    endings = [suffix for suffix, form in FORMATS.items() if form.hexes]
    for path in paths:
        checked_place(path, endings, source=Path(source))
        if paths.count(path) > 1:
            raise InputError(f"'{path}' would be written twice; every file needs its own name")
    with watched(quiet) as watch:
        image, info = _image_of(source, spacing, keep, dataset, seed, diameter, ends_at, watch)
        mesh = voxel_mesh(image, info)
        watch("mesh", 1.0)
        for place, path in enumerate(paths, 1):
            write(path, mesh, blocks=blocks, boundaries=boundaries)
            watch("write", place / len(paths))
    if not quiet:
        title = f"{Path(source).name}, voxels"
        console().print(_report(mesh, image, title, watch.seconds, paths))


def _image_of(
    source: str,
    spacing: str | None,
    keep: str | None,
    dataset: str | None,
    seed: int,
    diameter: float | None,
    ends_at: Surface | None,
    watch: Progress,
) -> tuple[LabelImage, dict[str, Any]]:
    """Read or make a label image; and what the mesh should know of it."""
    import numpy as np

    from nmc_mesh.cli.files import numbers
    from nmc_mesh.cli.labels import labels_from
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.particle import holds_particle, read_particle
    from nmc_mesh.particle.model import list_models, load_model
    from nmc_mesh.particle.voxelize import voxelize
    from nmc_mesh.pipeline import kept_labels

    step = None if spacing is None else np.array(numbers("--spacing", spacing, float))
    path = Path(source)
    stored = path.is_file() and holds_particle(path)
    if not stored and path.suffix.lower() not in ("", ".toml") and source not in list_models():
        if ends_at is not None:
            raise InputError("--surface is for models; an image ends where its labels do")
        image = labels_from(path, spacing, dataset)
        if keep is not None:
            image = kept_labels(image, numbers("--keep", keep, int))
        watch("read", 1.0)
        return image, {}
    if keep is not None or dataset is not None:
        raise InputError("--keep and --dataset are for images; leave them out")
    if step is not None and len(step) > 1:
        raise InputError("the voxels of a particle are cubes; give one number for --spacing")
    if stored and ends_at is not None:
        raise InputError("a stored particle has its surface already; leave --surface out")
    if stored:
        particle = read_particle(path)
    else:
        particle = load_model(source).sample(seed, diameter, surface=ends_at or "grains")
    watch("sample", 1.0)
    size = particle.grain_size / _VOXELS_PER_GRAIN if step is None else float(step[0])
    info: dict[str, Any] = {"provenance": dict(particle.provenance)}
    if particle.orientations is not None:
        info["orientations"] = particle.orientations
    image = voxelize(particle, size)
    watch("voxelize", 1.0)
    return image, info


def _report(
    mesh: HexMesh,
    image: LabelImage,
    title: str,
    seconds: Mapping[str, float],
    files: Sequence[Path],
) -> Table:
    """Return counts and volumes, the seconds per stage and the files."""
    from nmc_mesh.cli.tables import ending

    edges = " x ".join(f"{edge:.3g}" for edge in image.spacing)
    outer = int(mesh.outer.sum())
    facts = [
        ("grains", f"{len(mesh.grains):,}"),
        ("hexahedra", f"{len(mesh.cells):,} of {edges} µm"),
        ("vertices", f"{len(mesh.points):,}"),
        ("facets", f"{len(mesh.facets):,}, {outer:,} of them outside"),
        ("volume", f"{len(mesh.cells) * image.voxel_volume:.4g} µm³"),
    ]
    return ending(title, [facts], seconds, files)
