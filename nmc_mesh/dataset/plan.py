"""The plan of a data set: typed TOML, unknown names answered with a guess, a schema for editors."""

from __future__ import annotations

import hashlib
import json
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from nmc_mesh.crystal import texture_schema
from nmc_mesh.crystal.tables import Positive, Table, plain_toml
from nmc_mesh.crystal.texture_schema import TextureTable
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io.formats import FORMATS

Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


def mesh_formats() -> list[str]:
    """Return the endings of all formats that hold a mesh, those of other packages too."""
    return [suffix for suffix, form in FORMATS.items() if form.mesh]


def _known_format(suffix: str) -> str:
    known = mesh_formats()
    if suffix not in known:
        expected = " or ".join([", ".join(map(repr, known[:-1])), repr(known[-1])])
        raise PydanticCustomError("literal_error", "one of {expected}", {"expected": expected})
    return suffix


def _name_formats(schema: dict[str, Any]) -> None:
    schema["items"]["enum"] = mesh_formats()


AS_MODEL, NO_TEXTURE = "model", "none"


class Range(Table):
    """Numbers from low to high; a grid takes so many levels of it, evenly spaced (or in log)."""

    low: Positive
    high: Positive
    levels: Annotated[int, Field(ge=1)] = 5
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.low > self.high:
            raise ValueError(f"low = {self.low:g} is above high = {self.high:g}")
        return self


def _form(value: Any) -> str:
    """Tell one value, a list of values and a range apart, so that a mistake is told of one form."""
    if isinstance(value, list | tuple):
        return "list"
    return "range" if isinstance(value, dict | Range) else "one"


Numbers: TypeAlias = Annotated[
    Annotated[Positive, Tag("one")]
    | Annotated[tuple[Positive, ...], Field(min_length=1), Tag("list")]
    | Annotated[Range, Tag("range")],
    Discriminator(_form),
]
Names: TypeAlias = Annotated[
    Annotated[str, Tag("one")] | Annotated[tuple[str, ...], Field(min_length=1), Tag("list")],
    Discriminator(_form),
]
_FORMS = {"one", "list", "range"}


class Particles(Table):
    """What is drawn. Every entry is one value, a list of values, or (numbers) a range."""

    model: Names = Field(description="Shipped models or model files (.toml).")
    diameter: Numbers | None = Field(
        None, description="Volume-equivalent diameter of the shell in um; default: as drawn."
    )
    texture: Names = Field(
        default=AS_MODEL,
        description="Law of the crystals: of the model, of a table [textures.NAME], or none.",
    )
    surface: Literal["grains", "shell"] = Field(
        default="grains",
        description="grains: those whose centroid lies in the shell, whole; shell: cut off there.",
    )
    material: Names | None = Field(
        default=None, description="Shipped materials or material files; noted with the particle."
    )


class Design(Table):
    """How the values of the particles are chosen from lists and ranges.

    random: each by itself; list: lists of equal length side by side; grid: all combinations, again
    and again; latin-hypercube: every range cut into as many strata as there are particles.
    """

    kind: Literal["random", "list", "grid", "latin-hypercube"] = "random"


class Analytic(Table):
    """The analytic form: shell, seeds, tensors and offsets of the grains; always stored.

    single: numbers are rounded to 32 bits right after drawing, 40 bytes per seed, and everything
    else is made from the rounded particle; double: 80 bytes per seed.
    """

    precision: Literal["single", "double"] = "single"


class Voxels(Table):
    """Labels on a grid: spacing in um."""

    spacing: Numbers = Field(description="Edge length of a voxel in um.")
    compression: Annotated[int, Field(ge=0, le=9)] = 4


class Meshes(Table):
    """Tetrahedra: size in um, files, and the layout of their tags."""

    size: Numbers | None = Field(
        None, description="Edge length in um; default: a quarter of a grain."
    )
    formats: Annotated[
        tuple[Annotated[str, AfterValidator(_known_format)], ...],
        Field(min_length=1, json_schema_extra=_name_formats),
    ] = (".vtu",)
    blocks: Literal["auto", "grain", "color", "single"] = "auto"
    boundaries: Literal["auto", "pairs", "one", "none"] = "auto"
    order: Literal[1, 2] = Field(1, description="2: cells with nodes on their edges.")
    tables: bool = Field(True, description="Tables of grains, boundaries and facets (.json, .h5).")


