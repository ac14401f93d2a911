"""The command ``fit-outlines``: from outlines in polished sections to the shell of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.labels import sure
from nmc_mesh.cli.model_file import add, contents_of, model_output
from nmc_mesh.cli.options import common
from nmc_mesh.cli.shell import generator

if TYPE_CHECKING:
    from nmc_mesh.shell.outlines import Outlines


@click.command("fit-outlines")
@click.argument(
    "images", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="IMAGE [...]"
)
@click.option("--pixel", metavar="UM", help="Edge of a pixel.  [default: what the file says]")
@sure
@model_output
@click.option(
    "--shells", type=click.IntRange(500, 100_000), default=3000, show_default=True, metavar="N",
    help="Shells that are drawn and cut four times each, over and over.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Draws them.")
@common
def fit_outlines(
    images: tuple[Path, ...],
    pixel: str | None,
    output: Path,
    base: str | None,
    shells: int,
    seed: int,
    quiet: bool,
) -> None:
    """Fit the shell of a model to outlines of particles in polished sections.

    \b
    nmc-mesh fit-outlines one.png two.png --pixel 0.05 -o mine.toml
    nmc-mesh fit-outlines labels.tif --base nmc-equiaxed -o mine.toml
    nmc-mesh generate --model mine.toml --seed 1 -o particle.msh

    Every IMAGE shows particles in one plane, as in SEM: one label each and 0 between, or a mask
    whose pieces are particles. Planes pass by the centres, and large particles are hit more often:
    shells of the law are cut at random too, and the law is the one whose outlines have the sizes
    and the roughness of yours. Outlines at the border, and those under 16 pixels across, are left
    out. Give 1,000 or more; the table tells the error of every number, and whether any law with
    independent coefficients shows such outlines.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.cli.labels import labels_from
    from nmc_mesh.cli.shell_report import outline_table
    from nmc_mesh.particle.parts import started
    from nmc_mesh.particle.writer import with_shell
    from nmc_mesh.shell.outline_fit import fit_outlines as fit
    from nmc_mesh.shell.outlines import outlines_of, together

    for image in images:
        checked_place(output, (".toml",), image)
    started(output, base)
    generator(seed)
    with watched(quiet) as watch:
        inputs = contents_of(images)
        parts: list[Outlines] = []
        for index, image in enumerate(images):
            watch("outlines", index / len(images))
            parts.append(outlines_of(labels_from(image, pixel, option="--pixel", axes=2)))
        watch("outlines", 1.0)
        fitted = fit(together(parts), seed, shells, watch)
        names = ", ".join(image.name for image in images)
        facts = {
            "shell.laws": f"fitted: simulated moments of {fitted.outlines} outlines of {names}; "
            "l = 1 is not told by outlines, but follows from the centre of mass",
            "shell.quality": fitted.summary(),
            "shell.min_volume": "ours: 10 cubes of the pixel's edge",
        }
        add(
            output, base, "shell", images,
            lambda table, more: with_shell(
                table, table.name, table.summary, fitted.model, {**more, **facts}
            ),
            inputs,
        )  # fmt: skip
        watch("write", 1.0)
    if not quiet:
        console().print(outline_table(fitted, output.name))
