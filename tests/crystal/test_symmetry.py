"""Bunge's angles, rotations of Laue groups, disorientations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import cumulative_trapezoid, quad
from scipy.spatial.transform import Rotation
from scipy.stats import kstest

from nmc_mesh.crystal.orientation import from_bunge
from nmc_mesh.crystal.symmetry import disorientation, disorientations, in_sector, rotations
from nmc_mesh.crystal.texture import UniformTexture
from nmc_mesh.ebsd.phase import EDAX, OXFORD, Phase
from nmc_mesh.errors import InputError
from nmc_mesh.typing import Floats
from tests.ebsd.maps import NMC

CUBE = (1.0, 1.0, 1.0, np.pi / 2, np.pi / 2, np.pi / 2)
ORDERS = {
    "-1": 1, "2/m": 2, "mmm": 4, "4/m": 4, "4/mmm": 8, "-3": 3, "-3m": 6, "6/m": 6, "6/mmm": 12,
    "m-3": 12, "m-3m": 24,
}  # fmt: skip
# Largest disorientation in degrees: Grimmer 1974; -3m from its own formula, 2 arccos(sqrt(6)/4).
LARGEST = {"m-3m": 62.7994, "6/mmm": 93.8414, "4/mmm": 98.4211, "mmm": 120.0, "-3m": 104.4775}


def rotation(quaternion: Floats) -> Rotation:
    return Rotation.from_quat(np.roll(quaternion, -1, axis=-1))


def phase(laue: str) -> Phase:
    return Phase(laue, laue, CUBE)


def test_quaternions_turn_the_crystal_as_bunge_says() -> None:
    phi1, middle, phi2 = 0.4, 1.1, 2.5
    c1, s1, c, s, c2, s2 = (f(a) for a in (phi1, middle, phi2) for f in (np.cos, np.sin))
    g = np.array(  # Bunge 1982, eq. 2.50: from the sample to the crystal
        [
            [c1 * c2 - s1 * s2 * c, s1 * c2 + c1 * s2 * c, s2 * s],
            [-c1 * s2 - s1 * c2 * c, -s1 * s2 + c1 * c2 * c, c2 * s],
            [s1 * s, -c1 * s, c],
        ]
    )
    found = rotation(from_bunge(np.array([phi1, middle, phi2]))).as_matrix()
    np.testing.assert_allclose(found, g.T, atol=1e-14)


@pytest.mark.parametrize("laue", ORDERS)
def test_rotations_are_a_group_of_the_right_order(laue: str) -> None:
    group = rotation(phase(laue).rotations)
    assert len(group) == ORDERS[laue]
    for element in group:
        nearest = [(element * other * group.inv()).magnitude().min() for other in group]
        assert max(nearest) < 1e-12


@pytest.mark.parametrize("laue", LARGEST)
def test_no_disorientation_is_larger_than_theory_allows(laue: str) -> None:
    random = np.roll(Rotation.random(40_000, rng=3).as_quat(), 1, axis=1)
    found = np.degrees(disorientations(random[::2], random[1::2], phase(laue).rotations))
    assert found.max() <= LARGEST[laue] + 1e-3
    assert found.max() > LARGEST[laue] - 5


@given(st.integers(0, 10_000), st.sampled_from(sorted(ORDERS)))
def test_disorientation_is_the_least_over_both_symmetries(seed: int, laue: str) -> None:
    kind = phase(laue)
    one, two = Rotation.random(2, rng=seed)
    group = rotation(kind.rotations)
    least = min((g * one.inv() * two * h).magnitude() for g in group for h in group)
    pair = [np.roll(r.as_quat(), 1)[None] for r in (one, two)]
    assert disorientations(*pair, kind.rotations)[0] == pytest.approx(least, abs=1e-7)
    turned = np.roll((one * group).as_quat(), 1, axis=1)
    same = disorientations(turned, np.repeat(pair[1], len(turned), axis=0), kind.rotations)
    np.testing.assert_allclose(same, least, atol=1e-7)


# Degrees between two pairs of orientations as orix 0.15 gives them.
PEER = {
    "m-3m": (56.249794396316325, 36.713204325449695),
    "-3m": (76.51596919236793, 46.162032141709986),
    "6/mmm": (62.129911775752014, 46.162032141709986),
}


@pytest.mark.parametrize("laue", PEER)
def test_a_peer_agrees(laue: str) -> None:
    first = from_bunge(np.array([[0.3, 0.5, 1.2], [2.0, 1.4, 3.0]]))
    second = from_bunge(np.array([[5.1, 2.2, 0.4], [2.6, 1.1, 4.4]]))
    found = np.degrees(disorientations(first, second, phase(laue).rotations))
    np.testing.assert_allclose(found, PEER[laue], atol=1e-9)


def test_twins_are_told() -> None:
    whole = np.array([[1.0, 0, 0, 0]])
    twin = Rotation.from_rotvec(np.pi / 3 * np.ones(3) / np.sqrt(3))
    turned = np.roll(twin.as_quat(), 1)[None]
    assert np.degrees(disorientations(whole, turned, phase("m-3m").rotations)[0]) == pytest.approx(
        60
    )


@pytest.mark.parametrize(("axis", "along_x"), [("a", True), ("a*", False)])
def test_two_fold_axes_of_nmc_lie_along_a(axis: str, along_x: bool) -> None:
    kind = Phase(NMC.name, NMC.laue, NMC.lattice, axis)
    whole = np.array([[1.0, 0, 0, 0]])
    about_x, about_y = np.array([[0.0, 1, 0, 0]]), np.array([[0.0, 0, 1, 0]])
    symmetric, other = (about_x, about_y) if along_x else (about_y, about_x)
    assert disorientations(whole, symmetric, kind.rotations)[0] == pytest.approx(0, abs=1e-7)
    assert np.degrees(disorientations(whole, other, kind.rotations)[0]) == pytest.approx(60)


def test_vendors_numbers_name_groups_that_exist() -> None:
    assert OXFORD[7] == EDAX[32] == "-3m"
    assert OXFORD[11] == EDAX[43] == "m-3m"
    for laue in {*OXFORD.values(), *EDAX.values()}:
        assert phase(laue)


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(InputError, match="unknown Laue group 'R-3m'; use one of -1"):
        phase("R-3m")


def random_turns(count: int, seed: int) -> Floats:
    return np.roll(Rotation.random(count, rng=seed).as_quat(), 1, axis=1)


def test_the_axis_turns_the_first_crystal_to_the_second() -> None:
    first, second = random_turns(300, 5), random_turns(300, 6)
    found = disorientation(first, second)
    np.testing.assert_allclose(found.angle, disorientations(first, second), atol=1e-7)
    turn = Rotation.from_rotvec(found.angle[:, None] * found.axis)
    ends = np.roll((turn * rotation(first)).as_quat(), 1, axis=1)
    np.testing.assert_allclose(disorientations(ends, second), 0.0, atol=1e-6)
    back = disorientation(second, first)
    np.testing.assert_allclose(back.axis, -found.axis, atol=1e-9)
    np.testing.assert_allclose(rotation(first).apply(found.crystal_axis), found.axis, atol=1e-12)


def test_small_turns_are_told_exactly() -> None:
    """The angle from a scalar part alone would be lost below 1e-8."""
    first = random_turns(3, 7)
    little = Rotation.from_rotvec([[0, 0, 1e-12], [1e-10, 0, 0], [0, 0, 0]])
    second = np.roll((rotation(first) * little).as_quat(), 1, axis=1)
    found = disorientation(first, second)
    np.testing.assert_allclose(found.angle, [1e-12, 1e-10, 0], atol=1e-15)
    np.testing.assert_allclose(np.linalg.norm(found.axis, axis=1), 1.0)


def test_equivalent_directions_share_one_place_in_the_sector() -> None:
    vectors = np.random.default_rng(8).normal(size=(400, 3))
    base = in_sector(vectors)
    assert (base[:, 2] >= 0).all()
    assert (np.abs(base[:, 1]) <= base[:, 0] / np.sqrt(3) + 1e-12).all()
    np.testing.assert_allclose(np.linalg.norm(base, axis=1), np.linalg.norm(vectors, axis=1))
    for element in rotation(rotations()):
        for sign in (1, -1):
            np.testing.assert_allclose(in_sector(sign * element.apply(vectors)), base, atol=1e-12)
    # It is no larger group's: a turn by 60 degrees about c leads elsewhere.
    sixth = Rotation.from_euler("z", np.pi / 3).apply(vectors)
    assert np.abs(in_sector(sixth) - base).max() > 0.1


def free_share(radius: float) -> float:
    """Share of a sphere in Rodrigues' space inside the region of -3m.

    The region is a prism of half height tan(30 degrees) over a hexagon whose sides lie at 1.
    """
    height = np.tan(np.pi / 6)

    def arc(z: float) -> float:
        across = np.sqrt(max(radius**2 - z**2, 0.0))
        return 1.0 if across <= 1 else max(0.0, 1 - 6 * np.arccos(1 / across) / np.pi)

    top = min(height, radius)
    kinks = [z for z in (np.sqrt(max(radius**2 - d, 0.0)) for d in (1.0, 4 / 3)) if 0 < z < top]
    return float(quad(arc, 0, top, points=kinks or None, limit=200)[0] / radius)


def test_random_crystals_are_turned_as_theory_says() -> None:
    """p(w) = 6 (1 - cos w) / pi * share: Mackenzie's density, here of -3m, up to 104.48 degrees."""
    angles = np.radians(np.linspace(0.01, LARGEST["-3m"], 400))
    density = [6 * (1 - np.cos(w)) / np.pi * free_share(np.tan(w / 2)) for w in angles]
    level = cumulative_trapezoid(density, angles, initial=0)
    assert level[-1] == pytest.approx(1, abs=1e-4)
    rng = np.random.default_rng(9)
    draw = UniformTexture().sample(np.ones((200_000, 3)), None, rng)
    found = disorientation(draw[::2], draw[1::2]).angle
    assert kstest(found, lambda w: np.interp(w, angles, level)).pvalue > 0.01
    # Between 60 and 90 degrees the density is 2 sqrt(3) / pi sin w, in closed form.
    inside = ((found > np.pi / 3) & (found < np.pi / 2)).mean()
    assert inside == pytest.approx(np.sqrt(3) / np.pi, abs=4e-3)


def test_a_wrong_group_is_told() -> None:
    with pytest.raises(InputError, match="no Laue group 'R-3m'; use one of"):
        rotations("R-3m")
