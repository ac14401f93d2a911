"""The tables of mark laws in a model file: explicit numbers, or the weights of a network."""

from __future__ import annotations

import base64
import textwrap
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, SerializeAsAny, model_validator

from nmc_mesh.crystal.tables import Finite, Positive
from nmc_mesh.errors import InputError
from nmc_mesh.extensions import MARK_LAWS, Registry
from nmc_mesh.grains.depth import DepthMarkLaw
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.marks import MarkLaw, RadialMarkLaw
from nmc_mesh.grains.network import NetworkMarkLaw
from nmc_mesh.particle.schema_laws import MarkLawTable, chosen_by_law, law_tables

Interval = tuple[Finite, Finite]


def _in_pixels(law: RadialMarkLaw | GradedMarkLaw, pixel: float) -> dict[str, Any]:
    """Return the numbers of an explicit law, its offsets in px^2."""
    area = pixel * pixel
    offsets = {
        name: (low / area, high / area)
        for name, (low, high) in (("offset", law.offset), ("offset_range", law.offset_range))
    }
    return vars(law) | offsets


class RadialTable(MarkLawTable):
    """The explicit radial mark law; r in px^2."""

    law: Literal["radial"]
    diagonal: tuple[Positive, Positive, Positive]
    spread: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    offset: Interval
    diagonal_range: Interval
    offset_range: Interval

    @classmethod
    def of(cls, law: RadialMarkLaw, pixel: float) -> RadialTable:
        """Return the table of a law whose lengths are um."""
        return cls(law="radial", **_in_pixels(law, pixel))

    def mark_law(self, pixel: float) -> RadialMarkLaw:
        """Return the law with offsets in um^2."""
        area = pixel * pixel
        return RadialMarkLaw(
            self.diagonal,
            self.spread,
            (self.offset[0] * area, self.offset[1] * area),
            self.diagonal_range,
            (self.offset_range[0] * area, self.offset_range[1] * area),
        )


class _GradedNumbers(MarkLawTable):
    """Numbers of the graded law; r in px^2, ``reach`` in px."""

    diagonal: tuple[Positive, Positive, Positive]
    surface: tuple[Positive, Positive, Positive]
    reach: Positive
    spread: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    offset: Interval
    power: Positive
    diagonal_range: Interval
    offset_range: Interval
    bend: Positive = 1.0
    upper_power: Positive | None = None

    @staticmethod
    def _plain(law: GradedMarkLaw, pixel: float) -> dict[str, Any]:
        """Return the numbers of a law whose lengths are um."""
        numbers = _in_pixels(law, pixel) | {"reach": law.reach / pixel}
        if law.upper_power == 1.0:
            del numbers["upper_power"]
        return numbers

    def _graded(self, pixel: float) -> GradedMarkLaw:
        """Return the graded law in um."""
        area = pixel * pixel
        return GradedMarkLaw(
            self.diagonal,
            self.surface,
            self.reach * pixel,
            self.spread,
            (self.offset[0] * area, self.offset[1] * area),
            self.power,
            self.diagonal_range,
            (self.offset_range[0] * area, self.offset_range[1] * area),
            self.bend,
            self.upper_power or 1.0,
        )


class GradedTable(_GradedNumbers):
    """The explicit mark law that changes with the distance from the centre."""

    law: Literal["graded"]

    @classmethod
    def of(cls, law: GradedMarkLaw, pixel: float) -> GradedTable:
        """Return the table of a law whose lengths are um."""
        return cls(law="graded", **cls._plain(law, pixel))

    def mark_law(self, pixel: float) -> GradedMarkLaw:
        """Return the law in um."""
        return self._graded(pixel)


class DepthTable(_GradedNumbers):
    """A graded law that changes with the depth below the shell; ``layer`` and ``crust`` in px."""

    law: Literal["depth"]
    at_shell: tuple[Positive, Positive, Positive]
    layer: Positive
    crust: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    layer_bend: Positive = 1.0

    @classmethod
    def of(cls, law: DepthMarkLaw, pixel: float) -> DepthTable:
        """Return the table of a law whose lengths are um."""
        return cls(
            law="depth",
            **cls._plain(law.deep, pixel),
            at_shell=law.at_shell,
            layer=law.layer / pixel,
            crust=law.crust / pixel,
            layer_bend=law.bend,
        )

    def mark_law(self, pixel: float) -> DepthMarkLaw:
        """Return the law in um."""
        depths = (self.layer * pixel, self.crust * pixel)
        return DepthMarkLaw(self._graded(pixel), self.at_shell, *depths, self.layer_bend)


