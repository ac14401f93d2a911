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
    from nmc_mesh.shell.joint import JointShellModel
    from nmc_mesh.shell.model import ShellModel


@click.group(no_args_is_help=True)
def validate() -> None:
    """Set simulated data beside measured data.

    \b
    nmc-mesh validate shell CT.tif --voxel 0.128 -o shell.png
    nmc-mesh validate outlines --model mine.toml --outlines 1000 -o trials.json
    nmc-mesh validate grains mine.toml sections.h5 -o grains.png
    nmc-mesh validate grains --truth all --method law -o proof.png
    """


validate.add_command(grains)


@validate.command()
@click.option("--model", default="nmc111-ct", show_default=True, metavar="NAME", help="The truth.")
@click.option(
    "--outlines", type=click.IntRange(100, 100_000), default=1000, show_default=True, metavar="N",
    help="Outlines of a trial, each of another shell in a random plane.",
)  # fmt: skip
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True, help="Trials.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="TRIALS.json",
    help="File for every trial's law, errors and what it said its errors were.",
)  # fmt: skip
@common
def outlines(model: str, outlines: int, seeds: int, output: Path, quiet: bool) -> None:
    """Cut shells of a known law at random, and find the law again in their outlines.

    \b
    nmc-mesh validate outlines -o trials.json
    nmc-mesh validate outlines --model mine.toml --outlines 4000 --seeds 5 -o trials.json

    The table has the relative errors of the sizes, beside those of particles taken for balls (the
    classical corpuscle problem, unfolded by Saltykov), and of the deviation and tau of every
    degree.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.cli.shell_report import trial_table
    from nmc_mesh.files import write_json
    from nmc_mesh.particle.model import load_model
    from nmc_mesh.validation.shell_outlines import outline_trial, table_of

    checked_place(output, (".json",))
    truth = _with_coefficients(model)
    with watched(quiet) as watch:
        trials = [outline_trial(truth, outlines, seed, watch) for seed in range(seeds)]
        rows = [{**trial.fit.facts(), "errors": trial.errors()} for trial in trials]
        write_json(output, {"model": load_model(model).name, "outlines": outlines, "trials": rows})
        watch("write", 1.0)
    if not quiet:
        console().print(trial_table(table_of(trials), f"{seeds} x {outlines:,} outlines"))


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
    from nmc_mesh.files import write_json
    from nmc_mesh.plot import require_matplotlib
    from nmc_mesh.plot.sheet import FIGURES
    from nmc_mesh.plot.shell import shell_figure
    from nmc_mesh.shell.fit import fit_shell
    from nmc_mesh.validation.shell import compare_shells

    checked_place(output, (*FIGURES, ".json"), volume)
    if output.suffix.lower() != ".json":
        require_matplotlib()
    chosen, rng = None if model is None else _with_coefficients(model), generator(seed)
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


def _with_coefficients(name: str) -> ShellModel | JointShellModel:
    """Return the shells of a model; InputError if they are no laws of coefficients."""
    from nmc_mesh.errors import InputError
    from nmc_mesh.particle.model import load_model
    from nmc_mesh.shell.joint import JointShellModel
    from nmc_mesh.shell.model import ShellModel

    chosen = load_model(name).shell
    if not isinstance(chosen, ShellModel | JointShellModel):
        raise InputError(
            f"the shells of '{name}' have no laws of coefficients, which is what is compared; "
            "choose a model whose [shell] has the law harmonics or joint"
        )
    return chosen
