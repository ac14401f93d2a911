"""Packed shards, and torch on top of them."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.dataset import engine
from nmc_mesh.dataset.engine import make_dataset
from nmc_mesh.dataset.loader import DataSet
from nmc_mesh.dataset.make import sha256
from nmc_mesh.dataset.pack import Shards, fitted, pack_dataset
from nmc_mesh.dataset.settings import Settings
from nmc_mesh.errors import FileError, InputError, MissingExtraError
from tests.dataset.plans import VOXELS, recipe_of

NUMBER = 7


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "probes", lambda *_: [])
        make_dataset(recipe_of(folder, VOXELS, number=NUMBER), folder / "d", Settings(processes=1))
    pack_dataset(folder / "d", per_shard=3)
    return folder / "d"


def test_shards_hold_the_voxels_and_tables_of_all_particles(made: Path) -> None:
    shards = Shards(made)
    assert len(shards) == NUMBER
    assert shards.counts == [3, 3, 1]
    for place, entry in enumerate(DataSet(made)):
        found, image = shards[place], entry.voxels()
        assert found["k"] == entry.k
        np.testing.assert_array_equal(found["labels"], image.labels)
        np.testing.assert_array_equal(found["spacing"], image.spacing)
        np.testing.assert_array_equal(found["origin"], image.origin)
    wanted = [entry.quality["grains"] for entry in DataSet(made)]
    assert shards.column("grains").tolist() == wanted
    assert set(shards.column("model")) == {"tiny.toml"}
    with pytest.raises(IndexError):
        shards[NUMBER]


def test_the_table_of_grains_belongs_to_its_particles(made: Path) -> None:
    import h5py

    with h5py.File(made / "packed" / "shard_00001.h5", "r") as file:
        start, volume = file["grains/start"][()], file["grains/volume"][()]
        numbers = file["particles/k"][()]
    assert numbers.tolist() == [3, 4, 5]
    for row, k in enumerate(numbers):
        own = DataSet(made)[int(k)].tables()["voxel_grains"]["volume"]
        np.testing.assert_array_equal(volume[start[row] : start[row + 1]], own)


def test_shards_are_the_same_bytes_and_are_not_made_twice(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy, ignore=shutil.ignore_patterns("packed"))
    paths = pack_dataset(copy, per_shard=3)
    assert [sha256(path) for path in paths] == [sha256(made / "packed" / p.name) for p in paths]
    stamps = [path.stat().st_mtime_ns for path in paths]
    pack_dataset(copy, per_shard=3)
    assert [path.stat().st_mtime_ns for path in paths] == stamps
    paths[1].write_bytes(b"spoiled")
    pack_dataset(copy, per_shard=3)
    assert sha256(paths[1]) == sha256(made / "packed" / paths[1].name)
    assert [path.name for path in pack_dataset(copy, per_shard=10)] == ["shard_00000.h5"]
    assert len(Shards(copy)) == NUMBER


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_streams_every_particle_once(made: Path, workers: int) -> None:
    from torch.utils.data import DataLoader

    from nmc_mesh.dataset.learn import ParticleDataset, ParticleStream

    shape, columns = (24, 24, 24), ("diameter", "grains", "model")
    for data in (
        ParticleDataset(made, shape, columns),
        ParticleStream(made, shape, columns, seed=5),
    ):
        batches = list(DataLoader(data, batch_size=2, num_workers=workers))
        numbers = [int(k) for batch in batches for k in batch["k"]]
        assert sorted(numbers) == list(range(NUMBER))
        assert batches[0]["labels"].shape == (2, *shape)
        for batch in batches:
            for row, k in enumerate(batch["k"].tolist()):
                entry = DataSet(made)[k]
                wanted = fitted(entry.voxels().labels, shape)
                np.testing.assert_array_equal(batch["labels"][row].numpy(), wanted)
                assert batch["grains"][row].item() == entry.quality["grains"]
                assert batch["diameter"][row].item() == entry.values["diameter"]


def test_a_stream_has_an_order_per_epoch(made: Path) -> None:
    from nmc_mesh.dataset.learn import ParticleStream

    stream = ParticleStream(made, seed=1, transform=lambda item: item["k"])
    first, same = list(stream), list(stream)
    stream.set_epoch(1)
    second = list(stream)
    assert first == same != second
    assert sorted(second) == list(range(NUMBER))
    assert list(ParticleStream(made, transform=lambda item: item["k"])) == list(range(NUMBER))


def test_open_files_do_not_travel_to_other_processes(made: Path) -> None:
    shards = Shards(made)
    before = shards[4]["labels"]
    copy = pickle.loads(pickle.dumps(shards))
    np.testing.assert_array_equal(copy[4]["labels"], before)


def test_labels_are_fitted_about_their_middle() -> None:
    labels = np.arange(1, 6)[:, None, None] * np.ones((1, 2, 3), dtype=int)
    found = fitted(labels, (3, 4, 3))
    assert found.shape == (3, 4, 3)
    assert found[:, 1, 0].tolist() == [2, 3, 4]
    assert found[:, 0].sum() == found[:, 3].sum() == 0
    np.testing.assert_array_equal(fitted(labels, (5, 2, 3)), labels)


def test_what_cannot_be_packed_or_read_is_told(tmp_path: Path, made: Path) -> None:
    from nmc_mesh.dataset.learn import ParticleDataset

    with pytest.raises(FileError, match="nmc-mesh dataset pack"):
        Shards(tmp_path)
    with pytest.raises(InputError, match="not all of the columns"):
        ParticleDataset(made, columns=("diamter",))
    with pytest.raises(InputError, match="three numbers of voxels"):
        ParticleDataset(made, shape=(0, 4, 4))
    with pytest.raises(InputError, match="at least one particle"):
        pack_dataset(made, 0)
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    (copy / "packed" / "shard_00002.h5").write_bytes(b"no HDF5")
    with pytest.raises(FileError, match="pack the data set again"):
        Shards(copy)[NUMBER - 1]


def test_only_learn_needs_torch() -> None:
    program = (
        "import sys; import nmc_mesh.dataset.pack, nmc_mesh.dataset.engine\n"
        "print('torch' in sys.modules); sys.modules['torch'] = None\n"
        "try:\n    import nmc_mesh.dataset.learn\nexcept ImportError as e: print(e)\n"
        "print('distributed' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.startswith("False\n")
    assert "pip install" in done.stdout
    assert "torch>=" in done.stdout
    assert done.stdout.endswith("False\n")
    assert issubclass(MissingExtraError, ImportError)


def test_a_plan_without_voxels_has_nothing_to_pack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "probes", lambda *_: [])
    make_dataset(recipe_of(tmp_path, number=1), tmp_path / "d", Settings(processes=1))
    with pytest.raises(InputError, match="nothing to pack"):
        pack_dataset(tmp_path / "d")
