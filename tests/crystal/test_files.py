"""Orientations in files: every host gets the same crystals, and they come back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import meshio
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.ipf import ipf_colors, tilt_colors
from nmc_mesh.crystal.symmetry import rotations
from nmc_mesh.errors import InputError
from nmc_mesh.io import read, write
from nmc_mesh.io.crystals import oriented
from nmc_mesh.io.sidecar import read_tables
from nmc_mesh.mesh.crystals import radii
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats
from tests.meshes import cube, voronoi


def turned(mesh: TetMesh, seed: int = 0) -> TetMesh:
    turns = Rotation.random(int(mesh.labels.max()), rng=seed)
    quaternions = np.roll(turns.as_quat(canonical=True), 1, axis=1)
    return replace(mesh, info={"orientations": quaternions})


@pytest.mark.parametrize("suffix", [".e", ".vtu"])
def test_a_mesh_file_keeps_its_crystals(tmp_path: Path, suffix: str) -> None:
    mesh = turned(voronoi(20, 6))
    write(tmp_path / f"particle{suffix}", mesh)
    back = read(tmp_path / f"particle{suffix}")
    np.testing.assert_array_equal(back.info["orientations"], mesh.info["orientations"])
    assert oriented(back, tmp_path / f"particle{suffix}") is back


def test_tables_beside_a_mesh_keep_them_too(tmp_path: Path) -> None:
    mesh = turned(voronoi(20, 6))
    for name in ("particle.msh", "particle.json"):
        write(tmp_path / name, mesh)
    plain = replace(read(tmp_path / "particle.msh"), info={})
    found = oriented(plain, tmp_path / "particle.msh")
    np.testing.assert_array_equal(found.info["orientations"], mesh.info["orientations"])
    tables = read_tables(tmp_path / "particle.json")
    assert tables["boundaries"]["disorientation"].shape == tables["boundaries"]["area"].shape
    more = replace(plain, labels=plain.labels + 1)
    with pytest.raises(InputError, match="lack 1 grains of the mesh, such as 21"):
        oriented(more, tmp_path / "particle.msh")
    with h5py.File(tmp_path / "particle_tables.h5", "a") as file:
        short = file["grains/orientation"][:7]
        del file["grains/orientation"]
        file["grains/orientation"] = short
    with pytest.raises(InputError, match=r"orientations of shape \(7, 4\) for 20 grains"):
        oriented(plain, tmp_path / "particle.msh")
    write(tmp_path / "particle.json", plain)
    with pytest.raises(InputError, match="from a model with a texture"):
        oriented(plain, tmp_path / "particle.msh")
    with pytest.raises(InputError, match=r"no tables other.json with other_tables.h5 beside it"):
        oriented(plain, tmp_path / "other.msh")


def test_abaqus_gets_the_axes_of_every_grain(tmp_path: Path) -> None:
    mesh = turned(cube(8))
    write(tmp_path / "particle.inp", mesh)
    text = (tmp_path / "particle.inp").read_text().split("*ORIENTATION, NAME=orientation_00003")[1]
    numbers = np.array(text.splitlines()[1].split(","), dtype=np.float64)
    matrix = Rotation.from_quat(np.roll(mesh.info["orientations"][2], -1)).as_matrix()
    np.testing.assert_allclose(numbers, matrix[:, :2].T.ravel(), atol=1e-12)


def test_vtu_has_axes_and_colours(tmp_path: Path) -> None:
    mesh = turned(cube(8))
    write(tmp_path / "particle.vtu", mesh)
    found = meshio.read(tmp_path / "particle.vtu").cell_data_dict
    quaternions = mesh.info["orientations"][mesh.labels - 1]
    axes = Rotation.from_quat(np.roll(quaternions, -1, axis=1)).apply([0.0, 0.0, 1.0])
    np.testing.assert_allclose(found["c_axis"]["tetra"], axes, atol=1e-12)
    for name in ("ipf_z", "ipf_radial"):
        colors = found[name]["tetra"]
        assert colors.dtype == np.uint8
        assert (colors.max(axis=1) == 255).all()
    expected = np.round(255 * ipf_colors(quaternions, np.array([0.0, 0.0, 1.0])))
    np.testing.assert_array_equal(found["ipf_z"]["tetra"], expected)
    arms = radii(mesh)
    np.testing.assert_allclose(np.abs(arms), 0.5, atol=1e-12)
    np.testing.assert_array_equal(np.sign(arms[5]), [1, -1, 1])


def colors_of(crystal_direction: Floats) -> Floats:
    """Colour of a crystal whose given direction lies along z of the sample."""
    turn, _ = Rotation.align_vectors([[0.0, 0.0, 1.0]], [crystal_direction])
    return ipf_colors(np.roll(turn.as_quat(), 1)[None], np.array([0.0, 0.0, 2.0]))[0]


def test_colours_have_their_corners() -> None:
    np.testing.assert_allclose(colors_of(np.array([0.0, 0.0, 1.0])), [1, 0, 0], atol=1e-9)
    np.testing.assert_allclose(colors_of(np.array([0.0, 0.0, -1.0])), [1, 0, 0], atol=1e-9)
    np.testing.assert_allclose(colors_of(np.array([1.0, 0.0, 0.0])), [0, 1, 0], atol=1e-9)
    between = np.array([np.cos(np.pi / 6), np.sin(np.pi / 6), 0.0])
    np.testing.assert_allclose(colors_of(between), [0, 0, 1], atol=1e-9)


def test_equal_crystals_have_equal_colours() -> None:
    turns = Rotation.random(50, rng=1)
    base = ipf_colors(np.roll(turns.as_quat(), 1, axis=1), np.array([0.3, -0.2, 0.9]))
    for element in Rotation.from_quat(np.roll(rotations(), -1, axis=1)):
        other = np.roll((turns * element).as_quat(), 1, axis=1)
        np.testing.assert_allclose(ipf_colors(other, np.array([0.3, -0.2, 0.9])), base, atol=1e-9)
    tilted = Rotation.from_euler("x", np.radians([[0.0], [90.0], [180.0]]))
    colors = tilt_colors(np.roll(tilted.as_quat(), 1, axis=1), np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(colors[0], colors[2], atol=1e-6)
    assert colors[0, 0] > colors[0, 2]
    assert colors[1, 2] > colors[1, 0]
