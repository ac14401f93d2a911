"""Stored particles: every bit comes back, the same particle gives the same bytes."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from nmc_mesh.errors import FileError, InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io.particle import (
    holds_particle,
    read_particle,
    store_particle,
    stored_particle,
    write_particle,
)
from nmc_mesh.particle.particle import Particle

BOX = np.array([[-1.0] * 3, [1.0] * 3]) / 3


def made(turned: bool = True, boxed: bool = True) -> Particle:
    rng = np.random.default_rng(5)
    seeds, n = rng.normal(size=(40, 3)), 40
    diagram = GBPD.radial(
        seeds, rng.uniform(1, 4, (n, 3)), rng.uniform(0, 3, n), rng.uniform(0, 1, n)
    )
    turns = rng.normal(size=(30, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    facts = {"model": "mine", "seed": np.int64(7), "sizes": np.array([1.5, 2.5]), "none": None}
    shell = StarShape(np.array([3.0, 0.1, 0.2, -0.1]))
    kept = rng.permutation(40)[:30]
    return Particle(shell, diagram, kept, turns if turned else None, facts, BOX if boxed else None)


@pytest.mark.parametrize(("turned", "boxed"), [(True, True), (False, True), (True, False)])
def test_every_bit_comes_back(tmp_path: Path, turned: bool, boxed: bool) -> None:
    particle = made(turned, boxed)
    path = tmp_path / "particle.h5"
    write_particle(path, particle)
    back = read_particle(path)
    np.testing.assert_array_equal(back.shell.coefficients, particle.shell.coefficients)
    np.testing.assert_array_equal(back.tessellation.rows, particle.tessellation.rows)
    np.testing.assert_array_equal(back.kept, particle.kept)
    for name in ("orientations", "box"):
        one, two = getattr(back, name), getattr(particle, name)
        assert (one is None) == (two is None)
        assert one is None or one.tobytes() == two.tobytes()
    assert dict(back.provenance) == {"model": "mine", "seed": 7, "sizes": [1.5, 2.5], "none": None}
    assert [place.name for place in tmp_path.iterdir()] == ["particle.h5"]


def test_what_is_read_is_written_with_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.h5", tmp_path / "two.h5"
    write_particle(one, made())
    write_particle(two, read_particle(one))
    assert one.read_bytes() == two.read_bytes()


def test_one_file_holds_many(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "many.h5", "w") as file:
        for name, boxed in (("a", True), ("b", False)):
            store_particle(file.create_group(name), made(boxed=boxed))
    with h5py.File(tmp_path / "many.h5") as file:
        assert stored_particle(file["a"]).box is not None
        assert stored_particle(file["b"]).box is None


def test_what_is_no_stored_particle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "particle.h5"
    with pytest.raises(InputError, match=r"unknown extension '.txt' .* use .h5"):
        write_particle(tmp_path / "particle.txt", made())
    with pytest.raises(FileError, match="check the name"):
        read_particle(path)
    path.write_bytes(b"not HDF5")
    assert not holds_particle(path)
    with pytest.raises(FileError, match="truncated or damaged"):
        read_particle(path)
    with h5py.File(path, "w") as file:
        file["labels"] = np.zeros(3)
    assert not holds_particle(path)
    with pytest.raises(FileError, match="holds no particle"):
        read_particle(path)
    write_particle(path, made())
    assert holds_particle(path)
    with h5py.File(path, "a") as file:
        file.attrs["version"] = 99
    with pytest.raises(FileError, match="install a newer one"):
        read_particle(path)
    write_particle(path, made())
    with h5py.File(path, "a") as file:
        del file["kept"]
    with pytest.raises(FileError, match="truncated or damaged"):
        read_particle(path)
    assert not holds_particle(tmp_path / "nothing.h5")
