"""Training: it learns, goes on bit for bit, stops at broken losses, refuses what cannot be used."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from nmc_mesh.calibration.protocol import Calibration
from nmc_mesh.calibration.recipes import DEFAULT
from nmc_mesh.calibration.sections import checked
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.geometry import LabelImage
from nmc_mesh.grains import GrainModel
from nmc_mesh.grains.network import NetworkMarkLaw
from nmc_mesh.parallel import set_threads
from nmc_mesh.sections.section import Section
from tests.calibration.cuts import TRUTH, cut_sections

torch = pytest.importorskip("torch", reason="install nmc-mesh[calibrate] to run this test")

from nmc_mesh.calibration import generator  # noqa: E402
from nmc_mesh.calibration.discriminator import Discriminator  # noqa: E402
from nmc_mesh.calibration.gan import GanCalibrator  # noqa: E402
from nmc_mesh.calibration.swd import SwdCalibrator  # noqa: E402

pytestmark = pytest.mark.usefixtures("few_windows")

QUICK = replace(DEFAULT, steps=4, start=2, simulated=6, real=8, rounds=0)
Make = Callable[..., Any]


def gan(**options: Any) -> GanCalibrator:
    return GanCalibrator(QUICK, **{"every": 1, **options})


def swd(**options: Any) -> SwdCalibrator:
    return SwdCalibrator(**{"steps": 4, "batch": 6, "every": 1, "rounds": 0, **options})


@dataclass
class Memory:
    """Keeps checkpoints in memory, all of them."""

    kept: list[bytes] = field(default_factory=list)

    def load(self) -> bytes | None:
        return self.kept[-1] if self.kept else None

    def save(self, data: bytes) -> None:
        self.kept.append(data)


def marks(found: Calibration) -> np.ndarray:
    rng = np.random.default_rng(0)
    law = found.grains.marks
    return law(GrainModel(40.0, law, 1.0).sample_pattern(2.0, rng), rng).diagonals


def same(one: Calibration, two: Calibration) -> bool:
    series = [np.array_equal(one.history[k], two.history[k]) for k in one.history]
    return one.grains == two.grains and all(series) and one.facts == two.facts


def test_swd_finds_that_grains_are_radial(sections: list[Section]) -> None:
    untrained = swd(steps=1, batch=24, rate=1e-9)(sections, 1).history
    found = SwdCalibrator(steps=50, batch=16, every=10, rounds=0)(sections, 1)
    assert found.history["distance"][-3:].mean() < 0.5 * untrained["distance"][0]
    assert found.history["ks_orientation"][-1] < untrained["ks_orientation"][0]
    one, two, three = np.log(marks(found)).mean(axis=0)
    assert one < min(two, three) - 0.8  # the truth is log(5 / 1.5) = 1.2
    assert abs(two - three) < 0.35
    assert found.grains.intensity == pytest.approx(0.0018 / 0.05**3, rel=0.15)
    assert isinstance(found.grains.marks, NetworkMarkLaw)


def test_the_discriminator_learns_to_tell_windows_apart(sections: list[Section]) -> None:
    """Without a start the first marks are not radial, which is seen; the loss of chance is 1/4."""
    chosen = replace(QUICK, steps=50, start=0, simulated=24, real=24, rates=(1e-9, 2e-3))
    chosen = replace(chosen, cosine=False)
    found = GanCalibrator(chosen, radius_dependent=False, every=5)(sections, 0)
    losses = found.history["discriminator"]
    assert losses[-6:].mean() < 0.22


@pytest.mark.parametrize("make", [gan, swd])
def test_a_resumed_training_is_the_same_bit_for_bit(sections: list[Section], make: Make) -> None:
    whole = make()(sections, 5)

    def stop(record: Mapping[str, float]) -> None:
        if record["step"] == 3:
            raise KeyboardInterrupt

    memory = Memory()
    with pytest.raises(KeyboardInterrupt):
        make(checkpointer=memory, record=stop)(sections, 5)
    assert len(memory.kept) == 2
    set_threads(1)
    again = make(checkpointer=memory)(sections, 5)
    set_threads(None)
    assert same(again, whole)
    assert list(whole.history["step"]) == [1, 2, 3, 4]
    assert not same(make()(sections, 6), whole)
    finished = make(checkpointer=memory)(sections, 5)
    assert same(finished, whole)


def test_checkpoints_that_do_not_fit_are_refused(sections: list[Section]) -> None:
    memory = Memory()
    swd(checkpointer=memory)(sections, 5)
    data = memory.kept[-1]
    with pytest.raises(FileError, match="other sections, options or another seed"):
        swd(checkpointer=memory)(sections, 6)
    with pytest.raises(FileError, match="other sections, options or another seed"):
        swd(checkpointer=memory)(sections[:3], 5)
    changed = io.BytesIO()
    torch.save({**torch.load(io.BytesIO(data)), "version": 99}, changed)
    with pytest.raises(FileError, match=r"version 99, this program reads version 3; remove"):
        swd(checkpointer=Memory([changed.getvalue()]))(sections, 5)
    with pytest.raises(FileError, match="damaged"):
        swd(checkpointer=Memory([data[: len(data) // 2]]))(sections, 5)


@pytest.mark.parametrize("make", [gan, swd])
def test_a_broken_loss_stops_and_keeps_the_last_checkpoint(
    sections: list[Section], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, settle, seen = Memory(), generator.Generator.settle, []

    def broken(self: generator.Generator, ratio: float, share: float) -> None:
        settle(self, ratio, share)
        seen.append(ratio)
        if len(seen) == 2:
            with torch.no_grad():
                list(self.network.parameters())[-1].fill_(float("nan"))

    monkeypatch.setattr(generator.Generator, "settle", broken)
    with pytest.raises(InputError, match=r"not a number at step 3; .* step 2 is kept.* --rate"):
        make(checkpointer=memory)(sections, 0)
    assert len(memory.kept) == 2


def test_heights_and_radius_go_into_the_training(high_sections: list[Section]) -> None:
    assert [section.height for section in high_sections] == [0.0, 0.8, 1.3]
    for make in (gan, swd):
        found = make(radius_dependent=True, steps=2)(high_sections, 0)
        assert found.grains.marks.radius > 0
        assert len(found.grains.marks.layers[0][0]) == 61
        flat = [replace(section, height=0.0) for section in high_sections]
        other = make(radius_dependent=True, steps=2)(flat, 0)
        assert not np.array_equal(marks(other), marks(found))


@pytest.mark.parametrize("kind", ["strided", "pooled"])
def test_the_discriminator_looks_at_places_only_if_told(kind: str) -> None:
    windows, places = torch.rand(5, 12, 32, 32), torch.rand(5, 2)
    blind, told = (
        Discriminator(kind, flag, np.random.default_rng(0), "cpu").eval() for flag in (False, True)
    )
    assert torch.equal(blind(windows, places), blind(windows, places + 1))
    assert not torch.equal(told(windows, places), told(windows, places + 1))


def test_bad_sections_are_refused(sections: list[Section]) -> None:
    with pytest.raises(InputError, match="two sections or more, not 1"):
        checked(sections[:1])
    one = sections[0]
    blown = LabelImage(one.image.labels, 3 * one.image.spacing, 3 * one.image.origin)
    with pytest.raises(InputError, match="sections of one kind"):
        checked([replace(one, image=blown), *sections[1:]])
    with pytest.raises(InputError, match="pixel of a calibration must be positive"):
        checked(sections, -1.0)
    with pytest.raises(InputError, match=r"room for a window of .* measure larger particles"):
        checked(sections, 1.0)
    tiny = np.zeros_like(one.image.labels)
    tiny[:4, :4] = 1
    few = replace(
        one,
        image=LabelImage(tiny, one.image.spacing, one.image.origin),
        known=np.ones_like(one.known),
        diagram=one.diagram.subset([0]),
    )
    with pytest.raises(InputError, match="has 1 grains, too few"):
        checked([few, *sections[1:]])
    with pytest.raises(InputError, match="height over the centre must be 0 um or more"):
        replace(one, height=-1.0)
    with pytest.raises(InputError, match="a seed per grain; fit it anew"):
        replace(one, diagram=one.diagram.subset([0, 1]))


def test_sections_without_preference_are_refused_with_the_figure() -> None:
    round_law = replace(TRUTH.marks, diagonal=(4.0, 4.0, 4.0))  # type: ignore[type-var]
    equiaxed = cut_sections(replace(TRUTH, marks=round_law), [0.0, 0.0])
    wanted = r"mean of cos 2 alpha is [+-]0\.\d+ \+- 0\.\d+ .*isotropic"
    with pytest.raises(InputError, match=wanted):
        checked(equiaxed)
    assert checked(equiaxed, isotropic=True).pixel == pytest.approx(0.05, rel=0.1)
    found = swd(steps=1, isotropic=True)(equiaxed, 0)
    assert found.facts["isotropic"]


def test_devices_and_options_that_are_not_there_are_refused(
    sections: list[Section],
) -> None:
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="no CUDA device here; use --device cpu"):
            swd(device="cuda")(sections, 0)
    with pytest.raises(InputError, match="there is no device 'abacus'"):
        swd(device="abacus")(sections, 0)
    with pytest.raises(InputError, match="1 or more"):
        swd(steps=0)
    with pytest.raises(InputError, match="1 step or more"):
        gan(steps=0)