class NetworkTable(MarkLawTable):
    """The mark network; r in px^2, ``radius`` in px.

    ``widths`` are the numbers of inputs and outputs of its layers, from the first to the last;
    ``weights`` all weights (inputs by outputs) and then biases of layer after layer: half
    precision, little endian, base64. They stand in the model's own file, so it can be moved.
    """

    law: Literal["network"]
    diagonal_range: Interval
    offset_range: Interval
    radius: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    widths: Annotated[tuple[Annotated[int, Field(gt=0)], ...], Field(min_length=2)]
    weights: str

    @model_validator(mode="after")
    def _whole(self) -> NetworkTable:
        try:
            found = len(base64.b64decode("".join(self.weights.split()), validate=True)) / 2
        except ValueError:
            raise ValueError("the weights are not base64; restore the model's file") from None
        wanted = sum((n + 1) * k for n, k in pairwise(self.widths))
        if found != wanted:
            raise ValueError(
                f"a network of widths {list(self.widths)} has {wanted} weights, not {found:g}; "
                "restore the model's file"
            )
        return self

    @classmethod
    def of(cls, law: NetworkMarkLaw) -> NetworkTable:
        """Return the table of a law; its weights are rounded to half precision."""
        area = law.pixel**2
        low, high = law.offset_range
        parts = [array.astype("<f2").tobytes() for layer in law.layers for array in layer]
        text = base64.b64encode(b"".join(parts)).decode()
        return cls(
            law="network",
            diagonal_range=law.diagonal_range,
            offset_range=(low / area, high / area),
            radius=law.radius / law.pixel,
            widths=(len(law.layers[0][0]), *(len(bias) for _, bias in law.layers)),
            weights="\n".join([*textwrap.wrap(text, 96), ""]),
        )

    def mark_law(self, pixel: float) -> NetworkMarkLaw:
        """Return the law in um."""
        data = base64.b64decode("".join(self.weights.split()))
        numbers = np.frombuffer(data, "<f2").astype(np.float32)
        layers, first = [], 0
        for n, k in pairwise(self.widths):
            middle, last = first + n * k, first + (n + 1) * k
            layers.append((numbers[first:middle].reshape(n, k), numbers[middle:last]))
            first = last
        area = pixel * pixel
        offsets = (self.offset_range[0] * area, self.offset_range[1] * area)
        return NetworkMarkLaw(
            tuple(layers), pixel, self.diagonal_range, offsets, self.radius * pixel
        )


MARK_TABLES: Registry[type[MarkLawTable]] = law_tables(
    MARK_LAWS,
    MarkLawTable,
    {"radial": RadialTable, "graded": GradedTable, "depth": DepthTable, "network": NetworkTable},
)
"""Tables of ``[grains.marks]`` by the name of their law."""

MarksTable = Annotated[SerializeAsAny[MarkLawTable], chosen_by_law(MARK_TABLES)]


def marks_table(law: MarkLaw, pixel: float) -> MarkLawTable:
    """Return the table of a mark law whose lengths are um.

    Raises
    ------
    InputError
        If model files know no such law, or the network's pixel is another one.
    """
    if isinstance(law, NetworkMarkLaw):
        if not np.isclose(law.pixel, pixel, rtol=1e-9):
            raise InputError(f"the network's pixel is {law.pixel} um, the model's {pixel} um")
        return NetworkTable.of(law)
    if isinstance(law, GradedMarkLaw):
        return GradedTable.of(law, pixel)
    if isinstance(law, DepthMarkLaw):
        return DepthTable.of(law, pixel)
    if isinstance(law, RadialMarkLaw):
        return RadialTable.of(law, pixel)
    raise InputError(f"a model file cannot hold a {type(law).__name__}")
