"""The mark network as torch trains it: the same inputs and the same formula as in `grains`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.utils import skip_init

from nmc_mesh import _core as core
from nmc_mesh.calibration.windows import Draw
from nmc_mesh.grains.marks import Marks
from nmc_mesh.grains.network import LENGTH, OUTPUTS, Layer, NetworkMarkLaw, input_width
from nmc_mesh.parallel import for_chunks

_CHUNK = 1024


@dataclass(frozen=True)
class NetworkShape:
    """Widths of the hidden layers, ranges of D and of r (px^2), and R in pixels (0: not used)."""

    widths: tuple[int, ...] = (96, 96, 48)
    diagonal_range: tuple[float, float] = (1.0, 10.0)
    offset_range: tuple[float, float] = (0.0, 50.0)
    radius: float = 0.0

    def law(self, layers: list[Layer], pixel: float) -> NetworkMarkLaw:
        """Return the law in um with these layers."""
        least, most = self.offset_range
        return NetworkMarkLaw(
            tuple(layers),
            pixel,
            self.diagonal_range,
            (least * pixel**2, most * pixel**2),
            self.radius * pixel,
        )

    def start(self, rng: np.random.Generator) -> list[Layer]:
        """Return random layers: N(0, 2 / inputs), the last one N(0, 1 / (4 inputs)); biases 0."""
        sizes = [input_width(self.radius > 0), *self.widths, OUTPUTS]
        layers = []
        for depth, (n, k) in enumerate(pairwise(sizes)):
            variance = 2.0 / n if depth < len(self.widths) else 0.25 / n
            weights = rng.standard_normal((n, k)) * np.sqrt(variance)
            layers.append((weights.astype(np.float32), np.zeros(k, np.float32)))
        return layers


def inputs_of(draw: Draw, shape: NetworkShape) -> NDArray[np.float32]:
    """Return the inputs of all asked seeds, float32 (m, 60 or 61), pixels as unit of length."""
    out = np.empty((len(draw.asked), input_width(shape.radius > 0)), np.float32)

    def work(a: int, b: int) -> None:
        core.network_inputs(
            *draw.pattern, draw.neighbours[a:b], draw.asked[a:b], LENGTH, shape.radius, out[a:b]
        )

    for_chunks(len(out), _CHUNK, work)
    return out


class MarkNetwork(torch.nn.Module):
    """t = W_n relu(... relu(W_1 x + b_1) ...) + b_n, inputs as `inputs_of` gives them."""

    def __init__(self, layers: list[Layer], device: Any) -> None:
        super().__init__()
        parts: list[torch.nn.Module] = []
        for weights, biases in layers:
            linear = skip_init(torch.nn.Linear, *weights.shape, device=device)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(weights.T))
                linear.bias.copy_(torch.from_numpy(biases))
            parts += [linear, torch.nn.ReLU()]
        self.layers = torch.nn.Sequential(*parts[:-1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return t (m, 4) for inputs (m, 60 or 61)."""
        return self.layers(x)

    def as_layers(self) -> list[Layer]:
        """Return the weights as the layers of a law."""
        linears = [part for part in self.layers if isinstance(part, torch.nn.Linear)]
        return [(_array(linear.weight.T), _array(linear.bias)) for linear in linears]


def _array(tensor: torch.Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(tensor.detach().cpu().numpy(), dtype=np.float32)


def marks_of(outputs: torch.Tensor, shape: NetworkShape) -> tuple[torch.Tensor, torch.Tensor]:
    """Return D (m, 3) and r (m,) in px^2: a + (b - a) sigmoid(t)."""
    share = torch.sigmoid(outputs)
    (low, high), (least, most) = shape.diagonal_range, shape.offset_range
    return low + (high - low) * share[:, :3], least + (most - least) * share[:, 3]


def as_marks(diagonals: torch.Tensor, offsets: torch.Tensor) -> Marks:
    """Return marks without their gradient, double precision."""
    return Marks(diagonals.detach().double().cpu().numpy(), offsets.detach().double().cpu().numpy())
