"""Figures of grains: measured and simulated sections, calibrations beside hidden truths."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nmc_mesh.plot.bins import bin_count, bin_edges, two_histograms
from nmc_mesh.plot.sheet import Sheet
from nmc_mesh.typing import Floats
from nmc_mesh.validation.grains_compare import GrainComparison
from nmc_mesh.validation.grains_proof import TARGETS, Summary

_METHODS = ("#4477aa", "#ee7733", "#228833", "#aa3377")
DESCRIPTORS = {
    "area": "A_cross (µm²)",
    "elongation": "elongation η",
    "orientation": "orientation α (rad)",
    "chord": "chord length (µm)",
}
_FIGURES = {
    "volume": "mean volume",
    "volume_cv": "cv of volume",
    "elongation": "elongation",
    "flatness": "flatness",
    "radial_angle": "radial angle",
    "neighbours": "neighbours",
    "ks_2d": "largest KS of sections",
}
_COLUMNS = 4
_BINS = 36
_TAIL = 0.995


def comparison_figure(compared: GrainComparison, path: str | os.PathLike[str]) -> None:
    """Draw histograms of the four descriptors of sections, as Fig. 10b of the paper.

    Parameters
    ----------
    compared
        What ``compare_grains`` found.
    path
        File to write, replaced whole; endings and errors are those of `Sheet`.
    """
    with Sheet(path, 1, 4, (11, 2.7)) as axes:
        for axis, (name, title) in zip(axes, DESCRIPTORS.items(), strict=True):
            histograms(axis, compared, name, title)


def histograms(axis: Any, compared: GrainComparison, name: str, title: str) -> None:
    """Draw the histograms of one descriptor on an axis of matplotlib."""
    measured, simulated = getattr(compared.measured, name), getattr(compared.simulated, name)
    edges = _edges(name, measured, simulated)
    distance = two_histograms(axis, measured, simulated, edges, compared.distances()[name])
    axis.set_title(f"{title}\n{distance}")


def _edges(name: str, measured: Floats, simulated: Floats) -> Floats:
    """Bins up to the tail; of whole pixels, the same number in each, where pixels are counted."""
    if name == "orientation":
        return bin_edges(measured, 0.0, np.pi / 2, _BINS)
    top = float(np.quantile(np.concatenate([measured, simulated]), _TAIL))
    if name == "elongation":
        return bin_edges(measured, 1.0, top, _BINS)
    step = float(measured.min())
    per_bin = max(1, round(top / step / bin_count(measured, 0.0, top, _BINS)))
    edges: Floats = step * (0.5 + per_bin * np.arange(np.ceil(top / step / per_bin) + 1))
    return edges


def proof_figure(
    trials: Sequence[Mapping[str, Any]],
    summaries: Sequence[Summary],
    path: str | os.PathLike[str],
    targets: Mapping[str, float] = TARGETS,
) -> None:
    """Draw the errors of every trial by truth and method, with the band that is to be reached.

    Parameters
    ----------
    trials, summaries
        Trials and summaries, see ``grains_proof.summaries``.
    path
        File to write, replaced whole; endings and errors are those of `Sheet`.
    targets
        What is to be reached, by name.
    """
    truths = list(dict.fromkeys(summary.truth for summary in summaries))
    methods = list(dict.fromkeys(summary.method for summary in summaries))
    with Sheet(path, 2, _COLUMNS, (11, 5.2)) as axes:
        for axis, (name, title) in zip(axes, _FIGURES.items(), strict=False):
            factor = 1.0 if name == "ks_2d" else 100.0
            if name in targets:
                band = factor * targets[name]
                axis.axhspan(0 if name == "ks_2d" else -band, band, color="0.9", zorder=0)
            axis.axhline(0, color="0.5", lw=0.8)
            for column, method in enumerate(methods):
                shift = 0.22 * (column - (len(methods) - 1) / 2)
                _marks(axis, trials, summaries, truths, method, name, factor, shift, column)
            axis.set_xticks(range(len(truths)), truths)
            axis.set_xlim(-0.6, len(truths) - 0.4)
            axis.set_title(title if name == "ks_2d" else f"{title}: error (%)")
        axes[0].legend(frameon=False)
        for rest in axes[len(_FIGURES) :]:
            rest.set_axis_off()


def _marks(
    axis: Any,
    trials: Sequence[Mapping[str, Any]],
    summaries: Sequence[Summary],
    truths: list[str],
    method: str,
    name: str,
    factor: float,
    shift: float,
    column: int,
) -> None:
    color = _METHODS[column % len(_METHODS)]
    for trial in trials:
        if trial["method"] == method:
            value = max(trial["ks_2d"].values()) if name == "ks_2d" else trial["errors"][name]
            axis.plot(truths.index(trial["truth"]) + shift, factor * value, ".", color=color, ms=5)
    own = [summary for summary in summaries if summary.method == method]
    axis.plot(
        [truths.index(summary.truth) + shift for summary in own],
        [factor * summary.mean[name] for summary in own],
        "_",
        color=color,
        ms=14,
        mew=2,
        label=method,
    )
