"""Charge transfer at facets: Butler and Volmer's law with an open-circuit curve.

With x at the surface, V the potential against Li/Li+, U(x) that at rest and f = F / R T,

    i = i0 x^(1 - a) (1 - x)^a [exp(a f (V - U)) - exp(-(1 - a) f (V - U))],

a the anodic transfer coefficient, positive where lithium leaves (Newman and Thomas-Alyea,
Electrochemical Systems, ch. 8; i0 as in Doyle, Fuller and Newman, doi 10.1149/1.2221597). A facet
whose normal has the angle t to the c axis shows the layers' edges on sin t of its area; between the
two kinds of facets i0 follows an ellipse (ours):

    i0^2 = (edge sin t)^2 + (basal cos t)^2.

A film on the facets, such as a coating too thin to be meshed, has a resistance R and stores
nothing. V - R i stands for V in the law then, and i is found from it facet by facet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from nmc_mesh.crystal.material import Material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.constants import FARADAY, GAS
from nmc_mesh.typing import AnyArray, Floats

_EDGE = 1e-4  # of x, that i0 keeps from 0 and 1, where it has no slope; ours
_STEEPEST = 60.0  # of exponents: beyond lies no current of this world; ours
_CLOSE = 1e-10  # V; the next step of Newton's method would be its square
_ROUNDED = 1e-14  # V, that a step of it no longer changes anything
_MOST = 200
_INVERSIONS = 8  # of a cubic, from a chord of it; five leave rounding
_NEAR = 1e-9  # of x: the next step of Newton's method would be rounding


@dataclass(frozen=True, eq=False)
class ChargeTransfer:
    """What a facet gives at a content and a potential, in content: um/s.

    Parameters
    ----------
    content, potential
        Table of U(x) in V, x ascending, shape (k,): a monotone cubic runs through it, and straight
        lines go on from its ends.
    edge, basal
        Exchange currents of the two kinds of facets over Faraday's constant and the largest
        concentration, um/s.
    transfer
        a, in (0, 1).
    temperature
        K.
    film
        Resistance of a film on all facets, V s/um: that in ohm m^2 times the current in A/m^2 of
        1 um/s.

    Raises
    ------
    InputError
        If a number does not fit.

    Examples
    --------
    >>> from nmc_mesh.mechanics.kinetics import ChargeTransfer
    >>> law = ChargeTransfer.of(nmc_mesh.load_material("nmc811"))
    >>> float(law.open_circuit(0.5).round(3))  # V
    3.972
    >>> law.exchange(np.array([[0.0, 0.0, 1.0]]), np.array([[0.0, 0.0, 1.0]])).tolist()  # basal
    [0.0]
    """

    content: Floats
    potential: Floats
    edge: float
    basal: float
    transfer: float
    temperature: float = 298.15
    film: float = 0.0

    def __post_init__(self) -> None:
        curve = (np.diff(self.content) > 0).all() and (np.diff(self.potential) < 0).all()
        if not (len(self.content) == len(self.potential) >= 2 and curve):
            raise InputError("the open-circuit potential falls as x ascends, over two x or more")
        if not (self.edge > 0 and self.basal >= 0 and 0 < self.transfer < 1):
            raise InputError("exchange currents are positive, a transfer coefficient is in (0, 1)")
        if not self.temperature > 0:
            raise InputError("a temperature is positive, in K")
        if not 0 <= self.film < np.inf:
            raise InputError("the resistance of a film is 0 or more")
        cubic = PchipInterpolator(self.content, self.potential, extrapolate=False)
        object.__setattr__(self, "_cubics", np.asarray(cubic.c))

    @classmethod
    def of(cls, material: Material, temperature: float = 298.15) -> ChargeTransfer:
        """Return that of a material.

        Raises
        ------
        InputError
            If it lacks a number of [potential], [kinetics] or [concentration].
        """
        content, potential = material.open_circuit_curve
        per_current = 1e6 / (FARADAY * material.maximum_concentration)
        film = material.number("kinetics.film") if "kinetics.film" in material.numbers else 0.0
        edge, basal = (
            per_current * material.number(f"kinetics.{name}") for name in ("edge", "basal")
        )
        transfer = material.number("kinetics.transfer")
        return cls(content, potential, edge, basal, transfer, temperature, film / per_current)

    def open_circuit(self, content: AnyArray | float) -> Floats:
        """U(x) in V."""
        return self._potential(np.asarray(content, dtype=np.float64))[0]

    def fall(self, content: AnyArray | float) -> Floats:
        """dU/dx in V, negative."""
        return self._potential(np.asarray(content, dtype=np.float64))[1]

    def content_at(self, potential: Floats) -> Floats:
        """X with U(x) = ``potential`` in V, any shape: Newton's method between points of the table.

        Examples
        --------
        >>> from nmc_mesh.mechanics.kinetics import ChargeTransfer
        >>> law = ChargeTransfer.of(nmc_mesh.load_material("nmc811"))
        >>> law.content_at(law.open_circuit([0.1, 0.42, 0.99])).round(9).tolist()
        [0.1, 0.42, 0.99]
        """
        rows = np.searchsorted(-self.potential, -potential).clip(1, len(self.content) - 1) - 1
        low, high = self.content[rows], self.content[rows + 1]
        low = np.where(potential > self.potential[0], -np.inf, low)
        high = np.where(potential < self.potential[-1], np.inf, high)
        x = np.interp(-potential, -self.potential, self.content)
        cubics = self._cubics[:, rows]  # type: ignore[attr-defined]
        for _ in range(_INVERSIONS):
            there, rise = self._along(x, rows, cubics)
            step = (there - potential) / rise
            x = np.clip(x - step, low, high)
            if np.abs(step).max(initial=0.0) <= _NEAR:
                break
        return np.asarray(x)

    def _potential(self, content: Floats) -> tuple[Floats, Floats]:
        """U and its slope."""
        rows = np.searchsorted(self.content[1:-1], content, side="right")
        return self._along(content, rows, self._cubics[:, rows])  # type: ignore[attr-defined]

    def _along(self, content: Floats, rows: AnyArray, cubics: Floats) -> tuple[Floats, Floats]:
        """U and its slope on these rows of the table, and on straight lines from its ends."""
        held = np.clip(content, self.content[0], self.content[-1])
        a, b, c, d = cubics
        far = held - self.content[rows]
        rise = (3 * a * far + 2 * b) * far + c
        return ((a * far + b) * far + c) * far + d + rise * (content - held), rise

    def exchange(self, normals: Floats, c_axes: Floats) -> Floats:
        """i0 of facets in um/s, from their unit normals and those of c axes, (k, 3) each."""
        along = np.minimum(np.abs(np.einsum("ki,ki->k", normals, c_axes)), 1.0)
        return np.asarray(np.hypot(self.edge * np.sqrt(1 - along**2), self.basal * along))

    def current(
        self, content: Floats, potential: float, exchange: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """What leaves, um/s, and its slopes over x and over V (per V)."""
        if self.film == 0:
            return self._reaction(content, potential, exchange)
        under = self._under_film(content, potential, exchange)
        leaves, over_x, over_v = self._reaction(content, under, exchange)
        held = 1 / (1 + self.film * over_v)
        return leaves, held * over_x, held * over_v

    def _under_film(self, content: Floats, potential: float, exchange: Floats) -> Floats:
        """Find u + R i(u) = V by Newton's method between U and V, as the left side grows with u."""
        rest = self._potential(content)[0]
        low, high = np.minimum(rest, potential), np.maximum(rest, potential)
        under = rest
        for _ in range(_MOST):
            leaves, _, slope = self._reaction(content, under, exchange)
            far = under + self.film * leaves - potential
            low, high = np.where(far < 0, under, low), np.where(far > 0, under, high)
            following = under - far / (1 + self.film * slope)
            beyond = (following < low) | (following > high)
            following = np.where(beyond, 0.5 * (low + high), following)
            change = float(np.abs(following - under).max(initial=0.0))
            under = following
            if change <= _ROUNDED:
                break
        return np.asarray(under)

    def _reaction(
        self, content: Floats, potential: Floats | float, exchange: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """The current at the crystal itself, under a film, and its slopes."""
        a, f = self.transfer, FARADAY / (GAS * self.temperature)
        rest, fall = self._potential(content)
        x = np.clip(content, _EDGE, 1 - _EDGE)
        i0 = exchange * x ** (1 - a) * (1 - x) ** a
        steep = f * (potential - rest)
        out = np.exp(np.clip(a * steep, -_STEEPEST, _STEEPEST))
        back = np.exp(np.clip(-(1 - a) * steep, -_STEEPEST, _STEEPEST))
        per_volt = i0 * f * (a * out + (1 - a) * back)
        leaves = i0 * (out - back)
        grows = np.where(x == content, (1 - a) / x - a / (1 - x), 0.0)
        return leaves, leaves * grows - per_volt * fall, per_volt

    def potential_for(
        self, content: Floats, weights: Floats, exchange: Floats, total: float, start: float
    ) -> float:
        """V in V at which facets with these weights (um^2) give a total (um^3/s), which is unique.

        Newton's method within the bracket that is known so far, as the total grows with V.

        Raises
        ------
        InputError
            If no facet reacts.
        """
        if not (exchange * weights).sum() > 0:
            raise InputError("no facet reacts; give the material exchange currents that are not 0")
        low, high, potential = -np.inf, np.inf, start
        reach = 1.0 / (FARADAY / (GAS * self.temperature))
        for _ in range(_MOST):
            leaves, _, slope = self.current(content, potential, exchange)
            far = float(weights @ leaves) - total
            low, high = (low, potential) if far > 0 else (potential, high)
            step = far / float(weights @ slope)
            # Exponentials: from beyond, Newton's steps are a thermal voltage; to it, too great.
            following = potential - np.clip(step, -20 * reach, 20 * reach)
            if np.isfinite(low) and np.isfinite(high) and not low < following < high:
                following = 0.5 * (low + high)
            if abs(following - potential) <= _CLOSE:
                return float(following)
            potential = following
        return float(potential)
