"""The whole way from voxels to laws, on shells whose law is known and on measured ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import degrees, design_matrix
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.shell import Normal, ShellModel, Student
from nmc_mesh.shell.fit import fit_coefficients, fit_laws, fit_shell, measured_shell, summary
from tests.scripts import load_script

SIDE = 34
TRUTH = ShellModel(
    (Normal(35.0, 1.5), Normal(0.0, 0.05), Student(8.0, 1.2), Student(6.0, 0.7), Student(6.0, 0.4)),
    min_volume=1000.0,
)


def voxelized(shapes: list[StarShape]) -> LabelImage:
    """Shapes in a row of cells of SIDE voxels; lengths in voxels."""
    axis = np.arange(SIDE) - 0.5 * (SIDE - 1)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    parts = [
        np.where(shape.contains(points), k + 1, 0).reshape((SIDE,) * 3)
        for k, shape in enumerate(shapes)
    ]
    return LabelImage(np.concatenate(parts), 1.0)


def test_coefficients_come_back() -> None:
    table = ShellModel((Normal(35.0, 1.5), *[Student(6.0, 0.4)] * 9)).sample_many(
        5, np.random.default_rng(0)
    )
    radii = table.coefficients @ design_matrix(directions()).T
    np.testing.assert_allclose(fit_coefficients(radii), table.coefficients, atol=1e-12)


def test_laws_come_back_from_coefficients() -> None:
    """1,000 shells of a model of the paper's kind; deviations of the fits are 2 to 6 %."""
    laws = (Normal(14.0, 1.0), *[Student(4.0 + 0.5 * k, 0.5 / k**1.3) for k in range(1, 10)])
    table = ShellModel(laws).sample_many(1000, np.random.default_rng(1)).coefficients
    for truth, fit in zip(laws[1:], fit_laws(table)[1:], strict=True):
        assert isinstance(fit.law, Student)
        assert fit.law.tau == pytest.approx(truth.tau, rel=0.06)
        assert fit.law.nu == pytest.approx(truth.nu, rel=0.25)


def test_known_shells_come_back_from_voxels() -> None:
    """80 shells of 10 voxels radius, voxelized and fitted with random rotations.

    Power per degree, which no rotation changes: within 4 % for l = 2, 3, 4 (l = 1 tells where
    the star point is, and moves to the centre of mass). Degrees 5 to 9 are zero in truth; what the
    voxel grid puts there is under 0.15 voxels.
    """
    truth = TRUTH.sample_many(80, np.random.default_rng(2))
    fit = fit_shell(voxelized(truth.shapes()), np.random.default_rng(3))
    assert fit.used.all()
    assert fit.star_share > 0.995
    of_column = degrees(9)
    expected = degrees(4)
    for k in (2, 3, 4):
        found = np.sqrt((fit.coefficients[:, of_column == k] ** 2).mean())
        real = np.sqrt((truth.coefficients[:, expected == k] ** 2).mean())
        assert found == pytest.approx(real, rel=0.04)
    assert np.sqrt((fit.coefficients[:, of_column > 4] ** 2).mean()) < 0.15
    volume = truth.coefficients[:, 0]
    np.testing.assert_allclose(fit.coefficients[:, 0], volume, rtol=0.02)
    assert fit.residuals.max() < 0.6
    assert fit.facts()["particles"] == 80
    assert len(fit.deviations(np.random.default_rng(0), rounds=3)) == 10


def test_a_single_measured_shell_is_the_shape_itself() -> None:
    shape = TRUTH.sample(np.random.default_rng(5))
    found = measured_shell(voxelized([shape]), 1)
    assert found.volume == pytest.approx(shape.volume, rel=0.02)
    difference = found.radius(directions()) - shape.radius(directions())
    assert np.sqrt((difference**2).mean()) < 0.5  # voxels; the shape's own centre is off by that


def test_too_few_particles_are_refused() -> None:
    with pytest.raises(InputError, match="a fit needs 8"):
        fit_shell(voxelized([StarShape.ball(9)]), np.random.default_rng(0))


@pytest.mark.realdata
def test_measured_particles_follow_the_shipped_laws(measured: Path) -> None:
    """A corner of the CT gives laws like the shipped ones, by the script that made those."""
    from nmc_mesh.particle.model import load_model

    script = load_script("examples/fit_shell_presets.py")
    solid = script.read_ct(measured / "nmc_ct" / "nmc-1-cal_generatedCBD_bridge.tif")
    found, fit = script.fit(solid[:128, :128, :128])
    assert found.counts["particles"] > 60
    assert fit.star_share > 0.96  # the paper's mean
    assert "star shapes capture" in summary(found, fit)
    shipped = load_model("nmc111-ct").shell.laws
    for here, there in zip(fit.model.laws[2:], shipped[2:], strict=True):
        assert isinstance(here, Student)
        assert isinstance(there, Student)
        assert here.tau == pytest.approx(there.tau, rel=0.3)
