"""The side of a training that makes grains: mark network, intensity, simulated windows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

from nmc_mesh.calibration.network import MarkNetwork, NetworkShape, as_marks, inputs_of, marks_of
from nmc_mesh.calibration.optimizer import Optimizer, OptimizerOptions
from nmc_mesh.calibration.sections import Measured, Places
from nmc_mesh.calibration.soft import Visible, monomials, shares, visible_of
from nmc_mesh.calibration.windows import Simulated, draw_seeds, hard_windows
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.network import NEIGHBOURS, NetworkMarkLaw
from nmc_mesh.typing import Floats

START_INTENSITY = 0.0018  # seeds per px^3 (paper)
_WINDOW_HALF = 128.0  # pixels (paper)
_LEVEL = 0.3  # of the range of r, where its mean is held
_SETTLED = 512  # windows that set the intensity at the end


class Simulation:
    """Windows of one draw: hard ones, the network's inputs, and who is visible."""

    def __init__(self, hard: Simulated, inputs: Any, seen: Visible) -> None:
        self.hard, self.inputs, self.seen = hard, inputs, seen


class Generator:
    """Mark network with its optimizer, running mean of its weights, and the intensity.

    Parameters
    ----------
    measured, places
        The sections, and where windows lie in them; simulated windows lie at the same places.
    shape
        Of the network.
    options
        Of the optimizer.
    average
        Decay of the running mean of the weights per step; 0: none.
    rng
        Draws the first weights.
    device
        Of torch.
    """

    def __init__(
        self,
        measured: Measured,
        places: Places,
        shape: NetworkShape,
        options: OptimizerOptions,
        average: float,
        rng: np.random.Generator,
        device: Any,
    ) -> None:
        self.measured, self.places, self.shape, self.device = measured, places, shape, device
        self.network = MarkNetwork(shape.start(rng), device)
        self.optimizer = Optimizer(self.network, options)

        def averaged(mean: torch.Tensor, weight: torch.Tensor, steps: Any) -> torch.Tensor:
            # A short run must forget its start: the mean is over a share of the steps at most.
            keep = min(average, 1 - 1 / (0.25 * float(steps) + 1))
            return torch.lerp(weight, mean, keep)

        self.mean = AveragedModel(self.network, avg_fn=averaged)
        self.intensity = START_INTENSITY
        self.powers = monomials(device)

    def simulate(self, count: int, rng: np.random.Generator, *, mean: bool = False) -> Simulation:
        """Draw windows at random places and find out who is visible; no gradient."""
        chosen = rng.integers(0, len(self.places), count)
        centers = self.places.distance[chosen]
        section = self.places.section[chosen]
        heights = self.measured.heights[section]
        draw = draw_seeds(centers, heights, self.intensity, NEIGHBOURS, rng)
        inputs = torch.from_numpy(inputs_of(draw, self.shape)).to(self.device)
        with torch.no_grad():
            outputs = self.mean(inputs) if mean else self.network(inputs)
            marks = as_marks(*marks_of(outputs, self.shape))
        hard = hard_windows(draw, marks, self.measured.least[section])
        return Simulation(hard, inputs, visible_of(hard, self.device))

    def soften(self, made: Simulation, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Return shares (b, k, n n) of the visible seeds and their marks (v, 4), with gradients."""
        outputs = self.network(made.inputs[made.seen.asked])
        diagonals, offsets = marks_of(outputs, self.shape)
        marks = torch.cat([diagonals, offsets[:, None]], dim=1)
        return shares(made.seen, diagonals, offsets, self.powers, temperature), marks

    def step(self, loss: torch.Tensor, rate: float) -> None:
        """Move the weights, and their mean."""
        self.optimizer.step(loss, rate)
        self.mean.update_parameters(self.network)

    def settle(self, ratio: float, share: float) -> None:
        """Set mu <- mu (1 - share + share NG_measured / NG_simulated)."""
        self.intensity *= 1 - share + share * ratio

    def law(self) -> NetworkMarkLaw:
        """Return the law of the mean weights, as the model file holds them: half precision."""
        layers = [
            (w.astype(np.float16).astype(np.float32), b.astype(np.float16).astype(np.float32))
            for w, b in self.mean.module.as_layers()
        ]
        return self.shape.law(layers, self.measured.pixel)

    def model(self) -> GrainModel:
        """Return the grain model in um."""
        pixel = self.measured.pixel
        return GrainModel(self.intensity / pixel**3, self.law(), _WINDOW_HALF * pixel)

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.adam.state_dict(),
            "mean": self.mean.state_dict(),
            "intensity": float(self.intensity),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take back what `state` gave."""
        self.network.load_state_dict(state["network"])
        self.optimizer.adam.load_state_dict(state["optimizer"])
        self.mean.load_state_dict(state["mean"])
        self.intensity = state["intensity"]


def gauge(marks: torch.Tensor, shape: NetworkShape) -> torch.Tensor:
    """Return how far marks (v, 4) are from the gauge of the law; ours.

    A common factor of D and r changes no grain, nor does a common offset of r. Left free both
    drift to an end of their ranges, where sigmoids are flat and marks no longer vary: sizes come
    out too equal. So the mean of log d_1 and that of log d_2 and log d_3 are held at equal
    distances from the middle of the range, and the mean of r at 0.3 of its own range, since sizes
    have their tail above.
    """
    (low, high), (least, most) = shape.diagonal_range, shape.offset_range
    radial, polar, azimuthal = torch.log(marks[:, :3]).mean(dim=0).unbind()
    middle = 0.5 * radial + 0.25 * (polar + azimuthal) - 0.5 * math.log(low * high)
    level = (marks[:, 3].mean() - least) / (most - least) - _LEVEL
    return middle**2 + level**2


def tie(diagonals: torch.Tensor, isotropic: bool) -> torch.Tensor:
    """Return the mean of (log d_2/d_3)^2, which central sections hardly tell; ours.

    Where no direction is preferred also of (log d_1/d_2)^2 and (log d_1/d_3)^2.
    """
    radial, polar, azimuthal = torch.log(diagonals).unbind(dim=1)
    loss = ((polar - azimuthal) ** 2).mean()
    if isotropic:
        loss = loss + ((radial - polar) ** 2).mean() + ((radial - azimuthal) ** 2).mean()
    return loss


def settled(generator: Generator, numbers: Floats, rng: np.random.Generator, rounds: int) -> None:
    """Set the intensity by the number of grains that the mean weights show; NG ~ mu^(2/3)."""
    for _ in range(rounds):
        made = generator.simulate(_SETTLED, rng, mean=True)
        seen = made.hard.windows.numbers(generator.measured.smallest)
        generator.intensity *= float(numbers.mean() / seen.mean()) ** 1.5
