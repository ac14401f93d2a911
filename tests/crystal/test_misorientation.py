"""Neighbours' crystals: classes of disorientations, and exchanges that bring them about."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh import _core as core
from nmc_mesh.crystal.frames import grain_frames
from nmc_mesh.crystal.misorientation import MisorientationLaw, between, exchanged
from nmc_mesh.crystal.orientation import c_axes
from nmc_mesh.crystal.texture import FibreTexture, UniformTexture
from nmc_mesh.errors import InputError
from nmc_mesh.typing import Floats, Ints

SIDE = 7


def lattice() -> tuple[Floats, Ints, Floats]:
    """Places of 343 cubes, their pairs, and areas of several sizes."""
    index = np.arange(SIDE**3).reshape((SIDE,) * 3)
    pairs = [
        np.stack([np.delete(index, -1, axis).ravel(), np.delete(index, 0, axis).ravel()], axis=1)
        for axis in range(3)
    ]
    every = np.concatenate(pairs).astype(np.int32)
    places = np.stack(np.unravel_index(np.arange(SIDE**3), (SIDE,) * 3), axis=1) - 2.9
    return places, every, np.random.default_rng(0).gamma(2.0, 1.0, len(every))


def two_peaks() -> MisorientationLaw:
    """Many angles near 25 and 85 degrees, which crystals at random do not have."""
    rng = np.random.default_rng(5)
    parts = rng.normal(25, 8, 400), rng.normal(85, 8, 400), rng.uniform(20, 100, 500)
    angles = np.radians(np.clip(np.concatenate(parts), 3, 104))
    return MisorientationLaw.of(angles, np.ones(1300))


TEXTURES = [FibreTexture(4.0), FibreTexture(-3.0, 1.0), UniformTexture()]


@pytest.mark.parametrize("texture", TEXTURES)
def test_neighbours_follow_the_law_and_the_texture_stays(texture: FibreTexture) -> None:
    places, pairs, areas = lattice()
    rng = np.random.default_rng(1)
    matrices = np.tile(np.diag([1.0, 2.0, 3.0]), (len(places), 1, 1))
    drawn = texture.sample(places, matrices, rng)
    about = getattr(texture, "about", None)
    frames = None if about is None else grain_frames(places, matrices, about)
    law = two_peaks()
    turns = exchanged(law, drawn, frames, pairs, areas, rng)
    before = law.distance(between(drawn, pairs), areas)
    after = law.distance(between(turns, pairs), areas)
    assert before > 0.15
    assert after < 1.36 / np.sqrt(len(pairs))  # 95 % of samples of the law itself
    local = np.tile(np.eye(3), (len(places), 1, 1)) if frames is None else frames
    seen = [np.einsum("nij,nj->ni", local, c_axes(part)) for part in (drawn, turns)]
    # c axes in the frames are the same, in another order
    np.testing.assert_allclose(*(part[np.lexsort(part.T.round(9))] for part in seen), atol=1e-9)


def test_the_same_numbers_give_the_same_crystals() -> None:
    places, pairs, areas = lattice()
    drawn = UniformTexture().sample(places, None, np.random.default_rng(1))
    first, second, other = (
        exchanged(two_peaks(), drawn, None, pairs, areas, np.random.default_rng(seed))
        for seed in (2, 2, 3)
    )
    assert first.tobytes() == second.tobytes() != other.tobytes()


def test_the_misfit_is_that_of_the_cumulated_shares() -> None:
    """Without steps the core tells how far the crystals are from the law."""
    places, pairs, areas = lattice()
    law = two_peaks()
    turns = np.ascontiguousarray(UniformTexture().sample(places, None, np.random.default_rng(1)))
    from nmc_mesh.crystal.misorientation import _listed
    from nmc_mesh.crystal.symmetry import rotations

    left = core.exchange_orientations(
        turns.copy(), np.tile([1.0, 0, 0, 0], (len(turns), 1)), *_listed(pairs, len(turns)),
        areas / areas.sum(), rotations(), np.cos(np.array(law.edges[1:]) / 2),
        np.array(law.shares), np.empty((0, 2), np.int32), np.empty((0, 4)), np.empty(0),
    )  # fmt: skip
    angles = between(turns, pairs)
    counts = np.histogram(angles, law.edges, weights=areas)[0] / areas.sum()
    assert left == pytest.approx(((np.cumsum(counts) - np.cumsum(law.shares)) ** 2).mean())


@pytest.mark.parametrize(
    ("edges", "shares", "remedy"),
    [
        ((0.0, 1.0), (1.0,), "ascend from 0 to 104.5"),
        ((0.0, 2.0), (1.0, 1.0), "need 1 shares, not 2"),
        ((0.0, 2.0), (-1.0,), "not negative"),
    ],
)
def test_laws_that_cannot_be_are_refused(
    edges: tuple[float, ...], shares: tuple[float, ...], remedy: str
) -> None:
    with pytest.raises(InputError, match=remedy):
        MisorientationLaw(edges, shares)
