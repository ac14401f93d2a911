"""The file of a model: TOML, every number checked, unknown names answered with a guess."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nmc_mesh.errors import FileError, InputError
from nmc_mesh.grains.marks import RadialMarkLaw
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.shell.laws import Law, LogNormal, Normal, Student
from nmc_mesh.shell.model import ShellModel

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Interval = tuple[Finite, Finite]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NormalTable(_Table):
    """Normal law of a coefficient, um."""

    family: Literal["normal"]
    mean: Finite
    deviation: Positive

    def law(self) -> Law:
        """Return the law itself."""
        return Normal(self.mean, self.deviation)


class LogNormalTable(_Table):
    """Log-normal law of a coefficient; loc and scale in um."""

    family: Literal["lognormal"]
    shape: Positive
    loc: Finite
    scale: Positive

    def law(self) -> Law:
        """Return the law itself."""
        return LogNormal(self.shape, self.loc, self.scale)


class StudentTable(_Table):
    """Scaled Student t law of a coefficient; tau and loc in um."""

    family: Literal["student"]
    nu: Positive
    tau: Positive
    loc: Finite = 0.0

    def law(self) -> Law:
        """Return the law itself."""
        return Student(self.nu, self.tau, self.loc)


LawTable = Annotated[NormalTable | LogNormalTable | StudentTable, Field(discriminator="family")]


class ShellTable(_Table):
    """``laws``: one per degree l = 0 ... L, in um; ``min_volume`` in um^3."""

    min_volume: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    laws: Annotated[tuple[LawTable, ...], Field(min_length=1)]

    def model(self) -> ShellModel:
        """Return the shell model."""
        return ShellModel(tuple(table.law() for table in self.laws), self.min_volume)


class RadialTable(_Table):
    """The explicit radial mark law; r in px^2."""

    law: Literal["radial"]
    diagonal: tuple[Positive, Positive, Positive]
    spread: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    offset: Interval
    diagonal_range: Interval
    offset_range: Interval

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


class GrainsTable(_Table):
    """``pixel`` in um, ``intensity`` per px^3, ``window_half`` in px."""

    pixel: Positive
    intensity: Positive
    window_half: Positive
    marks: RadialTable

    def model(self) -> GrainModel:
        """Return the grain model in um."""
        return GrainModel(
            self.intensity / self.pixel**3,
            self.marks.mark_law(self.pixel),
            self.window_half * self.pixel,
        )


class ModelTable(_Table):
    """A whole model; ``provenance`` says for each dotted name where its numbers come from."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    summary: str
    shell: ShellTable
    grains: GrainsTable
    provenance: dict[str, str]


def parse_model(text: str, source: str) -> ModelTable:
    """Check the text of a model file; ``source`` names it in messages.

    Raises
    ------
    FileError
        If the text is no TOML.
    InputError
        If a name is unknown or missing, or a value does not fit.
    """
    try:
        return ModelTable.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{source} is not a TOML file: {error}") from None
    except ValidationError as error:
        raise InputError(f"{source}: {_first_problem(error)}") from None


def read_model(path: Path) -> ModelTable:
    """Read and check a model file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot read the model file {path}: {error}") from None
    return parse_model(text, str(path))


def _first_problem(error: ValidationError) -> str:
    problems: list[Any] = sorted(error.errors(), key=lambda p: p["type"] != "extra_forbidden")
    problem = problems[0]
    place = ".".join(str(part) for part in problem["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if problem["type"] == "extra_forbidden":
        guess = get_close_matches(str(problem["loc"][-1]), _names(), n=1)
        hint = f", perhaps you meant '{guess[0]}'" if guess else ""
        return f"unknown name '{place}'{hint}{more}"
    if problem["type"] == "missing":
        return f"'{place}' is missing{more}"
    return f"'{place}': {problem['msg']}, not {problem['input']!r}{more}"


def _names() -> list[str]:
    tables: list[type[_Table]] = [ModelTable, ShellTable, GrainsTable, RadialTable]
    tables += [NormalTable, LogNormalTable, StudentTable]
    return sorted({name for table in tables for name in table.model_fields})
