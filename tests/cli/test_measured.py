"""A measured electrode through the real command: pores, NMC and binder of an X-ray CT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.io import read_tables
from nmc_mesh.typing import AnyArray

SPACING = 0.398  # um


@pytest.fixture(scope="module")
def crop(measured: Path) -> AnyArray:
    """72^3 voxels from the middle of the stack, slices first: 0 pore, 1 NMC, 2 binder."""
    stack = tifffile.imread(measured / "nmc_ct/nmc-1-cal_generatedCBD_bridge.tif")
    return np.ascontiguousarray(stack[90:162, 112:184, 112:184])


@pytest.mark.realdata
@pytest.mark.slow
def test_volumes_of_both_materials_are_those_of_the_voxels(
    crop: AnyArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tifffile.imwrite("crop.tif", crop, photometric="minisblack", compression="zlib")
    assert run(["mesh", "crop.tif", "--spacing", str(SPACING), "-q", "-o", "crop.msh"]) == 0
    assert run(["check", "-q", "crop.msh"]) == 0
    assert nmc_mesh.read("crop.msh").grains.tolist() == [1, 2]
    volumes = read_tables(Path("crop.json"))["grains"]["volume"]
    voxels = np.bincount(crop.ravel())[1:] * SPACING**3
    np.testing.assert_allclose(volumes, voxels, rtol=0.01)


@pytest.mark.realdata
@pytest.mark.slow
def test_the_pore_can_be_kept(
    crop: AnyArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    part = crop[:40, :40, :40]
    tifffile.imwrite("crop.tif", part, photometric="minisblack")
    command = ["mesh", "crop.tif", "--spacing", str(SPACING), "--keep", "0,1,2", "-q"]
    assert run([*command, "-o", "crop.vtu"]) == 0
    mesh = nmc_mesh.read("crop.vtu")
    assert mesh.grains.tolist() == [1, 2, 3]
    volumes = read_tables(Path("crop.json"))["grains"]["volume"]
    assert volumes.sum() == pytest.approx((40 * SPACING) ** 3, rel=0.01)
    assert volumes[2] == pytest.approx((part == 0).sum() * SPACING**3, rel=0.05)
