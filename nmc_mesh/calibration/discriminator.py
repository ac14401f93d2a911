"""The discriminators of windows: the paper's, with layers by its text, and ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch.nn.utils import skip_init

from nmc_mesh.calibration.sections import SIZE
from nmc_mesh.calibration.windows import CHANNELS

_FILTERS = (16, 32, 64, 64)
_FLAT = _FILTERS[-1] * (SIZE >> len(_FILTERS)) ** 2  # every convolution ends with half the edge
_DENSE = 64
_SLOPE = 0.2  # of the leaky rectifier

Parts = list[torch.nn.Module]


class Discriminator(torch.nn.Module):
    """Layers that give a score of windows, about 1 for measured ones, 0 for simulated ones.

    Parameters
    ----------
    kind
        Name of the layers, see `LAYERS`.
    placed
        It gets the place of a window, distance and height, as constant channels (ours).
    rng
        Draws the first weights.
    device
        Of torch.
    """

    def __init__(self, kind: str, placed: bool, rng: np.random.Generator, device: Any) -> None:
        super().__init__()
        self.placed, self.device = placed, device
        width = CHANNELS + 2 * int(placed)
        self.layers = torch.nn.Sequential(*LAYERS[kind](width, rng, device))

    def forward(self, windows: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Return the score of windows (b, 12, n, n) at places (b, 2), about [0, 1]: (b,)."""
        x = windows
        if self.placed:
            constant = places[:, :, None, None].expand(-1, -1, SIZE, SIZE)
            x = torch.cat([x, constant], dim=1)
        return self.layers(x)[:, 0]


def _pooled(width: int, rng: np.random.Generator, device: Any) -> Parts:
    """Convolutions, batch normalisation, rectifiers, max pooling, dense layers.

    So the text of doi 10.1038/s43246-024-00728-5 (on the discriminator) names them. Their number
    and widths are in its Fig. 5b alone, so these are ours: four convolutions 3 x 3 (16, 32, 64, 64
    filters), each halved by pooling, and dense layers of 64 and 1. Ours too: while it learns, a
    normalisation takes measured and simulated windows together, and the running means of that
    while the generator moves.
    """
    parts: Parts = []
    for filters in _FILTERS:
        # The normalisation takes a bias away.
        convolution = skip_init(
            torch.nn.Conv2d, width, filters, 3, padding=1, bias=False, device=device
        )
        _set(convolution, np.sqrt(2.0 / (9 * width)), rng)
        normalised = torch.nn.BatchNorm2d(filters, device=device)
        parts += [convolution, normalised, torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
        width = filters
    dense = skip_init(torch.nn.Linear, _FLAT, _DENSE, device=device)
    _set(dense, np.sqrt(2.0 / _FLAT), rng)
    return [*parts, torch.nn.Flatten(), dense, torch.nn.ReLU(), _output(_DENSE, rng, device)]


def _strided(width: int, rng: np.random.Generator, device: Any) -> Parts:
    """Four convolutions of stride 2 (16, 32, 64, 64 filters), leaky rectifiers, a linear output."""
    parts: Parts = []
    for filters in _FILTERS:
        convolution = skip_init(
            torch.nn.Conv2d, width, filters, 3, stride=2, padding=1, device=device
        )
        _set(convolution, np.sqrt(2.0 / ((1 + _SLOPE**2) * 9 * width)), rng)
        parts += [convolution, torch.nn.LeakyReLU(_SLOPE)]
        width = filters
    return [*parts, torch.nn.Flatten(), _output(_FLAT, rng, device)]


def _output(width: int, rng: np.random.Generator, device: Any) -> torch.nn.Module:
    output = skip_init(torch.nn.Linear, width, 1, device=device)
    _set(output, 1.0 / np.sqrt(width), rng)
    return output


def _set(part: Any, scale: float, rng: np.random.Generator) -> None:
    """Draw the weights of a layer, N(0, scale^2); its biases are 0."""
    weights = scale * rng.standard_normal(tuple(part.weight.shape))
    with torch.no_grad():
        part.weight.copy_(torch.from_numpy(weights))
        if part.bias is not None:
            part.bias.zero_()


LAYERS: Mapping[str, Callable[[int, np.random.Generator, Any], Parts]] = MappingProxyType(
    {"pooled": _pooled, "strided": _strided}
)
"""Layers by name: "pooled" are the paper's, "strided" ours."""
