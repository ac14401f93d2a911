"""The command ``voxels``: from an image, a stored particle or a model to hexahedra."""

from __future__ import annotations

from pathlib import Path

import meshio
import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.io import write_particle
from tests.cli.refusal import refused


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_voxels_of_an_image(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = np.random.default_rng(0).integers(0, 4, (6, 5, 4))
    np.save("labels.npy", labels)
    arguments = ["voxels", "labels.npy", "--spacing", "0.1,0.2,0.3", "-o"]
    assert run([*arguments, "p.vtu", "p.e", "p.inp", "p.msh", "p.xdmf"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert f"{(labels > 0).sum()} of 0.1 x 0.2 x 0.3 µm" in out
    back = meshio.vtu.read("p.vtu")
    assert len(back.cells_dict["hexahedron"]) == (labels > 0).sum()
    assert run([*arguments, "q.vtu", "-q", "--keep", "0,2"]) == 0
    kept = meshio.vtu.read("q.vtu").cell_data_dict["grain_id"]["hexahedron"]
    assert np.bincount(kept)[2] == (labels == 2).sum()
    assert len(kept) == ((labels == 2) | (labels == 0)).sum()


def test_voxels_of_a_model_and_of_its_stored_particle_are_the_same(folder: Path) -> None:
    arguments = ["--spacing", "0.1", "-q", "-o"]
    chosen = ["--seed", "5", "--diameter", "1.2"]
    assert run(["voxels", "nmc-radial", *chosen, *arguments, "a.e"]) == 0
    particle = nmc_mesh.load_model("nmc-radial").sample(5, 1.2)
    write_particle("p.h5", particle)
    assert run(["voxels", "p.h5", *arguments, "b.e"]) == 0
    assert (folder / "a.e").read_bytes() == (folder / "b.e").read_bytes()
    assert run(["voxels", "p.h5", "-q", "-o", "c.vtu"]) == 0
    cells = meshio.vtu.read("c.vtu").cells_dict["hexahedron"]
    points = meshio.vtu.read("c.vtu").points
    edge = np.linalg.norm(points[cells[0, 1]] - points[cells[0, 0]])
    assert edge == pytest.approx(particle.grain_size / 8)


def test_what_cannot_be_done_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(folder.parent / f"{folder.name}.npy", np.ones((3, 3, 3), int))
    for arguments, remedy in (
        ([f"../{folder.name}.npy", "-o", "p.e"], "size of a voxel in um; give it"),
        (["nmc-radial", "-o", "p.json"], "use .msh or .vtu"),
        (["nmc-radial", "-o", "p.e", "p.e"], "every file needs its own name"),
        (["nmc-radial", "-o", "p.e", "--keep", "1"], "leave them out"),
        (["nmc-radial", "-o", "p.e", "--spacing", "1,1,2"], "give one number"),
        (["nmc-radial", "-o", "p.e", "--spacing", "x"], "takes numbers"),
    ):
        refused(["voxels", *arguments], folder, 3, remedy, capsys)
