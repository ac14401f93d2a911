"""Write the tables and constants of the elementary functions: python make_tables.py > FILE.

A real number is a whole number over 2^1500 here, and series end where their terms do, so the file
that comes out is the same on every machine; a test compares it with the one that is compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

ONE = 1 << 1500
STEPS = 128
UPPER = 53  # 1 + 53 / 128 is near sqrt(2)
WORDS = 40

HEAD = """\
// Made by tests/core/make_tables.py; do not edit. A pair {hi, lo} is the nearest double to a number
// and the nearest double to what is left of it.
#pragma once

#include <cstdint>

namespace nmc::exact::table {

struct Pair {
    double hi, lo;
};

struct Reciprocal {
    double c;       // near 1 / m, 17 bits
    double hi, lo;  // -log(c)
};
"""


def log_of(x: Fraction) -> int:
    """Return log(x) = 2 atanh(y), y = (x - 1) / (x + 1), by the sum of y^(2k+1) / (2k+1)."""
    y = (x - 1) / (x + 1)
    n, d = y.numerator, y.denominator
    power, total, k = ONE * n // d, 0, 1
    while power not in (0, -1):
        total += power // k
        power = power * n * n // (d * d)
        k += 2
    return 2 * total


def exp_of(x: int) -> int:
    """Return exp(x) by its series, 0 <= x < 1."""
    term, total, k = ONE, 0, 1
    while term:
        total += term
        term = term * x // (ONE * k)
        k += 1
    return total


def sin_of(x: int) -> int:
    """Return sin(x) by its series, 0 <= x < 2."""
    term, total, k = x, 0, 1
    while term:
        total += term if k % 4 == 1 else -term
        term = term * x // ONE * x // (ONE * (k + 1) * (k + 2))
        k += 2
    return total


def atan_of(n: int, d: int) -> int:
    """Return atan(n / d), n <= d, by four times t -> t / (1 + sqrt(1 + t^2)) and its series."""
    t = ONE * n // d
    for _ in range(4):
        t = t * ONE // (ONE + isqrt(ONE * ONE + t * t))
    square, total, k = t * t // ONE, 0, 1
    while t:
        total += t // k if k % 4 == 1 else -(t // k)
        t = t * square // ONE
        k += 2
    return 16 * total


def pair(x: int) -> tuple[float, float]:
    """Return the nearest double and the nearest double to what is left."""
    hi = float(Fraction(x, ONE))
    return hi, float(Fraction(x, ONE) - Fraction(hi))


def parts(x: int, *bits: int) -> list[float]:
    """Cut x > 0 into parts of so many bits each, and a last one of 53."""
    found = []
    for many in bits:
        drop = x.bit_length() - many
        found.append(float(Fraction(x >> drop << drop, ONE)))
        x -= x >> drop << drop
    return [*found, float(Fraction(x, ONE))]


def reciprocal(j: int) -> tuple[float, float, float]:
    """Return c and -log(c) for 1 + j / 128, or for half of it where that is nearer to 1."""
    near = Fraction(STEPS + j, STEPS if j < UPPER else 2 * STEPS)
    c = Fraction(round(2**16 / near), 2**16)
    return (float(c), *pair(log_of(1 / c)))


def braced(numbers: Sequence[float]) -> str:
    """Return {a, b} in hexadecimal."""
    return "{" + ", ".join(number.hex() for number in numbers) + "}"


def table(kind: str, name: str, rows: Sequence[Sequence[float]]) -> str:
    """Return the definition of a table of structs."""
    body = "".join(f"    {braced(row)},\n" for row in rows)
    return f"inline constexpr {kind} {name}[{len(rows)}] = {{\n{body}}};\n"


def constants(*named: tuple[str, float]) -> str:
    """Return definitions of numbers."""
    return "".join(f"inline constexpr double {name} = {number.hex()};\n" for name, number in named)


def turn(pi: int) -> str:
    """Return 1 / (2 pi) as words of 32 bits; two words of zeros stand before it."""
    bits = (ONE * ONE // (2 * pi)) >> (1500 - 32 * WORDS)
    found = [0, 0, *((bits >> 32 * (WORDS - 1 - k)) & 0xFFFFFFFF for k in range(WORDS))]
    lines = [", ".join(f"0x{word:08x}" for word in found[k : k + 7]) for k in range(0, 42, 7)]
    body = "".join(f"    {line},\n" for line in lines)
    return f"inline constexpr std::uint32_t TURN[{len(found)}] = {{\n{body}}};\n"


def header() -> str:
    """Return the whole file."""
    log2, pi = log_of(Fraction(2)), 4 * atan_of(1, 1)
    log2_step, pi_step = parts(log2 // STEPS, 33, 33), parts(pi // 256, 30, 30)
    log2_parts = parts(log2, 41)
    constants_of_pi = (("HALF_PI", pi // 2), ("PI", pi), ("TWO_PI", 2 * pi), ("THIRD", ONE // 3))
    pieces = [
        HEAD,
        "// 128 / log 2, and log 2 / 128 in parts: a product of k, |k| < 2^18, with one is exact.",
        constants(
            ("STEPS_PER_LOG2", pair(ONE * STEPS * ONE // log2)[0]),
            ("LOG2_STEP_1", log2_step[0]),
            ("LOG2_STEP_2", log2_step[1]),
            ("LOG2_STEP_3", log2_step[2]),
        ),
        "// log 2 in parts: a product of an exponent with the first is exact.",
        constants(("LOG2_1", log2_parts[0]), ("LOG2_2", log2_parts[1])),
        "// 256 / pi, and pi / 256 in parts: a product of k, |k| < 2^23, with one is exact.",
        constants(
            ("STEPS_PER_PI", pair(ONE * 256 * ONE // pi)[0]),
            ("PI_STEP_1", pi_step[0]),
            ("PI_STEP_2", pi_step[1]),
            ("PI_STEP_3", pi_step[2]),
        ),
        "".join(
            f"inline constexpr Pair {name} = {braced(pair(x))};\n" for name, x in constants_of_pi
        ),
        "// 2^(j / 128)",
        table("Pair", "EXP2", [pair(exp_of(log2 * j // STEPS)) for j in range(STEPS)]),
        f"// log(m) = -log(c) + log(m c) for m = 1 + j / 128, from j = {UPPER} on for half of that",
        table("Reciprocal", "LOG", [reciprocal(j) for j in range(STEPS + 1)]),
        "// sin(j pi / 256)",
        table("Pair", "SIN", [pair(sin_of(pi * j // 256)) for j in range(STEPS + 1)]),
        "// atan(j / 128)",
        table("Pair", "ATAN", [pair(atan_of(j, STEPS)) for j in range(STEPS + 1)]),
        "// 1 / (2 pi) in words of 32 bits after two words of zeros",
        turn(pi),
        "}  // namespace nmc::exact::table",
    ]
    return "\n".join(pieces) + "\n"


if __name__ == "__main__":
    print(header(), end="")
