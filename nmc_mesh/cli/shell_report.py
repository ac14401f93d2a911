"""Tables of a segmentation and of fitted laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from nmc_mesh.cli.tables import distance_table, ending
from nmc_mesh.shell.fit import ShellFit
from nmc_mesh.shell.outline_fit import OutlineFit
from nmc_mesh.shell.segmentation import Segmentation
from nmc_mesh.validation.shell import ShellComparison


def segmentation_table(
    segmentation: Segmentation, title: str, seconds: Mapping[str, float], output: Path
) -> Table:
    """Return how many components each rule touched, the seconds per stage and the file."""
    facts = [(name, f"{count:,}") for name, count in segmentation.counts.items()]
    return ending(title, [facts], seconds, [output])


def law_table(fitted: ShellFit, spread: Sequence[Mapping[str, float]]) -> Table:
    """Return the law of every degree, the likelihoods of the others, and the fit's quality."""
    facts = fitted.facts()
    table = Table(
        title=f"{facts['particles'] - facts['refused']:,} particles, {facts['refused']} refused",
        title_justify="left",
        caption=(
            f"lengths in µm; star shapes capture {100 * facts['star_share']:.1f} % of the volume; "
            f"median residual {facts['median_residual']:.3g} µm; distance correlation of a_00 with "
            f"the others {facts['mean_edcc']:.3f} on average, {facts['largest_edcc']:.3f} at most"
        ),
        caption_justify="left",
    )
    table.add_column("l", justify="right", style="cyan")
    table.add_column("law")
    for family in fitted.fits[0].log_likelihood:
        table.add_column(f"log L {family}", justify="right")
    for degree, fit in enumerate(fitted.fits):
        errors = spread[degree] if spread else {}
        numbers = ", ".join(
            f"{name} {value:.4g}" + (f" ± {errors[name]:.2g}" if name in errors else "")
            for name, value in vars(fit.law).items()
            if not (name in ("loc", "mean") and value == 0)
        )
        levels = [f"{level:.0f}" for level in fit.log_likelihood.values()]
        table.add_row(str(degree), f"{fit.law.family}: {numbers}", *levels)
    return table


def comparison_table(compared: ShellComparison, title: str, seconds: Mapping[str, float]) -> Table:
    """Return the distances between measured and simulated descriptors."""
    counts = f"{len(compared.measured):,} measured, {len(compared.simulated):,} drawn"
    return distance_table(compared.distances(), "median", f"{title}: {counts}", seconds)


def outline_table(fitted: OutlineFit, name: str) -> Table:
    """Return the law of every degree with its errors, the sizes, and whether the law will do."""
    table = Table(
        title=f"{fitted.outlines:,} outlines, {fitted.cut} cut by the border, "
        f"{fitted.small} too small",
        title_justify="left",
        caption=(
            f"diameters by number: mean {fitted.size[0]:.4g} ± {fitted.size_errors[0]:.2g} µm, "
            f"deviation {fitted.size[1]:.4g} ± {fitted.size_errors[1]:.2g} µm; as of balls: "
            f"{fitted.spheres.mean:.4g} and {fitted.spheres.deviation:.4g} µm\n"
            f"misfit {fitted.misfit:.0f} with {fitted.freedom} degrees of freedom, chance "
            f"{fitted.chance:.2g}; {name}"
        ),
        caption_justify="left",
    )
    table.add_column("l", justify="right", style="cyan")
    table.add_column("law, µm")
    table.add_column("deviation of a_lm, µm", justify="right")
    for degree, law in enumerate(fitted.model.laws):
        numbers = ", ".join(
            f"{key} {value:.4g}" for key, value in vars(law).items() if value or key != "loc"
        )
        spread = ""
        if degree > 1:
            spread = f"{fitted.roots[degree - 2]:.3g} ± {fitted.root_errors[degree - 2]:.2g}"
        table.add_row(str(degree), f"{law.family}: {numbers}", spread)
    return table


def trial_table(trials: Mapping[str, Sequence[float]], title: str) -> Table:
    """Return relative errors of trials: their mean and their spread, in per cent."""
    table = Table(title=title, title_justify="left")
    table.add_column("relative error", style="cyan")
    for name in ("mean, %", "deviation, %", "largest, %"):
        table.add_column(name, justify="right")
    for name, errors in trials.items():
        mean = sum(errors) / len(errors)
        spread = (sum((error - mean) ** 2 for error in errors) / len(errors)) ** 0.5
        largest = max(abs(error) for error in errors)
        table.add_row(name, *(f"{100 * value:.1f}" for value in (mean, spread, largest)))
    return table
