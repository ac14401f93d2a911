"""The command ``validate grains``: a model against sections, a calibration against a truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import complain, console, watched
from nmc_mesh.cli.fitted_sections import tell_untreated
from nmc_mesh.cli.options import common

if TYPE_CHECKING:
    from nmc_mesh.calibration.protocol import Calibrator
    from nmc_mesh.validation.grains_trials import TrialPlan
    from nmc_mesh.validation.grains_truths import Truth

_METHODS = {"law": "LawCalibrator", "swd": "SwdCalibrator", "gan": "GanCalibrator"}


@click.command()
@click.argument("sources", type=click.Path(path_type=Path), nargs=-1, metavar="[MODEL SECTIONS.h5]")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FIGURE.png",
    help="Figure to write: .png, .svg or .pdf, and a .json beside it; or the .json alone.",
)  # fmt: skip
@click.option(
    "--truth", metavar="NAME",
    help="Known architecture to calibrate on: weak, strong, graded, heavy, flat, plates, bimodal, "
    "hard-core; all: the first four; harder: plates, bimodal, hard-core, graded, heavy.",
)  # fmt: skip
@click.option(
    "--coverage", type=click.IntRange(1), metavar="N",
    help="Find the intervals of N known architectures of eight kinds, drawn at random with 3 to 12 "
    "sections each, and count how often they hold the truth.",
)  # fmt: skip
@click.option(
    "--depth-dependent", is_flag=True,
    help="Of --coverage: small particles, whose grains change with their depth below the shell.",
)  # fmt: skip
@click.option(
    "--method", type=click.Choice(list(_METHODS)), multiple=True,
    help="Calibrator to judge; several are judged side by side.  [default: law]",
)  # fmt: skip
@click.option(
    "--recipe", type=click.Choice(["default", "paper"]), default="default", show_default=True,
    help="Settings of gan: ours, or those of the paper (hours for each trial).",
)  # fmt: skip
@click.option(
    "--seeds", type=click.IntRange(1), default=3, show_default=True,
    help="Trials of a truth and method, each with sections and random numbers of its own.",
)  # fmt: skip
@click.option(
    "--sections", "count", type=click.IntRange(2), default=8, show_default=True,
    help="Sections of the truth for a calibration.",
)  # fmt: skip
@click.option(
    "--heights", default="0", show_default=True, metavar="LIST",
    help="Heights of the sections over the centre, in radii, taken in turn: 0,0.3,0.6.",
)  # fmt: skip
@click.option(
    "--heights-known/--heights-unknown", "heights_known", default=True, show_default=True,
    help="Tell the calibrator these heights, or let it take all sections for central.",
)  # fmt: skip
@click.option(
    "--heights-estimated", "guessed", is_flag=True,
    help="Tell the calibrator which sections are central only, and estimate the other heights.",
)  # fmt: skip
@click.option(
    "--balls", type=click.IntRange(1), default=4, show_default=True,
    help="Balls of about 6,000 grains that are measured in space; without a truth: per section.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="First seed.")
@click.option("--fresh", is_flag=True, help="Do not take over trials of an earlier run.")
@common
def grains(
    sources: tuple[Path, ...],
    output: Path,
    truth: str | None,
    coverage: int | None,
    depth_dependent: bool,
    method: tuple[str, ...],
    recipe: str,
    seeds: int,
    count: int,
    heights: str,
    heights_known: bool,
    guessed: bool,
    balls: int,
    seed: int,
    fresh: bool,
    quiet: bool,
) -> None:
    """Compare the grains of a model with measured sections, or prove a calibration in space.

    \b
    nmc-mesh validate grains mine.toml sections.h5 -o grains.png
    nmc-mesh validate grains --truth all --method law --seeds 3 -o proof.png
    nmc-mesh validate grains --truth strong --method gan --recipe paper -o paper.json
    nmc-mesh validate grains --truth harder --heights 0,0,0,0.5 -o harder.json
    nmc-mesh validate grains --truth flat --heights 0,0.3,0.6 -o off_centre.json
    nmc-mesh validate grains --truth strong --heights 0,0.5 --heights-estimated -o guess.json
    nmc-mesh validate grains --coverage 40 -o coverage.json
    nmc-mesh validate grains --coverage 20 --depth-dependent -o layers.json

    With a model and sections: histograms of size, elongation, orientation and chord length, and
    their two-sample distances; what was done to the maps is done to the simulated sections. With
    --truth: sections of a known architecture are cut, with 3 % of their pixels missing, written as
    maps, read again and fitted; the calibrator sees nothing else. What it finds is measured in
    space beside the truth. Trials are kept in a .jsonl file beside the output: a run that was
    stopped goes on where it was. With --coverage: how often the intervals of fit-grains hold the
    truth, inside and outside the family that they are made with.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.errors import InputError
    from nmc_mesh.plot import require_matplotlib
    from nmc_mesh.plot.sheet import FIGURES

    if seed < 0:
        raise InputError(f"a seed is a whole number of 0 or more, not {seed}")
    if (truth is not None) + (coverage is not None) + bool(sources) != 1 or len(sources) not in (
        0, 2,
    ):  # fmt: skip
        raise InputError(
            "give a model and a file of sections, or --truth or --coverage and no file"
        )
    if recipe != "default" and "gan" not in method:
        raise InputError("--recipe belongs to gan: add --method gan")
    if coverage is not None:
        _cover(coverage, "depth" if depth_dependent else "distance", output, seed, fresh, quiet)
        return
    if depth_dependent:
        raise InputError("--depth-dependent belongs to --coverage")
    checked_place(output, (*FIGURES, ".json"), *sources[1:])
    if output.suffix.lower() != ".json":
        require_matplotlib()
    if truth is None:
        _compare(sources[0], sources[1], output, balls, seed, quiet)
        return
    from nmc_mesh.validation.grains_proof import HARDER_TARGETS, TARGETS
    from nmc_mesh.validation.grains_trials import TrialPlan
    from nmc_mesh.validation.grains_truths import truths

    shares = _shares(heights)
    plan = TrialPlan(
        tuple(_named(name, recipe) for name in method or ("law",)),
        tuple(range(seed, seed + seeds)),
        tuple(shares[k % len(shares)] for k in range(count)),
        "estimated" if guessed else heights_known,
        balls,
    )
    targets = HARDER_TARGETS if truth == "harder" else TARGETS
    _prove(truths(truth), plan, targets, output, fresh, quiet)


