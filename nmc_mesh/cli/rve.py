"""The command ``rve``: a periodic piece of a polycrystal, drawn and meshed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import common, model_option, outputs, size_option

if TYPE_CHECKING:
    from nmc_mesh.mesh.groups import Blocks, Boundaries
    from nmc_mesh.mesher.periodic import Seam
    from nmc_mesh.typing import AnyArray


@click.command()
@model_option
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses the polycrystal.")
@click.option(
    "--grains", type=int, metavar="N",
    help="Number of grains.  [default: 50; as many as fit if --box says how large]",
)  # fmt: skip
@click.option(
    "--box", metavar="UM",
    help="Edge length of one period, or three, or nine numbers: three vectors, such as "
    "2,0,0,1,2,0,0,0,2. With --grains too they grow or shrink to fit.  [default: as large as the "
    "model's grains make it]",
)  # fmt: skip
@size_option
@click.option(
    "--seam", type=click.Choice(["box", "grains"]), default="box", show_default=True,
    help="Where one period is cut out: near the faces of its box, or along boundaries of grains, "
    "which are all whole then.",
)  # fmt: skip
@outputs
@common
def rve(
    model: str,
    seed: int,
    grains: int | None,
    box: str | None,
    size: float | None,
    seam: Seam,
    output: tuple[Path, ...],
    more: tuple[Path, ...],
    host: str | None,
    blocks: Blocks,
    boundaries: Boundaries,
    tables: bool,
    quiet: bool,
) -> None:
    """Draw a periodic polycrystal (a representative volume element) and mesh one period of it.

    \b
    nmc-mesh rve -o rve.msh
    nmc-mesh rve --grains 50 --box 2 -o rve.msh rve.vtu rve.png
    nmc-mesh rve --grains 50 --box 2,0,0,1,1.7,0,0,0,2 -o slanted.msh
    nmc-mesh rve --grains 100 --seam grains --boundaries one -o whole_grains.e
    nmc-mesh rve --seed 1 -o rve.msh && nmc-mesh homogenize rve.msh --material nmc811

    The mesh fits to itself moved by whole periods, facet on facet: its border, the seam, is made of
    faces of cells and not flat. Nodes that are the same a period apart differ by it to the last
    bit; the tables list them (periodic/master, slave, shift in the .h5), and .msh 4.1 has them as
    $Periodic. The x axis is along a particle's radius. For label images see the option --periodic
    of the command mesh.
    """
    from nmc_mesh.cli.files import all_files, checked, checked_host, write_all
    from nmc_mesh.cli.report import report
    from nmc_mesh.mesher.periodic import tetrahedralize_periodic
    from nmc_mesh.particle.periodic_draw import periodic_cell

    paths = checked([*output, *more], tables)
    reader = checked_host(host, paths)
    period = None if box is None else _period(box)
    with watched(quiet) as watch:
        watch("sample", 0.0)
        cell = periodic_cell(model, seed, grains=grains, period=period)
        watch("sample", 1.0)
        mesh = tetrahedralize_periodic(cell, size, seam=seam, progress=watch)
        write_all(mesh, paths, blocks, boundaries, watch, host=reader)
    if not quiet:
        title = f"{model}, seed {seed}, one period"
        console().print(report(mesh, title, watch.seconds, all_files(paths)))


def _period(text: str) -> float | AnyArray:
    """One number, three or nine as a period."""
    import numpy as np

    from nmc_mesh.cli.files import numbers
    from nmc_mesh.errors import InputError

    values = numbers("--box", text, float)
    if len(values) not in (1, 3, 9):
        raise InputError(f"--box takes one number, three or nine, not {len(values)}")
    if len(values) == 1:
        return values[0]
    return np.array(values) if len(values) == 3 else np.reshape(values, (3, 3))
