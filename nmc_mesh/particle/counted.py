"""Particles of a wished number of grains: the diameter that holds so many.

Grains stay as large as their model draws them, so the number sets the size of the particle. The
number of grains in a shell scatters from draw to draw; so one architecture is drawn, larger than
needed, and the shell is resized in it until it holds as many as wished.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.grains.model import TessellationLaw, within
from nmc_mesh.numerics.functions import cbrt

TOLERANCE = 0.01
"""Share of the wished number by which the found one may differ."""
_SPREAD = 4.0  # deviations of a Poisson number by which the architecture is larger than needed
_ROOM = 10.0  # grains, for the smallest particles
_WIDER = 1.5
_WINDOWS = 6
_ROUNDS = 40
_FINEST = 1e-5


Architecture = Callable[[StarShape], GBPD]
"""The grains of one draw in a shell, which their marks may look at."""


class Filling(NamedTuple):
    """A shell, and an architecture that covers it."""

    shell: StarShape
    whole: GBPD


def architecture(
    law: TessellationLaw, largest: StarShape, window_half: float, rng: np.random.Generator
) -> Architecture:
    """Draw grains for a shell and all smaller ones, with the same seeds in every one of them.

    Parameters
    ----------
    law
        What to draw from.
    largest
        The largest shell.
    window_half
        Half edge length in um of the window that fills it.
    rng
        Draws everything.
    """
    start = rng.bit_generator.state
    whole = within(law, largest).sample(window_half, rng)

    def drawn(shell: StarShape) -> GBPD:
        bound = within(law, shell)
        if bound is law:  # no mark looks at the shell
            return whole
        rng.bit_generator.state = start
        return bound.sample(window_half, rng)

    return drawn


def filled_with(
    grains: int,
    intensity: float,
    shell_of: Callable[[float], StarShape],
    window: Callable[[StarShape], Architecture],
    count: Callable[[Filling], int],
) -> Filling:
    """Find the size of a shell at which it holds a number of grains.

    Parameters
    ----------
    grains
        The wished number.
    intensity
        Grains per um^3.
    shell_of
        The shell of an equivalent diameter in um, the same draw at every size.
    window
        Draws an architecture that covers a shell and all smaller ones.
    count
        How many grains a shell has.

    Raises
    ------
    InputError
        If the number is not a whole one of 1 or more, or no size holds so many.
    """
    if isinstance(grains, bool) or not isinstance(grains, int | np.integer) or grains < 1:
        raise InputError(f"the number of grains is a whole one of 1 or more, not {grains!r}")
    room = grains + _SPREAD * np.sqrt(grains) + _ROOM
    for _ in range(_WINDOWS):
        largest = _diameter(room, intensity)
        architecture = window(shell_of(largest))
        found = _searched(grains, intensity, largest, shell_of, architecture, count)
        if found is not None:
            return found
        room *= _WIDER
    raise InputError(
        f"no size of such a shell holds {grains} grains, smaller ones are too rough; ask for more "
        "grains"
    )


def _searched(
    grains: int,
    intensity: float,
    largest: float,
    shell_of: Callable[[float], StarShape],
    architecture: Architecture,
    count: Callable[[Filling], int],
) -> Filling | None:
    """Narrow the diameter down; None if the largest shell has too few grains."""
    lower, upper, diameter = 0.0, largest, _diameter(grains, intensity)
    for _ in range(_ROUNDS):
        number = 0
        try:
            shell = shell_of(diameter)
            one = Filling(shell, architecture(shell))
            number = count(one)
        except InputError:  # a shell too small to be smooth, or for any grain
            pass
        else:
            if abs(number - grains) <= TOLERANCE * grains:
                return one
        if number < grains:
            lower = diameter
        else:
            upper = diameter
        wanted = diameter * float(cbrt(grains / max(number, 1)))
        diameter = wanted if lower < wanted < upper else (lower + upper) / 2
        if upper - lower < _FINEST * upper:
            break
    return None


def _diameter(grains: float, intensity: float) -> float:
    """Diameter of the ball that has the volume of so many mean grains."""
    return float(cbrt(6 * grains / (np.pi * intensity)))
