"""What a cell is asked to do: stages of current, potential or rest, each with an end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.errors import InputError


@dataclass(frozen=True)
class Stage:
    """A current or a potential that is held until an end is reached, the first of those given.

    Parameters
    ----------
    rate
        C-rate, 1/h: positive charges (lithium leaves a cathode), negative discharges, 0 rests.
    hold
        Potential in V that is held instead; ``rate`` does not count then.
    until
        Potential in V at which a current ends: reached from below by a charge, from above by a
        discharge.
    until_rate
        Size of the C-rate at which a held potential ends.
    seconds
        Longest time, s.
    step
        Longest time step, s; left out, a hundredth of the time that the rate takes for the whole
        range, or of ``seconds``. Steps start shorter and grow.

    Raises
    ------
    InputError
        If the stage has no end, or a number does not fit.

    Examples
    --------
    >>> from nmc_mesh.mechanics.protocol import Stage
    >>> Stage(0.5, until=4.3).longest_step
    72.0
    >>> Stage(0.0)
    Traceback (most recent call last):
    ...
    nmc_mesh.errors.InputError: ...
    """

    rate: float = 0.0
    hold: float | None = None
    until: float | None = None
    until_rate: float | None = None
    seconds: float | None = None
    step: float | None = None

    def __post_init__(self) -> None:
        given = [self.rate, self.hold, self.until, self.until_rate, self.seconds, self.step]
        if not all(np.isfinite(value) for value in given if value is not None):
            raise InputError("the numbers of a stage are finite")
        if any(value is not None and value <= 0 for value in given[3:]):
            raise InputError("times, steps and the rate that ends a hold are positive")
        if self.hold is not None:
            if self.until is not None:
                raise InputError("a held potential ends by 'until_rate' or 'seconds', not 'until'")
            ended = self.until_rate is not None or self.seconds is not None
        else:
            if self.until_rate is not None:
                raise InputError("'until_rate' ends a held potential; a current ends by 'until'")
            if self.rate == 0 and self.until is not None:
                raise InputError("a rest ends by 'seconds', not 'until'")
            ended = self.until is not None or self.seconds is not None
        if not ended:
            raise InputError("a stage needs an end: 'until', 'until_rate' or 'seconds'")

    @property
    def longest_step(self) -> float:
        """Longest time step, s."""
        if self.step is not None:
            return self.step
        lengths = [] if self.seconds is None else [self.seconds]
        if self.hold is None and self.rate:
            lengths.append(3600 / abs(self.rate))
        return min(lengths, default=3600.0) / 100


def cycles(
    rate: float,
    lower: float,
    upper: float,
    count: int = 1,
    rest: float | None = None,
    hold: float | None = None,
) -> tuple[Stage, ...]:
    """Return stages that charge to an upper potential and discharge to a lower one, in turn.

    Parameters
    ----------
    rate
        C-rate of both, 1/h.
    lower, upper
        Potentials in V at which currents turn.
    count
        Of cycles.
    rest
        Seconds without current after each charge and each discharge.
    hold
        C-rate to which the current falls while the upper potential is held after a charge.

    Raises
    ------
    InputError
        If a number does not fit.

    Examples
    --------
    >>> from nmc_mesh.mechanics.protocol import cycles
    >>> [stage.rate for stage in cycles(1.0, 3.0, 4.3, rest=600.0)]
    [1.0, 0.0, -1.0, 0.0]
    """
    if not (rate > 0 and lower < upper and count >= 1):
        raise InputError("cycles need a positive rate, lower < upper, and a count of 1 or more")
    pause = () if rest is None else (Stage(seconds=rest),)
    top = () if hold is None else (Stage(hold=upper, until_rate=hold),)
    up, down = Stage(rate, until=upper), Stage(-rate, until=lower)
    return (up, *top, *pause, down, *pause) * count
