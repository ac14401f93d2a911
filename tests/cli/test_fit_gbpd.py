"""The command ``fit-gbpd``: labels in, a particle and its mesh out, or one line that says why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh import read, read_particle, voxelize
from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError

SIDE = 20


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a ball of about ten grains as labels 1 ... n."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(2)
    seeds = rng.uniform(0, SIDE, (14, 3))
    place = np.moveaxis(np.indices((SIDE,) * 3), 0, -1)
    labels = ((place[..., None, :] - seeds) ** 2).sum(axis=-1).argmin(axis=-1) + 1
    labels[((place - (SIDE - 1) / 2) ** 2).sum(axis=-1) > 8**2] = 0
    back = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    np.save("labels.npy", back)
    return tmp_path


def test_labels_become_a_particle_and_its_mesh(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["fit-gbpd", "labels.npy", "--voxel", "0.1", "-o", "particle.h5", "particle.msh"]
    assert run(command) == 0
    told = capsys.readouterr().out
    labels = np.load("labels.npy")
    for word in ("voxels right", "held-out voxels right", "outside right", "particle.msh"):
        assert word in told
    particle = read_particle("particle.h5")
    assert particle.n_grains == labels.max()
    assert particle.provenance["file"] == "labels.npy"
    assert particle.provenance["right"] > 0.97
    assert set(read("particle.msh").grains) == set(range(1, labels.max() + 1))
    assert not list(folder.glob("*.json"))
    one = voxelize(particle, 0.1).volumes()[1:]
    np.testing.assert_allclose(one, np.bincount(labels.ravel())[1:] * 1e-3, rtol=0.2, atol=0.01)
    first = Path("particle.h5").read_bytes()
    assert run([*command[:-2], "again.h5", "-q", "--threads", "1"]) == 0
    assert Path("again.h5").read_bytes() == first


def test_some_labels_can_be_kept(folder: Path) -> None:
    command = "fit-gbpd labels.npy --voxel 0.1 --keep 2,5 --steps 20 --hold-out 0 -q -o p.h5"
    assert run(command.split()) == 0
    assert read_particle("p.h5").provenance["labels"] == [2, 5]


REFUSED = {
    "no store": ("labels.npy --voxel 0.1 -o p.msh", InputError.exit_code, "name one .h5 file"),
    "two": ("labels.npy --voxel 0.1 -o p.h5 q.h5", InputError.exit_code, "name one .h5 file"),
    "missing": ("none.npy --voxel 0.1 -o p.h5", FileError.exit_code, "check the name"),
    "no voxel": ("labels.npy -o p.h5", 3, "size of a voxel in um; give it"),
    "voxel": ("labels.npy --voxel x -o p.h5", InputError.exit_code, "numbers with commas"),
    "zero": ("labels.npy --voxel 0 -o p.h5", InputError.exit_code, "positive and finite"),
    "keep": ("labels.npy --voxel 1 --keep 99 -o p.h5", InputError.exit_code, "cannot keep [99]"),
    "hide": ("labels.npy --voxel 1 --hold-out 1 -o p.h5", InputError.exit_code, "[0, 1)"),
    "seed": ("labels.npy --voxel 1 --seed -1 -o p.h5", InputError.exit_code, "0 or more"),
    "a section": ("flat.npy --voxel 1 -o p.h5", InputError.exit_code, "three axes"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, remedy = REFUSED[case]
    np.save("flat.npy", np.ones((4, 4), dtype=int))
    before = sorted(folder.iterdir())
    assert run(["fit-gbpd", *arguments.split()]) == code
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert remedy in error
    assert sorted(folder.iterdir()) == before
