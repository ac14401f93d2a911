"""The command ``voxels``: label images, and hexahedra, one per voxel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.labels import sure
from nmc_mesh.cli.options import common, kept_voids, outer_surface

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.geometry.label_image import LabelImage
    from nmc_mesh.mesh.groups import Blocks, Boundaries
    from nmc_mesh.mesh.hex_mesh import HexMesh
    from nmc_mesh.particle.checks import Surface
    from nmc_mesh.progress import Progress


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), multiple=True, required=True,
    metavar="OUT.e [OUT.tif ...]",
    help="Files to write: .e, .vtu, .msh or another format that has hexahedra; or label images: "
    ".tif, .npy, .nrrd, .vti, .h5.",
)  # fmt: skip
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="")
@click.option(
    "--spacing", metavar="UM",
    help="Edge length of a voxel, or three: 0.1,0.1,0.2.  [default: an eighth of a grain; an "
    "image has to be given its own]",
)  # fmt: skip
@click.option("--keep", metavar="LABELS", help="Labels of an image to take, such as 0,1.")
@click.option(
    "--dataset", metavar="NAME", help="Which dataset (.h5) or array (.vti) holds the labels."
)
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
@kept_voids
@sure
@common
def voxels(
    source: str,
    output: tuple[Path, ...],
    more: tuple[Path, ...],
    blocks: Blocks,
    boundaries: Boundaries,
    keep_voids: bool,
    quiet: bool,
    **choices: Any,
) -> None:
    """Make voxels or hexahedra: SOURCE is a label image, a particle (.h5) or a model.

    \b
    nmc-mesh voxels labels.tif --spacing 0.4 -o electrode.e
    nmc-mesh voxels nmc-radial --seed 7 --spacing 0.05 -o particle.e particle.vtu
    nmc-mesh voxels nmc-radial --seed 7 --spacing 0.05 -o labels.tif
    nmc-mesh voxels particle.h5 -o particle.inp

    Meshes have a box for every voxel of a grain: boundaries are staircases, tags are those of other
    meshes. For smooth boundaries use generate or mesh.

    Label images hold the number of the grain of every voxel, 0 outside, and its size. Programs find
    .tif and .h5 indexed [z, y, x], slices first, .npy as [x, y, z], .nrrd and .vti with x fastest.
    The table of grains is beside: labels_grains.json.
    """
    from nmc_mesh.cli.files import all_files, checked, is_image, write_all
    from nmc_mesh.io import FORMATS
    from nmc_mesh.io.label_images import LABEL_FILES
    from nmc_mesh.mesh.hexes import voxel_mesh

    meshes = [suffix for suffix, form in FORMATS.items() if form.hexes]
    paths = checked([*output, *more], False, Path(source), (*meshes, *LABEL_FILES))
    with watched(quiet) as watch:
        image, info = image_of(source, watch, **choices)
        mesh = None
        if not all(map(is_image, paths)):
            mesh = voxel_mesh(image, info, keep_voids=keep_voids)
            watch("mesh", 1.0)
        write_all(mesh, paths, blocks, boundaries, watch, image=image, info=info)
    if not quiet:
        title = f"{Path(source).name}, voxels"
        console().print(_report(mesh, image, title, watch.seconds, all_files(paths)))


def image_of(
    source: str,
    watch: Progress,
    *,
    spacing: str | None,
    keep: str | None,
    dataset: str | None,
    seed: int,
    diameter: float | None,
    ends_at: Surface | None,
) -> tuple[LabelImage, dict[str, Any]]:
    """Read or make a label image; and what the mesh should know of it."""
    import numpy as np

    from nmc_mesh.cli.files import numbers
    from nmc_mesh.cli.labels import info_of, labels_from, voxels_of
    from nmc_mesh.errors import InputError
    from nmc_mesh.geometry.label_image import kept_labels
    from nmc_mesh.io.particle import holds_particle, read_particle
    from nmc_mesh.particle.model import list_models, load_model

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
    image = voxels_of(particle, None if step is None else float(step[0]))
    watch("voxelize", 1.0)
    return image, info_of(particle)


def _report(
    mesh: HexMesh | None,
    image: LabelImage,
    title: str,
    seconds: Mapping[str, float],
    files: Sequence[Path],
) -> Table:
    """Return counts and volumes, the seconds per stage and the files."""
    import numpy as np

    from nmc_mesh.cli.tables import ending

    edges = " x ".join(f"{edge:.3g}" for edge in image.spacing)
    counts = np.bincount(image.labels.ravel())[1:]
    facts = [
        ("grains", f"{np.count_nonzero(counts):,}"),
        ("voxels", " x ".join(map(str, image.labels.shape)) + f" of {edges} µm"),
        ("volume", f"{counts.sum() * image.voxel_volume:.4g} µm³"),
    ]
    if mesh is not None:
        outer = int(mesh.outer.sum())
        facts += [
            ("hexahedra", f"{len(mesh.cells):,}"),
            ("vertices", f"{len(mesh.points):,}"),
            ("facets", f"{len(mesh.facets):,}, {outer:,} of them outside"),
        ]
    return ending(title, [facts], seconds, files)
