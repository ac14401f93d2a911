"""Test of fit: second-order statistics of sections, which no calibration looks at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nmc_mesh.sections.second_order import SecondOrder
from nmc_mesh.typing import Floats

LEVEL = 0.01
"""A statistic is unlikely if its probability, times those not more likely, is less; ours."""

_CENTERS = "centres of grains lie more {} than the model's: its seeds are of another process"
_SPACING = (
    "boundaries are {} than the model's: sizes or shapes of grains, or of neighbours together, are "
    "of another law"
)
MEANING = {
    "neighbor_distance": (_CENTERS.format("regularly"), _CENTERS.format("in clusters")),
    "neighbor_cv": (_CENTERS.format("irregularly"), _CENTERS.format("evenly")),
    "triple_points": (
        "more triple points than the model's: noise or small pieces in the maps",
        "fewer triple points than the model's: grains inside others, or boundaries not found",
    ),
    "boundaries_near": (_SPACING.format("closer together"), _SPACING.format("farther apart")),
    "boundaries_middle": (_SPACING.format("more periodic"), _SPACING.format("less periodic")),
    "boundaries_far": (_SPACING.format("more clustered"), _SPACING.format("less clustered")),
}
"""What a measured statistic may mean that is larger or smaller than the simulated one."""


class FitTest(NamedTuple):
    """One statistic: means over sections, their gap in standard errors, how likely it is.

    ``p`` is two-sided, of Student's law, as if the model's numbers had not been found on the same
    sections: that makes it too large rather than too small.
    """

    name: str
    measured: float
    simulated: float
    z: float
    p: float

    @property
    def meaning(self) -> str:
        """What the gap may mean."""
        return MEANING[self.name][self.z < 0]


def fit_tests(
    measured: Sequence[SecondOrder], simulated: Sequence[Sequence[SecondOrder]]
) -> list[FitTest]:
    """Compare every measured section with simulated ones of the same height, size and treatment.

    With d_i the measured value of section i minus the mean of its m simulated ones, and s^2 their
    variance about these means: z = mean(d) / (s sqrt((1 + 1/m) / n)), with n (m - 1) degrees of
    freedom.

    Parameters
    ----------
    measured
        n sections.
    simulated
        m >= 2 for each of them.
    """
    from scipy import stats

    table = np.array(measured, dtype=np.float64)
    groups = np.array(simulated, dtype=np.float64)
    n, m = groups.shape[:2]
    gap: Floats = (table - groups.mean(axis=1)).mean(axis=0)
    scatter = np.sqrt(groups.var(axis=1, ddof=1).mean(axis=0))
    z = gap / np.maximum(scatter * np.sqrt((1 + 1 / m) / n), 1e-300)
    p = 2.0 * stats.t.sf(np.abs(z), n * (m - 1))
    rows = zip(
        SecondOrder._fields,
        table.mean(axis=0).tolist(),
        groups.mean(axis=(0, 1)).tolist(),
        z.tolist(),
        p.tolist(),
        strict=True,
    )
    return [FitTest(*row) for row in rows]


def unlikely(tests: Sequence[FitTest]) -> list[FitTest]:
    """Return the statistics that do not fit, the least likely first (Holm's procedure).

    The chance that a model which is right has one or more of them is at most `LEVEL`.

    References
    ----------
    S. Holm, Scand. J. Statist. 6 (1979).
    """
    said = []
    for rank, test in enumerate(sorted(tests, key=lambda each: each.p)):
        if test.p * (len(tests) - rank) >= LEVEL:
            break
        said.append(test)
    return said
