"""The differentiable tessellation in windows (Eq. 11): shares of pixels, gradients to the marks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from nmc_mesh.calibration.sections import SIZE
from nmc_mesh.calibration.windows import CHANNELS, Simulated

_NOBODY = 1e5  # cost of a place that no grain takes


class Visible(NamedTuple):
    """The seeds seen in hard windows: all that takes part in the gradient.

    ``asked`` (v,): which of the draw's asked seeds; ``window`` and ``column`` (v,): where in the
    padded table (b, k); ``squares`` (v, 3, 6): the polynomials of (Q (x - s))_k^2 in pixels from
    the middle of the window, times i^2, j^2, i j, i, j, 1.
    """

    asked: torch.Tensor
    window: torch.Tensor
    column: torch.Tensor
    squares: torch.Tensor
    shape: tuple[int, int]


def monomials(device: Any) -> torch.Tensor:
    """Return i^2, j^2, i j, i, j, 1 at all pixels of a window, float32 (6, n n)."""
    grid = np.arange(SIZE) - 0.5 * (SIZE - 1)
    i, j = (part.ravel() for part in np.meshgrid(grid, grid, indexing="ij"))
    table = np.stack([i * i, j * j, i * j, i, j, np.ones_like(i)])
    return torch.tensor(table, dtype=torch.float32, device=device)


def visible_of(simulated: Simulated, device: Any) -> Visible:
    """Return the visible seeds of simulated windows."""
    count, table = simulated.windows.count, simulated.windows.visible
    window, column = np.nonzero(np.arange(table.shape[1]) < count[:, None])
    asked = table[window, column].astype(np.int64)
    axes = simulated.axes[asked]
    middle = np.stack(
        [simulated.draw.centers, np.zeros(len(count)), simulated.draw.heights], axis=1
    )
    shift = np.einsum("vkc,vc->vk", axes, middle[window] - simulated.rows[asked, :3])
    a, b = axes[:, :, 0], axes[:, :, 1]
    squares = np.stack(
        [a * a, b * b, 2 * a * b, 2 * a * shift, 2 * b * shift, shift * shift], axis=2
    )

    def sent(array: Any, kind: Any) -> Any:
        return torch.tensor(array, dtype=kind, device=device)

    return Visible(
        sent(asked, torch.int64),
        sent(window, torch.int64),
        sent(column, torch.int64),
        sent(squares, torch.float32),
        (len(count), int(count.max())),
    )


def shares(
    seen: Visible,
    diagonals: torch.Tensor,
    offsets: torch.Tensor,
    powers: torch.Tensor,
    temperature: float = 1.0,
) -> torch.Tensor:
    """Return T_i(x) = softmax_i(-q_i(x) / temperature) over the visible seeds, (b, k, n n).

    In the plane of a window q_i is a polynomial of six terms, so all costs are one product of
    matrices.
    """
    polynomial = (diagonals[:, :, None] * seen.squares).sum(dim=1)
    constant = polynomial[:, 5] - offsets
    polynomial = torch.cat([polynomial[:, :5], constant[:, None]], dim=1)
    empty = torch.zeros(*seen.shape, 6, device=powers.device)
    empty[:, :, 5] = _NOBODY
    padded = empty.index_put((seen.window, seen.column), polynomial)
    return torch.softmax(torch.matmul(padded, powers) / -temperature, dim=1)


def sorted_channels(parts: torch.Tensor) -> torch.Tensor:
    """Return the 12 grains of largest sum, largest first: (b, 12, n, n)."""
    order = torch.argsort(parts.detach().sum(dim=2), dim=1, descending=True, stable=True)
    order = order[:, :CHANNELS]
    chosen = torch.gather(parts, 1, order[:, :, None].expand(-1, -1, parts.shape[2]))
    missing = CHANNELS - chosen.shape[1]
    if missing > 0:
        chosen = torch.nn.functional.pad(chosen, (0, 0, 0, missing))
    return chosen.reshape(len(chosen), CHANNELS, SIZE, SIZE)
