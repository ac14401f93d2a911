"""The command ``cohesive``: open the grain boundaries of a written mesh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import common

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh

_MOST_PAIRS = 12


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="IN")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), multiple=True, required=True,
    metavar="OUT.e [OUT.inp ...]",
    help="Files to write, in formats that have wedges: .e, .inp, .vtu, .msh.",
)  # fmt: skip
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="")
@click.option(
    "--boundaries", default="all", show_default=True, metavar="WHICH",
    help="all; pairs of grains, 12-15,3-4; or a range of disorientation, angle:15-180deg.",
)  # fmt: skip
@click.option(
    "--seams", type=click.Choice(["auto", "pairs", "one"]), default="auto", show_default=True,
    help="A block of wedges and a facet set per pair of grains, or one for all.",
)  # fmt: skip
@common
def cohesive(
    file: Path,
    output: tuple[Path, ...],
    more: tuple[Path, ...],
    boundaries: str,
    seams: str,
    quiet: bool,
) -> None:
    """Open grain boundaries for cohesive laws: IN is a conforming mesh.

    \b
    nmc-mesh cohesive particle.msh -o split.e
    nmc-mesh cohesive particle.msh -o split.e split.inp split.vtu --boundaries 12-15,3-4
    nmc-mesh cohesive particle.e -o split.inp --boundaries angle:15-180deg

    Every opened facet becomes a wedge of no thickness, its first three nodes on the side of the
    lower grain: WEDGE, COH3D6, or, of second order, WEDGE15 and four COH3D6 (Abaqus has no
    others). Nodes are doubled where the cells around them come apart: three times on an open triple
    line, not at all at the end of an opened boundary. Volume, grains and sets stay. The
    disorientation of two grains is their smallest under the symmetry of the crystal,
    R-3m; the mesh has to know its orientations, or its tables (.json) lie beside it.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.cohesive.choice import parsed
    from nmc_mesh.cohesive.splitting import split_boundaries
    from nmc_mesh.errors import InputError
    from nmc_mesh.io import FORMATS, read, write
    from nmc_mesh.io.crystals import informed, oriented

    by_angle = isinstance(parsed(boundaries), tuple)
    paths = [*output, *more]
    endings = [suffix for suffix, form in FORMATS.items() if form.wedges]
    for path in paths:
        checked_place(path, endings, source=file)
        if paths.count(path) > 1:
            raise InputError(f"'{path}' would be written twice; every file needs its own name")
    with watched(quiet) as watch:
        mesh = oriented(read(file), file) if by_angle else informed(read(file), file)
        watch("read", 1.0)
        split = split_boundaries(mesh, boundaries)
        watch("split", 1.0)
        for done, path in enumerate(paths, 1):
            write(path, split, boundaries=seams)  # type: ignore[arg-type]
            watch("write", done / len(paths))
    if not quiet:
        console().print(_report(split, f"{file.name}, split", watch.seconds, paths))


def _report(
    split: CohesiveMesh, title: str, seconds: Mapping[str, float], files: Sequence[Path]
) -> Table:
    """Return nodes before and after, wedges per pair, the seconds per stage and the files."""
    import numpy as np

    from nmc_mesh.cli.tables import ending
    from nmc_mesh.cohesive.groups import wedge_table

    pairs = wedge_table(split)
    copies = np.bincount(np.bincount(split.origin))
    several = [f"{count:,} with {n}" for n, count in enumerate(copies) if n > 1 and count]
    facts = [
        ("boundaries opened", f"{len(pairs['lower']):,}, {pairs['area'].sum():.4g} µm²"),
        ("wedges", f"{len(split.wedges):,}"),
        ("nodes", f"{split.nodes_before:,}, now {len(split.origin):,}"),
        ("copies", ", ".join(several)),
    ]
    largest = [
        (
            f"grains {pairs['lower'][k]} and {pairs['higher'][k]}",
            f"{pairs['wedges'][k]:,} wedges, {pairs['area'][k]:.3g} µm²",
        )
        for k in np.argsort(-pairs["wedges"], kind="stable")[:_MOST_PAIRS]
    ]
    if len(pairs["lower"]) > _MOST_PAIRS:
        largest.append(("...", f"and {len(pairs['lower']) - _MOST_PAIRS:,} more"))
    return ending(title, [facts, largest], seconds, files)
