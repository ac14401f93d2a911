"""The fit of a diagram in space: what it reaches, what it says of the outside."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry import GBPD, LabelImage, labels_on_grid
from nmc_mesh.grains.fit_forms import FormName
from nmc_mesh.grains.fit_volume import fit_volume
from nmc_mesh.parallel import set_threads

SIDE = 24  # voxels of 0.1 um


def polycrystal(count: int = 24, radial: bool = False, ball: bool = False) -> LabelImage:
    """A cube or a ball of grains with curved boundaries, labels 1 ... n."""
    rng = np.random.default_rng(3)
    seeds = rng.uniform(-0.7 * SIDE, 0.7 * SIDE, (int(count * 1.4**3), 3))
    diagonals = np.exp(0.4 * rng.standard_normal((len(seeds), 3)))
    offsets, turns = rng.uniform(0, 8, len(seeds)), rng.uniform(0, np.pi, len(seeds))
    if radial:
        diagram = GBPD.radial(seeds, diagonals * [0.5, 2, 2], turns, offsets)
    else:
        frames = np.linalg.qr(rng.normal(size=(len(seeds), 3, 3)))[0]
        matrices = np.einsum("nki,nk,nkj->nij", frames, diagonals, frames)
        diagram = GBPD(seeds, 0.5 * (matrices + matrices.transpose(0, 2, 1)), offsets)
    labels = labels_on_grid(diagram, np.full(3, -(SIDE - 1) / 2), 1.0, (SIDE,) * 3) + 1
    if ball:
        place = np.indices(labels.shape) - (SIDE - 1) / 2
        labels[(place**2).sum(axis=0) > (0.42 * SIDE) ** 2] = 0
    values, back = np.unique(labels, return_inverse=True)
    return LabelImage(back.reshape(labels.shape) + (values[0] > 0), 0.1, [5.0, 0.0, -5.0])


@pytest.mark.parametrize(("form", "radial"), [("free", False), ("radial", True)])
def test_a_true_diagram_is_found(form: FormName, radial: bool) -> None:
    image = polycrystal(radial=radial)
    center = [5.0, 0.0, -5.0] + 0.05 * np.full(3, SIDE - 1)
    found = fit_volume(image, center, form, hide=0.05, rng=np.random.default_rng(0))
    assert found.right > 0.99
    assert found.held_out > 0.97
    assert fit_volume(image, center, form, steps=0).right < 0.92
    assert np.isnan(found.right_outside)
    assert len(found.lost) == 0
    assert len(found.diagram) == image.labels.max() == found.grains


def test_the_outside_is_somebody_elses() -> None:
    image = polycrystal(ball=True)
    found = fit_volume(image)
    assert found.grains == image.labels.max() < len(found.diagram)
    assert found.right > 0.96
    assert found.right_outside > 0.98
    np.testing.assert_allclose(
        found.center, image.points()[image.labels.ravel() > 0].mean(axis=0), atol=1e-9
    )
    labels = found.diagram.labels(image.points() - found.center)
    inside = image.labels.ravel() > 0
    assert ((labels + 1 == image.labels.ravel())[inside]).mean() == pytest.approx(found.right)
    assert (labels[~inside] >= found.grains).mean() > 0.98


def test_voxels_need_not_be_cubes() -> None:
    image = polycrystal()
    values, back = np.unique(image.labels[:, :, ::2], return_inverse=True)
    flat = LabelImage(back.reshape(SIDE, SIDE, -1) + 1, [0.1, 0.1, 0.2], [5.0, 0.0, -4.95])
    found = fit_volume(flat)
    assert found.right > 0.98
    labels = values[found.diagram.labels(image.points() - found.center)]
    assert (labels == image.labels.ravel()).mean() > 0.88


def test_threads_change_no_bit() -> None:
    image = polycrystal(ball=True)
    found = []
    for count in (1, 2, 3):
        set_threads(count)
        found.append(fit_volume(image, steps=20).diagram)
    set_threads(None)
    for other in found[1:]:
        np.testing.assert_array_equal(other.rows, found[0].rows)


def test_what_is_no_volume_is_refused() -> None:
    ones = LabelImage(np.ones((4, 4, 4)), 1.0)
    with pytest.raises(InputError, match="three axes and at least one grain"):
        fit_volume(LabelImage(np.ones((4, 4)), 1.0))
    with pytest.raises(InputError, match="three axes and at least one grain"):
        fit_volume(LabelImage(np.zeros((4, 4, 4)), 1.0))
    with pytest.raises(InputError, match="label 1 has no voxel"):
        fit_volume(LabelImage(np.full((4, 4, 4), 2), 1.0))
    with pytest.raises(InputError, match="free, not 'round'"):
        fit_volume(ones, form="round")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="three finite numbers"):
        fit_volume(ones, [0.0, 0.0])
    with pytest.raises(InputError, match="must not be negative"):
        fit_volume(ones, steps=-1)
    assert fit_volume(ones).right == 1.0
