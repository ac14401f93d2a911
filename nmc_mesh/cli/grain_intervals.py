"""Intervals of grains in space as ``fit-grains`` and ``validate grains`` tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from nmc_mesh.cli.console import complain, console, say
from nmc_mesh.validation.grains_coverage import Coverage, Half
from nmc_mesh.validation.grains_intervals import Interval, Intervals

_UNITS = {"volume": "µm³", "boundary_density": "1/µm", "number_density": "1/µm³"}
_WIDE = 0.05  # half an interval over its median
_POOLED = ("all", "inside", "outside")
_GAIN = 0.8  # of the width that is left: a section is worth its trouble


def tell_intervals(result: Intervals, model: Mapping[str, float], quiet: bool) -> None:
    """Warn of figures of the model that its sections do not hold; print the table."""
    for line in outside(result, model):
        complain("warning", line)
    if quiet:
        return
    console().print(interval_table(result, model))
    further = further_section(result)
    if further is not None:
        say(further)


def interval_source(result: Intervals) -> str:
    """Say for a model file where its intervals come from."""
    return (
        "90 % intervals of a posterior over a family wider than the model's, given the sections, "
        f"widened for what it leaves out (misfit {result.misfit:.2f}; 1 is that of its own "
        "sections)"
    )


def interval_table(result: Intervals, model: Mapping[str, float]) -> Table:
    """Return the figures of the model beside what the sections leave open."""
    table = Table(
        title="what the sections say about grains in space",
        title_justify="left",
        caption="90 % intervals over a family wider than the model's; red: the model lies outside; "
        "0.5 R: width with one section more, half the radius off the centre",
        caption_justify="left",
        box=None,
        padding=(0, 1),
    )
    table.add_column("figure", style="cyan", no_wrap=True)
    for title in ("model", "low", "median", "high", "half width", "0.5 R"):
        table.add_column(title, justify="right", no_wrap=True)
    for name, interval in result.figures.items():
        outside = not interval.low <= model[name] <= interval.high
        share = result.narrower.get(name)
        table.add_row(
            " ".join([name.replace("_", " "), _UNITS.get(name, "")]).strip(),
            Text(f"{model[name]:.3g}", style="red" if outside else ""),
            *(f"{value:.3g}" for value in interval),
            f"{50 * (interval.high - interval.low) / interval.median:.0f} %",
            "" if share is None else f"{100 * (share - 1.0):+.0f} %",
        )
    return table


def outside(result: Intervals, model: Mapping[str, float]) -> Iterator[str]:
    """Say which figures of a model its sections do not hold."""
    for name, (low, _, high) in result.figures.items():
        if not low <= model[name] <= high:
            yield (
                f"{name} of the model is {model[name]:.3g}, outside of what the sections leave "
                f"open, {low:.3g} to {high:.3g}: take the interval, not the model's figure"
            )


def further_section(result: Intervals) -> str | None:
    """Say what one section off the centre would make narrower, if it is worth it."""
    gains = [
        f"{name.replace('_', ' ')} by {100 * (1.0 - share):.0f} %"
        for name, share in result.narrower.items()
        if share < _GAIN and name != "number_density" and _half(result.figures[name]) > _WIDE
    ]
    if not gains:
        return None
    return "a section half the radius off the centre would make narrower: " + ", ".join(gains)


def _half(interval: Interval) -> float:
    return 0.5 * (interval.high - interval.low) / interval.median


def coverage_table(rows: Sequence[Coverage], title: str) -> Table:
    """Return how often intervals held the truth: of all, inside and outside the family."""
    table = Table(
        title=title,
        title_justify="left",
        caption="share of 90 % intervals that held the truth, in brackets its own 95 % interval "
        "(Clopper and Pearson); half width and bias of the median in %",
        caption_justify="left",
        box=None,
        padding=(0, 1),
    )
    table.add_column("figure", style="cyan", no_wrap=True)
    for name in ("truths", "held", "half width", "bias"):
        table.add_column(name, justify="right" if name != "truths" else "left", no_wrap=True)
    for row in rows:
        if row.group not in _POOLED:
            continue
        share = 100 * row.held / row.trials
        table.add_row(
            row.figure.replace("_", " "),
            f"{row.group}, {row.trials}",
            Text(
                f"{share:.0f} % ({100 * row.low:.0f}-{100 * row.high:.0f})",
                style="red" if row.high < 0.9 else "",
            ),
            f"{50 * row.width:.1f}",
            f"{100 * row.bias:+.1f}",
        )
    return table


def ranks_table(rows: Sequence[Coverage]) -> Table:
    """Return how many truths lie in every eighth of their posterior, and if that is by chance."""
    table = Table(
        title="ranks of the truths in their posterior",
        title_justify="left",
        caption="truths in every eighth; p: chance of ranks as uneven if all were alike",
        caption_justify="left",
        box=None,
        padding=(0, 1),
    )
    table.add_column("figure", style="cyan", no_wrap=True)
    for name in ("truths in every eighth", "p", "p inside", "p outside"):
        table.add_column(name, justify="right", no_wrap=True)
    for figure in dict.fromkeys(row.figure for row in rows):
        own = {row.group: row for row in rows if row.figure == figure}
        table.add_row(
            figure.replace("_", " "),
            " ".join(f"{count:2d}" for count in own["all"].ranks),
            *(f"{own[group].uniform:.2g}" if group in own else "" for group in _POOLED),
        )
    return table


def kinds_table(rows: Sequence[Coverage]) -> Table:
    """Return how many intervals of every figure held the truth, by its kind."""
    figures = list(dict.fromkeys(row.figure for row in rows))
    table = Table(
        title="by kind of truth: held, of truths",
        title_justify="left",
        box=None,
        padding=(0, 1),
    )
    table.add_column("kind", style="cyan", no_wrap=True)
    for figure in figures:
        table.add_column(figure.replace("_", "\n"), justify="right", no_wrap=True)
    for kind in dict.fromkeys(row.group for row in rows if row.group not in _POOLED):
        cells = [f"{row.held} of {row.trials}" for row in rows if row.group == kind]
        table.add_row(kind, *cells)
    return table


def halves_table(rows: Sequence[Half]) -> Table:
    """Return the scatter that one half of the truths asks for, and what it does on the other."""
    table = Table(
        title="scatter for what the family leaves out, set by one half of the truths",
        title_justify="left",
        caption="least deviation of the logarithm, in %, with which 90 % of one half's truths are "
        "held; how many of the other half's it holds",
        caption_justify="left",
        box=None,
        padding=(0, 1),
    )
    table.add_column("figure", style="cyan", no_wrap=True)
    for name in ("half", "scatter", "held of the other"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.figure.replace("_", " "),
            f"{row.half}, {row.fitted}",
            f"{100 * row.needed:.2g}",
            f"{row.held} of {row.tested} ({100 * row.held / row.tested:.0f} %)",
        )
    return table
