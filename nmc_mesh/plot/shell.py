"""Figures of measured and simulated shells side by side."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from nmc_mesh.geometry.harmonics import degrees
from nmc_mesh.plot.bins import MEASURED, SIMULATED, bin_edges, two_histograms
from nmc_mesh.plot.sheet import Sheet
from nmc_mesh.typing import Floats
from nmc_mesh.validation.shell import ShellComparison, power_spectrum

_LAW = "#bb2233"
_TITLES = {
    "d_max": "d_max (µm)",
    "compactness": "compactness γ",
    "aspect_ratio": "aspect ratio AR",
    "sphericity": "sphericity Ψ",
}
_COLUMNS = 4
_BINS = 40


def shell_figure(comparison: ShellComparison, path: str | os.PathLike[str]) -> None:
    """Draw descriptors, distance correlations, powers and the density of every degree.

    Parameters
    ----------
    comparison
        What ``compare_shells`` found.
    path
        File to write, replaced whole; endings and errors are those of `Sheet`.
    """
    panels = len(_TITLES) + 2 + comparison.model.degree + 1
    rows = -(-panels // _COLUMNS)
    with Sheet(path, rows, _COLUMNS, (11, 2.3 * rows)) as axes:
        for name in _TITLES:
            _descriptor(axes.pop(0), comparison, name)
        _correlation(axes.pop(0), comparison)
        _power(axes.pop(0), comparison)
        for degree in range(comparison.model.degree + 1):
            _density(axes.pop(0), comparison, degree)
        for rest in axes:
            rest.set_axis_off()


def _descriptor(axis: Any, comparison: ShellComparison, name: str) -> None:
    measured = getattr(comparison.measured_shapes, name)
    simulated = getattr(comparison.simulated_shapes, name)
    both = np.concatenate([measured, simulated])
    edges = bin_edges(measured, float(both.min()), float(both.max()), _BINS)
    distance = two_histograms(axis, measured, simulated, edges, comparison.distances()[name])
    axis.set_title(f"{_TITLES[name]}: {distance}")


def _correlation(axis: Any, comparison: ShellComparison) -> None:
    of_column = degrees(comparison.model.degree)
    other = of_column > 0
    axis.plot(of_column[other], comparison.edcc[other], ".", color=MEASURED, ms=4)
    axis.plot(range(1, comparison.model.degree + 1), comparison.edcc_by_degree(), color=MEASURED)
    axis.axhline(comparison.edcc_level, color="0.5", ls="--", lw=1)
    axis.set_ylim(0)
    axis.set_title("distance correlation of a_00, a_lm")
    axis.set_xlabel("l (dashed: 95 % of independent ones)")


def _power(axis: Any, comparison: ShellComparison) -> None:
    for table, color, label in (
        (comparison.measured, MEASURED, "measured"),
        (comparison.simulated, SIMULATED, "model"),
    ):
        low, middle, high = np.quantile(power_spectrum(table)[:, 1:], [0.25, 0.5, 0.75], axis=0)
        order = np.arange(1, len(middle) + 1)
        axis.plot(order, middle, "o-", color=color, ms=3, label=label)
        axis.fill_between(order, low, high, color=color, alpha=0.2)
    axis.set_yscale("log")
    axis.set_xlabel("l")
    axis.set_title("mean a_lm² (µm²), quartiles")
    axis.legend(frameon=False)


def _density(axis: Any, comparison: ShellComparison, degree: int) -> None:
    columns = degrees(comparison.model.degree) == degree
    values: Floats = comparison.measured[:, columns].ravel()
    low, high = np.quantile(values, [0.005, 0.995])
    grid = np.linspace(low, high, 200)
    inside = values[(values >= low) & (values <= high)]
    edges = bin_edges(values, low, high, _BINS)
    weights = np.full(len(inside), (len(edges) - 1) / (len(values) * (high - low)))
    axis.hist(inside, edges, weights=weights, color=MEASURED, alpha=0.6)
    law = comparison.law_of(degree)
    if law is not None:
        axis.plot(grid, law.density(grid), color=_LAW, lw=1.2)
        axis.set_title(f"a_lm (µm), l = {degree}: {law.family}")
        return
    drawn: Floats = comparison.simulated[:, columns].ravel()
    heights = np.histogram(drawn, edges)[0] * ((len(edges) - 1) / (len(drawn) * (high - low)))
    axis.stairs(heights, edges, color=_LAW, lw=1.2)
    axis.set_title(f"a_lm (µm), l = {degree}: joint law")
