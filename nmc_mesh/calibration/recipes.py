"""Settings of the adversarial training: the paper's, and ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from nmc_mesh.errors import InputError

Player = Literal["generator", "discriminator"]


@dataclass(frozen=True)
class Recipe:
    """Settings of `GanCalibrator`; the defaults are those of the paper.

    Sections, equations and algorithms are those of doi 10.1038/s43246-024-00728-5; "Training" is
    its text before Algorithm 2. `PAPER` tells what it leaves open.

    Parameters
    ----------
    name
        Of the recipe.
    steps
        Of the training. 200 epochs of 100 steps (Algorithm 2, lines 5 and 6).
    start
        So many steps at first the generator follows the sliced Wasserstein distance, at its rate
        in `SwdCalibrator`, while the discriminator already learns: a start near the goal (ours).
    radius_dependent
        The network may get the distance of a seed from the centre, as a 61st input (ours). The
        paper's inputs are v and n of the 12 nearest seeds, 60 numbers (Algorithm 1, line 6).
    placed
        The discriminator may get the place of a window, where marks depend on the radius or planes
        on their height (ours). The paper's input is 32 x 32 x 12 (text on the discriminator).
    discriminator
        Its layers, see `discriminator.LAYERS`: "pooled" has those that the text names.
    order
        Who moves first in a step: the generator (Algorithm 2, lines 7 to 9).
    goal
        What the generator makes large or small: "square" makes the mean D^2 of its windows large
        (Eq. 10; Algorithm 2, lines 8 and 9), "one" makes the mean (D - 1)^2 small (ours: its slope
        is right for D < 0 and D > 1 as well).
    simulated, real
        Windows of a step of the generator; measured windows of a step of the discriminator.
        bs / 2 and bs = 128 (Algorithm 2, lines 3, 7, 11).
    fresh
        The discriminator gets as many new simulated windows as measured ones (Algorithm 2, line
        10); otherwise those of the generator's step.
    rates, betas
        Of Adam: (generator, discriminator) (Algorithm 2, line 2), (beta_1, beta_2).
    cosine
        Rates fall to 0 along a cosine.
    normalised
        Gradients are divided by their norm (Training).
    last
        The biases of the outputs move by so many times the rate.
    average
        Decay of the running mean of the generator's weights; 0: the last weights count.
    tie
        Weight of the mean (log d_2/d_3)^2.
    gauge
        Weight of `generator.gauge`.
    threshold
        The discriminator rests while the mean of (D - 1)^2 over measured and D^2 over simulated
        windows is smaller. The loss of Algorithm 2 (lines 12 and 13) is the sum of both means,
        twice that, against 0.09.
    gain, settle_every
        mu <- mu (1 - gain + gain NG_measured / NG_simulated) after so many steps, an epoch, with
        the mean NG_simulated of the generator's windows in it (Eq. 13 and its text).
    settled
        So often mu is set by grain numbers once more at the end, see `generator.settled` (ours).
    spread
        Diagonal entries and r of the measured diagrams are multiplied by U(1 - spread, 1 + spread)
        (Training: up to 20 %).
    mirrors
        The discriminator gets half of its hard windows mirrored across the radius (ours).
    redraw
        Measured windows are drawn anew after so many steps; 0: once.
    temperature
        Of the softmax.
    own_pixel
        The unit of length is the sections' pixel; otherwise chosen by the size of the grains.
    rounds
        Steps of `finish.finished` after the training (ours).
    """

    name: str = "paper"
    steps: int = 200 * 100
    start: int = 0
    radius_dependent: bool = False
    placed: bool = False
    discriminator: Literal["pooled", "strided"] = "pooled"
    order: tuple[Player, Player] = ("generator", "discriminator")
    goal: Literal["square", "one"] = "square"
    simulated: int = 64
    real: int = 128
    fresh: bool = True
    rates: tuple[float, float] = (1e-4, 1e-4)
    betas: tuple[float, float] = (0.9, 0.999)
    cosine: bool = False
    normalised: bool = True
    last: float = 1.0
    average: float = 0.0
    tie: float = 0.0
    gauge: float = 0.0
    threshold: float = 0.09 / 2
    gain: float = 0.5
    settle_every: int = 100
    settled: int = 0
    spread: float = 0.2
    mirrors: bool = False
    redraw: int = 100
    temperature: float = 1.0
    own_pixel: bool = True
    rounds: int = 0


PAPER = Recipe()
"""The settings of doi 10.1038/s43246-024-00728-5 as its text and algorithms say.

What they leave open, or leave to a figure, and is ours: number and widths of the layers of both
networks (Fig. 5); what a batch normalisation takes together (`discriminator`); beta_1 and beta_2 of
Adam (its usual ones) and the temperature (1); which windows count in NG of an epoch (those of the
generator's steps), where Algorithm 2 prints the change of mu among the steps and Eq. 13 puts it
between epochs; a new augmented diagram every 100 steps, for 64 windows each (`redraw`).

What differs from the text: hard windows have the label of the largest share, where the text rounds
shares, so that a pixel with no share above 1/2 would belong to no grain; windows lie inside the
particle, p from 0 to 80 pixels as far as there is room; and the ranges of D and r are [1, 10] and
[0, 50], which the text assigns the other way round.
"""

DEFAULT = Recipe(
    name="default",
    steps=400,
    start=150,
    radius_dependent=True,
    placed=True,
    discriminator="strided",
    order=("discriminator", "generator"),
    goal="one",
    real=64,
    fresh=False,
    rates=(5e-5, 1e-3),
    betas=(0.5, 0.999),
    cosine=True,
    normalised=False,
    last=10.0,
    average=0.99,
    tie=0.2,
    gauge=0.5,
    threshold=0.09,
    gain=0.1,
    settle_every=1,
    settled=3,
    spread=0.0,
    mirrors=True,
    redraw=0,
    own_pixel=False,
    rounds=3,
)
"""Ours: tuned so that known architectures come back in space, in minutes on two cores."""

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {recipe.name: recipe for recipe in (DEFAULT, PAPER)}
)


def recipe(name: str) -> Recipe:
    """Return the recipe of this name.

    Raises
    ------
    InputError
        If there is none.
    """
    if name not in RECIPES:
        raise InputError(f"there is no recipe '{name}'; choose {' or '.join(RECIPES)}")
    return RECIPES[name]
