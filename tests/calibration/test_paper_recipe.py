"""The recipe ``paper`` is what the text says: layers, inputs, a step, an epoch, nothing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nmc_mesh.calibration.protocol import Calibration
from nmc_mesh.calibration.recipes import DEFAULT, PAPER, Recipe, recipe
from nmc_mesh.errors import InputError
from nmc_mesh.sections.section import Section

torch = pytest.importorskip("torch", reason="install nmc-mesh[calibrate] to run this test")

from nmc_mesh.calibration import gan, training  # noqa: E402
from nmc_mesh.calibration.discriminator import Discriminator  # noqa: E402
from nmc_mesh.calibration.gan import GanCalibrator  # noqa: E402
from nmc_mesh.calibration.generator import Generator  # noqa: E402
from nmc_mesh.calibration.optimizer import Optimizer  # noqa: E402
from nmc_mesh.cli import validate_grains  # noqa: E402

pytestmark = pytest.mark.usefixtures("few_windows")

EPOCH = 3
QUICK = replace(PAPER, simulated=4, real=6, redraw=2, settle_every=EPOCH, threshold=0.0)


def trained(sections: list[Section], **options: Any) -> Calibration:
    return GanCalibrator(QUICK, steps=4, every=1, **options)(sections, 0)


def test_its_numbers_are_those_of_algorithm_2() -> None:
    assert recipe("paper") is PAPER
    assert (PAPER.steps, PAPER.simulated, PAPER.real, PAPER.settle_every) == (20_000, 64, 128, 100)
    assert PAPER.rates == (1e-4, 1e-4)
    assert PAPER.normalised
    assert (PAPER.start, PAPER.average, PAPER.tie, PAPER.gauge, PAPER.rounds) == (0, 0, 0, 0, 0)
    assert (PAPER.gain, PAPER.spread) == (0.5, 0.2)
    with pytest.raises(InputError, match="choose default or paper"):
        recipe("mine")


def test_its_discriminator_has_the_layers_of_the_text() -> None:
    nn = torch.nn
    judge = Discriminator(PAPER.discriminator, PAPER.placed, np.random.default_rng(0), "cpu")
    kinds = Counter(type(layer) for layer in judge.layers)
    named = {nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d, nn.Flatten, nn.Linear}
    assert set(kinds) == named
    assert kinds[nn.Conv2d] == kinds[nn.BatchNorm2d] == kinds[nn.MaxPool2d]
    assert kinds[nn.Linear] >= 2
    convolutions = [layer for layer in judge.layers if isinstance(layer, nn.Conv2d)]
    assert convolutions[0].in_channels == 12
    assert {layer.stride for layer in convolutions} == {(1, 1)}
    assert judge(torch.rand(5, 12, 32, 32), torch.rand(5, 2)).shape == (5,)


def test_it_moves_the_generator_first_and_sees_no_radius_and_no_height(
    high_sections: list[Section], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[str] = []
    drawn: list[int] = []
    placed: list[bool] = []
    step, move = Optimizer.step, Generator.step
    simulate, forward = Generator.simulate, Discriminator.forward

    def stepped(self: Optimizer, loss: Any, rate: float) -> None:
        moved.append("weights")
        step(self, loss, rate)

    def moves(self: Generator, loss: Any, rate: float) -> None:
        moved.append("generator:")
        move(self, loss, rate)

    def simulated(self: Generator, count: int, *rest: Any, **more: Any) -> Any:
        drawn.append(count)
        return simulate(self, count, *rest, **more)

    def judged(self: Discriminator, *given: Any) -> Any:
        placed.append(self.placed)
        return forward(self, *given)

    monkeypatch.setattr(Optimizer, "step", stepped)
    monkeypatch.setattr(Generator, "step", moves)
    monkeypatch.setattr(Generator, "simulate", simulated)
    monkeypatch.setattr(Discriminator, "forward", judged)
    found = GanCalibrator(QUICK, steps=2, every=5)(high_sections, 0)
    assert moved == ["generator:", "weights", "weights"] * 2  # the other ones: the discriminator's
    assert drawn == [
        4,
        6,
        4,
        6,
        training._TEST,
    ]  # S_1 ... S_bs/2, S_1 ... S_bs (Algorithm 2, lines 7, 10)
    assert placed
    assert not any(placed)
    assert found.grains.marks.radius == 0
    assert found.grains.marks.layers[0][0].shape[0] == 60
    assert not found.facts["radius_dependent"]


def test_the_intensity_follows_the_mean_of_an_epoch_and_nothing_after_it(
    sections: list[Section], monkeypatch: pytest.MonkeyPatch
) -> None:
    ratios: list[float] = []
    settle = Generator.settle

    def settled(self: Generator, ratio: float, share: float) -> None:
        ratios.append(ratio)
        settle(self, ratio, share)

    monkeypatch.setattr(Generator, "settle", settled)
    found = trained(sections)
    course, grains = found.history["intensity"], found.history["grains"]
    assert course[0] * 0.05**3 == pytest.approx(0.0018)
    assert course[0] == course[1]
    assert len(ratios) == 1
    assert course[2] / course[1] == pytest.approx(0.5 + 0.5 * ratios[0])
    assert len(set(grains[:EPOCH])) > 1
    # The measured number is one, whatever the epoch's length.
    short = GanCalibrator(replace(QUICK, settle_every=1), steps=1, every=1)(sections, 0)
    measured = ratios[1] * short.history["grains"][0]
    assert ratios[0] == pytest.approx(measured / grains[:EPOCH].mean())
    assert found.grains.intensity == pytest.approx(course[-1])  # none is set at the end
    assert found.facts["pixel"] == pytest.approx(0.05)
    assert "scales" not in found.facts


@pytest.mark.parametrize(
    ("chosen", "kinds"),
    [(QUICK, {"window"}), (replace(QUICK, mirrors=True), {"window", "mirrored"})],
)
def test_it_mirrors_no_windows(
    sections: list[Section], monkeypatch: pytest.MonkeyPatch, chosen: Recipe, kinds: set[str]
) -> None:
    """Windows that the discriminator gets are the windows, not their mirror images."""
    seen: set[str] = set()
    channels = gan._Task._channels

    def watched(self: gan._Task, windows: Any, picked: Any, rng: Any) -> Any:
        out = channels(self, windows, picked, rng)
        ranks = windows.ranks if picked is None else windows.ranks[picked]
        for window, rank in zip(out, ranks, strict=True):
            same = np.array_equal(window[0], rank == 0)
            seen.add("window" if same else "mirrored")
        return out

    monkeypatch.setattr(gan._Task, "_channels", watched)
    GanCalibrator(chosen, steps=2, every=5)(sections, 0)
    assert seen == kinds


def test_the_generator_makes_the_square_of_the_score_large() -> None:
    score = torch.tensor([0.5, 0.2], requires_grad=True)
    gan._LOSSES[PAPER.goal](score).backward()
    assert score.grad.tolist() == pytest.approx([-0.5, -0.2])


def test_the_discriminator_learns_batches_and_judges_by_running_means(
    sections: list[Section], monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[tuple[int, bool]] = []
    forward = Discriminator.forward

    def judged(self: Discriminator, windows: Any, places: Any) -> Any:
        modes.append((len(windows), self.training))
        return forward(self, windows, places)

    monkeypatch.setattr(Discriminator, "forward", judged)
    GanCalibrator(QUICK, steps=1, every=1)(sections, 0)
    assert modes == [(4, False), (12, True)]


def test_it_trains_alike_again_and_after_a_stop_within_an_epoch(sections: list[Section]) -> None:
    """`test_device` trains it on the stand-in device."""
    kept: list[bytes] = []

    class Memory:
        def load(self) -> bytes | None:
            return kept[-1] if kept else None

        def save(self, data: bytes) -> None:
            kept.append(data)

    def stop(record: Mapping[str, float]) -> None:
        if record["step"] == 3:
            raise KeyboardInterrupt

    def same(one: Calibration, two: Calibration) -> bool:
        series = [np.array_equal(one.history[name], two.history[name]) for name in one.history]
        return one.grains == two.grains and all(series)

    whole = trained(sections)
    with pytest.raises(KeyboardInterrupt):
        trained(sections, checkpointer=Memory(), record=stop)
    assert len(kept) == 2  # of three steps in the epoch
    assert same(trained(sections, checkpointer=Memory()), whole)
    assert same(trained(sections), whole)


@pytest.mark.parametrize(("name", "chosen"), [("gan", DEFAULT), ("gan, paper", PAPER)])
def test_trials_name_the_recipe(name: str, chosen: Recipe) -> None:
    assert validate_grains._named("gan", chosen.name) == name
    assert validate_grains._named("law", chosen.name) == "law"
    made: Callable[..., Calibration] = validate_grains.calibrator(name)
    assert isinstance(made, GanCalibrator)
    assert made.recipe == chosen
