"""The command ``voxels``: from an image, a stored particle or a model to hexahedra."""

from __future__ import annotations

import json
from pathlib import Path

import meshio
import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.io import write_particle
from nmc_mesh.io.label_images import LABEL_FILES
from nmc_mesh.mesh.tables import grain_table
from tests.cli.refusal import refused, troubles


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
    assert troubles(err) == ""
    assert "6 x 5 x 4 of 0.1 x 0.2 x 0.3 µm" in out
    assert f"hexahedra     │ {(labels > 0).sum()} " in out
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


@pytest.mark.parametrize("ending", LABEL_FILES)
def test_label_images_are_written_and_every_command_knows_their_voxels(
    ending: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ["nmc-radial", "--seed", "5", "--diameter", "1.2"]
    name = f"labels{ending}"
    assert run(["voxels", *chosen, "--spacing", "0.1", "-q", "-o", name, "same.vtu"]) == 0
    particle = nmc_mesh.load_model("nmc-radial").sample(5, 1.2)
    image = nmc_mesh.voxelize(particle, 0.1)
    np.testing.assert_array_equal(nmc_mesh.read_labels(name).labels, image.labels)
    table = json.loads((folder / "labels_grains.json").read_text())
    np.testing.assert_array_equal(table["origin"], image.origin)
    volumes = image.volumes()[table["grains"]["id"]]
    np.testing.assert_allclose(table["grains"]["volume"], volumes)
    assert len(table["grains"]["id"]) == particle.n_grains
    assert table["info"]["provenance"]["model"] == "nmc-radial"

    assert run(["mesh", name, "-q", "-o", "m.vtu", "--no-tables"]) == 0
    mesh = nmc_mesh.read("m.vtu")
    whole = sum(volumes)
    assert grain_table(mesh)["volume"].sum() == pytest.approx(whole, rel=0.02)
    assert run(["surface", name, "-q", "-o", "s.vtp"]) == 0
    segment = ["segment", name, "--kind", "labels", "--min-volume", "1", "--min-sphericity", "0"]
    assert run([*segment, "-q", "-o", f"again{ending}"]) == 0
    np.testing.assert_array_equal(nmc_mesh.read_labels(f"again{ending}").spacing, 0.1)
    capsys.readouterr()
    assert run(["info", name]) == 0
    assert "0.1 x 0.1 x 0.1 µm" in capsys.readouterr().out


def test_generate_writes_images_of_the_particle_beside_its_mesh(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ["generate", "--model", "nmc-radial", "--seed", "5", "--diameter", "1.2"]
    assert run([*chosen, "--spacing", "0.1", "-o", "p.msh", "p.tif", "p.npy"]) == 0
    out, err = capsys.readouterr()
    assert troubles(err) == ""
    assert out.count("p_grains.json") == 1
    particle = nmc_mesh.load_model("nmc-radial").sample(5, 1.2)
    for name in ("p.tif", "p.npy"):
        found = nmc_mesh.read_labels(name).labels
        np.testing.assert_array_equal(found, nmc_mesh.voxelize(particle, 0.1).labels)
    assert run([*chosen, "-q", "--no-tables", "-o", "q.h5"]) == 0
    step = nmc_mesh.read_labels("q.h5").spacing[0]
    assert step == pytest.approx(particle.grain_size / 8)
    assert sorted(path.name for path in folder.glob("q*")) == ["q.h5", "q_grains.json"]
    assert run([*chosen, "--spacing", "0.45", "-q", "-o", "r.nrrd"]) == 0
    assert "grains have no voxel of 0.45 um and are lost" in capsys.readouterr().err


def test_images_that_cannot_be_made_are_refused_before_the_work(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, remedy in (
        (["-o", "p.msh", "--spacing", "0.1"], "--spacing is for label images"),
        (["-o", "p.tif", "--spacing", "-1"], "a positive number of um"),
        (["-o", "p.xdmf", "p.h5"], "would be written twice"),
    ):
        refused(["generate", *arguments], folder, 3, remedy, capsys)


def test_what_cannot_be_done_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(folder.parent / f"{folder.name}.npy", np.ones((3, 3, 3), int))
    for arguments, remedy in (
        ([f"../{folder.name}.npy", "-o", "p.e"], "size of a voxel in um; give it"),
        (["nmc-radial", "-o", "p.json"], "use one of .msh, .vtu"),
        (["nmc-radial", "-o", "p.e", "p.e"], "every file needs its own name"),
        (["nmc-radial", "-o", "p.e", "--keep", "1"], "leave them out"),
        (["nmc-radial", "-o", "p.e", "--spacing", "1,1,2"], "give one number"),
        (["nmc-radial", "-o", "p.e", "--spacing", "x"], "takes numbers"),
    ):
        refused(["voxels", *arguments], folder, 3, remedy, capsys)
