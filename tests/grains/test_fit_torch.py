"""The descent in torch beside the compiled one: slopes, optima, a device that is not there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.grains.fit_descent import summed, undecided
from nmc_mesh.grains.fit_forms import FORMS, FormName, rows_of, slopes_of
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.grains.fit_volume import VolumeFit, fit_volume
from nmc_mesh.typing import Floats
from tests.grains.test_fit_descent import WAYS, scattered

torch = pytest.importorskip("torch", reason="install nmc-mesh[calibrate] to run this test")

from nmc_mesh.grains import fit_torch  # noqa: E402
from tests.calibration.stand_in import NAME, StandIn  # noqa: E402


@pytest.mark.parametrize("shared", [0, 3])
@pytest.mark.parametrize(("form", "dim"), WAYS)
def test_slopes_are_those_of_the_compiled_descent(form: FormName, dim: int, shared: int) -> None:
    """Where they are damped too: two seeds lie within a voxel, one opposite to the first axis."""
    way = FORMS[form]
    parameters, given = scattered(form, dim, shared)
    parameters[:3, :3] = [[0.3, 0.2, 0.0], [0.0, 0.0, 0.0], [-6.0, 1e-3, 0.0]]
    rows = rows_of(way, parameters)
    moments = summed(rows, given.owner, undecided(rows, given))
    expected = slopes_of(way, parameters, moments)
    columns = [torch.tensor(column, requires_grad=True) for column in parameters.T.copy()]
    table = fit_torch.polynomials(fit_torch.MATRICES[type(way)](columns), columns, dim)
    points = fit_torch.sent(undecided(rows, given), given, "cpu")
    table.backward(fit_torch.slope(table.detach(), points))
    free = np.flatnonzero(way.rates(dim) > 0)
    slopes = np.stack([columns[k].grad.numpy() for k in free], axis=1)
    np.testing.assert_allclose(slopes, expected[:, free], rtol=1e-9, atol=1e-9)


def disc(radius: int = 22) -> LabelImage:
    """Radial grains of a disc, in pixels of 0.05 um."""
    rng = np.random.default_rng(4)
    seeds = rng.uniform(-1.3 * radius, 1.3 * radius, (60, 2))
    diagonals = np.array([1.5, 4.0]) * np.exp(0.3 * rng.standard_normal((60, 2)))
    truth = GBPD.radial(seeds, diagonals, None, rng.uniform(0, 40, 60))
    grid = np.stack(np.indices((2 * radius + 1,) * 2), axis=-1).reshape(-1, 2) - radius
    labels = truth.labels(grid.astype(float)) + 1
    labels[np.hypot(*grid.T) > radius] = 0
    return numbered(labels.reshape((2 * radius + 1,) * 2))


def blob(side: int = 14) -> LabelImage:
    """A ball of grains in space whose outside has seeds of its own, in voxels of 0.05 um."""
    rng = np.random.default_rng(5)
    grid = np.stack(np.indices((side,) * 3), axis=-1).reshape(-1, 3) - (side - 1) / 2
    seeds = rng.uniform(-side / 2, side / 2, (14, 3))
    labels = ((grid[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1) + 1
    labels[np.linalg.norm(grid, axis=1) > 0.45 * side] = 0
    return numbered(labels.reshape((side,) * 3))


def numbered(labels: Any) -> LabelImage:
    back = np.unique(labels, return_inverse=True)[1]
    return LabelImage(back.reshape(labels.shape).astype(np.int32), 0.05)


def deviation(one: GBPD, two: GBPD) -> float:
    """Largest difference of what two diagrams are made of, over the size of each."""
    pairs = [(one.seeds, two.seeds), (one.matrices, two.matrices), (one.offsets, two.offsets)]
    return max(float(np.abs(a - b).max() / np.abs(a).max()) for a, b in pairs)


def test_a_section_has_the_same_optimum() -> None:
    image, center = disc(), 22 * np.full(2, 0.05)
    ours, torchs = (fit_section(image, center, device=device) for device in (None, "cpu"))
    assert deviation(ours.diagram, torchs.diagram) < 1e-4  # rounding grows in 100 steps
    assert torchs.right == ours.right > 0.97


def volume_fit(form: FormName, device: str | None) -> VolumeFit:
    return fit_volume(blob(), form=form, steps=60, device=device)


@pytest.mark.parametrize("form", FORMS)
def test_a_volume_has_the_same_optimum(form: FormName) -> None:
    """Labels outside are owned by several seeds together."""
    ours, torchs = (volume_fit(form, device) for device in (None, "cpu"))
    assert deviation(ours.diagram, torchs.diagram) < 1e-6
    assert torchs.right == ours.right > 0.9
    assert torchs.right_outside == ours.right_outside > 0.9


def test_another_device_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_torch, "REFRESH", 5)

    def fits(device: str) -> list[Floats]:
        section = fit_section(disc(), 22 * np.full(2, 0.05), 8, device=device).diagram
        space = fit_volume(blob(), steps=8, device=device).diagram
        return [section.rows, space.rows]

    here = fits("cpu")
    with StandIn():
        away = fits(NAME)
    for one, two in zip(here, away, strict=True):
        np.testing.assert_array_equal(one, two)


def test_chunks_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last group of each is filled up with places that pull at nothing."""
    whole = volume_fit("free", "cpu").diagram
    monkeypatch.setattr(fit_torch, "_GROUPS", 3)
    monkeypatch.setattr(fit_torch, "_GROUP", 50)
    assert deviation(whole, volume_fit("free", "cpu").diagram) < 1e-6


def test_no_step_gives_the_start() -> None:
    one, two = (fit_volume(blob(), steps=0, device=device).diagram for device in (None, "cpu"))
    np.testing.assert_array_equal(one.rows, two.rows)


def test_a_device_that_is_not_there_is_refused(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match="there is no device 'abacus'"):
        fit_section(disc(), np.zeros(2), device="abacus")
    np.save(tmp_path / "labels.npy", blob().labels)
    command = ["fit-gbpd", str(tmp_path / "labels.npy"), "--voxel", "0.05", "--steps", "3", "-q"]
    output = ["-o", str(tmp_path / "particle.h5")]
    assert run([*command, *output, "--device", "abacus"]) == 3
    assert "use auto, cpu or cuda" in capsys.readouterr().err
    assert run([*command, *output, "--device", "cpu"]) == 0
