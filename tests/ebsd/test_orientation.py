"""Bunge's angles, rotations of Laue groups, disorientations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from nmc_mesh.ebsd.orientation import disorientations, quaternions
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
    found = rotation(quaternions(np.array([phi1, middle, phi2]))).as_matrix()
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
    found = np.degrees(disorientations(random[::2], random[1::2], phase(laue)))
    assert found.max() <= LARGEST[laue] + 1e-3
    assert found.max() > LARGEST[laue] - 5


@given(st.integers(0, 10_000), st.sampled_from(sorted(ORDERS)))
def test_disorientation_is_the_least_over_both_symmetries(seed: int, laue: str) -> None:
    kind = phase(laue)
    one, two = Rotation.random(2, rng=seed)
    group = rotation(kind.rotations)
    least = min((g * one.inv() * two * h).magnitude() for g in group for h in group)
    pair = [np.roll(r.as_quat(), 1)[None] for r in (one, two)]
    assert disorientations(*pair, kind)[0] == pytest.approx(least, abs=1e-7)
    turned = np.roll((one * group).as_quat(), 1, axis=1)
    same = disorientations(turned, np.repeat(pair[1], len(turned), axis=0), kind)
    np.testing.assert_allclose(same, least, atol=1e-7)


# Degrees between two pairs of orientations as orix 0.15 gives them.
PEER = {
    "m-3m": (56.249794396316325, 36.713204325449695),
    "-3m": (76.51596919236793, 46.162032141709986),
    "6/mmm": (62.129911775752014, 46.162032141709986),
}


@pytest.mark.parametrize("laue", PEER)
def test_a_peer_agrees(laue: str) -> None:
    first = quaternions(np.array([[0.3, 0.5, 1.2], [2.0, 1.4, 3.0]]))
    second = quaternions(np.array([[5.1, 2.2, 0.4], [2.6, 1.1, 4.4]]))
    found = np.degrees(disorientations(first, second, phase(laue)))
    np.testing.assert_allclose(found, PEER[laue], atol=1e-9)


def test_twins_are_told() -> None:
    whole = np.array([[1.0, 0, 0, 0]])
    twin = Rotation.from_rotvec(np.pi / 3 * np.ones(3) / np.sqrt(3))
    turned = np.roll(twin.as_quat(), 1)[None]
    assert np.degrees(disorientations(whole, turned, phase("m-3m"))[0]) == pytest.approx(60)


@pytest.mark.parametrize(("axis", "along_x"), [("a", True), ("a*", False)])
def test_two_fold_axes_of_nmc_lie_along_a(axis: str, along_x: bool) -> None:
    kind = Phase(NMC.name, NMC.laue, NMC.lattice, axis)
    whole = np.array([[1.0, 0, 0, 0]])
    about_x, about_y = np.array([[0.0, 1, 0, 0]]), np.array([[0.0, 0, 1, 0]])
    symmetric, other = (about_x, about_y) if along_x else (about_y, about_x)
    assert disorientations(whole, symmetric, kind)[0] == pytest.approx(0, abs=1e-7)
    assert np.degrees(disorientations(whole, other, kind)[0]) == pytest.approx(60)


def test_vendors_numbers_name_groups_that_exist() -> None:
    assert OXFORD[7] == EDAX[32] == "-3m"
    assert OXFORD[11] == EDAX[43] == "m-3m"
    for laue in {*OXFORD.values(), *EDAX.values()}:
        assert phase(laue)


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(InputError, match="unknown Laue group 'R-3m'; use one of -1"):
        phase("R-3m")
