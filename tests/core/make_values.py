"""Write arguments and nearest results of the elementary functions: python make_values.py > FILE.

mpmath computes with 200 bits. Of random arguments those are kept whose true value lies close to
half-way between two doubles, 1/50000 to 1/2000 of their distance off: there a result that is a
little off is rounded to the wrong side. Closer ones nobody promises to round rightly.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import islice
from math import copysign, isfinite, ldexp, pi, ulp
from typing import Any

from mpmath import mp

mp.prec = 200
KEPT = 12
CLOSE, CLOSER = 5e-4, 2e-5

Law = Callable[[], tuple[float, ...]]
draw = random.Random(20)


def even(low: float, high: float) -> float:
    return draw.uniform(low, high)


def spread(low: int, high: int) -> float:
    """A number of either sign whose exponent is uniform."""
    return copysign(ldexp(draw.uniform(1.0, 2.0), draw.randint(low, high)), draw.random() - 0.5)


def of_power(x: float) -> tuple[float, float]:
    """Arguments of pow whose result is anywhere in the range."""
    return x, even(-744.0, 709.0) / float(mp.log(x))


LAWS: dict[str, list[Law]] = {
    "exp": [
        lambda: (even(-700, 700),),
        lambda: (spread(-12, -1),),
        lambda: (even(-745, -708.5),),
    ],
    "expm1": [lambda: (even(-3, 3),), lambda: (spread(-12, -1),), lambda: (even(-36, 60),)],
    "log": [
        lambda: (abs(spread(-1073, 1023)),),
        lambda: (even(0.5, 2),),
        lambda: (1 + spread(-12, -4),),
    ],
    "log1p": [lambda: (even(-0.9, 3),), lambda: (spread(-12, -2),), lambda: (abs(spread(1, 60)),)],
    "tanh": [lambda: (even(-4, 4),), lambda: (spread(-12, -2),), lambda: (even(4, 18),)],
    "sin": [
        lambda: (even(-7, 7),),
        lambda: (even(-1e5, 1e5),),
        lambda: (spread(17, 1023),),
        lambda: (draw.randint(1, 300) * pi / 2 * (1 + spread(-50, -12)),),
    ],
    "cos": [
        lambda: (even(-7, 7),),
        lambda: (even(-1e5, 1e5),),
        lambda: (spread(17, 1023),),
        lambda: (draw.randint(1, 300) * pi / 2 * (1 + spread(-50, -12)),),
    ],
    "acos": [lambda: (even(-1, 1),), lambda: (1 - abs(spread(-50, -3)),)],
    "cbrt": [lambda: (even(-9, 9),), lambda: (spread(-1073, 1023),)],
    "pow": [
        lambda: (even(0, 10), even(-5, 5)),
        lambda: (abs(spread(-20, 20)), 1 / 3),
        lambda: of_power(abs(spread(-100, 100))),
        lambda: of_power(1 + spread(-30, -3)),
    ],
    "atan2": [
        lambda: (even(-1, 1), even(-1, 1)),
        lambda: (spread(-20, 20), spread(-20, 20)),
        lambda: (spread(-1000, 1000), spread(-1000, 1000)),
    ],
    "hypot": [
        lambda: (even(-1, 1), even(-1, 1)),
        lambda: (spread(-1060, -1020), spread(-1060, -1020)),
    ],
}
OF_MPMATH: dict[str, Callable[..., Any]] = {
    "pow": mp.power,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
}


def nearest_double(x: Any) -> float:
    """Round once: mpmath's own conversion rounds twice below the normal numbers."""
    if abs(x) < mp.mpf(2) ** -1022:
        return ldexp(int(mp.nint(x * mp.mpf(2) ** 1074)), -1074)
    return float(x)


def hard(name: str, law: Law) -> Iterator[tuple[tuple[float, ...], float]]:
    """Arguments of a law that are hard to round, each with the nearest result."""
    function = OF_MPMATH.get(name) or getattr(mp, name)
    while True:
        arguments = law()
        true = function(*map(mp.mpf, arguments))
        nearest = nearest_double(true)
        if not isfinite(nearest) or nearest == 0.0:
            continue
        off = abs(true - mp.mpf(nearest)) / mp.mpf(ulp(nearest))
        if CLOSER < abs(off - 0.5) < CLOSE:
            yield arguments, nearest


def lines() -> Iterator[str]:
    """A line per case: the function, its arguments, the nearest double to its value."""
    for name, laws in LAWS.items():
        for law in laws:
            for arguments, result in islice(hard(name, law), KEPT):
                yield " ".join([name, *(number.hex() for number in (*arguments, result))])


if __name__ == "__main__":
    print("\n".join(lines()))
