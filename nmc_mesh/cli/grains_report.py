"""Tables of calibrations judged in space, and of measured against simulated sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from nmc_mesh.cli.tables import distance_table
from nmc_mesh.validation.grains_compare import GrainComparison
from nmc_mesh.validation.grains_fit import FitTest, unlikely
from nmc_mesh.validation.grains_proof import TARGETS, Summary

_COLUMNS = {
    "volume": "mean\nvolume",
    "volume_cv": "its cv",
    "elongation": "elong-\nation",
    "flatness": "flat-\nness",
    "radial_angle": "radial\nangle",
    "neighbours": "neigh-\nbours",
}


def proof_table(summaries: Sequence[Summary], targets: Mapping[str, float] = TARGETS) -> Table:
    """Return the errors in space of every truth and method, mean and deviation over seeds."""
    table = Table(
        title="what the calibration found in space, beside the hidden truth",
        title_justify="left",
        caption="errors of means in %, over seeds (their number after the method): mean ± "
        "deviation; red: beyond "
        + ", ".join(f"{name} {100 * value:g}" for name, value in targets.items())
        + " %; KS: largest of the four descriptors of sections",
        caption_justify="left",
        box=None,
        padding=(0, 1),
    )
    table.add_column("truth", style="cyan", no_wrap=True)
    table.add_column("method", no_wrap=True)
    for title in (*_COLUMNS.values(), "KS\n2D", "CPU\ns"):
        table.add_column(title, justify="right", no_wrap=True)
    for summary in summaries:
        cells = [_cell(summary, name, targets) for name in _COLUMNS]
        beyond = summary.mean["ks_2d"] > targets["ks_2d"]
        largest = Text(f"{summary.mean['ks_2d']:.3f}", style="red" if beyond else "")
        table.add_row(
            summary.truth,
            f"{summary.method}, {summary.seeds}",
            *cells,
            largest,
            f"{summary.seconds:.0f}",
        )
    return table


def choices_table(trials: Sequence[Mapping[str, Any]]) -> Table | None:
    """Return by what evidence every trial of ``law`` chose its laws; None if none did."""
    table = Table(
        title="which law held-out sections chose",
        title_justify="left",
        caption="gain in their log likelihood by the second law over the first, and what "
        "sections of either law give",
        caption_justify="left",
        box=None,
        padding=(0, 1),
    )
    table.add_column("truth", style="cyan", no_wrap=True)
    table.add_column("laws", no_wrap=True)
    for title in ("gain", "first's own", "second's", "chosen"):
        table.add_column(title, justify="right", no_wrap=True)
    for trial in trials:
        for choice in trial.get("chosen", {}).values():
            table.add_row(
                f"{trial['truth']}, seed {trial['seed']}",
                " / ".join(choice["laws"]),
                f"{choice['gain']:+.1f}",
                f"{choice['expected']:+.1f} ± {choice['scatter']:.1f}",
                f"{choice['promised']:+.1f}",
                choice["chosen"],
            )
    return table if table.row_count else None


def _cell(summary: Summary, name: str, targets: Mapping[str, float]) -> Text:
    text = f"{100 * summary.mean[name]:+.1f}\n± {100 * summary.spread[name]:.1f}"
    beyond = name in targets and abs(summary.mean[name]) > targets[name]
    return Text(text, style="red" if beyond else "")


def sections_table(compared: GrainComparison, title: str, seconds: Mapping[str, float]) -> Table:
    """Return the distances between measured and simulated descriptors of sections."""
    counts = (
        f"{len(compared.measured.area):,} grains measured, "
        f"{len(compared.simulated.area):,} simulated"
    )
    return distance_table(compared.distances(), "mean", f"{title}: {counts}", seconds)


def fit_table(tests: Sequence[FitTest]) -> Table:
    """Return the second-order statistics of measured and simulated sections."""
    table = Table(
        title="what no calibration looks at",
        title_justify="left",
        caption="means over sections; z: their gap in standard errors; red: the model does not fit",
        caption_justify="left",
        box=None,
        padding=(0, 1),
    )
    table.add_column("statistic", style="cyan", no_wrap=True)
    for title in ("measured", "simulated", "z", "p"):
        table.add_column(title, justify="right", no_wrap=True)
    red = {test.name for test in unlikely(tests)}
    for test in tests:
        table.add_row(
            test.name,
            f"{test.measured:.3f}",
            f"{test.simulated:.3f}",
            Text(f"{test.z:+.1f}", style="red" if test.name in red else ""),
            f"{test.p:.2g}",
        )
    return table


def choice_lines(facts: Mapping[str, Any]) -> dict[str, str]:
    """Say of every choice that a calibration made by evidence what it was, by the name in facts."""
    lines = {"depth": _depth_line, "seeds": _seeds_line, "sizes": _sizes_line}
    return {name: line(facts[name]) for name, line in lines.items() if name in facts}


def _depth_line(facts: Mapping[str, Any]) -> str:
    """Say whether grains change with the depth or the distance, and by what evidence."""
    layer = f"layer {facts['wider']['layer']:.2g} µm"
    gain = f"{_gain(facts, 'one of the distance from the centre')} ({layer})"
    if facts["chosen"] == "depth":
        return f"a law of the depth below the shell, which gained {gain}"
    return f"a law of the distance from the centre: one of the depth below the shell gained {gain}"


def _sizes_line(facts: Mapping[str, Any]) -> str:
    """Say whether a mixture of sizes was chosen, and by what evidence."""
    powers = [f"{facts['wider'][name]:.2g}" for name in ("power", "upper_power")]
    gain = f"{_gain(facts, 'one power of a uniform variable')} (powers {' and '.join(powers)})"
    if facts["chosen"] == "mixture":
        return f"grains of two sizes, which gained {gain}"
    return f"no mixture of sizes: it gained {gain}"


def _gain(facts: Mapping[str, Any], other: str) -> str:
    return (
        f"{facts['gain']:+.1f} over {other} in the log likelihood of held-out sections, where its "
        f"own sections give {facts['expected']:+.1f} ± {facts['scatter']:.1f} and the other's "
        f"{facts['promised']:+.1f}"
    )


def _seeds_line(facts: Mapping[str, Any]) -> str:
    """Say which seeds were chosen, and by what evidence."""
    kind = facts["laws"][1]
    other = {"lattice": "a perturbed lattice", "clusters": "clusters"}[kind]
    moved = f"displacement {facts['wider']['displacement']:.2g} grain sizes"
    gain = f"{_gain(facts, 'those of Poisson')} ({moved})"
    if facts["chosen"] == "poisson":
        return f"seeds of a Poisson process: {other} gained {gain}"
    return f"seeds of {other}, which gained {gain}"
