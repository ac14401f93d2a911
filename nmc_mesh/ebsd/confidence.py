"""Which solutions of a map to trust: a threshold on what the vendor calls confidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import InputError
from nmc_mesh.typing import Floats

_BINS = 50
_DEEP = 0.5  # of the lower of two peaks, which the valley between them must lie below
_FEW = 0.005  # share of the points that makes a peak
_POOR, _LAST = 0.12, 0.2  # shares of the range in which poor solutions peak, and the valley lies


class Trusted(NamedTuple):
    """A map without its poor solutions, the limit that parts them, and how many they are.

    ``limit`` is None where nothing is left out.
    """

    scan: EbsdScan
    limit: float | None
    lost: int

    def told(self) -> str:
        """Say in a line what was left out."""
        what, sense = _words(self.scan)
        if self.limit is None:
            return f"all solutions are taken, whatever their {what}"
        worse = "above" if sense < 0 else "below"
        share = self.lost / max(1, self.lost + int(self.scan.indexed.sum()))
        return (
            f"{self.lost:,} points ({100 * share:.1f} %) with a {what} {worse} {self.limit:.3g} "
            "are not indexed"
        )


def trusted(scan: EbsdScan, limit: float | Literal["auto"] = "auto") -> Trusted:
    """Return a map in which solutions of little confidence are not indexed.

    Software finds a solution for any pattern, also where there is resin or a pore. EDAX's
    confidence index of such points is near 0; a clean-up may make whole grains of them.

    Parameters
    ----------
    scan
        The map.
    limit
        The least confidence index (EDAX), or the largest mean angular deviation in degrees
        (Oxford), of a point that stays; 0 leaves all; "auto" takes `valley`.

    Raises
    ------
    InputError
        If the limit is no number of 0 or more, or no point is left.
    """
    if limit == "auto":
        chosen = valley(scan)
    elif not (np.isfinite(limit) and limit >= 0):
        raise InputError(f"a limit of confidence is a number of 0 or more, not {limit}")
    else:
        chosen = float(limit) or None
    if chosen is None:
        return Trusted(scan, None, 0)
    what, sense = _words(scan)
    with np.errstate(invalid="ignore"):
        poor = scan.indexed & (sense * scan.confidence < sense * chosen)
    if poor.sum() == scan.indexed.sum():
        known = scan.confidence[scan.indexed]
        raise InputError(
            f"{scan.name}: no point is left at a limit of {chosen:g} of the {what}, which is "
            f"{known.min():.3g} to {known.max():.3g}; choose another (--min-confidence)"
        )
    left = replace(scan, phase=np.where(poor, 0, scan.phase)) if poor.any() else scan
    return Trusted(left, chosen, int(poor.sum()))


def valley(scan: EbsdScan) -> float | None:
    """Return where the histogram of the confidence parts poor solutions from the others (ours).

    Fifty bins from 0 to 1 (of the deviation: to its largest) are smoothed over one. Poor solutions
    make a peak in the last eighth; up to a fifth of the range, a valley has to follow that is half
    as deep as the peaks on both its sides. Where there is none, all points stay: None.
    """
    _, sense = _words(scan)
    values = scan.confidence[scan.indexed]
    values = values[np.isfinite(values)]
    top = 1.0 if sense > 0 else float(values.max(initial=0.0))
    if not len(values) or not top > 0:
        return None
    counts = np.histogram(np.clip(values, 0, top), _BINS, (0.0, top))[0].astype(float)
    density = _smooth(counts if sense > 0 else counts[::-1])
    peak = int(density[: int(_POOR * _BINS) + 1].argmax())
    between = density[peak : int(_LAST * _BINS) + 1]
    flat = np.flatnonzero(between <= between.min() + 0.02 * density[peak])
    bottom = peak + int(flat[len(flat) // 2])
    lower = min(density[peak], density[bottom:].max())
    noise = 3.0 * np.sqrt(density[bottom] + 1.0)  # three deviations of a count
    if density[bottom] + noise >= lower or density[bottom] >= _DEEP * lower:
        return None
    if density[: bottom + 1].sum() < _FEW * density.sum():
        return None
    limit = top * (bottom + 0.5) / _BINS
    return float(round(limit if sense > 0 else top - limit, 3))


def _smooth(counts: Floats) -> Floats:
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(counts, 1.0))


def _words(scan: EbsdScan) -> tuple[str, int]:
    """Return what confidence is called, and 1 if more is better."""
    if scan.phases[0].x_axis == "a":
        return "confidence index", 1
    return "mean angular deviation", -1