def _named(method: str, recipe: str) -> str:
    """Return how trials name a method: with its recipe if that is not the default one."""
    return f"{method}, {recipe}" if method == "gan" and recipe != "default" else method


def calibrator(name: str) -> Calibrator:
    """Return the calibrator that trials name so, with its default options."""
    method, _, recipe = name.partition(", ")
    home = import_module(f"nmc_mesh.calibration.{method}")
    made: Callable[..., Calibrator] = getattr(home, _METHODS[method])
    if not recipe:
        return made()
    from nmc_mesh.calibration.recipes import RECIPES

    return made(RECIPES[recipe])


def _prove(
    chosen: Sequence[Truth],
    plan: TrialPlan,
    targets: Mapping[str, float],
    output: Path,
    fresh: bool,
    quiet: bool,
) -> None:
    from nmc_mesh.files import write_json
    from nmc_mesh.plot.grains import proof_figure
    from nmc_mesh.validation.grains_proof import summaries
    from nmc_mesh.validation.grains_trials import TrialFile, run_trials

    kept = TrialFile(output.with_suffix(".jsonl"), fresh)
    trials: list[dict[str, Any]] = []
    with watched(quiet) as watch:
        for truth in chosen:
            trials += run_trials(truth, plan, calibrator, kept, watch)
        every = summaries(trials, targets)
        if output.suffix.lower() != ".json":
            proof_figure(trials, every, output, targets)
        facts = {
            "targets": dict(targets),
            "summaries": [summary._asdict() for summary in every],
            "trials": trials,
        }
        write_json(output.with_suffix(".json"), facts)
        watch("write", 1.0)
    for summary in every:
        for line in summary.warnings:
            complain("warning", f"{summary.truth}, {summary.method}: {line}")
    if not quiet:
        from nmc_mesh.cli.grains_report import choices_table, proof_table

        console().print(proof_table(every, targets))
        if choices := choices_table(trials):
            console().print(choices)


def _cover(count: int, population: str, output: Path, seed: int, fresh: bool, quiet: bool) -> None:
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.cli.grain_intervals import (
        coverage_table,
        halves_table,
        kinds_table,
        ranks_table,
    )
    from nmc_mesh.files import write_json
    from nmc_mesh.validation.grains_coverage import coverages, halves, run_coverage
    from nmc_mesh.validation.grains_trials import TrialFile

    checked_place(output, (".json",))
    kept = TrialFile(output.with_suffix(".jsonl"), fresh)
    with watched(quiet) as watch:
        trials = run_coverage(count, seed, kept, watch, population)
        rows, parts = coverages(trials), halves(trials)
        facts = {
            "coverage": [row._asdict() for row in rows],
            "halves": [part._asdict() for part in parts],
            "trials": trials,
        }
        write_json(output, facts)
        watch("write", 1.0)
    if not quiet:
        console().print(coverage_table(rows, f"intervals beside {count} hidden truths"))
        console().print(kinds_table(rows))
        console().print(ranks_table(rows))
        if parts:
            console().print(halves_table(parts))


def _shares(text: str) -> tuple[float, ...]:
    from nmc_mesh.errors import InputError

    try:
        shares = tuple(float(part) for part in text.split(","))
    except ValueError:
        shares = (-1.0,)
    if not all(0 <= share < 0.95 for share in shares):
        raise InputError(f"heights are shares of the radius from 0 to 0.95: 0,0.3,0.6, not {text}")
    return shares


def _compare(
    model: Path, sections: Path, output: Path, copies: int, seed: int, quiet: bool
) -> None:
    import numpy as np

    from nmc_mesh.files import write_json
    from nmc_mesh.particle.model import load_model
    from nmc_mesh.plot.grains import comparison_figure
    from nmc_mesh.sections.files import read_sections
    from nmc_mesh.validation.grains_compare import check_comparable, compare_grains

    chosen, planes = load_model(str(model)), read_sections(sections)
    tell_untreated(planes)
    for plane in planes:
        check_comparable(plane, Path(plane.name).name, chosen.grains, chosen.name)
    with watched(quiet) as watch:
        rng = np.random.default_rng(seed)
        compared = compare_grains(planes, chosen.grains, rng, copies, watch)
        if output.suffix.lower() != ".json":
            comparison_figure(compared, output)
        facts = {"model": chosen.name, "source": sections.name, **compared.facts()}
        write_json(output.with_suffix(".json"), facts)
        watch("write", 1.0)
    if not quiet:
        from nmc_mesh.cli.grains_report import fit_table, sections_table

        console().print(sections_table(compared, f"{chosen.name}, {sections.name}", watch.seconds))
        console().print(fit_table(compared.fit))
