"""Elementary functions: the nearest double, special values, identities, tables as they are made."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nmc_mesh
from nmc_mesh import _core as core
from tests.scripts import load_script

HERE = Path(__file__).parent
SOURCES = Path(nmc_mesh.__file__).parent / "_core" / "src" / "elementary"
ONE = ("exp", "expm1", "log", "log1p", "tanh", "sin", "cos", "acos", "cbrt")
TWO = ("pow", "atan2", "hypot")
INF, NAN, LEAST = math.inf, math.nan, 5e-324
ANY = st.floats(allow_nan=False, allow_infinity=False)


def of(name: str, *arguments: float) -> float:
    out = np.empty(1)
    getattr(core, name)(*(np.array([x]) for x in arguments), out)
    return float(out[0])


def over(name: str, *arguments: np.ndarray) -> np.ndarray:
    out = np.empty(len(arguments[0]))
    getattr(core, name)(*(np.ascontiguousarray(x) for x in arguments), out)
    return out


def cases(name: str) -> np.ndarray:
    """Rows of arguments and the nearest double, by `make_values.py`."""
    lines = (line.split() for line in (HERE / "elementary_values.txt").read_text().splitlines())
    return np.array([[float.fromhex(x) for x in row[1:]] for row in lines if row[0] == name])


@pytest.mark.parametrize("name", ONE + TWO)
def test_the_result_is_the_nearest_double_where_that_is_hard_to_tell(name: str) -> None:
    table = cases(name)
    assert len(table) >= 20
    assert over(name, *table.T[:-1]).tobytes() == table[:, -1].tobytes()


def test_tables_are_what_their_program_writes() -> None:
    made = load_script("tests/core/make_tables.py")
    assert (SOURCES / "tables.hpp").read_text() == made.header()


@pytest.mark.parametrize(
    ("name", "argument", "result"),
    [
        ("exp", 0.0, 1.0),
        ("exp", -INF, 0.0),
        ("exp", INF, INF),
        ("exp", 709.782712893384, 1.7976931348622732e308),
        ("exp", 709.7827128933841, INF),
        ("exp", -745.1332191019411, LEAST),
        ("exp", -745.1332191019412, 0.0),
        ("expm1", -0.0, -0.0),
        ("expm1", LEAST, LEAST),
        ("expm1", -INF, -1.0),
        ("expm1", -50.0, -1.0),
        ("expm1", INF, INF),
        ("log", 1.0, 0.0),
        ("log", 0.0, -INF),
        ("log", -0.0, -INF),
        ("log", -1.0, NAN),
        ("log", INF, INF),
        ("log1p", -0.0, -0.0),
        ("log1p", -LEAST, -LEAST),
        ("log1p", -1.0, -INF),
        ("log1p", -1.5, NAN),
        ("log1p", INF, INF),
        ("tanh", -0.0, -0.0),
        ("tanh", LEAST, LEAST),
        ("tanh", 19.5, 1.0),
        ("tanh", -INF, -1.0),
        ("sin", -0.0, -0.0),
        ("sin", LEAST, LEAST),
        ("sin", INF, NAN),
        ("cos", 0.0, 1.0),
        ("cos", LEAST, 1.0),
        ("cos", -INF, NAN),
        ("acos", 1.0, 0.0),
        ("acos", -1.0, math.pi),
        ("acos", 0.0, math.pi / 2),
        ("acos", 1.0000000000000002, NAN),
        ("cbrt", -0.0, -0.0),
        ("cbrt", -INF, -INF),
        ("cbrt", -27.0, -3.0),
        ("cbrt", 2.0**-1074, 2.0**-358),
    ],
)
def test_special_values(name: str, argument: float, result: float) -> None:
    found = of(name, argument)
    assert np.array_equal(found, result, equal_nan=True)
    assert math.isnan(result) or math.copysign(1.0, found) == math.copysign(1.0, result)


@pytest.mark.parametrize("name", ONE)
def test_a_nan_gives_the_one_nan(name: str) -> None:
    odd_nan = np.array([0xFFF8000000000123, 0x7FF8000000000000], dtype=np.uint64).view(np.float64)
    found = over(name, odd_nan)
    assert (found.view(np.uint64) == 0x7FF8000000000000).all()


@pytest.mark.parametrize(
    ("x", "y", "result"),
    [
        (NAN, 0.0, 1.0),
        (1.0, NAN, 1.0),
        (NAN, 1.0, NAN),
        (0.0, -1.0, INF),
        (-0.0, -1.0, -INF),
        (-0.0, -2.0, INF),
        (-0.0, 3.0, -0.0),
        (-0.0, 2.5, 0.0),
        (-1.0, INF, 1.0),
        (0.5, INF, 0.0),
        (0.5, -INF, INF),
        (2.0, -INF, 0.0),
        (INF, -1.0, 0.0),
        (-INF, 3.0, -INF),
        (-INF, 2.0, INF),
        (-INF, -3.0, -0.0),
        (-2.0, 0.5, NAN),
        (-2.0, 3.0, -8.0),
        (-2.0, 2.0**53, INF),
        (2.0, 1024.0, INF),
        (2.0, -1074.0, LEAST),
        (2.0, -1075.0, 0.0),
        (1.0000000000000002, 1e300, INF),
        (0.9999999999999999, 1e300, 0.0),
        (5.0, 1e-30, 1.0),
    ],
)
def test_special_values_of_pow(x: float, y: float, result: float) -> None:
    found = of("pow", x, y)
    assert np.array_equal(found, result, equal_nan=True)
    assert math.isnan(result) or math.copysign(1.0, found) == math.copysign(1.0, result)


@pytest.mark.parametrize("y", [0.0, -0.0, LEAST, -1.0, 3.0, 1e300, INF, -INF])
@pytest.mark.parametrize("x", [0.0, -0.0, LEAST, -1.0, 3.0, 1e300, INF, -INF])
def test_the_angle_on_axes_and_diagonals(y: float, x: float) -> None:
    found, known = of("atan2", y, x), math.atan2(y, x)
    assert math.copysign(1.0, found) == math.copysign(1.0, known)
    assert abs(found - known) <= math.ulp(known)


def test_hypot_of_the_infinite_and_the_undefined() -> None:
    assert of("hypot", INF, NAN) == INF
    assert math.isnan(of("hypot", 1.0, NAN))
    assert of("hypot", 0.0, -0.0) == 0.0


@pytest.mark.parametrize("power", range(2, 35))
def test_powers_of_whole_numbers_are_rounded_as_integers_are(power: int) -> None:
    """Half-way cases too, which only whole arithmetic tells: 3^34 has 54 bits."""
    base = np.array([n for n in range(1, 400) if n**power < 2**63], dtype=float)
    known = np.array([float(int(n) ** power) for n in base])
    assert np.array_equal(over("pow", base, np.full(len(base), float(power))), known)
    halves = over("pow", base**2, np.full(len(base), power / 2)) if power % 2 else known
    assert np.array_equal(halves, known)


def test_a_power_half_way_below_the_normal_numbers_goes_to_the_even_side() -> None:
    exact = 3.0 * 2.0**-215
    assert of("pow", exact, 5.0) == math.ldexp(122.0, -1074)  # 243 / 2 units


def test_cubes_and_pythagorean_triples_come_back_whole() -> None:
    whole = np.arange(-200000.0, 200000.0, 7.0)
    assert np.array_equal(over("cbrt", whole * whole * whole), whole)
    m, n = np.meshgrid(np.arange(2.0, 60.0), np.arange(1.0, 60.0))
    a, b, c = (x.ravel() for x in (np.abs(m * m - n * n), 2 * m * n, m * m + n * n))
    assert np.array_equal(over("hypot", a, b), c)


@given(ANY)
def test_odd_and_even(x: float) -> None:
    for name in ("sin", "tanh", "cbrt"):
        assert of(name, -x) == -of(name, x)
    assert of("cos", -x) == of("cos", x)
    assert of("hypot", x, 1.0) == of("hypot", 1.0, -x)


@given(ANY)
def test_sine_and_cosine_lie_on_the_circle(x: float) -> None:
    sine, cosine = np.empty(1), np.empty(1)
    core.sincos(np.array([x]), sine, cosine)
    assert (sine[0], cosine[0]) == (of("sin", x), of("cos", x))
    assert abs(sine[0] ** 2 + cosine[0] ** 2 - 1) < 3e-16


@given(st.floats(-700, 700))
def test_inverses(x: float) -> None:
    assert abs(of("log", of("exp", x)) - x) <= max(math.ulp(x), 2.3e-16)
    small = x / 700
    assert abs(of("log1p", of("expm1", small)) - small) <= 2 * math.ulp(small)
    assert abs(of("cos", of("acos", small)) - small) <= 2.3e-16
    assert abs(of("cbrt", x) ** 3 - x) <= 4 * math.ulp(x)


@given(st.floats(1e-300, 1e300), st.floats(-1.0, 1.0))
def test_powers_multiply(x: float, y: float) -> None:
    there, back = of("pow", x, y), of("pow", x, -y)
    assert abs(there * back - 1) < 4e-16
    assert of("pow", x, 0.5) == math.sqrt(x)


@given(ANY, ANY)
def test_the_angle_turns_with_the_point(y: float, x: float) -> None:
    found = of("atan2", y, x)
    assert of("atan2", -y, x) == -found
    if abs(x) > 1e-300 and 1e-300 < abs(y) < 1e300:
        assert abs(of("atan2", y, -x) - (math.copysign(math.pi, y) - found)) <= 5e-16


def test_results_grow_with_the_argument() -> None:
    near = 1.0 + 2.0**-40 * np.arange(-20000, 20001)
    for name in ("exp", "log", "log1p", "tanh", "cbrt", "expm1", "sin"):
        assert (np.diff(over(name, near)) >= 0).all()
    ends = np.log(2.0) / 256 * (1 + 2.0**-30 * np.arange(-20000, 20001))  # a table's step begins
    for name in ("exp", "expm1", "tanh"):
        assert (np.diff(over(name, ends)) >= 0).all()


def test_the_result_may_take_the_place_of_the_argument() -> None:
    x = np.linspace(0.1, 0.9, 50)
    for name in ONE:
        known, inside = over(name, x), x.copy()
        getattr(core, name)(inside, inside)
        assert np.array_equal(inside, known)
    for name in TWO:
        known, inside = over(name, x, x[::-1]), x.copy()
        getattr(core, name)(inside, np.ascontiguousarray(x[::-1]), inside)
        assert np.array_equal(inside, known)
