"""Tables of a segmentation and of fitted laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from nmc_mesh.cli.tables import distance_table, ending
from nmc_mesh.shell.fit import ShellFit
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
