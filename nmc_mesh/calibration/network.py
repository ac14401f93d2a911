"""The mark network as torch trains it: the same inputs and the same formula as in `grains`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

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
        for place, (n, k) in enumerate(pairwise(sizes)):
            variance = 2.0 / n if place < len(self.widths) else 0.25 / n
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


def outputs_of(weights: list[Any], x: Any) -> Any:
    """Return t = W_n relu(... relu(x W_1 + b_1) ...) + b_n for weights [W_1, b_1, W_2, ...]."""
    for place in range(0, len(weights), 2):
        x = torch.addmm(weights[place + 1], x, weights[place])
        if place + 2 < len(weights):
            x = torch.relu(x)
    return x


def marks_of(outputs: Any, shape: NetworkShape) -> tuple[Any, Any]:
    """Return D (m, 3) and r (m,) in px^2: a + (b - a) sigmoid(t)."""
    share = torch.sigmoid(outputs)
    (low, high), (least, most) = shape.diagonal_range, shape.offset_range
    return low + (high - low) * share[:, :3], least + (most - least) * share[:, 3]


def to_tensors(layers: list[Layer], device: Any) -> list[Any]:
    """Return the layers as leaves [W_1, b_1, W_2, ...] that take gradients."""
    arrays = [array for one in layers for array in one]
    return [torch.tensor(array, device=device).requires_grad_() for array in arrays]


def to_layers(weights: list[Any]) -> list[Layer]:
    """Return tensors as the layers of a law."""
    arrays = [w.detach().cpu().numpy().astype(np.float32) for w in weights]
    return list(zip(arrays[::2], arrays[1::2], strict=True))


def as_marks(diagonals: Any, offsets: Any) -> Marks:
    """Return marks without their gradient, double precision."""
    return Marks(diagonals.detach().double().cpu().numpy(), offsets.detach().double().cpu().numpy())
