"""Calibration of an explicit mark law: a few numbers with a meaning, found by CMA-ES."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from nmc_mesh.calibration.law_evidence import held_out
from nmc_mesh.calibration.law_problem import Problem
from nmc_mesh.calibration.law_search import Trace, polish, search
from nmc_mesh.calibration.law_seeds import Start, other_seeds, two_sizes
from nmc_mesh.calibration.protocol import Calibration
from nmc_mesh.calibration.sections import checked
from nmc_mesh.errors import InputError
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Bools, Floats

_TURNS = 2
_FEWEST = 3  # sections, where one can be held out
# Sections that can tell depth from distance. Of three, the two that are left when one is held out
# let both laws follow their noise, and the depth was taken for grains that are all alike.
_FEWEST_DEEP = 4


@dataclass(frozen=True)
class LawCalibrator:
    """Find a `GradedMarkLaw` or `DepthMarkLaw` and the intensity; ours.

    CMA-ES first, then Gauss-Newton steps.

    The simulated sections lie where the measured ones do and use the same random numbers for all
    laws, so that the objective (see `Objective`) is nearly smooth. d_3 / d_2 is searched for only
    if a section lies off the centre: central ones hardly tell it, and take d_2 = d_3.

    Seeds are Poisson's unless sections that were held out are told better by a perturbed lattice or
    by clusters of seeds (see `nmc_mesh.grains.seeds`), whichever of the two comes nearer, and by
    more than the simpler law's own sections would let it (see `held_out`); then offsets are powers
    of a uniform variable unless one more power, which can make grains of two sizes, gains as much.
    ``facts`` say what was tried and what was gained.

    Parameters
    ----------
    isotropic
        Take d_1 = d_2 = d_3 everywhere, and do not ask for a radial preference.
    graded
        Let D change from the centre to the surface.
    evaluations
        Of the objective by CMA-ES.
    rounds
        Gauss-Newton steps, twice.
    copies, polish_copies
        Simulated sections per measured one, in both parts.
    replicates
        Sets of simulated sections that tell how the differences scatter; see `Problem.weigh`.
    seeds
        "chosen": as the held-out sections say; "poisson": no others are tried.
    sizes
        "chosen": a mixture of sizes where held-out sections ask for it; "power": none is tried.
    depth
        Let D change with the depth below the shell, for particles of some hundred grains and of
        several sizes: sections must show the whole outline, grains at the rim count too. "chosen":
        as held-out sections say, both laws being found with the grains at the rim; of fewer than
        four sections it is the distance.
    """

    isotropic: bool = False
    graded: bool = True
    evaluations: int = 240
    rounds: int = 4
    copies: int = 1
    polish_copies: int = 4
    replicates: int = 32
    seeds: Literal["chosen", "poisson"] = "chosen"
    sizes: Literal["chosen", "power"] = "chosen"
    depth: bool | Literal["chosen"] = False

    def __post_init__(self) -> None:
        if self.depth and self.isotropic:
            raise InputError(
                "grains without direction do not change with their depth below the shell; choose "
                "one of isotropic and depth"
            )

    def __call__(
        self, sections: Sequence[Section], seed: int, progress: Progress = silent
    ) -> Calibration:
        """Calibrate; see `Calibrator`.

        Raises
        ------
        MissingExtraError
            If the package cma is not installed.
        """
        # Refuses what cannot be used; where grains lie flat below the shell all of them together
        # need not prefer the radius.
        checked(sections, isotropic=self.isotropic or bool(self.depth))
        problem, x, traces, more = self._begun(sections, seed, progress)
        if self.seeds == "chosen":
            problem, x, seeded = self._chosen(problem, x, traces, progress)
            more |= seeded
        if self.sizes == "chosen":
            problem, x, mixed = self._mixed(problem, x, traces, progress)
            more |= mixed
        return self._result(problem, x, traces, seed, more)

    def _begun(
        self, sections: Sequence[Section], seed: int, progress: Progress
    ) -> tuple[Problem, Floats, list[Trace], dict[str, Any]]:
        """Return the law with Poisson seeds and one power, of the distance or of the depth."""

        def searched(depth: bool, rim: bool = False) -> tuple[Problem, Floats, list[Trace]]:
            rng = np.random.default_rng([seed, 1])
            problem = Problem(sections, self.isotropic, self.graded, rng, depth, rim)
            return problem, *self._searched(problem, seed, progress)

        if self.depth != "chosen" or len(sections) < _FEWEST_DEEP:
            return *searched(self.depth is True), {}
        flat, x, _ = searched(depth=False, rim=True)
        deep, y, traces = searched(depth=True)
        facts, sure = self._compared(flat, x, deep, y)
        if sure:
            return deep, y, traces, {"depth": facts}
        # Grains at the rim told it; the law of the distance is found better without them. Long
        # grains inside and flat ones outside need not prefer the radius together here either.
        return *searched(depth=False), {"depth": facts}

    def _searched(
        self, problem: Problem, seed: int, progress: Progress
    ) -> tuple[Floats, list[Trace]]:
        """Return the point where CMA-ES and Gauss-Newton steps end, and their traces."""
        problem.redraw(self.copies)
        first, start = problem.first, problem.start

        def differences(points: Sequence[Floats]) -> list[Floats]:
            return problem.differences([_filled(start, first, point) for point in points])

        x, far = search(
            differences, start[first], problem.steps[first], self.evaluations, seed, progress
        )
        far = Trace([_filled(start, first, point) for point in far.points], far.values)
        traces = [far]
        x = self._polished(problem, _filled(start, first, x), traces, progress)
        return x, traces

    def _polished(
        self, problem: Problem, x: Floats, traces: list[Trace], progress: Progress
    ) -> Floats:
        for _ in range(_TURNS):  # what differences scatter is learnt again where the law is better
            problem.weigh(x, self.replicates)
            problem.redraw(self.polish_copies)
            x, near = polish(problem.differences, x, self.rounds, progress)
            traces.append(near)
        return x

    def _chosen(
        self, problem: Problem, x: Floats, traces: list[Trace], progress: Progress
    ) -> tuple[Problem, Floats, dict[str, Any]]:
        """Return the problem of the seeds that held-out sections ask for, and the point."""
        if len(problem.regions) < _FEWEST:
            return problem, x, {}
        start = other_seeds(problem, x, self.polish_copies, self.replicates)
        near = list[Trace]()
        y = self._polished(start.problem, start.x, near, progress)
        wider, y, facts, sure = self._judged(problem, x, start, y, traces, progress)
        if sure:
            # The course shows the intensity of what was tried with Poisson seeds too.
            traces[:] = [_longer(trace) for trace in traces] + near
        return wider, y, {"seeds": facts}

    def _mixed(
        self, problem: Problem, x: Floats, traces: list[Trace], progress: Progress
    ) -> tuple[Problem, Floats, dict[str, Any]]:
        """Return the problem with a mixture of sizes if held-out sections ask for it."""
        if len(problem.regions) < _FEWEST:
            return problem, x, {}
        start = two_sizes(problem, x, self.polish_copies, self.replicates)
        y, near = polish(start.problem.differences, start.x, self.rounds, progress)
        wider, y, facts, sure = self._judged(problem, x, start, y, traces, progress)
        if sure:
            traces[:] = [_longer(trace) for trace in traces] + [near]
        return wider, y, {"sizes": facts}

    def _judged(
        self,
        problem: Problem,
        x: Floats,
        start: Start,
        y: Floats,
        traces: list[Trace],
        progress: Progress,
    ) -> tuple[Problem, Floats, dict[str, Any], bool]:
        """Return what held-out sections choose of two laws, the evidence, whether the wider one."""
        facts, sure = self._compared(problem, x, start.problem, y)
        if sure:
            # Its search went on from where the simpler law's had ended: so that may be what it
            # gains. The simpler law goes on from there too, and is chosen if that settles it.
            z = self._continued(problem, x, y[:-1], traces, progress)
            if z is not x:
                x = z
                facts, sure = self._compared(problem, x, start.problem, y)
        chosen = (start.problem, y) if sure else (problem, x)
        return *chosen, {"tried": start.tried, **facts}, sure

    def _continued(
        self, problem: Problem, x: Floats, start: Floats, traces: list[Trace], progress: Progress
    ) -> Floats:
        """Return x, or where steps from another start end if that is nearer to the sections."""
        near = list[Trace]()
        z = self._polished(problem, start, near, progress)
        before, after = (float(v @ v) for v in problem.differences([x, z]))
        if after >= before:
            return x
        traces += near
        return z

    def _compared(
        self, simpler: Problem, x: Floats, wider: Problem, y: Floats
    ) -> tuple[dict[str, Any], bool]:
        """Return the evidence of held-out sections, and whether it is for the second law."""
        evidence = held_out(simpler, x, wider, y, self.polish_copies, self.replicates)
        facts = {
            "simpler": simpler.numbers(x)._asdict(),
            "wider": wider.numbers(y)._asdict(),
            **evidence.facts(),
        }
        return facts, evidence.sure

    def _result(
        self,
        problem: Problem,
        x: Floats,
        traces: Sequence[Trace],
        seed: int,
        more: dict[str, Any],
    ) -> Calibration:
        numbers = problem.numbers(x)
        points = [point for trace in traces for point in trace.points]
        values = [value for trace in traces for value in trace.values]
        facts = {
            "method": "law",
            "seed": seed,
            "options": dict(vars(self)),
            "objective": values[-1],
            "evaluations": problem.count,
            "numbers": numbers._asdict(),
            "on_bounds": problem.on_bounds(x),
            **more,
        }
        history = {
            "step": np.arange(1.0, len(values) + 1),
            "objective": np.array(values),
            "intensity": np.array([problem.numbers(point).size ** -3.0 for point in points]),
        }
        law, process = problem.law(numbers), problem.process(numbers)
        model = GrainModel(numbers.size**-3.0, law, problem.radius, process)
        return Calibration(model, history, facts)


def _longer(trace: Trace) -> Trace:
    """Return a trace whose points have one number more."""
    return Trace([np.append(point, 1.0) for point in trace.points], trace.values)


def _filled(start: Floats, first: Bools, point: Floats) -> Floats:
    """Return the start with the numbers that are searched for first at the point."""
    full = start.copy()
    full[first] = point
    return full
