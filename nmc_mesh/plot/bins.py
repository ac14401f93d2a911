"""Bins of histograms: as many as a sample is worth."""

from __future__ import annotations

import numpy as np

from nmc_mesh.typing import AnyArray, Floats

_LEAST = 5


def bin_count(values: AnyArray, low: float, high: float, most: int) -> int:
    """Return a number of bins between two limits: numpy's "auto" for the values there.

    That is the larger of Sturges' number, log2(n) + 1, and Freedman and Diaconis', of width
    2 IQR / n^(1/3); at least five, at most ``most``, and no more than there are values.
    """
    values = np.asarray(values, dtype=np.float64)
    inside = values[(values >= low) & (values <= high)]
    if len(inside) == 0 or not high > low:
        return _LEAST
    count = len(np.histogram_bin_edges(inside, "auto", (low, high))) - 1
    return max(_LEAST, min(count, most, len(inside)))


def bin_edges(values: AnyArray, low: float, high: float, most: int) -> Floats:
    """Return the edges of that many bins of one width, shape (bins + 1,)."""
    return np.linspace(low, high, bin_count(values, low, high, most) + 1)
