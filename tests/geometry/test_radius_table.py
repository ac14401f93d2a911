"""The table of a star shape's radius: right, smooth across faces, with its gradient."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh import _core as core
from nmc_mesh.geometry.radius_table import inside, radius_table
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.typing import Floats

RIGHT = 1e-6
"""Largest relative error of the radius: a thousandth of a mesh with a thousand edges across."""


def rough(seed: int, degree: int = 9) -> StarShape:
    """A shape with bumps of all degrees, a tenth of the radius high together."""
    shape = 0.03 * np.random.default_rng(seed).normal(size=(degree + 1) ** 2)
    shape[0] = 2 * np.sqrt(4 * np.pi)
    return StarShape(shape)


def looked_up(shell: StarShape, points: Floats) -> Floats:
    out = np.empty((len(points), 4))
    core.radii(radius_table(shell), points, out)
    return out


@pytest.mark.parametrize(("seed", "degree"), [(0, 9), (1, 9), (2, 14), (3, 0), (4, 3)])
def test_radius_is_that_of_the_harmonics(seed: int, degree: int) -> None:
    shell = rough(seed, degree)
    points = np.random.default_rng(seed).normal(size=(20_000, 3))
    found = looked_up(shell, points)
    right = shell.radius(points)
    assert np.abs(found[:, 0] / right - 1).max() < RIGHT
    low, high = radius_table(shell).bounds
    assert low < right.min()
    assert right.max() < high
    assert high - low < 1.2 * np.ptp(right) + 1e-3 * high


def test_gradient_is_that_of_the_radius() -> None:
    shell = rough(5)
    points = np.random.default_rng(6).normal(size=(5_000, 3))
    found, step = looked_up(shell, points), 1e-5
    for axis, unit in enumerate(np.eye(3)):
        ahead, behind = shell.radius(points + step * unit), shell.radius(points - step * unit)
        slope = (ahead - behind) / (2 * step)
        length = np.linalg.norm(points, axis=1)
        np.testing.assert_allclose(found[:, 1 + axis] * length, slope * length, atol=2e-4)
    assert np.abs(np.einsum("ij,ij->i", found[:, 1:], points)).max() < 1e-12


def test_faces_of_the_cube_meet() -> None:
    """On edges and corners of the cube of directions, where faces meet, nothing jumps."""
    line = np.linspace(-1, 1, 41)
    edges = [
        np.roll([s, t, u], k) for s in (-1, 1) for t in (-1, 1) for u in line for k in range(3)
    ]
    on, eps = np.array(edges, dtype=np.float64), 1e-9
    near = [looked_up(rough(7), on * (1 + eps * np.array(side))) for side in np.eye(3)]
    for one in near:
        np.testing.assert_allclose(one[:, 0], rough(7).radius(on), rtol=RIGHT)
        np.testing.assert_allclose(one, near[0], atol=1e-4)


def test_inside_is_what_the_harmonics_say_to_the_last_bit() -> None:
    shell = rough(8)
    u = np.random.default_rng(9).normal(size=(3_000, 3))
    u *= (shell.radius(u) / np.linalg.norm(u, axis=1))[:, None]
    share = 1 + np.repeat([-0.5, -1e-3, -1e-7, -1e-12, 0, 1e-12, 1e-7, 1e-3, 0.5], 3000)
    points = np.vstack([np.tile(u, (9, 1)) * share[:, None], np.zeros((1, 3))])
    found = inside(shell, radius_table(shell), points)
    np.testing.assert_array_equal(found, shell.contains(points))
    assert found[:6000].all()
    assert not found[-6001:-1].any()
