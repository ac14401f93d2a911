"""The particle value: what it refuses, and that its labels are those of the diagram."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.particle.particle import Particle


def lattice() -> GBPD:
    """Cubes of 1 um around the points of a 7 x 7 x 7 lattice."""
    axis = np.arange(-3.0, 4.0)
    seeds = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    return GBPD(seeds, np.tile(np.eye(3), (343, 1, 1)), np.zeros(343))


def cross() -> np.ndarray:
    """The middle cube and its six neighbours."""
    return np.flatnonzero(np.abs(lattice().seeds).sum(axis=1) <= 1).astype(np.int32)


def made(**changes: Any) -> Particle:
    parts: dict[str, Any] = {
        "shell": StarShape.ball(1.2),
        "tessellation": lattice(),
        "kept": cross(),
        "provenance": {"seed": 3},
    }
    return Particle(**(parts | changes))


def test_labels_of_cubes() -> None:
    particle = made()
    assert particle.n_grains == 7
    seeds = lattice().seeds[cross()]
    np.testing.assert_array_equal(particle.labels(seeds), np.arange(1, 8))
    assert (particle.labels(np.array([[1.0, 1.0, 0.0], [9.0, 0.0, 0.0]])) == 0).all()
    lower, upper = particle.bounds()
    assert (lower <= -1.5).all()
    assert (lower > -2).all()
    assert (upper >= 1.5).all()
    assert (upper < 2).all()


def test_nothing_outside_the_box() -> None:
    """A seed that stands alone owns all of space; the box ends the particle."""
    box = np.array([[-1.0] * 3, [1.0] * 3])
    alone = GBPD(np.zeros((1, 3)), np.eye(3)[None], np.zeros(1))
    particle = made(tessellation=alone, kept=np.array([0]), box=box)
    np.testing.assert_array_equal(particle.labels(np.array([[0.9, 0, 0], [1.1, 0, 0]])), [1, 0])
    with pytest.raises(InputError, match="no end"):
        made(tessellation=alone, kept=np.array([0])).bounds()


def test_frozen_and_picklable() -> None:
    kept = cross()
    particle = made(kept=kept, orientations=np.tile([0.0, 0.0, 0.0, 1.0], (7, 1)))
    kept[0] = 0
    assert particle.kept[0] != 0
    assert not particle.kept.flags.writeable
    with pytest.raises(TypeError):
        particle.provenance["seed"] = 4  # type: ignore[index]
    copy = pickle.loads(pickle.dumps(particle))
    assert dict(copy.provenance) == {"seed": 3}
    np.testing.assert_array_equal(copy.kept, particle.kept)
    np.testing.assert_array_equal(copy.orientations, particle.orientations)
    np.testing.assert_array_equal(copy.bounds(), particle.bounds())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kept": np.array([], dtype=int)}, "larger shell"),
        ({"kept": np.array([0, 0])}, "twice"),
        ({"kept": np.array([343])}, "there are 343"),
        ({"kept": np.array([-1])}, "there are 343"),
        ({"kept": np.array([1.0])}, "seed numbers"),
        ({"orientations": np.ones((7, 4))}, "unit quaternions"),
        ({"orientations": np.ones((6, 4))}, r"\(7, 4\)"),
        ({"shell": 3}, "StarShape"),
        ({"tessellation": GBPD(np.zeros((1, 2)), np.eye(2)[None], np.zeros(1))}, "three dimen"),
        ({"box": np.zeros((2, 3))}, "corner"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        made(**changes)
