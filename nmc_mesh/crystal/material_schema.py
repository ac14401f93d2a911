"""The file of a material: TOML, every number checked, every number with a source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from nmc_mesh.crystal.material import WHAT, Material, Number
from nmc_mesh.crystal.tables import Finite, Positive, Table, first_problem, plain_toml
from nmc_mesh.crystal.tensors import trigonal_stiffness
from nmc_mesh.errors import FileError, InputError

Content = Annotated[float, Field(ge=0, le=1)]
Curve = Positive | tuple[Positive, ...]
_DOI = re.compile(r"\b10\.\d{4,}/\S+|arXiv", re.IGNORECASE)


def _check_columns(x: tuple[float, ...], columns: dict[str, tuple[float, ...]]) -> None:
    if not (np.diff(x) > 0).all():
        raise ValueError("the lithium contents x must ascend")
    for name, column in columns.items():
        if len(column) != len(x):
            raise ValueError(f"'{name}' has {len(column)} numbers for {len(x)} lithium contents")


class ConcentrationTable(Table):
    """``maximum`` in mol/m^3; ``range`` of x in use."""

    maximum: Positive | None = None
    range: tuple[Content, Content] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("the range of x goes from the smaller to the larger one")
        return self


class LatticeTable(Table):
    """Lattice parameters in Angstrom against x, which ascends."""

    x: Annotated[tuple[Content, ...], Field(min_length=2)]
    a: tuple[Positive, ...]
    c: tuple[Positive, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_columns(self.x, {"a": self.a, "c": self.c})
        return self


class StiffnessTable(Table):
    """Trigonal stiffness in MPa."""

    C11: Positive
    C12: Finite
    C13: Finite
    C14: Finite
    C33: Positive
    C44: Positive

    @model_validator(mode="after")
    def _check(self) -> Self:
        c = trigonal_stiffness(self.C11, self.C12, self.C13, self.C14, self.C33, self.C44)
        if np.linalg.eigvalsh(c)[0] <= 0:
            raise ValueError("the stiffness is not positive definite")
        return self


class DiffusivityTable(Table):
    """Diffusivities in um^2/s: one number, or as many as ``x`` has."""

    x: tuple[Content, ...] | None = None
    along: Curve | None = None
    across: Curve | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        curves = {"along": self.along, "across": self.across}
        rows = {name: row for name, row in curves.items() if isinstance(row, tuple)}
        if self.x is None and rows:
            raise ValueError("rows of diffusivities need the 'x' they belong to")
        _check_columns(self.x or (0.0, 1.0), rows)
        return self


class PotentialTable(Table):
    """Open-circuit potential in V against Li/Li+, which falls as ``x`` ascends."""

    x: Annotated[tuple[Content, ...], Field(min_length=2)]
    open_circuit: tuple[Finite, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_columns(self.x, {"open_circuit": self.open_circuit})
        if not (np.diff(self.open_circuit) < 0).all():
            raise ValueError("the open-circuit potential falls as x ascends")
        return self


class KineticsTable(Table):
    """Exchange currents of facets in A/m^2, the anodic transfer coefficient, a film in ohm m^2."""

    edge: Positive
    basal: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    transfer: Annotated[float, Field(gt=0, lt=1)] = 0.5
    film: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class BoundaryTable(Table):
    """Diffusion in grain boundaries: um^2/s and um."""

    diffusivity: Positive | None = None
    width: Positive | None = None


class CohesiveTable(Table):
    """How grain boundaries open and slide: MPa and N/m."""

    strength: Positive | None = None
    energy: Positive | None = None
    shear_strength: Positive | None = None
    shear_energy: Positive | None = None


class MaterialTable(Table):
    """A whole material; ``provenance`` says for each dotted name where its numbers come from."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    summary: str
    concentration: ConcentrationTable = ConcentrationTable()
    lattice: LatticeTable | None = None
    stiffness: StiffnessTable | None = None
    diffusivity: DiffusivityTable = DiffusivityTable()
    potential: PotentialTable | None = None
    kinetics: KineticsTable | None = None
    boundary: BoundaryTable = BoundaryTable()
    cohesive: CohesiveTable = CohesiveTable()
    provenance: dict[str, str]

    def material(self) -> Material:
        """Return the material itself."""
        numbers: dict[str, Number] = {}
        for name in WHAT:
            table, entry = name.split(".")
            value = getattr(getattr(self, table), entry, None)
            if value is not None:
                numbers[name] = value
        return Material(self.name, self.summary, numbers, self.provenance)


_TABLES: tuple[type[Table], ...] = (
    MaterialTable, ConcentrationTable, LatticeTable, StiffnessTable, DiffusivityTable,
    PotentialTable, KineticsTable, BoundaryTable, CohesiveTable,
)  # fmt: skip


def parse_material(text: str, title: str) -> Material:
    """Check the text of a material file; ``title`` names it in messages.

    Raises
    ------
    FileError
        If the text is no TOML.
    InputError
        If a name is unknown or missing, a value does not fit, or a number has no source.
    """
    try:
        material = MaterialTable.model_validate(plain_toml(text, title, "a material")).material()
    except ValidationError as error:
        raise InputError(f"{title}: {first_problem(error, _TABLES)}") from None
    for name in material.numbers:
        source = material.source(name)
        if not (source.startswith("ours") or _DOI.search(source)):
            raise InputError(
                f"{title}: '{name}' has no source; write a DOI, or 'ours: ...', for it under "
                "[provenance]"
            )
    return material


def read_material(path: Path) -> Material:
    """Read and check a material file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot read the material file {path}: {error}") from None
    return parse_material(text, str(path))
