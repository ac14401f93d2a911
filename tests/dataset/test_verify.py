"""Verification: what is sound, what is not, and one made again bit for bit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from nmc_mesh.dataset import engine
from nmc_mesh.dataset.engine import make_dataset
from nmc_mesh.dataset.folder import read_recipe
from nmc_mesh.dataset.loader import DataSet
from nmc_mesh.dataset.make import sha256
from nmc_mesh.dataset.manifest import Manifest
from nmc_mesh.dataset.pack import pack_dataset
from nmc_mesh.dataset.settings import Settings
from nmc_mesh.dataset.verify import environments_differ, forget, rebuild, verify_dataset
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.mesh.validate import validate
from tests.dataset.plans import MESHES, VOXELS, recipe_of

ALONE = Settings(processes=1)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(engine, "probes", lambda *_: [])
    make_dataset(recipe_of(tmp_path, VOXELS, MESHES, number=2), tmp_path / "d", ALONE)
    return tmp_path / "d"


def of_one(folder: Path, **values: object) -> None:
    """Change the manifest's line of particle 1."""
    path = folder / "manifest.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    changed = [line | (values if line.get("k") == 1 else {}) for line in lines]
    path.write_text("".join(json.dumps(line) + "\n" for line in changed))


def doubled(folder: Path) -> None:
    lines = (folder / "manifest.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "manifest.jsonl").write_bytes(b"".join([*lines, lines[-1]]))


def reseeded(folder: Path) -> None:
    text = (folder / "plan.json").read_text()
    (folder / "plan.json").write_text(text.replace('"seed": 1', '"seed": 2'))


def appended(name: str, text: bytes) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        with (folder / name).open("ab") as file:
            file.write(text)

    return damage


DAMAGES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "table gone": ("particles.csv", lambda d: (d / "particles.csv").unlink()),
    "table changed": ("particles.csv", appended("particles.csv", b"9,1\n")),
    "card gone": ("README.md", lambda d: (d / "README.md").unlink()),
    "card changed": ("README.md", appended("README.md", b"x")),
    "croissant gone": ("croissant.json", lambda d: (d / "croissant.json").unlink()),
    "croissant changed": ("croissant.json", appended("croissant.json", b" ")),
    "garbage": ("manifest.jsonl", appended("manifest.jsonl", b"not json\n")),
    "doubled": ("manifest.jsonl", doubled),
    "beyond": ("manifest.jsonl", appended("manifest.jsonl", b'{"k":99,"status":"todo"}\n')),
    "values": ("manifest.jsonl", lambda d: of_one(d, values={"model": "x"})),
    "seed": ("manifest.jsonl", lambda d: of_one(d, seed=[7, 7])),
    "failed": ("manifest.jsonl", lambda d: of_one(d, status="failed", error="none")),
    "no files": ("manifest.jsonl", lambda d: of_one(d, files={})),
    "other plan": ("plan.json", reseeded),
    "shard gone": ("packed/shard_00000.h5", lambda d: (d / "packed/shard_00000.h5").unlink()),
    "shard changed": ("packed/shard_00000.h5", appended("packed/shard_00000.h5", b"x")),
    "index changed": ("packed/index.json", appended("packed/index.json", b"x")),
}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    make_dataset(recipe_of(folder, VOXELS, number=2), folder / "d", ALONE)
    pack_dataset(folder / "d")
    return folder / "d"


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_beside_the_particles_is_named(name: str, packed: Path, tmp_path: Path) -> None:
    file, damage = DAMAGES[name]
    shutil.copytree(packed, tmp_path / "d")
    damage(tmp_path / "d")
    found = verify_dataset(tmp_path / "d")
    assert not found.sound
    told = [*found.faults, *found.wrong.values()]
    assert any(file in line for line in told), told


def test_files_that_are_not_of_it_are_told_and_do_no_harm(packed: Path, tmp_path: Path) -> None:
    shutil.copytree(packed, tmp_path / "d")
    for name in ("notes.txt", "items/00000/0000099.h5"):
        (tmp_path / "d" / name).write_text("x")
    found = verify_dataset(tmp_path / "d")
    assert found.sound
    assert found.strange == ["items/00000/0000099.h5", "notes.txt"]


