"""Laws of spherical-harmonic coefficients: normal, log-normal and scaled Student t."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, TypeAlias

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.numerics.draws import standard_normal, standard_t
from nmc_mesh.numerics.functions import exp
from nmc_mesh.typing import Floats


@dataclass(frozen=True)
class Normal:
    """N(mean, deviation^2), both in um."""

    family: ClassVar[str] = "normal"
    mean: float
    deviation: float

    def __post_init__(self) -> None:
        _check(self, ("deviation",))

    def sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        """Draw independent numbers.

        Parameters
        ----------
        shape
            Of the array.
        rng
            Draws the numbers.
        """
        return self.mean + self.deviation * standard_normal(rng, shape)

    def density(self, values: Floats) -> Floats:
        """Return the probability density in 1/um.

        Parameters
        ----------
        values
            In um, any shape.
        """
        return np.asarray(_stats().norm.pdf(values, self.mean, self.deviation))

    def scaled(self, factor: float) -> Normal:
        """Return the law of ``factor`` times the number.

        Parameters
        ----------
        factor
            Positive.
        """
        return Normal(self.mean * factor, self.deviation * factor)


@dataclass(frozen=True)
class LogNormal:
    """loc + scale exp(shape N), N standard normal; loc and scale in um, shape without unit."""

    family: ClassVar[str] = "lognormal"
    shape: float
    loc: float
    scale: float

    def __post_init__(self) -> None:
        _check(self, ("shape", "scale"))

    def sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        """Draw independent numbers.

        Parameters
        ----------
        shape
            Of the array.
        rng
            Draws the numbers.
        """
        return self.loc + self.scale * exp(self.shape * standard_normal(rng, shape))

    def density(self, values: Floats) -> Floats:
        """Return the probability density in 1/um.

        Parameters
        ----------
        values
            In um, any shape.
        """
        return np.asarray(_stats().lognorm.pdf(values, self.shape, self.loc, self.scale))

    def scaled(self, factor: float) -> LogNormal:
        """Return the law of ``factor`` times the number.

        Parameters
        ----------
        factor
            Positive.
        """
        return LogNormal(self.shape, self.loc * factor, self.scale * factor)


@dataclass(frozen=True)
class Student:
    """loc + tau T, T of Student's t law with nu degrees of freedom; loc and tau in um."""

    family: ClassVar[str] = "student"
    nu: float
    tau: float
    loc: float = 0.0

    def __post_init__(self) -> None:
        _check(self, ("nu", "tau"))

    def sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        """Draw independent numbers.

        Parameters
        ----------
        shape
            Of the array.
        rng
            Draws the numbers.
        """
        return self.loc + self.tau * standard_t(rng, self.nu, shape)

    def density(self, values: Floats) -> Floats:
        """Return the probability density in 1/um.

        Parameters
        ----------
        values
            In um, any shape.
        """
        return np.asarray(_stats().t.pdf(values, self.nu, self.loc, self.tau))

    def scaled(self, factor: float) -> Student:
        """Return the law of ``factor`` times the number.

        Parameters
        ----------
        factor
            Positive.
        """
        return Student(self.nu, self.tau * factor, self.loc * factor)


Law: TypeAlias = Normal | LogNormal | Student

FAMILIES: dict[str, type[Law]] = {law.family: law for law in (Normal, LogNormal, Student)}


def _stats() -> Any:
    """scipy.stats, loaded when a density is asked for: half a second that no drawn shell needs."""
    return import_module("scipy.stats")


def _check(law: Law, positive: tuple[str, ...]) -> None:
    for name, value in vars(law).items():
        if not np.isfinite(value) or (name in positive and value <= 0):
            need = "positive" if name in positive else "finite"
            raise InputError(f"{name} of a {law.family} law must be {need}, not {value}")
