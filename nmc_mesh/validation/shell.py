"""Simulated outer shells against the measured particles their model was fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import degree_of, degrees, design_matrix
from nmc_mesh.shell.descriptors import Descriptors, descriptors
from nmc_mesh.shell.distance_correlation import distance_correlation
from nmc_mesh.shell.fit import ShellFit
from nmc_mesh.shell.joint import JointShellModel
from nmc_mesh.shell.laws import Law
from nmc_mesh.shell.model import ShellModel
from nmc_mesh.typing import Floats

_SHUFFLES = 200
_LEVEL = 0.95
_KOLMOGOROV = 1.3581  # of the limit law at 5 %


@dataclass(frozen=True, eq=False)
class ShellComparison:
    """Measured and simulated shells side by side.

    Parameters
    ----------
    model
        The law that was simulated, um.
    measured, simulated
        Coefficients a_lm, shapes (n, (L + 1)^2) and (m, (L + 1)^2), um.
    measured_shapes, simulated_shapes
        Their descriptors.
    edcc
        Distance correlation of the measured a_00 with every a_lm, shape ((L + 1)^2,).
    edcc_level
        What 95 % of shuffled, that is independent, coefficients stay below.
    rejected
        Simulated draws that were thrown away.
    """

    model: ShellModel | JointShellModel
    measured: Floats
    simulated: Floats
    measured_shapes: Descriptors
    simulated_shapes: Descriptors
    edcc: Floats
    edcc_level: float
    rejected: int

    __repr__ = one_line

    def distances(self) -> dict[str, dict[str, float]]:
        """Two-sample distances of every descriptor.

        ``ks`` = max |F - G| of the distribution functions, ``ks_noise`` what two samples of one law
        stay below in 95 % of cases, ``wasserstein`` = integral of |F - G| over the measured
        deviation, and both medians.
        """
        n, m = len(self.measured), len(self.simulated)
        noise = _KOLMOGOROV * np.sqrt((n + m) / (n * m))
        distances = {}
        for name in Descriptors._fields:
            measured, simulated = (
                getattr(self.measured_shapes, name),
                getattr(self.simulated_shapes, name),
            )
            distances[name] = {
                "ks": float(stats.ks_2samp(measured, simulated).statistic),
                "ks_noise": float(noise),
                "wasserstein": float(
                    stats.wasserstein_distance(measured, simulated) / measured.std()
                ),
                "measured_median": float(np.median(measured)),
                "simulated_median": float(np.median(simulated)),
            }
        return distances

    def law_of(self, degree: int) -> Law | None:
        """Return the law of the coefficients of one degree alone; None where it has no formula.

        Parameters
        ----------
        degree
            The l, from 0 to that of the model.
        """
        return self.model.laws[degree] if isinstance(self.model, ShellModel) else None

    def edcc_by_degree(self) -> Floats:
        """Mean distance correlation of a_00 with the a_lm of degree l = 1 ... L, shape (L,)."""
        of_column = degrees(self.model.degree)
        return np.array([self.edcc[of_column == k].mean() for k in range(1, self.model.degree + 1)])

    def facts(self) -> dict[str, Any]:
        """All figures, plain, for a JSON file."""
        measured, simulated = power_spectrum(self.measured), power_spectrum(self.simulated)
        return {
            "measured": len(self.measured),
            "simulated": len(self.simulated),
            "rejected_draws": self.rejected,
            "descriptors": self.distances(),
            "edcc_of_a00_by_degree": self.edcc_by_degree().tolist(),
            "edcc_of_independent_numbers": self.edcc_level,
            "median_power_by_degree_um2": {
                "measured": np.median(measured, axis=0).tolist(),
                "simulated": np.median(simulated, axis=0).tolist(),
            },
            **_law_facts(self.model),
        }


def compare_shells(
    fit: ShellFit,
    model: ShellModel | JointShellModel,
    rng: np.random.Generator,
    count: int | None = None,
) -> ShellComparison:
    """Draw shells from a model and set them beside measured particles.

    Both sides are described by their series up to the model's degree; the voxels' roughness, which
    is finer, is left out on the measured side. Measured particles whose series is not positive
    everywhere are left out too: the model has none.

    Parameters
    ----------
    fit
        The measured particles.
    model
        What to simulate; ``fit.model`` to judge the fit.
    rng
        Draws the shells and the shuffles.
    count
        Number of shells; default: as many as were measured.

    Raises
    ------
    InputError
        If the model has another degree than the fit, or the count is less than 2.

    References
    ----------
    "Validation", Figs. 3, 4 and 10a of doi 10.1038/s43246-024-00728-5.
    """
    if fit.coefficients.shape[1] != (model.degree + 1) ** 2:
        raise InputError(
            f"the model has degree {model.degree}, the measured coefficients "
            f"{degree_of(fit.coefficients.shape[1])}; fit with the same degree"
        )
    number = len(fit.coefficients) if count is None else count
    if number < 2:
        raise InputError(f"a comparison needs 2 shells or more, not {number}")
    basis = design_matrix(directions(), model.degree).T
    radii = fit.coefficients @ basis
    sound = (radii > 0).all(axis=1)
    drawn = model.sample_many(number, rng)
    return ShellComparison(
        model,
        fit.coefficients[sound],
        drawn.coefficients,
        descriptors(radii[sound]),
        descriptors(drawn.coefficients @ basis),
        fit.edcc,
        _independent_level(fit.coefficients, rng),
        drawn.rejected_radius + drawn.rejected_volume,
    )


def power_spectrum(coefficients: Floats) -> Floats:
    """P_l = sum_m a_lm^2 / (2 l + 1) per particle, shape (n, L + 1), um^2."""
    of_column = degrees(degree_of(coefficients.shape[1]))
    count = int(of_column.max()) + 1
    return np.stack(
        [(coefficients[:, of_column == k] ** 2).mean(axis=1) for k in range(count)], axis=1
    )


def _law_facts(model: ShellModel | JointShellModel) -> dict[str, Any]:
    if isinstance(model, ShellModel):
        return {"laws": [{"family": law.family, **vars(law)} for law in model.laws]}
    rows = [{"weight": part.weight, "sizes": part.sizes.tolist()} for part in model.classes]
    return {"classes": rows}


def _independent_level(table: Floats, rng: np.random.Generator) -> float:
    """The 95 % quantile of the distance correlation of a_00, shuffled, with random columns."""
    if table.shape[1] == 1:
        return 0.0
    columns = rng.integers(1, table.shape[1], _SHUFFLES)
    correlations = [
        distance_correlation(rng.permutation(table[:, 0]), table[:, k]) for k in columns
    ]
    return float(np.quantile(correlations, _LEVEL))
