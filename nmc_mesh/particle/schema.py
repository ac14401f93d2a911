"""The file of a model: TOML, every number checked, unknown names answered with a guess."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SerializeAsAny, ValidationError, field_validator

from nmc_mesh.crystal import texture_schema
from nmc_mesh.crystal.tables import Finite, Positive, Table, first_problem, plain_toml
from nmc_mesh.crystal.texture_schema import TextureTable
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.extensions import SHELL_LAWS, TESSELLATIONS, Registry
from nmc_mesh.geometry.profile import Along, Profile, check_profile_name
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.numerics.functions import power
from nmc_mesh.particle.coating import Coating
from nmc_mesh.particle.pores import Pores
from nmc_mesh.particle.schema_joint import JointTable
from nmc_mesh.particle.schema_laws import (
    ShellLawTable,
    TessellationTable,
    chosen_by_law,
    law_tables,
)
from nmc_mesh.particle.schema_marks import (
    DepthTable,
    GradedTable,
    MarksTable,
    NetworkTable,
    RadialTable,
)
from nmc_mesh.particle.schema_seeds import TABLES as SEED_TABLES
from nmc_mesh.particle.schema_seeds import SeedsTable, seed_process
from nmc_mesh.particle.twins import Twins
from nmc_mesh.shell.laws import Law, LogNormal, Normal, Student
from nmc_mesh.shell.model import ShellModel


class NormalTable(Table):
    """Normal law of a coefficient, um."""

    family: Literal["normal"]
    mean: Finite
    deviation: Positive

    def law(self) -> Law:
        """Return the law itself."""
        return Normal(self.mean, self.deviation)


class LogNormalTable(Table):
    """Log-normal law of a coefficient; loc and scale in um."""

    family: Literal["lognormal"]
    shape: Positive
    loc: Finite
    scale: Positive

    def law(self) -> Law:
        """Return the law itself."""
        return LogNormal(self.shape, self.loc, self.scale)


class StudentTable(Table):
    """Scaled Student t law of a coefficient; tau and loc in um."""

    family: Literal["student"]
    nu: Positive
    tau: Positive
    loc: Finite = 0.0

    def law(self) -> Law:
        """Return the law itself."""
        return Student(self.nu, self.tau, self.loc)


Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]

LawTable = Annotated[NormalTable | LogNormalTable | StudentTable, Field(discriminator="family")]


class ShellTable(ShellLawTable):
    """``laws``: one per degree l = 0 ... L, in um; ``min_volume`` in um^3."""

    law: Literal["harmonics"] = Field(default="harmonics", exclude=True)  # what files may leave out
    min_volume: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    laws: Annotated[tuple[LawTable, ...], Field(min_length=1)]

    def model(self) -> ShellModel:
        """Return the shell model."""
        return ShellModel(tuple(table.law() for table in self.laws), self.min_volume)


class GrainsTable(TessellationTable):
    """``pixel`` in um, ``intensity`` per px^3, ``window_half`` in px; ``seeds``: if not Poisson."""

    law: Literal["poisson"] = Field(default="poisson", exclude=True)  # what files may leave out
    pixel: Positive
    intensity: Positive
    window_half: Positive
    seeds: SeedsTable | None = None
    marks: MarksTable
    intervals: dict[str, tuple[Finite, Finite, Finite]] | None = None

    def model(self) -> GrainModel:
        """Return the grain model in um."""
        return GrainModel(
            self.intensity / float(power(self.pixel, 3)),
            self.marks.mark_law(self.pixel),
            self.window_half * self.pixel,
            seed_process(self.seeds),
        )


SHELL_TABLES: Registry[type[ShellLawTable]] = law_tables(
    SHELL_LAWS, ShellLawTable, {"harmonics": ShellTable, "joint": JointTable}
)
"""Tables of ``[shell]`` by the name of their law."""

GRAIN_TABLES: Registry[type[TessellationTable]] = law_tables(
    TESSELLATIONS, TessellationTable, {"poisson": GrainsTable}
)
"""Tables of ``[grains]`` by the name of their law."""


class PlacesTable(Table):
    """Weights of the places of pores."""

    quadruple: Weight = 0.0
    triple: Weight = 0.0
    grain: Weight = 0.0


class PoresTable(Table):
    """``[pores]``: see `nmc_mesh.Pores`; sizes in grain sizes."""

    fraction: Annotated[float, Field(ge=0, lt=1)]
    size: Annotated[float, Field(gt=0, lt=1)] = 0.5
    spread: Annotated[float, Field(ge=0, lt=2)] = 0.25
    places: PlacesTable = PlacesTable(quadruple=1.0, triple=1.0)
    profile: Annotated[float, Field(ge=-50, le=50)] = 0.0
    centre: Annotated[float, Field(ge=0, le=1)] = 0.0

    def law(self) -> Pores:
        """Return the law itself."""
        weights = self.places.model_dump()
        return Pores(self.fraction, self.size, self.spread, weights, self.profile, self.centre)


Direction = tuple[Finite, Finite, Finite]


class TwinsTable(Table):
    """``[twins]``: see `nmc_mesh.Twins`; thickness in grain sizes, angle in radians."""

    share: Annotated[float, Field(ge=0, le=1)]
    thickness: Annotated[float, Field(ge=0.05, le=1)] = 0.3
    spread: Annotated[float, Field(ge=0, le=1)] = 0.3
    plane: Direction = (0.0, 0.0, 1.0)
    axis: Direction = (0.0, 0.0, 1.0)
    angle: Annotated[float, Field(ge=0, le=math.pi)] = math.pi / 3

    @field_validator("plane", "axis")
    @classmethod
    def _check(cls, way: Direction) -> Direction:
        if not any(way):
            raise ValueError("a direction is three numbers in the crystal's frame, not all 0")
        return way

    def law(self) -> Twins:
        """Return the law itself."""
        return Twins(self.share, self.thickness, self.spread, self.plane, self.axis, self.angle)


ProfileName = Annotated[str, AfterValidator(check_profile_name)]


class CoatingTable(Table):
    """``[coating]``: see `nmc_mesh.Coating`; lengths in um."""

    thickness: Positive
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    patch: Positive | None = None

    def layer(self) -> Coating:
        """Return the layer itself."""
        return Coating(self.thickness, self.share, self.patch)


class ProfileTable(Table):
    """``[profiles.NAME]``: see `nmc_mesh.Profile`; by r / R, or in um along an axis."""

    at: Annotated[tuple[Finite, ...], Field(min_length=1)]
    values: Annotated[tuple[Finite, ...], Field(min_length=1)]
    along: Along = "radius"

    def profile(self) -> Profile:
        """Return the profile itself."""
        return Profile(self.at, self.values, self.along)


class ModelTable(Table):
    """A whole model; ``provenance`` says for each dotted name where its numbers come from.

    Without a ``texture`` grains have no orientations, without ``pores`` particles are dense,
    without ``twins`` grains are whole, without a ``coating`` particles are bare.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    summary: str
    shell: Annotated[SerializeAsAny[ShellLawTable], chosen_by_law(SHELL_TABLES, "harmonics")]
    grains: Annotated[SerializeAsAny[TessellationTable], chosen_by_law(GRAIN_TABLES, "poisson")]
    texture: TextureTable | None = None
    pores: PoresTable | None = None
    twins: TwinsTable | None = None
    coating: CoatingTable | None = None
    profiles: dict[ProfileName, ProfileTable] = Field(default_factory=dict)
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
        return ModelTable.model_validate(plain_toml(text, source, "a model of particles"))
    except ValidationError as error:
        raise InputError(f"{source}: {first_problem(error, _TABLES)}") from None


def read_model(path: Path) -> ModelTable:
    """Read and check a model file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot read the model file {path}: {error}") from None
    return parse_model(text, str(path))


_TABLES: tuple[type[Table], ...] = (
    ModelTable, ShellTable, JointTable, GrainsTable, RadialTable, GradedTable, DepthTable,
    NetworkTable, NormalTable, LogNormalTable, StudentTable, PoresTable, PlacesTable, TwinsTable,
    CoatingTable, ProfileTable, *SEED_TABLES, *texture_schema.TABLES,
)  # fmt: skip
