"""The command ``stream``: meshes that are larger than memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import common, layout, size_option

if TYPE_CHECKING:
    from nmc_mesh.mesh.groups import Blocks, Boundaries
    from nmc_mesh.mesh.slab import StreamReport
    from nmc_mesh.particle.particle import Particle


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT",
    help="File to write: OUT.xdmf, and beside it OUT.h5, OUT_facets.xdmf and OUT_facets.h5; or "
    "OUT.e (Exodus II).",
)  # fmt: skip
@click.option("--seed", type=int, help="Chooses a model's particle.  [default: 0]")
@size_option
@click.option(
    "--grains", type=int, metavar="N",
    help="Grains of a model's particle, to 1 %; its diameter is found.  [default: as many as fit]",
)  # fmt: skip
@click.option(
    "--diameter", type=float, metavar="UM",
    help="Volume-equivalent diameter of a model's shell.  [default: as drawn]",
)  # fmt: skip
@click.option(
    "--slab-cells", type=float, default=4e6, show_default=True, metavar="N",
    help="About how many cells are in work at a time, 130 bytes each; slabs have eight layers of "
    "the lattice at least.",
)  # fmt: skip
@layout
@common
def stream(
    source: str,
    output: Path,
    seed: int | None,
    size: float | None,
    grains: int | None,
    diameter: float | None,
    slab_cells: float,
    blocks: Blocks,
    boundaries: Boundaries,
    quiet: bool,
) -> None:
    """Mesh slab by slab, with little memory: SOURCE is a model or a particle (.h5).

    \b
    nmc-mesh stream nmc-radial --grains 20000 -o large.xdmf
    nmc-mesh stream nmc-radial --seed 7 --size 0.02 --slab-cells 1e7 -o fine.xdmf
    nmc-mesh stream particle.h5 -o particle.e

    Memory holds a slab of the mesh, the disk for a while the mesh twice. The mesh is as good as
    that of generate, but not the same: it depends on --slab-cells. What is more than whole grains
    (a shell that cuts grains off, pores, coatings), sizes that differ, cells of second order and
    other formats need the whole mesh: generate.
    """
    from nmc_mesh.cli.files import all_files, checked
    from nmc_mesh.cli.tables import ending
    from nmc_mesh.io.streams import ENDINGS
    from nmc_mesh.streaming import stream_tetrahedra

    paths = checked([output], False, Path(source), ENDINGS)
    with watched(quiet) as watch:
        particle = _particle(source, seed, grains, diameter)
        watch("sample", 1.0)
        report = stream_tetrahedra(
            particle, output, size, slab_cells=slab_cells, blocks=blocks, boundaries=boundaries,
            progress=watch,
        )  # fmt: skip
    if not quiet:
        title = f"{Path(source).name}, slab by slab"
        console().print(ending(title, [_facts(report)], watch.seconds, all_files(paths)))


def _particle(
    source: str, seed: int | None, grains: int | None, diameter: float | None
) -> Particle:
    """Read a particle, or draw it from a model."""
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.particle import read_particle
    from nmc_mesh.particle.model import load_model

    path = Path(source)
    if path.suffix != ".h5":
        return load_model(source).sample(seed or 0, diameter, grains=grains)
    if seed is not None or grains is not None or diameter is not None:
        raise InputError(
            "a stored particle is what it is; leave --seed, --grains and --diameter out"
        )
    return read_particle(path)


def _facts(report: StreamReport) -> Iterator[tuple[str, str]]:
    import numpy as np

    lost = report.info["lost_grains"]
    low, p1, high = np.degrees(
        [report.smallest_angle, report.smallest_angle_p1, report.largest_angle]
    )
    yield "grains", f"{report.grains:,}" + (f" ({len(lost)} lost: too thin)" if lost else "")
    yield "tetrahedra", f"{report.cells:,}"
    yield "vertices", f"{report.points:,}"
    yield "facets", f"{report.facets:,} on boundaries and the surface"
    yield "size", f"{report.info['size']:.3g} µm"
    yield "dihedral angle", f"{low:.1f}° to {high:.1f}°; 99 % of cells above {p1:.1f}°"
    yield "radius ratio", f"{report.mean_radius_ratio:.2f} on average (best: 1)"
    yield "volume", f"{report.volume:.4g} µm³"
