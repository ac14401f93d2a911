"""What sections leave open: a posterior over a wide family, by an emulated synthetic likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.calibration.emulator import Emulator, shrunk, stretched
from nmc_mesh.calibration.law_objective import Objective
from nmc_mesh.calibration.law_problem import OFF_CENTRE, Problem
from nmc_mesh.calibration.law_sections import Measures, Region
from nmc_mesh.calibration.wide import WideFamily
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import AnyArray, Floats, Longs

_FEW = 2  # sections of a class of heights that are simulated at first
_STEPS = 400  # of every walker
_WORST = 0.5  # of the first draws that are left out
_FURTHER = 0.5  # of the radius: the height of a section that might be added
_LEVEL = 0.95  # of the misfits of the family's own sections, beyond which errors are made larger


class Stage(NamedTuple):
    """How many draws of the family, and the temperature of the posterior they are taken from."""

    draws: int
    temperature: float


STAGES = (Stage(96, np.inf), Stage(80, 6.0), Stage(80, 3.0), Stage(176, 2.0))
"""Draws from the prior, then from ever less tempered posteriors; ours."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of a family's numbers given sections.

    ``values`` (n, k) are equally likely; ``design`` (m, k) the last draws that were simulated,
    which surround them, and ``summaries`` (m, q) what told one from another; ``misfit`` is how far
    the sections lie from the family's nearest, squared, over the same for the family's own, and
    ``inflation`` the factor of variances that came of it. ``further`` (m, p) is what a section at
    half the radius would have shown of the draws, where no section lies off the centre.
    """

    family: WideFamily
    values: Floats
    design: Floats
    summaries: Floats
    misfit: float
    inflation: float
    further: Floats | None = None

    __repr__ = one_line


def posterior(
    sections: Sequence[Section],
    seed: int,
    isotropic: bool = False,
    progress: Progress = silent,
    stages: Sequence[Stage] = STAGES,
    depth: bool = False,
) -> Posterior:
    """Draw from the posterior of `WideFamily`, whatever calibrator finds the model.

    Every stage draws numbers of the family, simulates the sections of each once, sums up the
    differences to the measured ones (`Objective.summed_up`) and fits them by a quadratic response
    surface. The likelihood of numbers is that of the k most informative linear combinations t of
    the differences, t = J^T S^(-1) v with the slopes J of the stage before and the covariance S of
    those before,
    taken as normal with the covariance that the surface leaves (synthetic likelihood). The next
    stage draws from it, tempered. Where the measured sections lie farther from the surface than 95
    of 100 of the family's own, variances are multiplied by the ratio.

    Parameters
    ----------
    sections
        What was measured.
    seed
        Draws everything.
    isotropic
        Take d_1 = d_2 = d_3.
    progress
        Told after every stage.
    stages
        How many draws.
    depth
        Grains change with their depth below the shell: all of them count, those of the rim too.

    References
    ----------
    Synthetic likelihood: S. N. Wood, Nature 466 (2010); summaries: P. Fearnhead, D. Prangle,
    J. R. Stat. Soc. B 74 (2012); with a response surface: E. Meeds, M. Welling, UAI (2014).
    """
    rng = np.random.default_rng([seed, 11])
    family = WideFamily(Problem(sections, isotropic, True, rng, depth), isotropic)
    regions, radius = family.problem.regions, family.problem.radius
    further = further_section(regions, radius)
    state: _Fitted | None = None
    z = rng.standard_normal((stages[0].draws, len(family.rows)))
    for number in range(len(stages)):
        final = number + 1 == len(stages)
        shown = _shown(family, z, final, further if final else [], [seed, 12, number])
        state = _Fitted.of(shown, state)
        temperature = 1.0 if final else stages[number + 1].temperature
        draws = state.draw(family, z, temperature, rng)
        values = family.values(draws)
        state = state.around(shown, values)
        if not final:
            z = draws[rng.choice(len(draws), stages[number + 1].draws, replace=False)]
        progress("intervals", (number + 1) / len(stages))
    assert state is not None
    beyond = _summed_up(further[0], shown.further) if further else None
    return Posterior(
        family, values, shown.x, state.summaries, state.misfit, state.inflation, beyond
    )


class _Shown(NamedTuple):
    """What draws x (n, k) of a family show: differences v (n, p), their surface, the section more.

    ``factors`` (p,) take the scatter of v to that of as many sections as were measured.
    """

    x: Floats
    v: Floats
    factors: Floats
    surface: Emulator
    further: list[Measures]


def _shown(
    family: WideFamily, z: Floats, final: bool, further: Sequence[Region], seed: Sequence[int]
) -> _Shown:
    objective, regions = family.problem.objective, family.problem.regions
    chosen = objective.spread_out(None if final else _FEW)
    x = family.values(z)
    planes = family.measures(x, [*(regions[i] for i in chosen), *further], seed)
    rows = [
        objective.summed_up(objective.differences(each[: len(chosen)], 1, chosen), chosen)
        for each in planes
    ]
    v, factors = np.array([row[0] for row in rows]), rows[0][1]
    if seed[-1] == 0:  # the prior reaches far, where no quadratic surface can follow
        near = _nearest(v)
        x, v = x[near], v[near]
    return _Shown(x, v, factors, Emulator.fit(x, v), [each[-1] for each in planes])


def further_section(regions: Sequence[Region], radius: float) -> list[Region]:
    """Return a section at half the radius like the first, if none lies off the centre."""
    if any(region.height > OFF_CENTRE * radius for region in regions):
        return []
    return [regions[0].at(_FURTHER * radius)]


def _summed_up(region: Region, planes: Sequence[Measures]) -> Floats:
    """Return what one section would show: its differences from the first of many, summed up."""
    objective = Objective([region], planes[:1])
    return np.array([objective.summed_up(objective.differences([p]), [0])[0] for p in planes])


class _Fitted(NamedTuple):
    """A stage: the surface of t, the inverse of its covariance, the weights that make t of v.

    ``weights`` (k, p) are those of the next stage in the end, see `around`; ``pool`` (any, p) are
    the errors of all stages so far but the first, which reaches far.
    """

    surface: Emulator
    precision: Floats
    summaries: Floats
    misfit: float
    inflation: float
    weights: Floats
    pool: Floats
    first: bool

    @classmethod
    def of(cls, shown: _Shown, last: _Fitted | None) -> _Fitted:
        x, v, factors, surface, _ = shown
        errors = surface.errors * factors
        weights = surface.weights(x.mean(axis=0), errors) if last is None else last.weights
        pool = errors if last is None or last.first else np.concatenate([last.pool, errors])
        combined = replace(
            surface,
            coefficients=surface.coefficients @ weights.T,
            errors=surface.errors @ weights.T,
        )
        own = errors @ weights.T
        # As many sections as were measured scatter less than those simulated, the surface does not.
        doubt = surface.leverage(x[_best(combined(x), np.linalg.inv(own.T @ own))])
        covariance = (own.T @ own + doubt * combined.errors.T @ combined.errors) / len(x)
        # The inverse of a covariance that is estimated is too large on average (Hartlap, Simon,
        # Schneider, Astron. Astrophys. 464 (2007)).
        precision: Floats = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
        precision *= max(surface.freedom - len(weights) - 2.0, 1.0)
        precision /= max(surface.freedom - 1.0, 1.0)
        best = x[_best(combined(x), precision)]
        scatter = shrunk(errors if last is None else last.pool)
        misfit, inflation = _misfit(surface, factors, best, doubt, scatter)
        return cls(
            combined, precision / inflation, v @ weights.T, misfit, inflation, weights, pool,
            last is None,
        )  # fmt: skip

    def around(self, shown: _Shown, values: Floats) -> _Fitted:
        """Return the same stage with the weights that tell numbers near these best."""
        return self._replace(weights=shown.surface.weights(values.mean(axis=0), self.pool))

    def draw(
        self, family: WideFamily, start: Floats, temperature: float, rng: np.random.Generator
    ) -> Floats:
        def log_density(z: Floats) -> Floats:
            t = self.surface(family.values(z))
            square = np.einsum("ni,ij,nj->n", t, self.precision, t)
            value = -0.5 * square / temperature - 0.5 * (z * z).sum(axis=1)
            return np.where(family.inside(z), value, -np.inf)

        return stretched(log_density, start, _STEPS, rng)


def _best(t: AnyArray, precision: AnyArray) -> int:
    return int(np.argmin(np.einsum("ni,ij,nj->n", t, precision, t)))


def _misfit(
    surface: Emulator, factors: Floats, best: Floats, doubt: float, scatter: Floats
) -> tuple[float, float]:
    """Return |v|^2 of what the best numbers leave, over its mean for the draws; and the factor.

    The squares are in units of the scatter of other draws' errors, as are those of the sections.
    """
    level = np.linalg.inv(scatter)
    slopes = surface.slope(best)
    normal = slopes.T @ level @ slopes
    normal[np.diag_indices_from(normal)] *= 1.001
    away = np.eye(len(level)) - slopes @ np.linalg.solve(normal, slopes.T @ level)
    own = (surface.errors * factors) @ away.T
    rest = (surface(best[None]) / np.sqrt(1 + doubt / factors**2)) @ away.T
    sizes = np.einsum("ni,ij,nj->n", own, level, own)
    size = float(np.einsum("ni,ij,nj->n", rest, level, rest)[0])
    misfit = size / float(sizes.mean())
    return misfit, max(1.0, misfit) if size > np.quantile(sizes, _LEVEL) else 1.0


def _nearest(v: Floats) -> Longs:
    """Return the draws nearer to the measured sections than others."""
    scale = np.median(np.abs(v), axis=0)
    far = ((v / np.maximum(scale, 1e-9)) ** 2).sum(axis=1)
    return np.argsort(far)[: int(len(v) * (1.0 - _WORST))]
