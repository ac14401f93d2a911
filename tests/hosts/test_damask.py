"""DAMASK's grid solver runs the deck: the mean stress is our own, of the mesh and of the voxels."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from nmc_mesh import load_material, load_model, voxelize, write_particle
from nmc_mesh.cli.main import run
from nmc_mesh.crystal.tensors import isotropic_moduli, isotropic_stiffness, turned_stiffness
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io.deck_abaqus import strain_tensor
from nmc_mesh.io.deck_damask import damask_files_of, write_damask_deck
from nmc_mesh.mechanics.homogenize_periodic import effective_periodic
from nmc_mesh.mesher.periodic import tetrahedralize_periodic
from nmc_mesh.particle.periodic_draw import periodic_cell
from nmc_mesh.typing import Floats, Ints

pytestmark = pytest.mark.host
NMC = load_material("nmc811")
STUFF = replace(NMC, numbers={**NMC.numbers, "stiffness.C14": 0.0})
"""As the solver has it: its lattice has no C14."""
STRAIN = np.array([1e-3, -4e-4, 2e-4, 3e-4, -1e-4, 5e-4])
DOUBLED = STRAIN * [1, 1, 1, 2, 2, 2]


def solved(grid: Path) -> Floats:
    """Run DAMASK; the mean stress, MPa, (3, 3)."""
    if shutil.which("DAMASK_grid") is None:
        pytest.skip(
            "DAMASK is missing; no package of Debian 12 or of pip brings its solver: build it"
        )
    _, material, load = damask_files_of(grid)
    words = ["--geom", grid.name, "--material", material.name, "--load", load.name]
    done = subprocess.run(
        ["DAMASK_grid", *words, "--jobname", "job"],
        cwd=grid.parent, env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert "warning" not in done.stdout.lower(), done.stdout
    with h5py.File(grid.parent / "job.hdf5") as file:
        phases = file["increment_1/phase"]
        cells = [np.array(phases[name]["mechanical/P"]) for name in phases]
    return np.asarray(1e-6 * np.concatenate(cells).mean(axis=0))


def test_a_periodic_polycrystal_has_the_stress_that_homogenize_finds(tmp_path: Path) -> None:
    """Voxels against a mesh of the same twelve grains, which converge from different sides."""
    cell = periodic_cell("nmc-equiaxed", 3, grains=12)
    box = np.diag(cell.tiling.vectors)
    count = 20
    middles = [(np.arange(count) + 0.5) / count * edge for edge in box]
    points = np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1).reshape(-1, 3)
    image = LabelImage(cell.labels(points).reshape(count, count, count), box / count)
    assert cell.orientations is not None
    path = tmp_path / "grid.vti"
    write_damask_deck(path, image, cell.orientations, STUFF, strain_tensor(STRAIN.tolist()))
    stress = solved(path)
    mesh = tetrahedralize_periodic(cell)
    crystals = np.concatenate(
        [np.zeros((1, 6, 6)), turned_stiffness(STUFF.stiffness, cell.orientations)]
    )
    own = strain_tensor((effective_periodic(mesh, crystals) @ DOUBLED).tolist())
    np.testing.assert_allclose(stress, own, atol=0.005 * np.abs(own).max())


def mean_stress(labels: Ints, stiffness: Floats) -> Floats:
    """Mean stress of voxels, MPa, Voigt's order, by Fourier's series and conjugate gradients.

    With P the projection on compatible strains of mean 0, P C (E + e) = 0 for e = P e (Zeman et
    al., doi 10.1016/j.jcp.2010.07.010); voxels are cubes.
    """
    pairs = [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]
    waves = [np.fft.fftfreq(n, 1 / n) for n in labels.shape]
    for wave in waves:
        wave[np.abs(wave) == len(wave) / 2] = 0.0  # as DAMASK does
    k = np.stack(
        np.meshgrid(*[w / n for w, n in zip(waves, labels.shape, strict=True)], indexing="ij"), -1
    )
    square = np.einsum("...i,...i", k, k)
    still = square == 0
    acoustic = square[..., None, None] * np.eye(3) + k[..., :, None] * k[..., None, :]
    acoustic[still] = np.eye(3)
    inverse = np.linalg.inv(acoustic)
    inverse[still] = 0.0

    def compatible(stress: Floats) -> Floats:
        full = np.empty((*labels.shape, 3, 3), dtype=complex)
        for row, (i, j) in enumerate(pairs):
            full[..., i, j] = full[..., j, i] = np.fft.fftn(stress[..., row])
        moved = 2 * np.einsum("...ij,...jl,...l->...i", inverse, full, k)
        strain = k[..., :, None] * moved[..., None, :]
        strain = 0.5 * (strain + np.swapaxes(strain, -1, -2))
        parts = [(1 + (i != j)) * np.fft.ifftn(strain[..., i, j]).real for i, j in pairs]
        return np.stack(parts, axis=-1)

    def stress_of(strain: Floats) -> Floats:
        return np.einsum("...ij,...j->...i", local, strain)

    local = stiffness[labels]
    strain = np.broadcast_to(DOUBLED, (*labels.shape, 6)).copy()
    left = -compatible(stress_of(strain))
    weights = np.array([1, 1, 1, 0.5, 0.5, 0.5])  # shears are doubled
    towards, square_left = left.copy(), float((left * left * weights).sum())
    first = square_left
    while square_left > 1e-8 * first:
        pushed = compatible(stress_of(towards))
        step = square_left / float((towards * pushed * weights).sum())
        strain += step * towards
        left -= step * pushed
        before, square_left = square_left, float((left * left * weights).sum())
        towards = left + square_left / before * towards
    return np.asarray(stress_of(strain).reshape(-1, 6).mean(axis=0))


def test_a_particle_has_the_stress_of_its_voxels(tmp_path: Path) -> None:
    """The deck of the command as it is, with what is outside; strains are finite there: 1e-3."""
    particle = load_model("nmc-equiaxed").sample(2, diameter=1.9)
    write_particle(tmp_path / "particle.h5", particle)
    grid = tmp_path / "grid.vti"
    words = [
        "deck",
        "damask",
        "-q",
        str(tmp_path / "particle.h5"),
        "-o",
        str(grid),
        "--spacing",
        "0.2",
    ]
    assert run([*words, "--material", "nmc811", "--strain", ",".join(map(str, STRAIN))]) == 0
    stress = solved(grid)
    labels = voxelize(particle, 0.2).labels
    assert particle.orientations is not None
    crystals = turned_stiffness(STUFF.stiffness, particle.orientations)
    bulk, shear = 0.01 * isotropic_moduli(NMC.stiffness)
    young = 9 * bulk * shear / (3 * bulk + shear)
    soft = isotropic_stiffness(young, young / (2 * shear) - 1)
    own = strain_tensor(mean_stress(labels, np.concatenate([soft[None], crystals])).tolist())
    np.testing.assert_allclose(stress, own, atol=5e-3 * np.abs(own).max())
