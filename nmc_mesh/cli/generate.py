"""The command that draws a particle and meshes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.certificate import certified
from nmc_mesh.cli.coating import coating_of, coating_options
from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.cracks import chosen_law
from nmc_mesh.cli.meshing import Meshing, meshing
from nmc_mesh.cli.options import common, model_option, outer_surface, size_option
from nmc_mesh.cli.pores import porous
from nmc_mesh.cli.prescribe import chosen_model, prescribing
from nmc_mesh.cli.shell import measured_shell_of
from nmc_mesh.cli.twins import chosen_twins, twinning

if TYPE_CHECKING:
    from nmc_mesh.particle.checks import Surface
    from nmc_mesh.plot.paint import Way


@click.command()
@model_option
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses the particle.")
@size_option
@click.option(
    "--grains", type=int, metavar="N",
    help="Grains of the particle, to 1 %; its diameter is found.  [default: as many as fit]",
)  # fmt: skip
@click.option(
    "--diameter", type=float, metavar="UM",
    help="Volume-equivalent diameter of the shell.  [default: as drawn]",
)  # fmt: skip
@prescribing
@click.option(
    "--shell", metavar="LABELS.tif#N",
    help="Particle N of a label image as the shell, in place of a drawn one.",
)  # fmt: skip
@click.option("--voxel", metavar="UM", help="Edge length of a voxel of that image.")
@click.option(
    "--spacing", type=float, metavar="UM",
    help="Edge length of a voxel of label images.  [default: an eighth of a grain]",
)  # fmt: skip
@outer_surface
@porous
@twinning
@coating_options
@click.option(
    "--domain", metavar="SHAPE:FACTOR",
    help="Electrolyte around: box:1.2 or sphere:1.2, times the particle.  [default: none]",
)  # fmt: skip
@click.option(
    "--cracks", "crack_share", type=float, metavar="X",
    help="Open this share of the boundaries between grains, from the surface inwards (law radial; "
    "others: nmc-mesh cracks).",
)  # fmt: skip
@click.option(
    "--crack-width", type=float, metavar="UM",
    help="Mean width of these cracks; those thinner than half an edge get none.  [default: none]",
)  # fmt: skip
@click.option(
    "--color", type=click.Choice(["grain", "phase", "ipf", "c-axis"]), default="grain",
    show_default=True,
    help="What pictures show: grains, phases, or how crystals lie to the radius.",
)  # fmt: skip
@meshing
@common
def generate(
    model: str,
    seed: int,
    size: float | None,
    grains: int | None,
    diameter: float | None,
    shell: str | None,
    voxel: str | None,
    spacing: float | None,
    ends_at: Surface | None,
    pores: float | None,
    pore_size: float | None,
    twins: float | None,
    lamella: float,
    coating: float | None,
    coating_share: float | None,
    coating_patch: float | None,
    profile: tuple[str, ...],
    domain: str | None,
    crack_share: float | None,
    crack_width: float | None,
    color: Way,
    how: Meshing,
    quiet: bool,
    **prescribed: float | None,
) -> None:
    """Draw a particle from a model and mesh it.

    \b
    nmc-mesh generate --seed 7 -o particle.msh
    nmc-mesh generate --model nmc-equiaxed --size 0.1 -o p.msh p.vtu p.xdmf p.png
    nmc-mesh generate --grains 500 -o particle.msh
    nmc-mesh generate --diameter 8 -o big.msh --boundaries one
    nmc-mesh generate --grain-size 0.5 --aspect 3 --size-cv 0.4 -o rods.msh
    nmc-mesh generate --shell labels.tif#12 --voxel 0.398 -o measured.msh
    nmc-mesh generate --order 2 -o curved.msh
    nmc-mesh generate --surface shell -o smooth.msh
    nmc-mesh generate --cracks 0.1 -o cracked.msh
    nmc-mesh generate --cracks 0.1 --crack-width 0.1 -o open.msh open.png
    nmc-mesh generate --size 0.05 --growth 0.5 -o fine_at_boundaries.msh
    nmc-mesh generate --size 0.1 --outer-size 0.05 -o fine_outside.msh
    nmc-mesh generate --pores 0.05 --color phase -o porous.msh porous.png
    nmc-mesh generate --pores 0.05 --pore-size 0.05 -o round_pores.msh
    nmc-mesh generate --twins 0.2 -o twinned.msh
    nmc-mesh generate --coating 0.05 -o coated.msh
    nmc-mesh generate --profile nickel=0:0.9,0.7:0.9,1:0.6 -o graded.vtu
    nmc-mesh generate --domain box:1.2 -o bath.msh bath.e
    nmc-mesh generate --color c-axis -o p.vtu p.png
    nmc-mesh generate --for dolfinx -o p.xdmf
    nmc-mesh generate --spacing 0.05 -o p.msh p.tif
    nmc-mesh generate --require "angle>=20, distance_p90<=0.25" -o trusted.msh

    The same model, seed and version give the same mesh, byte for byte. Without --grains or
    --diameter the model draws the size: numbers of grains then scatter by a factor of five.
    Label images (.tif, .npy, .nrrd, .vti, .h5; see voxels) are of the particle, not of its mesh.
    """
    from nmc_mesh.cli.files import (
        all_files,
        checked,
        checked_host,
        is_image,
        write_all,
    )
    from nmc_mesh.cli.labels import info_of, voxels_of
    from nmc_mesh.cli.report import report
    from nmc_mesh.errors import InputError
    from nmc_mesh.geometry.profile import read_profile
    from nmc_mesh.io.formats import FORMATS
    from nmc_mesh.io.label_images import LABEL_FILES
    from nmc_mesh.mesher.accuracy import accuracy
    from nmc_mesh.particle.model import load_model
    from nmc_mesh.pipeline import particles
    from nmc_mesh.plot.draw import PICTURES

    paths = checked(how.paths, how.tables, endings=(*FORMATS, *PICTURES, *LABEL_FILES))
    images = any(map(is_image, paths))
    if spacing is not None and not images:
        raise InputError(
            f"--spacing is for label images, and none is written; name one "
            f"({', '.join(LABEL_FILES)}), or choose cells by --size"
        )
    if spacing is not None and not 0 < spacing < float("inf"):
        raise InputError(f"--spacing takes a positive number of um, not {spacing:g}")
    reader = checked_host(how.host, [path for path in paths if not is_image(path)])
    chosen = chosen_model(model, **prescribed)
    if color in ("ipf", "c-axis") and load_model(model).texture is None:
        raise InputError(
            f"--color {color} shows crystals, and the model '{model}' has no texture; add one: "
            "nmc-mesh fit-texture MAP.ang -o mine.toml"
        )
    layer = coating_of(coating, coating_share, coating_patch)
    if crack_share is None and crack_width is not None:
        raise InputError("--crack-width tells of --cracks; give their share too")
    widths = {"width": crack_width}
    law = None if crack_share is None else chosen_law("radial", crack_share, widths)
    with watched(quiet) as watch:
        measured = None if shell is None else measured_shell_of(shell, voxel)
        particle, mesh = particles.generate(
            chosen,
            seed,
            size,
            grains=grains,
            diameter=diameter,
            shell=measured,
            surface=ends_at or "grains",
            pores=pores,
            pore_size=pore_size,
            twins=chosen_twins(twins, lamella),
            coating=layer,
            profiles=dict(map(read_profile, profile)),
            domain=domain,
            **how.cells,
            cracks=law,
            progress=watch,
        )
        mesh, proof = certified(mesh, particle, how.certify, how.demands, watch)
        image = None
        if images:
            watch("voxelize", 0.0)
            image = voxels_of(particle, spacing)
            watch("voxelize", 1.0)
        known = info_of(particle)
        write_all(
            mesh, paths, how.blocks, how.boundaries, watch, color, reader, image=image, info=known
        )
        if not quiet:
            near = accuracy(particle, mesh, watch) if proof is None else None
    if not quiet:
        title, files = f"{model}, seed {seed}", all_files(paths)
        console().print(report(mesh, title, watch.seconds, files, accuracy=near, certificate=proof))
