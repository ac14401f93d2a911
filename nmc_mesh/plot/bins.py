"""Histograms: as many bins as a sample is worth, measured and simulated values in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nmc_mesh.typing import AnyArray, Floats

_LEAST = 5
MEASURED, SIMULATED = "#4477aa", "#ee7733"
"""Colours of what was measured and of what a model gives."""


def bin_count(values: AnyArray, low: float, high: float, most: int) -> int:
    """Return a number of bins between two limits.

    That is the larger of Sturges' number, log2(n) + 1, and Freedman and Diaconis', of width
    2 IQR / n^(1/3); at least five, at most ``most``, and no more than there are values. (numpy's
    "auto" makes all the bins first, however many: values that differ by rounding fill the memory.)
    """
    values = np.asarray(values, dtype=np.float64)
    inside = values[(values >= low) & (values <= high)]
    if len(inside) == 0 or not high > low:
        return _LEAST
    quarter, three_quarters = np.quantile(inside, (0.25, 0.75))
    width = 2 * float(three_quarters - quarter) / np.cbrt(len(inside))
    widest = float(np.ptp(inside)) / (np.log2(len(inside)) + 1)
    width = min(width, widest) if width > 0 else widest
    count = np.ceil(min((high - low) / width, float(most))) if width > 0 else _LEAST
    return max(_LEAST, min(int(count), len(inside)))


def bin_edges(values: AnyArray, low: float, high: float, most: int) -> Floats:
    """Return the edges of that many bins of one width, shape (bins + 1,)."""
    return np.linspace(low, high, bin_count(values, low, high, most) + 1)


def two_histograms(
    axis: Any, measured: Floats, simulated: Floats, edges: Floats, distances: Mapping[str, float]
) -> str:
    """Draw the densities of two samples on an axis of matplotlib; return what tells them apart.

    Parameters
    ----------
    axis
        Where to draw.
    measured, simulated
        The samples.
    edges
        Of the bins, the same for both.
    distances
        ``ks``, their distance, and ``ks_noise``, that of two samples of one law.
    """
    axis.hist(measured, edges, density=True, color=MEASURED, alpha=0.6, label="measured")
    style = {"color": SIMULATED, "histtype": "step", "lw": 1.5}
    axis.hist(simulated, edges, density=True, label="model", **style)
    axis.legend(frameon=False)
    return f"KS {distances['ks']:.3f} (noise {distances['ks_noise']:.3f})"
