"""Roots of functions of one number."""

from __future__ import annotations

from collections.abc import Callable


def bisect(
    below: Callable[[float], bool], low: float, high: float, halvings: int
) -> tuple[float, float]:
    """Halve an interval that holds a root, the same way on every processor.

    Parameters
    ----------
    below
        Whether a number lies below the root.
    low, high
        The interval.
    halvings
        How often; the interval that is left is (high - low) / 2^halvings wide.

    Returns
    -------
    low, high
        The interval that is left.

    Examples
    --------
    >>> from nmc_mesh.numerics.roots import bisect
    >>> low, high = bisect(lambda x: x * x < 2, 0.0, 2.0, 40)
    >>> low < 2**0.5 < high, round(high, 9)
    (True, 1.414213562)
    """
    for _ in range(halvings):
        middle = 0.5 * (low + high)
        if below(middle):
            low = middle
        else:
            high = middle
    return low, high
