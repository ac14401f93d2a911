"""Laws of spherical-harmonic coefficients: normal, log-normal and scaled Student t."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.numerics.draws import standard_normal, standard_t
from nmc_mesh.numerics.functions import exp
from nmc_mesh.typing import Floats


@dataclass(frozen=True)
class _LocationScale(ABC):
    """location + scale X, X a number of the family's standard law.

    A family names the fields that are location and scale, both in um; every field but the location
    is positive.
    """

    family: ClassVar[str]
    _location: ClassVar[str]
    _scale: ClassVar[str]

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not np.isfinite(value) or (name != self._location and value <= 0):
                need = "finite" if name == self._location else "positive"
                raise InputError(f"{name} of a {self.family} law must be {need}, not {value}")

    def sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        """Draw independent numbers.

        Parameters
        ----------
        shape
            Of the array.
        rng
            Draws the numbers.
        """
        location, scale = getattr(self, self._location), getattr(self, self._scale)
        return np.asarray(location + scale * self._standard(shape, rng))

    def density(self, values: Floats) -> Floats:
        """Return the probability density in 1/um.

        Parameters
        ----------
        values
            In um, any shape.
        """
        # scipy.stats takes half a second to load, which no drawn shell needs
        return np.asarray(self._distribution(import_module("scipy.stats")).pdf(values))

    def scaled(self, factor: float) -> Self:
        """Return the law of ``factor`` times the number.

        Parameters
        ----------
        factor
            Positive.
        """
        lengths = (self._location, self._scale)
        return replace(self, **{name: getattr(self, name) * factor for name in lengths})

    @abstractmethod
    def _standard(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        """Draw numbers of location 0 and scale 1."""

    @abstractmethod
    def _distribution(self, stats: Any) -> Any:
        """Return this law as one of ``scipy.stats``."""


@dataclass(frozen=True)
class Normal(_LocationScale):
    """N(mean, deviation^2), both in um."""

    family: ClassVar[str] = "normal"
    _location: ClassVar[str] = "mean"
    _scale: ClassVar[str] = "deviation"
    mean: float
    deviation: float

    def _standard(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        return standard_normal(rng, shape)

    def _distribution(self, stats: Any) -> Any:
        return stats.norm(self.mean, self.deviation)


@dataclass(frozen=True)
class LogNormal(_LocationScale):
    """loc + scale exp(shape N), N standard normal; loc and scale in um, shape without unit."""

    family: ClassVar[str] = "lognormal"
    _location: ClassVar[str] = "loc"
    _scale: ClassVar[str] = "scale"
    shape: float
    loc: float
    scale: float

    def _standard(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        return exp(self.shape * standard_normal(rng, shape))

    def _distribution(self, stats: Any) -> Any:
        return stats.lognorm(self.shape, self.loc, self.scale)


@dataclass(frozen=True)
class Student(_LocationScale):
    """loc + tau T, T of Student's t law with nu degrees of freedom; loc and tau in um."""

    family: ClassVar[str] = "student"
    _location: ClassVar[str] = "loc"
    _scale: ClassVar[str] = "tau"
    nu: float
    tau: float
    loc: float = 0.0

    def _standard(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        return standard_t(rng, self.nu, shape)

    def _distribution(self, stats: Any) -> Any:
        return stats.t(self.nu, self.loc, self.tau)


Law: TypeAlias = Normal | LogNormal | Student
