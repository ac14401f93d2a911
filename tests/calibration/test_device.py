"""Nothing of a calibration depends on the device: tried on one that is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nmc_mesh.calibration.recipes import DEFAULT, PAPER
from nmc_mesh.sections.section import Section

torch = pytest.importorskip("torch", reason="install nmc-mesh[calibrate] to run this test")

from nmc_mesh.calibration.gan import GanCalibrator  # noqa: E402
from nmc_mesh.calibration.swd import SwdCalibrator  # noqa: E402
from tests.calibration.stand_in import NAME, StandIn  # noqa: E402

pytestmark = pytest.mark.usefixtures("few_windows")


def swd(**options: Any) -> SwdCalibrator:
    return SwdCalibrator(steps=3, batch=6, every=2, rounds=0, **options)


def gan(**options: Any) -> GanCalibrator:
    quick = replace(DEFAULT, steps=4, start=2, simulated=6, real=8, rounds=0)
    return GanCalibrator(quick, every=2, **options)


def blind(**options: Any) -> SwdCalibrator:
    """Marks know no radius, windows no place, and no direction is preferred."""
    return swd(radius_dependent=False, isotropic=True, **options)


def paper(**options: Any) -> GanCalibrator:
    quick = replace(PAPER, steps=3, simulated=4, real=4, redraw=2, settle_every=2)
    return GanCalibrator(quick, every=2, **options)


def test_the_stand_in_refuses_what_a_gpu_would() -> None:
    with StandIn():
        away = torch.tensor([1.0, 2.0], device=NAME)
        here = torch.tensor([3.0, 4.0])
        assert float((away * 2.0).sum()) == 6.0
        assert (away + here.to(NAME)).cpu().tolist() == [4.0, 6.0]
        with pytest.raises(RuntimeError, match="on the same device"):
            away + here
        with pytest.raises((RuntimeError, TypeError)):
            away.numpy()


@pytest.mark.parametrize("make", [swd, blind, gan, paper])
def test_another_device_gives_the_same_model(
    sections: list[Section], make: Callable[..., Any]
) -> None:
    here = make(device="cpu")(sections, 3)
    with StandIn():
        away = make(device=NAME)(sections, 3)
    assert away.grains == here.grains
    for name, series in here.history.items():
        np.testing.assert_array_equal(away.history[name], series)


# torch takes the stand-in's name as a promise that nothing is copied.
@pytest.mark.filterwarnings("ignore:.*copying from a non-meta parameter")
def test_a_checkpoint_goes_on_elsewhere(sections: list[Section]) -> None:
    class Memory:
        data: bytes | None = None

        def load(self) -> bytes | None:
            return self.data

        def save(self, data: bytes) -> None:
            self.data = data

    def stop(record: Any) -> None:
        if record["step"] == 4:
            raise KeyboardInterrupt

    memory = Memory()
    with pytest.raises(KeyboardInterrupt):
        gan(checkpointer=memory, record=stop)(sections, 5)
    whole = gan()(sections, 5)
    with StandIn():
        again = gan(device=NAME, checkpointer=memory)(sections, 5)
    assert again.grains == whole.grains
