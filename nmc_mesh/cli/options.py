"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from nmc_mesh.extensions import DEFAULT_MODEL

Command = Callable[..., Any]


def _set_threads(context: click.Context, option: click.Parameter, count: int | None) -> None:
    if count is not None:
        from nmc_mesh.parallel import set_threads

        set_threads(count)


def _listen(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    """Print the log until the command ends."""
    if not wanted:
        return
    import logging

    from nmc_mesh.cli.console import Lines
    from nmc_mesh.progress import LOG

    lines, before = Lines(), LOG.level
    LOG.addHandler(lines)
    LOG.setLevel(logging.INFO)

    def deaf() -> None:
        LOG.removeHandler(lines)
        LOG.setLevel(before)

    context.call_on_close(deaf)


def adding(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    """Add options, in the order in which --help shall show them."""
    for option in reversed(options):
        command = option(command)
    return command


model_option = click.option(
    "--model",
    default=DEFAULT_MODEL,
    show_default=True,
    metavar="NAME",
    help="A shipped model (see nmc-mesh models) or a model file, .toml.",
)
size_option = click.option(
    "--size",
    type=float,
    metavar="UM",
    help="Edge length of the mesh.  [default: a quarter of a grain]",
)
material_option = click.option(
    "--material",
    required=True,
    metavar="NAME",
    help="A shipped material (see nmc-mesh materials) or a material file, .toml.",
)
coating_material_option = click.option(
    "--coating-material",
    metavar="NAME",
    help="Of the coating, where the mesh has one: isotropic, such as alumina.",
)


def fit_device(command: Command) -> Command:
    """Add the option that says where a diagram is fitted."""
    return click.option(
        "--device",
        metavar="auto|cpu|cuda",
        help="Fit diagrams by autograd in torch on this device.  [default: by the compiled core]",
    )(command)


def common(command: Command) -> Command:
    """Add the options that every command has."""
    quiet = click.option("-q", "--quiet", is_flag=True, help="Print errors and warnings only.")
    verbose = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_listen,
        help="Print the log: when stages begin and end, and what they made.",
    )
    threads = click.option(
        "--threads",
        type=int,
        metavar="N",
        expose_value=False,
        callback=_set_threads,
        help="Threads to use.  [default: all cores; the result does not depend on it]",
    )
    debug = click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        help="Show where in the program an error arose.",
    )
    return quiet(verbose(threads(debug(command))))


def outputs(command: Command) -> Command:
    """Add the files to write and the layout of their tags."""
    path = click.Path(path_type=Path)
    output = click.option(
        "-o",
        "--output",
        type=path,
        multiple=True,
        required=True,
        metavar="OUT.msh [OUT.vtu ...]",
        help="Files to write; the ending chooses the format, .png and .jpg draw a picture, .gif "
        "and .mp4 a movie.",
    )
    more = click.argument("more", type=path, nargs=-1, metavar="")
    tables = click.option(
        "--tables/--no-tables",
        default=True,
        show_default=True,
        help="Write the tables of grains, boundaries and facets beside the first mesh (.json).",
    )
    return output(more(for_host(layout(tables(command)))))


def layout(command: Command) -> Command:
    """Add which groups cells and facets have."""
    blocks = click.option(
        "--blocks",
        type=click.Choice(["auto", "grain", "color", "single"]),
        default="auto",
        show_default=True,
        help="A block of cells per grain, a few in which no two grains touch, or one.",
    )
    boundaries = click.option(
        "--boundaries",
        type=click.Choice(["auto", "pairs", "one", "none"]),
        default="auto",
        show_default=True,
        help="A facet set per pair of touching grains, one for all, or none (nor lines, points).",
    )
    return blocks(boundaries(command))


def for_host(command: Command) -> Command:
    """Add the host that a file is for."""
    return click.option(
        "--for", "host", metavar="HOST",
        help="The program that will read: it chooses version and groups (see nmc-mesh hosts).",
    )(command)  # fmt: skip


def map_grains(command: Command) -> Command:
    """Add what makes pixels of an orientation map one grain."""
    angle = click.option(
        "--angle", type=float, default=5.0, show_default=True, metavar="DEG",
        help="Neighbours turned by less belong to one grain.",
    )  # fmt: skip
    least = click.option(
        "--min-pixels", type=int, metavar="N",
        help="Smaller grains are unknown.  [default: 10; of label images 1]",
    )  # fmt: skip
    trust = click.option(
        "--min-confidence", default="auto", show_default=True, metavar="X", callback=_limit,
        help="Points with a smaller confidence index (EDAX), or a larger mean angular deviation in "
        "degrees (Oxford), are unknown; 0: none; auto: at the valley of the histogram.",
    )  # fmt: skip
    return angle(least(trust(command)))


def _limit(context: click.Context, option: click.Parameter, text: str) -> float | str:
    if text == "auto":
        return text
    try:
        return float(text)
    except ValueError:
        from nmc_mesh.errors import InputError

        raise InputError(f"--min-confidence takes a number or auto, not '{text}'") from None


def map_frame(command: Command) -> Command:
    """Add how the frame of the crystals lies on a map."""
    frame = click.option(
        "--frame", type=click.Choice(["auto", "map", "edax", "oxford"]), default="auto",
        show_default=True,
        help="How the frame of Euler's angles lies on the map; auto takes the vendor's.",
    )  # fmt: skip
    return frame(command)


def small_pieces(command: Command) -> Command:
    """Add what becomes of the small pieces of an image."""
    return click.option(
        "--small", type=click.Choice(["merge", "keep"]), default="merge", show_default=True,
        help="What becomes of pieces of 1 to 7 voxels: they go to their neighbours, or are meshed "
        "as any other.",
    )(command)  # fmt: skip


def smoothed(command: Command) -> Command:
    """Add whether boundaries of an image are smoothed."""
    return click.option(
        "--smooth", type=click.IntRange(0, 1), default=1, show_default=True,
        help="0: the surface of the voxels itself, five tetrahedra per voxel, every label and "
        "volume exactly, boundaries as stairs; 1: smooth boundaries that keep volumes.",
    )(command)  # fmt: skip


def kept_voids(command: Command) -> Command:
    """Add whether voids are meshed."""
    return click.option(
        "--keep-voids", is_flag=True,
        help="Cells in pores and cracks too; else only their walls are tagged (pore_surface).",
    )(command)  # fmt: skip


def outer_surface(command: Command) -> Command:
    """Add what a drawn particle ends at."""
    return click.option(
        "--surface",
        "ends_at",
        type=click.Choice(["grains", "shell"]),
        help="What a drawn particle ends at: faces of whole grains, or its smooth shell, which "
        "cuts grains off.  [default: grains]",
    )(command)