def item(folder: Path, name: str) -> Path:
    return folder / "items" / "00000" / name


def test_what_was_written_is_sound(made: Path) -> None:
    heard: list[tuple[int, int]] = []
    found = verify_dataset(made, report=lambda *pair: heard.append(pair))
    assert found.sound
    assert (found.checked, found.missing, found.failed) == (2, 0, 0)
    assert found.mixed == []
    assert heard[-1] == (2, 2)
    assert verify_dataset(made, numbers=[1], hashes_only=True).checked == 1
    with pytest.raises(InputError, match="particles are 0 to 1"):
        verify_dataset(made, numbers=[2])


def test_one_flipped_bit_is_found_and_made_again(made: Path) -> None:
    path = item(made, "0000001_mesh.vtu")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    found = verify_dataset(made)
    assert found.wrong == {1: "0000001_mesh.vtu has other bytes than were written"}
    assert not found.sound
    forget(made, found.wrong)
    assert verify_dataset(made).missing == 1
    again = make_dataset(read_recipe(made), made, ALONE)
    assert again.made == 1
    assert verify_dataset(made).sound


def test_a_file_that_is_gone_is_found(made: Path) -> None:
    item(made, "0000000.h5").unlink()
    found = verify_dataset(made, hashes_only=True).wrong
    assert found == {0: "0000000.h5 cannot be read: No such file or directory"}


def test_contents_are_checked_even_if_the_hash_fits(made: Path) -> None:
    """Somebody changed a voxel and wrote the manifest anew."""
    path = item(made, "0000000.h5")
    with h5py.File(path, "r+") as file:
        labels = file["voxels"][()]
        labels[labels == 1] = 0
        file["voxels"][...] = labels
    manifest = Manifest(made, 2)
    record = manifest.record(0)
    record["files"][path.name] = [sha256(path), path.stat().st_size]
    manifest.append([record])
    found = verify_dataset(made).wrong
    grains = record["quality"]["grains"]
    assert found == {0: f"0000000.h5: voxels hold {grains - 1} grains"}


@pytest.mark.parametrize("k", [0, 1])
def test_any_particle_can_be_made_again_bit_for_bit(made: Path, k: int) -> None:
    same = rebuild(made, k)
    assert set(same) == set(Manifest(made, 2).record(k)["files"])
    assert len(same) == 8
    assert all(same.values())
    assert environments_differ(made) == []


def test_another_recipe_does_not_give_the_same_bytes(made: Path) -> None:
    """The comparison can fail."""
    path = made / "plan.json"
    path.write_text(path.read_text().replace('"seed": 1', '"seed": 2'), encoding="utf-8")
    assert not any(rebuild(made, 0).values())


def test_what_is_not_there_cannot_be_made_again(made: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="particle 7 has not been made; there are 2 of 0 to 1"):
        rebuild(made, 7)
    with pytest.raises(FileError, match="holds no data set"):
        verify_dataset(tmp_path / "nowhere")
    (made / "plan.json").write_text("{", encoding="utf-8")
    with pytest.raises(FileError, match="damaged"):
        verify_dataset(made)


def test_an_entry_gives_all_that_is_known(made: Path) -> None:
    entry = DataSet(made)[1]
    assert entry.k == 1
    assert entry.values["model"] == "tiny.toml"
    assert len(entry.files) == 8
    stored, coarse = entry.voxels(), entry.voxels(0.2)
    np.testing.assert_array_equal(stored.labels, entry.voxels(0.1).labels)
    assert coarse.labels.size < stored.labels.size / 4
    mesh = entry.mesh(0.15)
    assert validate(mesh).cells == entry.quality["cells"]
    assert entry.tables()["grains"]["volume"].sum() == pytest.approx(entry.quality["volume"])
    assert [each.k for each in DataSet(made)] == [0, 1]
    with pytest.raises(FileError, match="no surface"):
        entry.surface()
