"""The command ``fit-grains``: from fitted sections to a model of grains in space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import click

from nmc_mesh.cli.console import complain, console, say, watched
from nmc_mesh.cli.fitted_sections import listed_heights, read_fitted, with_estimates
from nmc_mesh.cli.model_file import add, contents_of, model_output
from nmc_mesh.cli.options import Command, adding, common

if TYPE_CHECKING:
    from nmc_mesh.calibration.protocol import Calibration, Calibrator
    from nmc_mesh.progress import Progress
    from nmc_mesh.sections.section import Section
    from nmc_mesh.validation.grains_compare import GrainComparison
    from nmc_mesh.validation.grains_intervals import Intervals


class Choice(NamedTuple):
    """The options that decide how is calibrated."""

    method: str
    recipe: str
    steps: int | None
    rate: float | None
    device: str
    radius_dependent: bool | None
    depth: Literal["depth", "chosen"] | None
    isotropic: bool
    intervals: bool
    checkpoint: Path | None


def calibration(command: Command) -> Command:
    """Add the options that decide how is calibrated, but for the checkpoint."""
    return adding(_CALIBRATION, command)


_CALIBRATION = (
    click.option(
        "--method", type=click.Choice(["gan", "swd", "law"]), default="gan", show_default=True,
        help="Adversarial, sliced Wasserstein (both train the mark network), or an explicit law.",
    ),
    click.option(
        "--recipe", type=click.Choice(["default", "paper"]), default="default", show_default=True,
        help="Settings of gan: ours, or those of the paper (hours).",
    ),
    click.option(
        "--steps", type=int, metavar="N", help="Steps of gan or swd.  [default: as tuned]"
    ),
    click.option(
        "--rate", type=float, metavar="R",
        help="Rate of the network's descent in gan or swd.  [default: as tuned]",
    ),
    click.option(
        "--device", default="auto", show_default=True, metavar="auto|cpu|cuda",
        help="Where torch trains; auto takes CUDA if it is there.",
    ),
    click.option(
        "--radius-dependent/--no-radius-dependent", default=None,
        help="Let grains change with their distance from the centre (gan, swd; law always does, "
        "the recipe paper never).  [default: yes]",
    ),
    click.option(
        "--depth-dependent", "depth", flag_value="depth",
        help="Let grains change with their depth below the shell instead (law): for particles of "
        "some hundred grains and of several sizes, whose sections show the whole outline.",
    ),
    click.option(
        "--depth-chosen", "depth", flag_value="chosen",
        help="Let held-out sections choose depth or distance (law), at three times the cost.",
    ),
    click.option(
        "--isotropic", is_flag=True,
        help="The grains have no preferred direction, and shall have none.",
    ),
    click.option(
        "--intervals/--no-intervals", default=True, show_default=True,
        help="Find 90 % intervals of grains in space (half a minute of a processor).",
    ),
)  # fmt: skip


@click.command("fit-grains")
@click.argument(
    "sources", type=click.Path(path_type=Path), nargs=-1, required=True,
    metavar="SECTIONS.h5 [...]",
)  # fmt: skip
@model_output
@calibration
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses the random numbers.")
@click.option(
    "--heights", metavar="LIST",
    help="Distance of every section's plane from the centre in um: 0,0.5,1.2; ? for one that is to "
    "be estimated from its grains: 0,0,?,?.  [default: as stored, else 0]",
)  # fmt: skip
@click.option(
    "--particle-radius", type=float, metavar="UM",
    help="Estimate the heights: a section of radius r lies at sqrt(R^2 - r^2).",
)  # fmt: skip
@click.option(
    "--checkpoint", type=click.Path(path_type=Path), metavar="FILE.pt",
    help="Keep the state of gan or swd here; if the file is there, go on from it.",
)  # fmt: skip
@click.option("--figure/--no-figure", default=True, show_default=True, help="Draw the course.")
@common
def fit_grains(
    sources: tuple[Path, ...],
    output: Path,
    seed: int,
    heights: str | None,
    particle_radius: float | None,
    base: str | None,
    figure: bool,
    quiet: bool,
    **choices: Any,
) -> None:
    """Find the grains in space whose sections look like the measured ones.

    \b
    nmc-mesh sections one.ang two.ang three.ang -o sections.h5
    nmc-mesh fit-grains sections.h5 -o mine.toml
    nmc-mesh generate --model mine.toml --seed 1 -o particle.msh

    \b
    nmc-mesh fit-grains a.h5 b.h5 --method swd --heights 0,0.5,1 -o mine.toml
    nmc-mesh fit-grains sections.h5 --heights 0,0,0,?,? -o mine.toml
    nmc-mesh fit-grains sections.h5 --checkpoint state.pt --steps 900 -o mine.toml
    nmc-mesh fit-grains sections.h5 --method law --isotropic -o mine.toml
    nmc-mesh fit-grains small.h5 --method law --depth-dependent -o mine.toml

    Sections through the centres of different particles tell most. Those whose grains show no
    preference for the radial direction are left out, unless their height is known or --isotropic
    is given. Central sections hardly tell whether grains are flat; off-centre ones do.

    A height that nobody knows is estimated where --heights has a ?: an explicit law is calibrated
    on the sections whose height is known, two or more, and the others are compared with its
    simulations at all heights; the estimates are printed with their errors. It needs grains with a
    radial preference, and tells heights under a fifth of the radius badly from 0.
    --particle-radius takes the outline instead, for sections of particles of one known radius.

    The method law takes Poisson seeds unless sections that are held out say that they are more
    regular or more clustered, and one law of sizes unless they ask for a mixture; it prints the
    evidence. Of every method's model sections are drawn
    and compared in what no calibration looks at: distances of nearest neighbours, triple points,
    pairs of boundary points. What does not fit is warned of, and what that may mean; so are numbers
    of the law that end on a bound.

    With --depth-dependent the law changes with the depth below the outline, grains at the rim count
    too, and sections without a radial preference stay: near the shell grains may lie along it.
    Intervals are those of grains in a ball as large as the largest particle then. --depth-chosen
    takes the law, of the depth or the distance, that tells sections that are held out better.

    Mean volume and its variation, elongation, flatness, angle to the radius, boundary area and
    number of grains per volume get 90 % intervals, whatever the method: those of a posterior over a
    family wider than the model's (seeds from regular to clustered, mixtures of sizes, flat grains),
    widened by what families left out have cost in trials. A figure of the model outside is warned
    of, and the command says what a section off the centre would add.

    The model file gets the grains; shell and texture stay those it has, or are those of --base. It
    says where every number comes from. The course goes into a .json and a .png beside it.
    """
    import numpy as np

    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.cli.grain_intervals import interval_source, tell_intervals
    from nmc_mesh.cli.shell import generator
    from nmc_mesh.particle.parts import started
    from nmc_mesh.particle.writer import with_grains
    from nmc_mesh.plot import require_matplotlib

    choice = Choice(**choices)
    for source in sources:
        checked_place(output, (".toml",), source)
    generator(seed)
    if choice.checkpoint is not None:
        checked_place(choice.checkpoint, (".pt",))
    if figure:
        require_matplotlib()
    started(output, base)
    with watched(quiet) as watch:
        inputs = contents_of(sources)
        given = None if heights is None else listed_heights(heights)
        hidden = [height is None for height in given or ()]
        known = None if given is None else [height or 0.0 for height in given]
        every = choice.isotropic or bool(choice.depth)  # grains need not prefer the radius
        sections = read_fitted(sources, known, particle_radius, every, watch)
        if any(hidden):
            sections = with_estimates(sections, hidden, choice.isotropic, seed, watch)
        calibrate = _calibrator(choice, quiet)
        calibration = calibrate(sections, seed, watch)
        compared = _compared(sections, calibration, np.random.default_rng([seed, 9]), watch)
        inner = _intervals(sections, calibration, choice, seed, watch)
        pixel = float(calibration.facts.get("pixel", sections[0].pixel))
        names = ", ".join(source.name for source in sources)
        facts = _provenance(names, sections, calibration, compared)
        held = None
        if inner is not None:
            facts["grains.intervals"] = interval_source(inner[0])
            held = inner[0].figures
        add(
            output, base, "grains", sources,
            lambda table, more: with_grains(
                table, table.name, table.summary, calibration.grains, pixel,
                {**more, **facts}, held,
            ),
            inputs,
        )  # fmt: skip
        _write_course(output, calibration, compared, inner, figure)
        watch("write", 1.0)
    warn_of(calibration, compared)
    if not quiet:
        from nmc_mesh.cli.grains_report import choice_lines, fit_table, sections_table

        console().print(sections_table(compared, output.name, watch.seconds))
        console().print(fit_table(compared.fit))
        for line in choice_lines(calibration.facts).values():
            say(line)
    if inner is not None:
        tell_intervals(*inner, quiet)


def warn_of(calibration: Calibration, compared: GrainComparison) -> None:
    """Say what of a calibration is not to be trusted: numbers on bounds, statistics that miss."""
    from nmc_mesh.validation.grains_fit import unlikely

    for line in calibration.facts.get("on_bounds", ()):
        complain("warning", f"{line}: the sections may ask for what the law cannot be")
    for test in unlikely(compared.fit):
        complain(
            "warning",
            f"{test.name} of the sections is {test.measured:.3g}, of the model "
            f"{test.simulated:.3g} (z = {test.z:+.1f}, p = {test.p:.1g}): {test.meaning}. "
            "Figures in space may be off",
        )


def check_choice(choices: Mapping[str, Any]) -> None:
    """Refuse options of ``calibration`` that do not go together."""
    _calibrator(Choice(**choices, checkpoint=None), quiet=True)


def _calibrator(choice: Choice, quiet: bool) -> Calibrator:
    """Return the calibrator that the options describe."""
    from nmc_mesh.errors import InputError

    if choice.recipe != "default" and choice.method != "gan":
        raise InputError(f"--recipe belongs to gan, not to {choice.method}")
    if choice.method == "law":
        if choice.checkpoint or choice.steps or choice.rate:
            raise InputError("--checkpoint, --steps and --rate belong to gan and swd, not to law")
        from nmc_mesh.calibration.law import LawCalibrator

        below = choice.depth if choice.depth == "chosen" else choice.depth is not None
        return LawCalibrator(isotropic=choice.isotropic, depth=below)
    if choice.depth:
        raise InputError(
            "--depth-dependent and --depth-chosen belong to law; the network of gan and swd knows "
            "the distance from the centre"
        )
    _require_torch()
    from nmc_mesh.calibration.checkpoint import FileCheckpointer

    checkpoint = choice.checkpoint
    given = {
        "radius_dependent": choice.radius_dependent is not False,
        "isotropic": choice.isotropic,
        "device": choice.device,
        "checkpointer": None if checkpoint is None else FileCheckpointer(checkpoint),
        "record": _silent if quiet else _tell,
    }
    if choice.rate is not None and not choice.rate > 0:
        raise InputError(f"the rate must be positive, not {choice.rate}")
    return _gan(choice, given) if choice.method == "gan" else _swd(choice, given)


def _gan(choice: Choice, given: dict[str, Any]) -> Calibrator:
    from dataclasses import replace

    from nmc_mesh.calibration.gan import GanCalibrator
    from nmc_mesh.calibration.recipes import recipe
    from nmc_mesh.errors import InputError

    chosen = recipe(choice.recipe)
    if choice.radius_dependent and not chosen.radius_dependent:
        raise InputError(
            f"the network of the recipe {chosen.name} does not know the distance from the centre; "
            "leave --radius-dependent out"
        )
    if choice.rate is not None:
        chosen = replace(chosen, rates=(choice.rate, chosen.rates[1]))
    return GanCalibrator(chosen, choice.steps, **given)


def _swd(choice: Choice, given: dict[str, Any]) -> Calibrator:
    from nmc_mesh.calibration.swd import SwdCalibrator

    own: dict[str, Any] = {"steps": choice.steps, "rate": choice.rate}
    return SwdCalibrator(**{k: v for k, v in own.items() if v is not None}, **given)


def _require_torch() -> None:
    from importlib.util import find_spec

    from nmc_mesh.errors import MissingExtraError

    if find_spec("torch") is None:
        raise MissingExtraError("torch", "training a mark network", "calibrate")


def _silent(record: Mapping[str, float]) -> None:
    """Tell nobody."""


def _tell(record: Mapping[str, float]) -> None:
    """Print a line of the course on standard error."""
    parts = [f"step {record['step']:5.0f}"]
    parts += [f"{name} {record[name]:.3f}" for name in record if name in _LOSSES]
    parts.append(f"intensity {record['intensity']:.3g}/um^3")
    ks = [f"{name[3:]} {value:.3f}" for name, value in record.items() if name.startswith("ks_")]
    say(f"{'  '.join(parts)}  KS: {', '.join(ks)}")


_LOSSES = ("discriminator", "generator", "distance")


def _intervals(
    sections: Sequence[Section],
    calibration: Calibration,
    choice: Choice,
    seed: int,
    watch: Progress,
) -> tuple[Intervals, dict[str, float]] | None:
    """Return the intervals and the figures of the model, if they are asked for."""
    if not choice.intervals:
        return None
    from nmc_mesh.grains.depth import DepthMarkLaw
    from nmc_mesh.validation.grains_intervals import intervals, model_figures

    below = isinstance(calibration.grains.marks, DepthMarkLaw)
    result = intervals(sections, seed, choice.isotropic, watch, depth=below)
    return result, model_figures(calibration.grains, sections, seed)


def _compared(
    sections: Sequence[Section], calibration: Calibration, rng: Any, watch: Progress
) -> GrainComparison:
    from nmc_mesh.validation.grains_compare import compare_grains

    return compare_grains(sections, calibration.grains, rng, progress=watch)


def _provenance(
    names: str,
    sections: Sequence[Section],
    calibration: Calibration,
    compared: GrainComparison,
) -> dict[str, str]:
    from nmc_mesh.cli.grains_report import choice_lines

    ks = {name: figures["ks"] for name, figures in compared.distances().items()}
    quality = ", ".join(f"{name} {value:.3f}" for name, value in ks.items())
    tests = ", ".join(f"{test.name} {test.z:+.1f}" for test in compared.fit)
    lines = choice_lines(calibration.facts)
    chosen = {f"grains.{name}": f"ours: {line}" for name, line in lines.items()}
    method, maps = calibration.facts["method"], ", ".join(section.name for section in sections)
    return {
        "grains": f"ours: calibrated by {method} on {len(sections)} sections of {names} ({maps})",
        "grains.quality": f"two-sample distances (KS) of descriptors of sections: {quality}",
        "grains.fit": f"second-order statistics of sections, measured less simulated ones in "
        f"standard errors: {tests}",
        **chosen,
    }


def _write_course(
    output: Path,
    calibration: Calibration,
    compared: GrainComparison,
    inner: tuple[Intervals, dict[str, float]] | None,
    figure: bool,
) -> None:
    from nmc_mesh.files import write_json

    facts = {
        "facts": dict(calibration.facts),
        "history": {name: series.tolist() for name, series in calibration.history.items()},
        "comparison": compared.facts(),
        **({} if inner is None else {"intervals": inner[0].facts(), "model": inner[1]}),
    }
    write_json(output.with_suffix(".json"), facts)
    if figure:
        from nmc_mesh.plot.calibration import calibration_figure

        calibration_figure(calibration.history, compared, output.with_suffix(".png"))
