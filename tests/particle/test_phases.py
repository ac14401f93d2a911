"""Particles of several phases: labels, voxels and meshes agree, files keep them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from nmc_mesh.dataset.trim import trimmed
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io.images import read_labels
from nmc_mesh.io.label_images import write_labels
from nmc_mesh.io.particle import read_particle, write_particle
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import grain_table, phase_table
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.certificate import certify
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize

MODEL = load_model("nmc-radial")


def drawn(seed: int, surface: str = "grains", radius: float = 0.7) -> Particle:
    return MODEL.sample(seed, shell=StarShape.ball(radius), surface=surface)  # type: ignore[arg-type]


def with_voids(whole: Particle, count: int = 2) -> Particle:
    """Make pores of the grains that hold the places nearest to the centre."""
    rng = np.random.default_rng(0)
    near = whole.labels(rng.normal(scale=0.1, size=(200, 3)))
    gone = np.unique(near[near > 0])[:count]
    stay = np.setdiff1d(np.arange(1, whole.n_grains + 1), gone)
    order = np.concatenate([stay, gone]) - 1
    phases = Phases({"pore": len(stay) + 1 + np.arange(len(gone))})
    assert whole.orientations is not None
    turns = whole.orientations[stay - 1]
    return replace(whole, kept=whole.kept[order], orientations=turns, phases=phases)


@pytest.mark.parametrize("surface", ["grains", "shell"])
@pytest.mark.parametrize("seed", [3])
def test_a_void_is_a_cell_that_is_left_out_of_the_mesh(seed: int, surface: str) -> None:
    whole = drawn(seed, surface)
    particle = with_voids(whole)
    plain = tetrahedralize(whole, size=0.1)
    mesh = tetrahedralize(particle, size=0.1)
    full = tetrahedralize(particle, size=0.1, keep_voids=True)
    validate(mesh)
    assert mesh.walls.any()
    assert not particle.phases.mask("void", mesh.labels).any()
    volumes = phase_table(full)["volume"]
    assert volumes["grain"] == pytest.approx(grain_table(mesh)["volume"].sum(), rel=1e-12)
    # What is meshed does not depend on what it is called; order of labels does a little.
    total = quality(plain).volume.sum()
    assert sum(volumes.values()) == pytest.approx(total, rel=0.003)
    assert quality(mesh).smallest_angle.min() > np.radians(15)
    found = certify(mesh, particle)
    assert found.distance(50) < 0.05
    assert found.topology is not None
    outside = {(0, label) for label in particle.phases.labels_of("pore").tolist()}
    assert not outside & found.topology.missing


def test_labels_voxels_and_the_mesh_agree_on_voids() -> None:
    particle = with_voids(drawn(5))
    image = voxelize(particle, 0.05)
    assert image.phases == particle.phases
    shares = image.volumes()[particle.n_grains + 1 :]
    mesh = tetrahedralize(particle, size=0.06, keep_voids=True)
    assert phase_table(mesh)["volume"]["pore"] == pytest.approx(shares.sum(), rel=0.05)


def test_files_keep_phases_and_older_programs_are_warned(tmp_path: Path) -> None:
    particle = with_voids(drawn(5))
    for one, version in ((particle, 3), (drawn(5), 1), (drawn(5, "shell"), 2)):
        write_particle(tmp_path / "p.h5", one)
        with h5py.File(tmp_path / "p.h5") as file:
            assert file.attrs["version"] == version
        again = read_particle(tmp_path / "p.h5")
        assert again.phases == one.phases
        assert again.n_grains == one.n_grains
    assert trimmed(particle).phases == particle.phases
    image = voxelize(particle, 0.1)
    write_labels(tmp_path / "i.tif", image)
    assert read_labels(tmp_path / "i.tif").phases == particle.phases


def test_grains_come_first() -> None:
    whole = drawn(5)
    with pytest.raises(InputError, match="seeds of grains first"):
        replace(whole, phases=Phases({"pore": [1]}))
    every = Phases({"pore": np.arange(1, len(whole.kept) + 1)})
    with pytest.raises(InputError, match="one grain at least"):
        replace(whole, phases=every, orientations=None)
    pores = with_voids(whole)
    assert pores.n_labels == whole.n_labels
    assert pores.grain_size > whole.grain_size
