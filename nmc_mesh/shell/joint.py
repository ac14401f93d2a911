"""A joint law of all coefficients of a shell: classes of roughness, and a frame of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nmc_mesh.arrays import given, keep, one_line
from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.harmonics import degree_of
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.geometry.turns import turned
from nmc_mesh.numerics.draws import standard_normal
from nmc_mesh.numerics.functions import arccos, exp, log, power
from nmc_mesh.numerics.products import matmul
from nmc_mesh.shell.acceptance import ShellSample, accepted, accepted_sized
from nmc_mesh.shell.frame import in_frame
from nmc_mesh.typing import Floats, Ints

_REACH = 3.0
"""Deviations of ln a_00 beyond which a size tells no more of the shape (ours)."""


@dataclass(frozen=True, eq=False)
class ShellClass:
    """One class of shells, two normal laws: of its sizes, and of its shape in its frame.

    Parameters
    ----------
    weight
        Share of the class.
    sizes
        Mean of ln(a_00 / um) and of ln(|a_l| / a_00), l = 1 ... L, shape (L + 1,).
    sizes_factor
        Cholesky factor of their covariance, lower, shape (L + 1, L + 1).
    shape
        Mean of the numbers of the shape, see ``in_frame``, shape ((L + 1)^2 - 5,).
    shape_factor
        Cholesky factor of their covariance, lower.

    Raises
    ------
    InputError
        If shapes do not fit, a number is not finite, the degree is under 2, or the weight or an
        entry on the diagonal of a factor is not positive.
    """

    weight: float
    sizes: Floats
    sizes_factor: Floats
    shape: Floats
    shape_factor: Floats

    __repr__ = one_line

    def __post_init__(self) -> None:
        positive(self.weight, "the weight of a class of shells")
        names = ("sizes", "sizes_factor", "shape", "shape_factor")
        arrays = {name: np.array(given(getattr(self, name), name, np.float64)) for name in names}
        count = arrays["sizes"].size
        numbers = count * count - 5
        if count < 3:
            raise InputError(f"a joint law of shells has degree 2 or more: 3 sizes, not {count}")
        wanted = ((count,), (count, count), (numbers,), (numbers, numbers))
        for (name, array), fitting in zip(arrays.items(), wanted, strict=True):
            if array.shape != fitting:
                raise InputError(f"{name} of a class of shells: {fitting}, not {array.shape}")
            factor = array.ndim == 2
            if not np.isfinite(array).all() or (factor and (np.diagonal(array) <= 0).any()):
                raise InputError(f"{name} of a class of shells: finite, factors of full rank")
            if factor and np.triu(array, 1).any():
                raise InputError(f"{name} of a class of shells: a lower triangle")
        keep(self, **arrays)


@dataclass(frozen=True, eq=False)
class JointShellModel:
    """Shells whose coefficients depend on each other, and on no direction in space.

    A shell belongs to a class (measured ones: many smooth, some rough in all degrees). Its class
    draws ln a_00 and the logarithm of the root power of every degree, relative to a_00, by one
    normal law; then its shape in the frame of its degree 2, the other degrees' directions by
    another, of whose draws each degree is brought to its power. A uniformly random turn follows.
    So a shell large in degree 2 is elongated in all degrees along the same axes, which independent
    coefficients are not (ours; the paper's are independent, see `ShellModel`).

    Parameters
    ----------
    classes
        One or more of one degree L >= 2.
    min_volume
        Shells of a smaller volume (um^3) are drawn again, as are those whose radius is not
        positive in one of the 642 directions.

    Raises
    ------
    InputError
        If there is no class, their degrees differ, or the volume is negative or not finite.

    Examples
    --------
    >>> model = nmc_mesh.load_model("nmc111-ct-joint").shell
    >>> model.degree, [round(part.weight, 2) for part in model.classes]
    (9, [0.22, 0.78])
    """

    classes: tuple[ShellClass, ...]
    min_volume: float = 0.0

    __repr__ = one_line

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", tuple(self.classes))
        counts = {len(part.sizes) for part in self.classes}
        if len(counts) != 1:
            raise InputError("a joint law of shells needs classes, and all of one degree")
        if not (np.isfinite(self.min_volume) and self.min_volume >= 0):
            raise InputError(f"the smallest volume must be 0 or more um^3, not {self.min_volume}")

    @property
    def degree(self) -> int:
        """The largest l."""
        return degree_of(len(self.classes[0].shape) + 5)

    def sample(self, rng: np.random.Generator) -> StarShape:
        """Draw one shell; InputError if the law gives no valid one.

        Parameters
        ----------
        rng
            Draws all numbers.

        Examples
        --------
        >>> shell = nmc_mesh.load_model("nmc111-ct-joint").shell.sample(np.random.default_rng(1))
        >>> len(shell.coefficients), shell.volume > 0
        (100, True)
        """
        return StarShape(self.sample_many(1, rng).coefficients[0])

    def sample_sized(self, diameter: float, rng: np.random.Generator) -> StarShape:
        """Draw a shell of given volume pi d^3 / 6: class and shape given a_00, then a_00 itself.

        The shape is drawn given ln(sqrt(4 pi) d / 2) in the place of ln a_00, by each class's
        conditional normal law, and a_00 is then chosen for the volume. Sizes more than three
        deviations from all classes' means have shapes as those there, scaled (ours).
        ``min_volume`` plays no part.

        Parameters
        ----------
        diameter
            Volume-equivalent diameter d in um.
        rng
            Draws all numbers.

        Raises
        ------
        InputError
            If the diameter is not positive, or none of a thousand draws has a positive radius
            everywhere.

        Examples
        --------
        >>> model = nmc_mesh.load_model("nmc111-ct-joint").shell
        >>> shell = model.sample_sized(10.0, np.random.default_rng(1))
        >>> round(shell.equivalent_diameter, 6)
        10.0
        """
        positive(diameter, "the diameter")
        wished = float(log(np.sqrt(4 * np.pi) * diameter / 2))
        means = np.array([part.sizes[0] for part in self.classes])
        spreads = np.array([part.sizes_factor[0, 0] for part in self.classes])
        low, high = (means - _REACH * spreads).min(), (means + _REACH * spreads).max()
        size = min(max(wished, low), high)
        scores = (size - means) / spreads
        weights = np.array([part.weight for part in self.classes])
        level = log(weights / spreads) - 0.5 * scores * scores
        chances = exp(level - level.max())
        scale = float(exp(wished - size))

        def draw(count: int, generator: np.random.Generator) -> Floats:
            return scale * self._shells(count, generator, chances, scores)

        return accepted_sized(draw, diameter, rng)

    def sample_many(self, count: int, rng: np.random.Generator) -> ShellSample:
        """Draw ``count`` shells at once and count the rejected draws.

        Parameters
        ----------
        count
            Number of accepted shells.
        rng
            Draws all numbers.

        Raises
        ------
        InputError
            If ``count`` is negative, or fewer than one draw in a thousand is accepted.

        Examples
        --------
        >>> model = nmc_mesh.load_model("nmc111-ct-joint").shell
        >>> model.sample_many(50, np.random.default_rng(1)).coefficients.shape
        (50, 100)
        """
        return accepted(self._draw, count, self.min_volume, self.degree, rng)

    def scaled(self, factor: float) -> JointShellModel:
        """Return the model with every length times ``factor`` > 0.

        Parameters
        ----------
        factor
            Positive.

        Examples
        --------
        >>> model = nmc_mesh.load_model("nmc111-ct-joint").shell
        >>> larger = model.scaled(2.0).sample(np.random.default_rng(1))
        >>> ratio = larger.volume / model.sample(np.random.default_rng(1)).volume
        >>> round(ratio, 9)
        8.0
        """
        if not (np.isfinite(factor) and factor > 0):
            raise InputError(f"a shell model is scaled by a positive factor, not {factor}")
        step = np.zeros(self.degree + 1)
        step[0] = float(log(factor))
        classes = tuple(replace(part, sizes=part.sizes + step) for part in self.classes)
        return JointShellModel(classes, self.min_volume * float(power(factor, 3)))

    def _draw(self, count: int, rng: np.random.Generator) -> Floats:
        weights = np.array([part.weight for part in self.classes])
        return self._shells(count, rng, weights, None)

    def _shells(
        self, count: int, rng: np.random.Generator, chances: Floats, scores: Floats | None
    ) -> Floats:
        """Coefficients of draws; ``scores``: what ln a_00 deviates by in every class, if given."""
        chosen = _classes(rng.random(count), chances)
        first = self.classes[0]
        sizes = standard_normal(rng, (count, len(first.sizes)))
        numbers = standard_normal(rng, (count, len(first.shape)))
        if scores is not None:
            sizes[:, 0] = scores[chosen]
        for k, part in enumerate(self.classes):
            members = np.flatnonzero(chosen == k)
            sizes[members] = part.sizes + matmul(sizes[members], _columns(part.sizes_factor))
            numbers[members] = part.shape + matmul(numbers[members], _columns(part.shape_factor))
        angles = rng.random((count, 3))
        angles[:, [0, 2]] *= 2 * np.pi
        angles[:, 1] = arccos(2 * angles[:, 1] - 1)  # uniform on all rotations
        return turned(in_frame(sizes, numbers), angles)


def _classes(uniform: Floats, chances: Floats) -> Ints:
    borders = np.cumsum(chances)
    return np.searchsorted(borders[:-1] / borders[-1], uniform, side="right").astype(np.int32)


def _columns(factor: Floats) -> Floats:
    return np.ascontiguousarray(factor.T)
