"""The table of the joint law of shells in a model file."""

from __future__ import annotations

import base64
import textwrap
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from nmc_mesh.crystal.tables import Finite, Positive
from nmc_mesh.particle.schema_laws import ShellLawTable
from nmc_mesh.shell.frame import parities
from nmc_mesh.shell.joint import JointShellModel, ShellClass
from nmc_mesh.typing import Bools, Floats

_DIGITS = 5


class JointTable(ShellLawTable):
    """The joint law of degree L: ``classes`` rows in every list, ``min_volume`` in um^3.

    ``means`` and ``deviations`` are those of ln(a_00 / um) and ln(|a_l| / a_00), l = 1 ... L.
    ``numbers`` holds for class after class: the Cholesky factor of the correlations of these, the
    mean shape (parity 0 alone), the Cholesky factor of the shape's covariance (entries of one
    parity), lower triangles by rows: half precision, little endian, base64.
    """

    law: Literal["joint"]
    min_volume: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    weights: Annotated[tuple[Positive, ...], Field(min_length=1)]
    means: tuple[Annotated[tuple[Finite, ...], Field(min_length=3)], ...]
    deviations: tuple[tuple[Positive, ...], ...]
    numbers: str

    @model_validator(mode="after")
    def _whole(self) -> JointTable:
        counts = {len(row) for rows in (self.means, self.deviations) for row in rows}
        if {len(self.means), len(self.deviations)} != {len(self.weights)} or len(counts) != 1:
            raise ValueError(
                "a joint law has a weight, a row of means and one of deviations for every class, "
                "all rows of one length"
            )
        try:
            stored = len(base64.b64decode("".join(self.numbers.split()), validate=True)) / 2
        except ValueError:
            raise ValueError("the numbers are not base64; restore the model's file") from None
        wanted = len(self.weights) * sum(int(mask.sum()) for mask in _masks(counts.pop()))
        if stored != wanted:
            raise ValueError(
                f"a joint law of this degree has {wanted} numbers, not {stored:g}; restore the "
                "model's file"
            )
        return self

    @classmethod
    def of(cls, law: JointShellModel) -> JointTable:
        """Return the table of a law; numbers are rounded to five digits or half precision."""
        parts, deviations = [], []
        for part in law.classes:
            spread = np.sqrt((part.sizes_factor * part.sizes_factor).sum(axis=1))
            deviations.append(tuple(_rounded(spread)))
            values = (part.sizes_factor / spread[:, None], part.shape, part.shape_factor)
            masks = _masks(len(part.sizes))
            parts += [value[mask] for value, mask in zip(values, masks, strict=True)]
        text = base64.b64encode(np.concatenate(parts).astype("<f2").tobytes()).decode()
        return cls(
            law="joint",
            min_volume=_rounded(np.array([law.min_volume]))[0],
            weights=tuple(_rounded(np.array([part.weight for part in law.classes]))),
            means=tuple(tuple(_rounded(part.sizes)) for part in law.classes),
            deviations=tuple(deviations),
            numbers="\n".join([*textwrap.wrap(text, 96), ""]),
        )

    def model(self) -> JointShellModel:
        """Return the law in um."""
        data = base64.b64decode("".join(self.numbers.split()))
        stored = np.frombuffer(data, "<f2").astype(np.float64)
        classes = []
        rows = zip(self.weights, self.means, self.deviations, strict=True)
        for weight, means, deviations in rows:
            parts = []
            for mask in _masks(len(means)):
                part = np.zeros(mask.shape)
                part[mask], stored = np.split(stored, [int(mask.sum())])
                parts.append(part)
            correlation, shape, factor = parts
            sizes_factor = correlation * np.array(deviations)[:, None]
            classes.append(ShellClass(weight, np.array(means), sizes_factor, shape, factor))
        return JointShellModel(tuple(classes), self.min_volume)


def _masks(sizes: int) -> tuple[Bools, Bools, Bools]:
    """Which entries of the correlations' factor, the mean and the factor of the shape are kept."""
    parity = parities(sizes - 1)
    lower = np.tri(len(parity), dtype=np.bool_) & (parity[:, None] == parity)
    return np.tri(sizes, dtype=np.bool_), np.asarray(parity == 0), lower


def _rounded(values: Floats) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values]
