"""The command ``convert``: a mesh from one format to others, or of another order or layout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import common, for_host, kept_voids
from nmc_mesh.cli.phases import phase_options, phases_of

if TYPE_CHECKING:
    from nmc_mesh.mesh.groups import Blocks, Boundaries
    from nmc_mesh.mesh.tet_mesh import TetMesh


@click.command()
@click.argument("source", type=click.Path(path_type=Path), metavar="IN")
@click.argument(
    "targets", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="OUT [OUT ...]"
)
@click.option(
    "--blocks", type=click.Choice(["auto", "grain", "color", "single"]), default="auto",
    show_default=True, help="A block of cells per grain, a few in which no two touch, or one.",
)  # fmt: skip
@click.option(
    "--boundaries", type=click.Choice(["auto", "pairs", "one", "none"]), default="auto",
    show_default=True,
    help="A facet set per pair of touching grains, one for all, or none (nor lines, points).",
)  # fmt: skip
@for_host
@click.option(
    "--order", type=click.IntRange(1, 2),
    help="Nodes per cell: 1: four; 2: ten, those added are midpoints.  [default: as IN]",
)  # fmt: skip
@click.option(
    "--set", "options", multiple=True, metavar="NAME=VALUE",
    help="Option of a format: version=2.2 or binary=true (.msh), version=1.3 (.mesh), "
    "material=NMC (.inp).",
)  # fmt: skip
@phase_options
@kept_voids
@click.option("--size", type=float, metavar="UM", help="Edge length, if IN is a stored particle.")
@common
def convert(
    source: Path,
    targets: tuple[Path, ...],
    blocks: Blocks,
    boundaries: Boundaries,
    host: str | None,
    order: int | None,
    options: tuple[str, ...],
    named: tuple[str, ...],
    table: Path | None,
    keep_voids: bool,
    size: float | None,
    quiet: bool,
) -> None:
    """Convert a mesh to other formats; OUT may be its tables (.json) or a picture (.png, .mp4).

    \b
    nmc-mesh convert particle.msh particle.e
    nmc-mesh convert particle.e moose.e --boundaries none     for BreakMeshByBlockGenerator
    nmc-mesh convert particle.e other.msh --for freefem       as FreeFEM reads it (nmc-mesh hosts)
    nmc-mesh convert particle.msh old.msh --set version=2.2 --set binary=true
    nmc-mesh convert particle.vtu curved.mesh p.json --order 2
    nmc-mesh convert theirs.msh ours.e --phase 7=pore --phase 8=electrolyte
    nmc-mesh convert particle.h5 particle.msh --size 0.1      a stored particle is meshed

    Labels of grains come from IN; facets, triple lines and quadruple points follow from them. What
    the mesh knows beside, the orientations of its grains and how it was made, goes along; if IN
    does not keep it, the tables (.json) beside IN do. --phase says what labels of another's mesh
    are made of: pores and cracks lose their cells, unless --keep-voids, and keep their walls.
    """
    from nmc_mesh.cli.files import all_files, checked, checked_host, is_picture, write_all
    from nmc_mesh.cli.report import report
    from nmc_mesh.errors import InputError
    from nmc_mesh.io import read
    from nmc_mesh.io.crystals import informed
    from nmc_mesh.io.formats import find_format
    from nmc_mesh.io.particle import holds_particle, read_particle
    from nmc_mesh.mesh.phases import with_phases

    chosen = dict(_option(text) for text in options)
    paths = checked(targets, tables=False, source=source)
    reader = checked_host(host, paths)
    unused = set(chosen).difference(*(find_format(p).options for p in paths if not is_picture(p)))
    if unused:
        raise InputError(f"none of the formats to write has an option {', '.join(sorted(unused))}")
    with watched(quiet) as watch:
        watch("read", 0.0)
        if holds_particle(source):
            from nmc_mesh.mesher.tetrahedralize import tetrahedralize

            mesh = tetrahedralize(read_particle(source), size, progress=watch)
        else:
            if size is not None:
                raise InputError(f"{source} is a mesh already; --size is for a stored particle")
            mesh = informed(read(source), source)
        phases = phases_of(named, table, mesh.labels_there)
        if phases is not None:
            mesh = with_phases(mesh, phases, keep_voids)
        watch("read", 1.0)
        mesh = _of_order(mesh, order)
        write_all(mesh, paths, blocks, boundaries, watch, host=reader, chosen=chosen)
    if not quiet:
        console().print(report(mesh, source.name, watch.seconds, all_files(paths)))


def _option(text: str) -> tuple[str, Any]:
    from nmc_mesh.errors import InputError

    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise InputError(f"--set takes NAME=VALUE, such as version=2.2, not '{text}'")
    flags = {"true": True, "yes": True, "false": False, "no": False}
    return name, flags.get(value.lower(), value)


def _of_order(mesh: TetMesh, order: int | None) -> TetMesh:
    """Return the mesh with four or ten nodes per cell."""
    if order is None or order == mesh.order:
        return mesh
    if order == 2:
        from nmc_mesh.mesher.second_order import second_order

        return second_order(mesh)
    from nmc_mesh.mesh.first_order import first_order

    return first_order(mesh)
