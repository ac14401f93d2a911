"""The command ``pack``: several particles in one box of electrolyte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.meshing import Meshing, meshing
from nmc_mesh.cli.options import common, model_option, size_option
from nmc_mesh.cli.pores import porous

if TYPE_CHECKING:
    from nmc_mesh.plot.paint import Way
    from nmc_mesh.typing import Floats


@click.command()
@model_option
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses particles and bed.")
@click.option(
    "--particles", type=click.IntRange(min=1), metavar="N",
    help="How many.  [default: 5; with --positions one for each]",
)  # fmt: skip
@click.option(
    "--grains", type=int, metavar="N",
    help="Grains of every particle, to 1 %; diameters are found.  [default: as many as fit]",
)  # fmt: skip
@click.option(
    "--diameter", type=float, metavar="UM",
    help="Volume-equivalent diameter of every shell.  [default: as drawn]",
)  # fmt: skip
@click.option(
    "--fraction", type=float, metavar="SHARE",
    help="Volume of the particles over that of the box.  [default: 0.2]",
)  # fmt: skip
@click.option(
    "--gap", type=float, metavar="UM",
    help="Least distance of two particles.  [default: a quarter of a grain]",
)  # fmt: skip
@click.option(
    "--positions", type=click.Path(path_type=Path), metavar="TABLE.txt",
    help="Do not pack: a line per particle with x y z in um, or x y z and a quaternion w x y z. "
    "Those that overlap a little are in contact.",
)  # fmt: skip
@click.option(
    "--volume", metavar="LABELS.tif",
    help="Do not pack: particles of a segmented volume (nmc-mesh segment), where it has them, each "
    "in its measured shell.",
)  # fmt: skip
@click.option(
    "--voxel", metavar="UM", help="With --volume, edge of its voxels.  [default: the file's]"
)
@click.option(
    "--keep", metavar="LABELS",
    help="With --volume, which particles, such as 3,4,7.  [default: all that are whole]",
)  # fmt: skip
@click.option(
    "--domain", metavar="SHAPE:FACTOR",
    help="With --positions or --volume, electrolyte around: box:1.2 or sphere:1.2, times what all "
    "of them take.  [default: box:1.2]",
)  # fmt: skip
@porous
@click.option(
    "--cracks", type=float, metavar="X",
    help="Open this share of the boundaries between grains, from every particle's surface inwards "
    "(law radial; others: nmc-mesh cracks).",
)  # fmt: skip
@size_option
@click.option(
    "--color", type=click.Choice(["grain", "phase"]), default="grain", show_default=True,
    help="What pictures show: grains or phases.",
)  # fmt: skip
@meshing
@common
def pack(
    model: str,
    seed: int,
    particles: int | None,
    grains: int | None,
    diameter: float | None,
    fraction: float | None,
    gap: float | None,
    positions: Path | None,
    volume: str | None,
    voxel: str | None,
    keep: str | None,
    domain: str | None,
    pores: float | None,
    pore_size: float | None,
    cracks: float | None,
    size: float | None,
    color: Way,
    how: Meshing,
    quiet: bool,
) -> None:
    """Draw several particles, pack them into a box of electrolyte and mesh all of it.

    \b
    nmc-mesh pack --particles 5 --grains 20 --fraction 0.2 -o bed.msh
    nmc-mesh pack --particles 3 --diameter 3 --fraction 0.15 -o bed.e bed.png
    nmc-mesh pack --particles 3 --grains 20 --cracks 0.1 -o cracked.e
    nmc-mesh pack --particles 3 --grains 20 --pores 0.05 --color phase -o porous.e porous.png
    nmc-mesh pack --positions places.txt --grains 30 -o pair.msh pair.vtu
    nmc-mesh pack --volume labels.tif --voxel 0.128 --keep 3,4,7 -o measured.e

    The box is one period of a periodic packing and cuts particles and their pores off: what leaves
    it on one side comes in on the other. Grains have labels of their own; the tables say which
    particle each belongs to. Facets between particles are the group particle_contact, walls of
    pores are pore_surface.
    """
    from nmc_mesh.cli.cracks import chosen_law
    from nmc_mesh.cli.files import all_files, checked, checked_host, numbers, write_all
    from nmc_mesh.cli.labels import labels_from
    from nmc_mesh.cli.report import report
    from nmc_mesh.errors import InputError
    from nmc_mesh.pipeline.packings import generate_packing

    if how.certify or how.demands:
        raise InputError("certificates are of single particles; leave --certify and --require out")
    there = "--positions" if positions is not None else "--volume" if volume is not None else None
    if there and (fraction is not None or gap is not None):
        raise InputError(f"{there} says where particles lie; leave --fraction and --gap out")
    if not there and domain is not None:
        raise InputError("the box of a packing follows from its fraction; leave --domain out")
    if volume is not None and (positions is not None or particles is not None):
        raise InputError("--volume has its own particles; leave --positions and --particles out")
    if volume is None and (voxel is not None or keep is not None):
        raise InputError("--voxel and --keep are of a --volume; give one, or leave them out")
    paths = checked(how.paths, how.tables)
    reader = checked_host(how.host, paths)
    centres, turns = (None, None) if positions is None else _positions(positions)
    count = len(centres) if centres is not None else 5 if particles is None else particles
    if particles is not None and particles != count:
        raise InputError(f"{positions} has {count} lines, not {particles}; leave --particles out")
    image = None if volume is None else labels_from(volume, voxel, option="--voxel")
    wanted = None if keep is None else numbers("--keep", keep, int)
    with watched(quiet) as watch:
        packing, mesh = generate_packing(
            model,
            seed,
            size,
            particles=count,
            fraction=0.2 if fraction is None else fraction,
            gap=gap,
            grains=grains,
            diameter=diameter,
            pores=pores,
            pore_size=pore_size,
            centres=centres,
            turns=turns,
            volume=image,
            keep=wanted,
            domain=domain,
            **how.cells,
            cracks=None if cracks is None else chosen_law("radial", cracks, {}),
            progress=watch,
        )
        write_all(mesh, paths, how.blocks, how.boundaries, watch, color, reader)
    if not quiet:
        title = f"{model}, seed {seed}, {packing.n_particles} particles"
        console().print(report(mesh, title, watch.seconds, all_files(paths)))


def _positions(path: Path) -> tuple[Floats, Floats | None]:
    """Centres (n, 3) in um, and quaternions (n, 4) if the lines have them."""
    import numpy as np

    from nmc_mesh.errors import FileError
    from nmc_mesh.files import contents

    wanted = "a line has x y z in um, or x y z w x y z, parted by blanks or commas"
    lines = contents(path).decode("ascii", "replace").replace(",", " ").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    try:
        table = np.array([[float(word) for word in row] for row in rows])
    except ValueError:
        raise FileError(f"{path} holds what is no number; {wanted}") from None
    if table.ndim != 2 or table.shape[1] not in (3, 7):
        raise FileError(f"{path} is no table of positions; {wanted}")
    return table[:, :3], table[:, 3:] if table.shape[1] == 7 else None
