"""The command ``cycle``: charge and discharge a particle, with a history as a table."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import coating_material_option, common, material_option

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
    from nmc_mesh.mechanics.history import History
    from nmc_mesh.mesh.tet_mesh import TetMesh


@click.command()
@click.argument("mesh", type=click.Path(path_type=Path))
@material_option
@coating_material_option
@click.option(
    "--film", type=float, metavar="OHM_M2",
    help="Resistance of a film on all facets that react, which stores nothing: a coating too thin "
    "to be meshed.  [default: the material's]",
)  # fmt: skip
@click.option(
    "--rate", type=float, default=1.0, show_default=True, metavar="C",
    help="C-rate: 0.5 takes two hours for the whole range of x.",
)  # fmt: skip
@click.option(
    "--lower", type=float, default=3.6, show_default=True, metavar="V",
    help="Potential against lithium at which discharges end.",
)  # fmt: skip
@click.option(
    "--upper", type=float, default=4.25, show_default=True, metavar="V",
    help="Potential at which charges end.",
)  # fmt: skip
@click.option(
    "--count", type=click.IntRange(1), default=1, show_default=True, help="Number of cycles."
)
@click.option("--rest", type=float, metavar="SECONDS", help="Rest after each charge and discharge.")
@click.option(
    "--hold", type=float, metavar="C",
    help="Hold the upper potential until the current has fallen to this C-rate.",
)  # fmt: skip
@click.option(
    "--open", "opened", metavar="WHICH",
    help="Boundaries that may open by the material's cohesive law, as of nmc-mesh cohesive "
    "--boundaries: all, angle:15-180deg.",
)  # fmt: skip
@click.option("--two-way", is_flag=True, help="Let stress move lithium too; slower by ten or so.")
@click.option("--dry", is_flag=True, help="Keep electrolyte out of cracks and open boundaries.")
@click.option("--stress", is_flag=True, help="Add percentiles of the stress to every row.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT.csv",
    help="File for the history.",
)  # fmt: skip
@common
def cycle(
    mesh: Path,
    material: str,
    coating_material: str | None,
    film: float | None,
    rate: float,
    lower: float,
    upper: float,
    count: int,
    rest: float | None,
    hold: float | None,
    opened: str | None,
    two_way: bool,
    dry: bool,
    stress: bool,
    output: Path,
    quiet: bool,
) -> None:
    """Charge and discharge a particle by Butler and Volmer's kinetics at its facets.

    \b
    nmc-mesh cycle particle.e --material nmc811 -o cycle.csv
    nmc-mesh cycle particle.e --material nmc811 --rate 2 --count 3 --rest 600 --stress -o cycle.csv
    nmc-mesh cycle cracked.e --material nmc811 -o cycle.csv        of nmc-mesh cracks
    nmc-mesh cycle particle.e --material nmc811 --open all -o cycle.csv
    nmc-mesh cycle particle.e --material nmc811 --two-way --stress -o cycle.csv
    nmc-mesh cycle coated.e --material nmc811 --coating-material alumina -o cycle.csv

    MESH knows the orientations of its grains (.e, .vtu), or its tables (.json) lie beside it. It
    starts full. Basal planes are idle where the material says so. A row per time step: time, stage,
    C-rate (charges are positive), potential against lithium, content x (mean, at the surface,
    least, largest).

    Nothing crosses cracks; those that hang together with the outer surface take electrolyte in, and
    their sides react. With --open the cohesive zones between grains are solved for after every
    step, and facets that break become cracks: open_share tells how much of their area is open.

    With --two-way stress shifts the potential of lithium by Larche's and Cahn's term, inside and at
    facets; x is then that of the lithium at a node.

    A coating stores what its material says, alumina nothing: lithium passes it with its diffusivity
    and reacts at its outside. A --film takes part of the potential alone, film times current; it
    goes with --open and --two-way too, and covers the sides of cracks as well.
    """
    from nmc_mesh.cli.coating import check_coating
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.crystal.library import load_material
    from nmc_mesh.errors import InputError
    from nmc_mesh.io import read
    from nmc_mesh.io.crystals import oriented
    from nmc_mesh.mechanics import cycling
    from nmc_mesh.mechanics.phased import phased
    from nmc_mesh.mechanics.protocol import cycles
    from nmc_mesh.mesh.phases import solids

    checked_place(output, (".csv",), mesh)
    if two_way and opened is not None:
        raise InputError("--two-way is for boundaries that stay together; leave --open out")
    stuff = load_material(material)
    if film is not None:
        if not 0 <= film < math.inf:
            raise InputError(f"the resistance of a film is 0 ohm m^2 or more, not {film:g}")
        stuff = replace(stuff, numbers={**stuff.numbers, "kinetics.film": film})
    layer = {} if coating_material is None else {"coating": load_material(coating_material)}
    stages = cycles(rate, lower, upper, count, rest, hold)
    with watched(quiet) as watch:
        watch("read", 0.0)
        particle = solids(oriented(read(mesh), mesh))
        watch("read", 1.0)
        check_coating(particle, coating_material)
        body: TetMesh | CohesiveMesh = particle
        law = None
        if opened is not None:
            from nmc_mesh.cohesive.splitting import split_boundaries
            from nmc_mesh.mechanics.cohesive_zone import law_of

            body, law = split_boundaries(particle, opened), law_of(stuff)
        done = cycling.cycle(
            body,
            phased(particle, stuff, layer) if layer else stuff,
            stages,
            electrolyte=not dry,
            stress=stress,
            law=law,
            two_way=two_way,
            progress=watch,
        )
        done.history.write(output)
    if not quiet:
        console().print(_ends(mesh.name, done.history))


def _ends(title: str, history: History) -> Table:
    """The last row of every stage."""
    from rich.table import Table

    table = Table(title=f"{title}: ends of the stages", title_justify="left")
    names = ("time_s", "rate_per_h", "potential_V", "mean_x", "surface_x")
    for name in ("time, s", "C-rate", "potential, V", "mean x", "x at the surface"):
        table.add_column(name, justify="right")
    stage = history["stage"]
    last = [k for k in range(len(stage)) if k + 1 == len(stage) or stage[k + 1] != stage[k]]
    for k in last:
        row = [float(history[name][k]) for name in names]
        small = 0.0 if abs(row[1]) < 1e-6 else row[1]
        digits = [f"{row[0]:.0f}", f"{small:.3g}", *(f"{value:.3f}" for value in row[2:])]
        table.add_row(*digits)
    return table
