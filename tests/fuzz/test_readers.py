"""Damaged files are refused in words, or read: never a traceback, never all memory."""

from __future__ import annotations

import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest

from nmc_mesh import load_model, read_particle, write_particle
from nmc_mesh.errors import FileError
from tests.fuzz.seeds import Reader, seeds
from tests.fuzz.trial import trials

NAMES = (
    "map.ang", "map.ctf", "map.h5", "map.h5oina", "map.cpr", "particle.h5", "item.h5",
    "sections.h5", "mesh.msh", "mesh.vtu", "mesh.e", "mesh.inp", "mesh.mesh", "mesh.vol",
    "mesh.med", "mesh.mphtxt", "mesh.bdf", "mesh.header", "mesh.h5", "mesh.xdmf", "labels.tif",
    "labels.npy", "labels.nrrd", "labels.vti", "labels.h5",
    "tiny.toml", "network.toml", "material.toml", "plan.toml",
)  # fmt: skip
NUMBER = 30


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Reader]]:
    found = seeds(tmp_path_factory.mktemp("seeds"))
    return {path.name: (path, read) for path, read in found.items()}


def test_every_seed_is_read_as_it_is(made: dict[str, tuple[Path, Reader]]) -> None:
    assert sorted(made) == sorted(NAMES)
    for path, read in made.values():
        read(path)


@pytest.mark.parametrize("name", NAMES)
def test_damage_is_refused_or_read(
    name: str, made: dict[str, tuple[Path, Reader]], tmp_path: Path
) -> None:
    path, read = made[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside threads that wait
        assert trials(path, read, tmp_path / "try", range(NUMBER)) == []


def test_a_link_to_another_file_is_refused(tmp_path: Path) -> None:
    """Also to a sound one: what it leads to is no part of the file."""
    particle = load_model("nmc-radial").sample(1, 1.5)
    one, two = tmp_path / "one.h5", tmp_path / "two.h5"
    for path in (one, two):
        write_particle(path, particle)
    with h5py.File(one, "r+") as file:
        del file["seeds"]
        file["seeds"] = h5py.ExternalLink("two.h5", "/seeds")
    with pytest.raises(FileError, match=r"seeds is a link to another file, two\.h5"):
        read_particle(one)


def test_a_claim_beyond_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.h5"
    write_particle(path, load_model("nmc-radial").sample(1, 1.5))
    with h5py.File(path, "r+") as file:
        del file["offsets"]
        file.create_dataset("offsets", (2**40,), np.float64, chunks=(1024,))
    with pytest.raises(FileError, match="claims 1,099,511,627,776 values, the file holds 0 bytes"):
        read_particle(path)
