"""The mark network: marks of a seed from its nearest seeds and their noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nmc_mesh import _core as core
from nmc_mesh.arrays import frozen, one_line
from nmc_mesh.errors import InputError
from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.grains.neighbours import in_cells, nearest
from nmc_mesh.numerics.functions import tanh
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Longs

NEIGHBOURS = 12
PER_NEIGHBOUR = 5
OUTPUTS = 4
LENGTH = 10.0  # pixels; ours
Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
_CHUNK = 8192


class Packed(NamedTuple):
    """All layers one after the other, as the core takes them."""

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    widths: Longs


def input_width(radial: bool) -> int:
    """Number of inputs: five per neighbour, and one for the distance from the centre."""
    return NEIGHBOURS * PER_NEIGHBOUR + int(radial)


@dataclass(frozen=True, eq=False)
class NetworkMarkLaw:
    """(D_i, r_i) = a + (b - a) sigmoid(t_i), t_i = G_net((v_j, n_j) of the 12 nearest seeds j).

    v_j = Q_i (s_j - s_i) with Q_i of Eq. 12 of doi 10.1038/s43246-024-00728-5: a half turn takes
    s_i / |s_i| to e1, then a turn by gamma_i about e1. G_net is fully connected with rectified
    layers, single precision. From nearest to farthest each neighbour gives v_j / (10 pixels) and
    sqrt(12) (n_j - 1/2), zeros where a pattern has fewer seeds. Scales, widths and order of the
    neighbours are ours.

    Parameters
    ----------
    layers
        Weights (inputs, outputs) and biases (outputs,) of every layer, from 60 inputs to 4 outputs:
        d_1, d_2, d_3, r. With ``radius`` there are 61 inputs.
    pixel
        Unit of length of the calibration in um.
    diagonal_range
        (a, b) of D.
    offset_range
        (a, b) of r in um^2.
    radius
        With R > 0 um, 4 min(|s_i| / R - 1, 1) is the last input: marks may depend on the distance
        from the centre, up to 2 R. 0: they do not.

    Raises
    ------
    InputError
        If layers do not fit together, a number is not finite, or a range is empty.
    """

    layers: tuple[Layer, ...]
    pixel: float
    diagonal_range: tuple[float, float]
    offset_range: tuple[float, float]
    radius: float = 0.0

    __repr__ = one_line

    def __post_init__(self) -> None:
        _check_numbers(self)
        object.__setattr__(self, "layers", _checked(self.layers, input_width(self.radius > 0)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NetworkMarkLaw):
            return NotImplemented
        return self._numbers() == other._numbers() and all(
            np.array_equal(a, b)
            for mine, theirs in zip(self.layers, other.layers, strict=True)
            for a, b in zip(mine, theirs, strict=True)
        )

    def __hash__(self) -> int:
        return hash(self._numbers())

    def _numbers(self) -> tuple[Any, ...]:
        ranges = (tuple(self.diagonal_range), tuple(self.offset_range))
        shapes = tuple(weights.shape for weights, _ in self.layers)
        return (self.pixel, *ranges, self.radius, shapes)

    def __call__(self, pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        """Return the marks of all seeds; the generator is not used, the noise is the pattern's."""
        order = in_cells(pattern.seeds)
        moved = SeedPattern(*(np.ascontiguousarray(part[order]) for part in pattern))
        outputs = self.outputs(moved, np.arange(len(order)))
        back = np.empty_like(outputs)
        back[order] = outputs
        return self.scaled(back)

    def outputs(self, pattern: SeedPattern, asked: Longs) -> NDArray[np.float32]:
        """Return t (m, 4) of the asked seeds."""
        neighbours = nearest(pattern.seeds, NEIGHBOURS, asked)
        packed, length = self._packed, LENGTH * self.pixel
        out = np.empty((len(asked), OUTPUTS), np.float32)

        def work(a: int, b: int) -> None:
            core.network_outputs(
                packed, *pattern, neighbours[a:b], asked[a:b], length, self.radius, out[a:b]
            )

        for_chunks(len(asked), _CHUNK, work)
        return out

    @cached_property
    def _packed(self) -> Packed:
        widths = [len(self.layers[0][0]), *(len(bias) for _, bias in self.layers)]
        return Packed(
            np.concatenate([weights.ravel() for weights, _ in self.layers]),
            np.concatenate([bias for _, bias in self.layers]),
            np.array(widths),
        )

    def scaled(self, outputs: AnyArray) -> Marks:
        """Return a + (b - a) sigmoid(t) for t (m, 4)."""
        share = 0.5 + 0.5 * tanh(0.5 * np.asarray(outputs, np.float64))
        (low, high), (least, most) = self.diagonal_range, self.offset_range
        return Marks(low + (high - low) * share[:, :3], least + (most - least) * share[:, 3])


def _check_numbers(law: NetworkMarkLaw) -> None:
    numbers: list[float] = [law.pixel, law.radius, *law.diagonal_range, *law.offset_range]
    if not np.isfinite(numbers).all() or law.pixel <= 0 or law.radius < 0:
        raise InputError(
            "the numbers of a mark network must be finite, its pixel positive, its radius not "
            f"negative, not {numbers}"
        )
    (low, high), (least, most) = law.diagonal_range, law.offset_range
    if not (0 < low <= high and least <= most):
        raise InputError(
            f"D goes from {low} to {high}, r from {least} to {most}: lower ends come first, "
            "and D is positive"
        )


def _checked(layers: Sequence[Layer], inputs: int) -> tuple[Layer, ...]:
    checked = []
    for weights, bias in layers:
        w, b = np.array(weights, np.float32, order="C"), np.array(bias, np.float32)
        if w.ndim != 2 or len(w) != inputs or b.shape != w.shape[1:]:
            raise InputError(
                f"a layer of the mark network needs weights ({inputs}, n) and biases (n,), not "
                f"{w.shape} and {b.shape}"
            )
        if not (np.isfinite(w).all() and np.isfinite(b).all()):
            raise InputError("the weights of a mark network must be finite; calibrate again")
        checked.append((frozen(w), frozen(b)))
        inputs = w.shape[1]
    if inputs != OUTPUTS or len(checked) == 0:
        raise InputError(f"the mark network ends with {OUTPUTS} outputs, not {inputs}")
    return tuple(checked)