class Surfaces(Table):
    """Triangles of grain boundaries and of the outer surface, from a mesh of this size in um."""

    size: Numbers | None = Field(
        None, description="Edge length in um; default: that of the meshes, or a quarter of a grain."
    )


class Card(Table):
    """What the datacard says."""

    description: str = "Virtual NMC cathode particles drawn from a stochastic model."
    creator: str = "unknown"
    licence: str = Field(default="unspecified", description="SPDX name or URL.")
    published: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = Field(
        default=None, description="Date of publication, 2026-01-31."
    )


class Plan(Table):
    """A data set, as its author wrote it."""

    name: Name
    number: Count = Field(description="How many particles.")
    seed: Annotated[int, Field(ge=0)] = Field(0, description="Chooses all of them.")
    particles: Particles
    textures: dict[str, TextureTable] = Field(default_factory=dict)
    design: Design = Design()
    analytic: Analytic = Analytic()
    voxels: Voxels | None = None
    surfaces: Surfaces | None = None
    meshes: Meshes | None = None
    card: Card = Card()

    @model_validator(mode="after")
    def _textures_known(self) -> Plan:
        named = self.particles.texture
        known = (AS_MODEL, NO_TEXTURE, *self.textures)
        for name in (named,) if isinstance(named, str) else named:
            if name not in known:
                raise ValueError(f"there is no [textures.{name}]; there are {', '.join(known)}")
        return self

    @property
    def meshed(self) -> bool:
        """Whether particles have to be meshed."""
        return self.meshes is not None or self.surfaces is not None


def read_plan(path: Path) -> Plan:
    """Read and check a plan; model files it names are looked for beside it.

    Parameters
    ----------
    path
        The plan, a .toml file.

    Raises
    ------
    FileError
        If the file cannot be read or is no TOML.
    InputError
        If a name is unknown or missing, or a value does not fit.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(
            f"cannot read the plan {path}: {error}; write one with: nmc-mesh dataset --init"
        ) from None
    return parse_plan(text, str(path))


def parse_plan(text: str, source: str = "the plan") -> Plan:
    """Check the text of a plan; ``source`` names it in messages. Errors as ``read_plan``.

    Parameters
    ----------
    text
        The plan, TOML.
    source
        Where it comes from.
    """
    try:
        return Plan.model_validate(plain_toml(text, source, "a plan of a data set"))
    except ValidationError as error:
        raise InputError(f"{source}: {_first_problem(error)}") from None


def plan_schema() -> str:
    """JSON schema of a plan, for editors that complete and check TOML."""
    schema = Plan.model_json_schema()
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(document, indent=1) + "\n"


def canonical(value: Any) -> str:
    """JSON text of plain values: the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def fingerprint(value: Any) -> str:
    """Sixteen hexadecimal digits of the SHA-256 of plain values."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


def _first_problem(error: ValidationError) -> str:
    problems: list[Any] = sorted(error.errors(), key=_rank)
    problem = problems[0]
    entry = ".".join(str(part) for part in problem["loc"] if part not in _FORMS)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if problem["type"] == "extra_forbidden":
        guess = get_close_matches(str(problem["loc"][-1]), _names(), n=1)
        hint = f", perhaps you meant '{guess[0]}'" if guess else ""
        return f"unknown name '{entry}'{hint}{more}"
    if problem["type"] == "missing":
        return f"'{entry}' is missing{more}"
    if problem["type"] == "literal_error":
        allowed = str(problem["ctx"]["expected"])
        words = [word.strip("'") for word in allowed.replace(" or ", ", ").split(", ")]
        guess = get_close_matches(str(problem["input"]), words, n=1)
        hint = f", perhaps you meant '{guess[0]}'" if guess else ""
        return f"'{entry}' is {allowed}, not {problem['input']!r}{hint}{more}"
    return f"'{entry}': {problem['msg']}, not {problem['input']!r}{more}"


def _rank(problem: Any) -> tuple[bool, int]:
    """Unknown names first, then what lies deepest: the branch of a union that fits best."""
    return problem["type"] != "extra_forbidden", -len(problem["loc"])


def _names() -> list[str]:
    tables: list[type[Table]] = [Plan, Particles, Design, Analytic, Voxels, Meshes, Surfaces]
    tables += [Range, Card, *texture_schema.TABLES]
    return sorted({name for table in tables for name in table.model_fields})
