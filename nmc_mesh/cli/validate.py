"""Commands that set simulated data beside measured data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import common
from nmc_mesh.cli.shell import generator, particles_of, segmentation, shell_law
from nmc_mesh.cli.validate_grains import grains

if TYPE_CHECKING:
    from nmc_mesh.shell.fit import ShellLawName


@click.group(no_args_is_help=True)
def validate() -> None:
    """Set simulated data beside measured data.

    \b
    nmc-mesh validate shell CT.tif --voxel 0.128 -o shell.png
    nmc-mesh validate grains mine.toml sections.h5 -o grains.png
    nmc-mesh validate grains --truth all --method law -o proof.png
    """


validate.add_command(grains)


@validate.command()
@segmentation
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FIGURE.png",
    help="Figure to write: .png, .svg or .pdf, and a .json beside it; or the .json alone.",
)  # fmt: skip
@click.option("--model", metavar="NAME", help="Model to judge.  [default: one fitted to CT]")
@shell_law
@click.option("--shells", type=int, metavar="N", help="Shells to draw.  [default: as measured]")
@click.option("--seed", type=int, default=0, show_default=True, help="Draws them.")
@common
def shell(
    volume: Path,
    output: Path,
    model: str | None,
    law: ShellLawName,
    shells: int | None,
    seed: int,
    quiet: bool,
    **choices: Any,
) -> None:
    """Compare the shells of a model with the particles of an X-ray CT volume.

    \b
    nmc-mesh validate shell CT.tif --voxel 0.128 --law joint -o shell.png
    nmc-mesh validate shell labels.tif --voxel 0.398 --model nmc111-ct -o shell.json

    Size, compactness, aspect ratio and sphericity with their two-sample distances; how a_00 depends
    on the other coefficients; powers; the density of every degree with its law.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.errors import InputError
    from nmc_mesh.files import write_json
    from nmc_mesh.particle.model import load_model
    from nmc_mesh.plot import require_matplotlib
    from nmc_mesh.plot.sheet import FIGURES
    from nmc_mesh.plot.shell import shell_figure
    from nmc_mesh.shell.fit import fit_shell
    from nmc_mesh.shell.joint import JointShellModel
    from nmc_mesh.shell.model import ShellModel
    from nmc_mesh.validation.shell import compare_shells

    checked_place(output, (*FIGURES, ".json"), volume)
    if output.suffix.lower() != ".json":
        require_matplotlib()
    chosen, rng = None if model is None else load_model(model).shell, generator(seed)
    if chosen is not None and not isinstance(chosen, ShellModel | JointShellModel):
        raise InputError(
            f"the shells of '{model}' have no laws of coefficients, which is what is compared; "
            "choose a model whose [shell] has the law harmonics or joint"
        )
    with watched(quiet) as watch:
        particles = particles_of(volume, watch, **choices)
        fitted = fit_shell(particles.image, rng, law=law)
        watch("fit", 1.0)
        compared = compare_shells(fitted, chosen or fitted.model, rng, shells)
        watch("compare", 1.0)
        if output.suffix.lower() != ".json":
            shell_figure(compared, output)
        write_json(output.with_suffix(".json"), {"source": volume.name, **compared.facts()})
        watch("write", 1.0)
    if not quiet:
        from nmc_mesh.cli.shell_report import comparison_table

        console().print(comparison_table(compared, volume.name, watch.seconds))
