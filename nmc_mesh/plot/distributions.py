"""Histograms of columns of tables, side by side, as one picture in memory."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np

from nmc_mesh.plot.bins import MEASURED, SIMULATED, bin_edges
from nmc_mesh.plot.draw import require_matplotlib
from nmc_mesh.plot.sheet import fit_titles
from nmc_mesh.typing import AnyArray, Floats

_COLUMNS = 4
_BINS = 30
_TAIL = 0.995
_SAME = 1e-9  # values that differ by less of their size are one value, and rounding


def distributions(
    columns: Mapping[str, AnyArray], measured: Mapping[str, AnyArray] | None = None
) -> bytes:
    """Draw a histogram of every column, and of measured values beside where there are some.

    Parameters
    ----------
    columns
        Values by title, those of a title of any length; values that are not finite are left out.
    measured
        Values of some of the titles.

    Returns
    -------
    bytes
        A picture, .png.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    rows = max(1, -(-len(columns) // _COLUMNS))
    with rc_context({"font.size": 8, "axes.grid": False}):
        figure = Figure(figsize=(10, 2.3 * rows), layout="constrained")
        axes = list(np.ravel(figure.subplots(rows, _COLUMNS)))
        for axis, (title, values) in zip(axes, columns.items(), strict=False):
            _histogram(axis, title, _finite(values), _finite((measured or {}).get(title, [])))
        for rest in axes[len(columns) :]:
            rest.set_axis_off()
        fit_titles(figure, axes)
        target = BytesIO()
        figure.savefig(target, format="png", dpi=100)
    return target.getvalue()


def _finite(values: Any) -> Floats:
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[np.isfinite(array)]


def _histogram(axis: Any, title: str, values: Floats, measured: Floats) -> None:
    axis.set_title(title)
    both = np.concatenate([values, measured])
    if len(both) == 0:
        axis.set_axis_off()
        return
    low, high = float(both.min()), float(np.quantile(both, _TAIL))
    largest = max(abs(low), abs(high))
    if not high - low > _SAME * largest:
        high = low + max(1.0, largest)
    edges = bin_edges(both, low, high, _BINS)
    beside = len(measured) > 0
    axis.hist(values, edges, density=beside, color=SIMULATED if beside else MEASURED, alpha=0.7)
    axis.axvline(float(np.mean(values)) if len(values) else low, color="0.2", lw=1)
    if beside:
        axis.hist(measured, edges, density=True, histtype="step", lw=1.5, color=MEASURED)
        axis.legend(["mean", "drawn", "measured"], frameon=False)
    axis.set_yticks([])
