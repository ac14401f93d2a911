"""Texture laws: drawn angles follow the density, shapes are heard, limits are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid
from scipy.stats import kstest

from nmc_mesh.crystal.bingham import sample_bingham
from nmc_mesh.crystal.frames import grain_frames
from nmc_mesh.crystal.orientation import c_axes, crystal_axes
from nmc_mesh.crystal.texture import (
    FibreTexture,
    TabulatedTexture,
    Texture,
    UniformTexture,
)
from nmc_mesh.crystal.texture_schema import texture_table
from nmc_mesh.errors import InputError
from nmc_mesh.typing import Floats

LAWS = [
    UniformTexture(),
    FibreTexture(8.0),
    FibreTexture(-8.0),
    FibreTexture(-3.0, 6.0),
    FibreTexture(2000.0),
    FibreTexture(-2000.0),
    FibreTexture(3.0, about="long axis"),
    TabulatedTexture((0.0, 0.3, 1.0, np.pi / 2), (3.0, 1.0, 6.0)),
]
PLACES = np.random.default_rng(0).normal(size=(20_000, 3))


def tilt(texture: Texture, seed: int = 1, matrices: Floats | None = None) -> Floats:
    """Angle between c and the radius of every grain."""
    turns = texture.sample(PLACES, matrices, np.random.default_rng(seed))
    radial = PLACES / np.linalg.norm(PLACES, axis=1, keepdims=True)
    return np.arccos(np.minimum(np.abs((c_axes(turns) * radial).sum(axis=1)), 1.0))


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_angles_to_the_radius_follow_the_density(law: Texture) -> None:
    grid = np.linspace(0, np.pi / 2, 20_001)
    level = cumulative_trapezoid(law.density(grid), grid, initial=0)
    assert level[-1] == pytest.approx(1, abs=2e-4)
    assert kstest(tilt(law), lambda t: np.interp(t, grid, level)).pvalue > 0.01


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_about_c_crystals_are_turned_at_random(law: Texture) -> None:
    turns = law.sample(PLACES, None, np.random.default_rng(3))
    np.testing.assert_allclose(np.linalg.norm(turns, axis=1), 1.0, atol=1e-12)
    frames = crystal_axes(turns)
    reference = np.cross(frames[:, :, 2], [0.0, 0.0, 1.0])
    along = (frames[:, :, 0] * reference).sum(axis=1)
    across = (frames[:, :, 1] * reference).sum(axis=1)
    azimuth = np.arctan2(across, along) / (2 * np.pi) + 0.5
    assert kstest(azimuth, "uniform").pvalue > 0.01


def test_spreads_are_standard_deviations_where_they_are_small() -> None:
    assert tilt(FibreTexture.across_radius(0.05)).min() > 1.2
    away = np.pi / 2 - tilt(FibreTexture.across_radius(0.05))
    assert np.sqrt((away**2).mean()) == pytest.approx(0.05, rel=0.03)
    # Two free directions about the radius.
    along = tilt(FibreTexture.along_radius(0.05))
    assert np.sqrt((along**2).mean() / 2) == pytest.approx(0.05, rel=0.03)


def test_no_concentration_is_the_uniform_law() -> None:
    grid = np.linspace(0, np.pi / 2, 50)
    np.testing.assert_allclose(FibreTexture(0.0).density(grid), np.sin(grid), atol=1e-12)


def test_crystals_hear_the_shape_of_their_grains() -> None:
    """Platelets: c lies along the short axis of the grain, whichever way it is turned."""
    rng = np.random.default_rng(3)
    frames = grain_frames(PLACES, None)
    turn = rng.uniform(0, 2 * np.pi, len(PLACES))
    short = np.cos(turn)[:, None] * frames[:, 1] + np.sin(turn)[:, None] * frames[:, 2]
    matrices = np.eye(3) + 3 * short[:, :, None] * short[:, None, :]
    found = grain_frames(PLACES, matrices)
    np.testing.assert_allclose(np.abs((found[:, 1] * short).sum(axis=1)), 1.0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(found), 1.0, atol=1e-12)
    np.testing.assert_allclose(found[:, 0], frames[:, 0], atol=1e-12)
    turns = FibreTexture(-20.0, 200.0).sample(PLACES, matrices, rng)
    assert (np.abs((c_axes(turns) * short).sum(axis=1)) > 0.9).mean() > 0.99
    # And not a law about the radius alone.
    blind = FibreTexture(-20.0, 200.0).sample(PLACES, None, rng)
    assert (np.abs((c_axes(blind) * short).sum(axis=1)) > 0.9).mean() < 0.4


def test_crystals_may_hear_the_long_axis_alone() -> None:
    """Grains long in a direction of their own: c follows it, and forgets the radius."""
    rng = np.random.default_rng(5)
    axes = crystal_axes(UniformTexture().sample(PLACES, None, rng))
    matrices = np.einsum("nik,k,njk->nij", axes, [1.0, 3.0, 5.0], axes)
    frames = grain_frames(PLACES, matrices, "long axis")
    np.testing.assert_allclose(np.abs(np.einsum("nki,nik->nk", frames, axes[:, :, [0, 2, 1]])), 1.0)
    for law in (
        FibreTexture(300.0, about="long axis"),
        TabulatedTexture((0.0, 0.2, np.pi / 2), (1.0, 0.0), "long axis"),
    ):
        c = c_axes(law.sample(PLACES, matrices, rng))
        assert np.abs((c * axes[:, :, 0]).sum(axis=1)).min() > 0.95
        assert np.median(tilt(law, matrices=matrices)) == pytest.approx(np.pi / 3, abs=0.03)
    plain = FibreTexture(300.0, about="long axis").sample(PLACES, None, rng)
    radial = PLACES / np.linalg.norm(PLACES, axis=1, keepdims=True)
    assert np.abs((c_axes(plain) * radial).sum(axis=1)).min() > 0.95


def test_a_seed_in_the_centre_has_a_radius_too() -> None:
    frames = grain_frames(np.zeros((1, 3)), np.eye(3)[None])
    np.testing.assert_allclose(frames[0] @ frames[0].T, np.eye(3), atol=1e-12)
    assert frames[0, 0].tolist() == [1.0, 0.0, 0.0]


def test_moments_of_bingham_vectors() -> None:
    """D log Z / d kappa_k = E x_k^2, with Z by a sum over directions of the sphere."""
    kappa = (3.0, -4.0, 0.0)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    azimuth = np.arange(200) * np.pi / 100
    sine = np.sqrt(1 - nodes**2)[:, None]
    x = np.stack([sine * np.cos(azimuth), sine * np.sin(azimuth), nodes[:, None] + 0 * azimuth])
    mass = weights[:, None] * np.exp(np.einsum("k,kij->ij", kappa, x**2))
    expected = (mass * x**2).sum(axis=(1, 2)) / mass.sum()
    drawn = sample_bingham(kappa, 100_000, np.random.default_rng(4))
    np.testing.assert_allclose((drawn**2).mean(axis=0), expected, atol=4e-3)
    np.testing.assert_allclose(drawn.mean(axis=0), 0.0, atol=0.01)


def test_the_same_generator_draws_the_same() -> None:
    for law in LAWS:
        assert tilt(law, 5).tobytes() == tilt(law, 5).tobytes()
        assert tilt(law, 5).tobytes() != tilt(law, 6).tobytes()


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_laws_come_back_from_their_tables(law: Texture) -> None:
    back = texture_table(law, 17).texture()
    assert getattr(back, "about", "radius") == getattr(law, "about", "radius")
    grid = np.linspace(0, 1.57, 20)
    np.testing.assert_allclose(back.density(grid), law.density(grid), rtol=1e-12)


def test_bad_laws_are_refused() -> None:
    with pytest.raises(InputError, match="'radial' of a texture lies between"):
        FibreTexture(float("nan"))
    with pytest.raises(InputError, match="'short' of a texture lies between"):
        FibreTexture(0.0, -1e5)
    with pytest.raises(InputError, match="about radius or long axis, not 'short'"):
        FibreTexture(0.0, about="short")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="positive number of radians"):
        FibreTexture.along_radius(0.0)
    with pytest.raises(InputError, match="ascend from 0"):
        TabulatedTexture((0.0, 1.0), (1.0,))
    with pytest.raises(InputError, match="3 edges of bins need 2 weights, not 1"):
        TabulatedTexture((0.0, 1.0, np.pi / 2), (1.0,))
    with pytest.raises(InputError, match="not all 0"):
        TabulatedTexture((0.0, np.pi / 2), (0.0,))
