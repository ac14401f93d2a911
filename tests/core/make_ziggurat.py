"""Write the tables of the ziggurats that draw numbers: python make_ziggurat.py > FILE.

A ziggurat covers the area under f by 255 rectangles and a base, all of the same area v:

    v = x_(k+1) (f(x_k) - f(x_(k+1))),   v = r f(r) + integral of f from r on,   x_255 = r,

with x_0 the width that the base would have as a rectangle (Marsaglia and Tsang, "The ziggurat
method for generating random variables", 2000). The tables are those that numpy draws by, so that a
seed gives what it always gave: its normal law was laid out in double precision, every operation
rounded, and its exponential law in more. Logarithms and exponentials are rounded once from 60
digits, so the file that comes out is the same on every machine; a test compares it with the one
that is compiled.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

LAYERS = 256
NORMAL_END, NORMAL_AREA = 3.6541528853610088, 0.0049286732339746519
OTHER_WAY = 38  # the layer where numpy's exponential was rounded up, though down is nearer
EXPONENTIAL_END = "7.69711747013104971404462804801521549911"

HEAD = """\
// Made by tests/core/make_ziggurat.py; do not edit.
#pragma once

#include <cstdint>

namespace nmc::table {

// A layer: whole numbers below `sure` lie inside and need no further look.
struct Layer {
    double step;         // a whole number times this is the number drawn
    std::uint64_t sure;
    double height;       // f at the right end
};
"""

Row = tuple[float, int, float]


def exp(x: float) -> float:
    """Return the double nearest to e^x."""
    return float(Decimal(x).exp())


def log(x: float) -> float:
    """Return the double nearest to the logarithm."""
    return float(Decimal(x).ln())


def normal() -> list[Row]:
    """Return the layers for exp(-x^2 / 2) and whole numbers of 52 bits."""
    steps = 2.0**52
    x, height = [0.0] * LAYERS, [1.0] * LAYERS
    x[-1] = NORMAL_END
    height[-1] = exp(-0.5 * x[-1] * x[-1])
    x[0] = NORMAL_AREA / height[-1]
    for k in range(LAYERS - 2, 0, -1):
        x[k] = math.sqrt(-2.0 * log(NORMAL_AREA / x[k + 1] + height[k + 1]))
        height[k] = exp(-0.5 * x[k] * x[k])
        if k == OTHER_WAY:
            height[k] = math.nextafter(height[k], 1.0)
    sure = [x[-1] / x[0], 0.0, *(x[k - 1] / x[k] for k in range(2, LAYERS))]
    return [(x[k] / steps, int(sure[k] * steps), height[k]) for k in range(LAYERS)]


def exponential() -> list[Row]:
    """Return the layers for exp(-x) and whole numbers of 53 bits."""
    steps = Decimal(2) ** 53
    x = [Decimal(0)] * LAYERS
    x[-1] = Decimal(EXPONENTIAL_END)
    area = (x[-1] + 1) * (-x[-1]).exp()
    x[0] = area / (-x[-1]).exp()
    for k in range(LAYERS - 2, 0, -1):
        x[k] = -(area / x[k + 1] + (-x[k + 1]).exp()).ln()
    sure = [x[-1] / x[0], Decimal(0), *(x[k - 1] / x[k] for k in range(2, LAYERS))]
    height = [1.0, *(float((-end).exp()) for end in x[1:])]
    return [(float(x[k] / steps), int(sure[k] * steps), height[k]) for k in range(LAYERS)]


def table(name: str, rows: list[Row]) -> str:
    """Return the definition of a table."""
    body = "".join(f"    {{{a.hex()}, {b:#x}, {c.hex()}}},\n" for a, b, c in rows)
    return f"inline constexpr Layer {name}[{LAYERS}] = {{\n{body}}};\n"


def header() -> str:
    """Return the whole file."""
    with localcontext() as context:
        context.prec = 60
        ends = (("NORMAL_END", NORMAL_END), ("EXPONENTIAL_END", float(EXPONENTIAL_END)))
        pieces = [
            HEAD,
            *(f"inline constexpr double {name} = {end.hex()};" for name, end in ends),
            "\n// exp(-x^2 / 2); whole numbers of 52 bits",
            table("NORMAL", normal()),
            "// exp(-x); whole numbers of 53 bits",
            table("EXPONENTIAL", exponential()),
            "}  // namespace nmc::table",
        ]
    return "\n".join(pieces) + "\n"


if __name__ == "__main__":
    print(header(), end="")
