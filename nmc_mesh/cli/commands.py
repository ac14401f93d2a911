"""The commands. Each checks everything it was given before it starts, and writes last."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.certificate import certified, particle_beside, required
from nmc_mesh.cli.cohesive import cohesive
from nmc_mesh.cli.completion import completion
from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.convert import convert
from nmc_mesh.cli.cracks import cracks
from nmc_mesh.cli.crystals import crystals_of, with_crystals
from nmc_mesh.cli.cycle import cycle
from nmc_mesh.cli.dataset import dataset
from nmc_mesh.cli.deck import deck
from nmc_mesh.cli.fit import fit
from nmc_mesh.cli.fit_cracks import fit_cracks
from nmc_mesh.cli.fit_gbpd import fit_gbpd
from nmc_mesh.cli.fit_grains import fit_grains
from nmc_mesh.cli.fit_outlines import fit_outlines
from nmc_mesh.cli.generate import generate
from nmc_mesh.cli.homogenize import homogenize
from nmc_mesh.cli.hosts import hosts
from nmc_mesh.cli.info import info
from nmc_mesh.cli.labels import sure
from nmc_mesh.cli.materials import materials
from nmc_mesh.cli.meshing import Meshing, meshing
from nmc_mesh.cli.options import common, small_pieces, smoothed
from nmc_mesh.cli.pack import pack
from nmc_mesh.cli.phases import phase_options, phases_of
from nmc_mesh.cli.plugins import plugins
from nmc_mesh.cli.report_page import report as report_page
from nmc_mesh.cli.rve import rve
from nmc_mesh.cli.sections import sections
from nmc_mesh.cli.shell import fit_shell, segment
from nmc_mesh.cli.stream import stream
from nmc_mesh.cli.surface import surface
from nmc_mesh.cli.texture import fit_texture
from nmc_mesh.cli.validate import validate
from nmc_mesh.cli.voxels import voxels
from nmc_mesh.extensions import DEFAULT_MODEL

if TYPE_CHECKING:
    from nmc_mesh.mesher.pieces import Small
    from nmc_mesh.mesher.requirements import Requirement

DEMO_SEED = 3
DEMO_DIAMETER = 4.0  # um
_EXAMPLES = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_EXAMPLES, no_args_is_help=True)
@click.version_option(package_name="nmc-mesh", message="%(prog)s %(version)s")
def commands() -> None:
    """Virtual battery-cathode particles, from microscope image to finite-element mesh.

    \b
    nmc-mesh demo                                  one particle, its files and a picture
    nmc-mesh generate -o particle.msh              draw a particle from a model, mesh it
    nmc-mesh mesh labels.tif --spacing 0.4 -o electrode.msh
    nmc-mesh check particle.msh                    is this mesh sound? how good is it?
    nmc-mesh fit --ct CT.tif --voxel 0.128 --ebsd one.ang two.ang -o mine.toml

    Lengths are micrometres everywhere.

    \b
    Exit codes: 0 done, 2 wrong command line, 3 unusable input, 4 file trouble, 5 a package is
    missing, 6 no valid mesh, 7 does not fit this machine, 130 interrupted.
    """


@commands.command()
@click.argument("labels", type=click.Path(path_type=Path), metavar="LABELS")
@click.option(
    "--spacing", metavar="UM",
    help="Edge length of a voxel, or three: 0.1,0.1,0.2.  [default: what the file says]",
)  # fmt: skip
@click.option(
    "--size", type=float, metavar="UM",
    help="Edge length of the mesh.  [default: chosen from the spacing]",
)  # fmt: skip
@click.option(
    "--keep", metavar="LABELS", help="Labels to mesh, such as 0,1.  [default: all but 0, outside]"
)
@click.option(
    "--dataset", metavar="NAME", help="Which dataset (.h5) or array (.vti) holds the labels."
)
@click.option(
    "--periodic", is_flag=True,
    help="The image is one period: its translates stand beyond its faces, and nodes a period apart "
    "are paired (see rve).",
)  # fmt: skip
@click.option(
    "--orientations", type=click.Path(path_type=Path), metavar="TABLE",
    help="Crystals of the grains: .csv with columns id, phi1, Phi, phi2 (Bunge, degrees) or id, "
    "qw, qx, qy, qz.  [default: what the table beside the image says]",
)  # fmt: skip
@phase_options
@sure
@small_pieces
@smoothed
@meshing
@common
def mesh(
    labels: Path,
    spacing: str | None,
    size: float | None,
    keep: str | None,
    dataset: str | None,
    periodic: bool,
    orientations: Path | None,
    named: tuple[str, ...],
    table: Path | None,
    small: Small,
    smooth: int,
    how: Meshing,
    quiet: bool,
) -> None:
    """Mesh a label image: LABELS is a .tif stack, .npy (x, y, z), .nrrd, .vti or .h5 file.

    \b
    nmc-mesh mesh labels.tif --spacing 0.398 -o electrode.msh
    nmc-mesh mesh labels.h5 --dataset grains/ids --spacing 0.1 -o grains.vtu grains.png
    nmc-mesh mesh labels.npy --spacing 0.1,0.1,0.2 --keep 0,1 -o with_pores.msh
    nmc-mesh mesh labels.tif --spacing 0.4 --phase 7=pore --phase 8,12-20=binder -o porous.msh
    nmc-mesh mesh labels.tif --spacing 0.4 --smooth 0 -o voxels.msh
    nmc-mesh mesh labels.tif --spacing 0.4 --periodic -o period.msh
    nmc-mesh mesh labels.tif --spacing 0.4 --orientations grains.csv -o crystals.e

    Whole numbers label the voxels; 0 is outside and left out, unless --keep names it: then it
    gets the number after the largest label. What the border of the image cuts off ends on its exact
    faces, with sharp edges; where the border is 0 nothing is cut off. A label may have several
    pieces, voxels that hang together by faces: each keeps its volume, and stays apart from others.
    With --periodic pieces go on through the faces of the image, and the mesh fits to itself moved
    by whole periods; its border is then made of faces of cells and not flat.
    Labels are grains unless --phase names them: pores and cracks then lose their cells and keep
    their walls (see docs/phases.md).
    """
    from nmc_mesh.cli.files import all_files, checked, checked_host, numbers, write_all
    from nmc_mesh.cli.labels import labels_from
    from nmc_mesh.cli.report import report
    from nmc_mesh.mesher.accuracy import volume_errors
    from nmc_mesh.pipeline.labels import mesh_labels

    paths = checked(how.paths, how.tables, source=labels)
    reader = checked_host(how.host, paths)
    wanted = None if keep is None else numbers("--keep", keep, int)
    image = labels_from(labels, spacing, dataset)
    phases = phases_of(named, table, image.voxels()[0])
    image = image if phases is None else replace(image, phases=phases)
    crystals = crystals_of(orientations, labels, image)
    errors = None
    with watched(quiet) as watch:
        image, result = mesh_labels(
            image,
            size,
            keep=wanted,
            small=small,
            smooth=smooth,
            periodic=periodic,
            **how.cells,
            progress=watch,
        )
        result = with_crystals(result, crystals)
        result, proof = certified(result, image, how.certify, how.demands, watch)
        write_all(result, paths, how.blocks, how.boundaries, watch, host=reader)
        if not quiet and proof is None:
            errors = volume_errors(image, result, watch)
    if not quiet:
        summary = report(
            result, labels.name, watch.seconds, all_files(paths), errors=errors, certificate=proof
        )
        console().print(summary)


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--whole", is_flag=True, help="Demand that every grain is in one piece.")
@click.option(
    "--particle", type=click.Path(path_type=Path), metavar="PARTICLE.h5",
    help="The analytic particle that was meshed: prove how near the mesh comes to it.  [default: "
    "FILE with the ending .h5, if that is one]",
)  # fmt: skip
@required
@common
def check(
    file: Path,
    whole: bool,
    particle: Path | None,
    demands: list[Requirement] | None,
    quiet: bool,
) -> None:
    """Tell whether a written mesh is sound, and how good: FILE has any format that is read.

    \b
    nmc-mesh check particle.msh
    nmc-mesh check -q --whole particle.vtu && echo sound
    nmc-mesh check particle.msh --particle particle.h5
    nmc-mesh check particle.msh --require "angle>=20, distance_p90<=0.25"

    Sound means: all cells positive, every facet on one or two cells, all tags complete. With the
    particle that was meshed the distance of every facet from its exact boundary is bounded, by
    proof, not by samples. Exit code 0 if the mesh is sound and keeps what is required, 6 if not.
    Of an image that cuts grains off it also tells whether the mesh ends exactly on the faces of its
    box, and warns where not.
    """
    from nmc_mesh.cli.report import report
    from nmc_mesh.io import read, read_particle
    from nmc_mesh.mesh.box import off_box
    from nmc_mesh.mesh.validate import validate
    from nmc_mesh.mesher.certificate import certify
    from nmc_mesh.mesher.requirements import demand

    truth_file = particle or particle_beside(file)
    truth = None if truth_file is None else read_particle(truth_file)
    with watched(quiet) as watch:
        watch("read", 0.0)
        mesh = read(file)
        watch("read", 1.0)
        proof = certify(mesh, truth, progress=watch)
        if whole and len(proof.split_grains):
            validate(mesh, whole=True)
        demand(proof, demands or [])
    off = off_box(mesh)
    if off is not None and len(off.nodes):
        warnings.warn(
            f"{len(off.nodes):,} nodes of {file} belong on the faces of its image's box and are "
            f"off them, by up to {off.farthest:.2g} um",
            stacklevel=2,
        )
    if not quiet:
        title = f"{file.name} is sound"
        console().print(
            report(mesh, title, watch.seconds, [file], certificate=proof, split=proof.split_grains)
        )


@commands.command()
@common
def models(quiet: bool) -> None:
    """List the shipped models.

    \b
    nmc-mesh models
    nmc-mesh models --quiet            names only
    """
    from nmc_mesh.cli.tables import summary_table
    from nmc_mesh.particle.model import list_models

    if quiet:
        console().print("\n".join(list_models()))
    else:
        console().print(summary_table("model", list_models()))


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path), default="demo")
@common
def demo(folder: Path, quiet: bool) -> None:
    """Draw one particle of about 500 grains, mesh it, write every format and a picture.

    \b
    nmc-mesh demo
    nmc-mesh demo results/first

    FOLDER is made if it is not there.  [default: demo]
    """
    from nmc_mesh.cli.files import all_files, checked, made, write_all
    from nmc_mesh.cli.report import next_steps, report
    from nmc_mesh.mesher.accuracy import accuracy
    from nmc_mesh.pipeline import particles

    endings = ("msh", "vtu", "xdmf", "png")
    paths = checked([made(folder) / f"particle.{ending}" for ending in endings], tables=True)
    with watched(quiet) as watch:
        particle, mesh = particles.generate(
            DEFAULT_MODEL, DEMO_SEED, diameter=DEMO_DIAMETER, progress=watch
        )
        write_all(mesh, paths, "auto", "auto", watch)
        errors = accuracy(particle, mesh, watch)
    if not quiet:
        console().print(
            report(mesh, DEFAULT_MODEL, watch.seconds, all_files(paths), accuracy=errors)
        )
        console().print(next_steps(folder))


for command in (
    generate, segment, fit_shell, validate, sections, cohesive, dataset, surface, materials,
    homogenize, cycle, pack, rve, cracks, fit_cracks, hosts, deck, voxels, stream, fit,
    fit_gbpd, fit_grains, fit_outlines, fit_texture, convert, info, plugins, completion,
    report_page,
):  # fmt: skip
    commands.add_command(command)
