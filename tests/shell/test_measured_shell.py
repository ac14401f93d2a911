"""A particle of a measured X-ray CT as the shell: filled with grains, meshed, checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.shell.fit import measured_shell
from nmc_mesh.shell.segmentation import segment_binary

pytest.importorskip("skimage", reason="install nmc-mesh[calibrate] to run this test")

VOXEL = 0.398  # um
DIAMETER = 2.6  # um, of the shell scaled down to about 140 grains


@pytest.mark.realdata
def test_a_measured_particle_becomes_a_mesh(measured: Path) -> None:
    """Star shape and mesh have the volume of the particle's voxels, the mesh that of its grains.

    A hundred whole grains fill a shell within a tenth; facets as coarse as a third of a grain cut
    off 3 % of their volume.
    """
    stack = tifffile.imread(measured / "nmc_ct/nmc-1-cal_generatedCBD_bridge.tif")
    solid = stack[:96, :96, :96].T == 1
    image = segment_binary(solid, VOXEL).image
    volumes = image.volumes()[1:]
    label = int(np.argsort(volumes)[len(volumes) // 2]) + 1
    shell = measured_shell(image, label)
    assert shell.volume == pytest.approx(volumes[label - 1], rel=0.03)

    model = load_model("nmc-radial")
    particle = model.sample(1, diameter=DIAMETER, shell=shell)
    assert particle.provenance["measured_shell"]
    np.testing.assert_allclose(
        particle.shell.coefficients[1:] / particle.shell.coefficients[0],
        shell.coefficients[1:] / shell.coefficients[0],
    )
    size = model.grains.grain_size / 3
    mesh = tetrahedralize(particle, size)
    validate(mesh)
    assert len(mesh.grains) == particle.n_grains > 100
    corners = mesh.points[mesh.cells]
    volume = np.linalg.det(corners[:, 1:] - corners[:, :1]).sum() / 6
    grains = (voxelize(particle, size / 4).labels > 0).sum() * (size / 4) ** 3
    assert volume == pytest.approx(grains, rel=0.04)
    scale = DIAMETER / shell.equivalent_diameter
    assert volume == pytest.approx(volumes[label - 1] * scale**3, rel=0.1)
