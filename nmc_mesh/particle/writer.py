"""Writing model files: short, readable TOML with the provenance of every number."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from nmc_mesh.crystal.misorientation import MisorientationLaw
from nmc_mesh.crystal.tables import Table
from nmc_mesh.crystal.texture import Texture
from nmc_mesh.crystal.texture_schema import neighbours_table, texture_table
from nmc_mesh.files import write_text
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.numerics.functions import power
from nmc_mesh.particle.schema import (
    CoatingTable,
    GrainsTable,
    ModelTable,
    PoresTable,
    ProfileTable,
    ShellTable,
    TwinsTable,
)
from nmc_mesh.particle.schema_joint import JointTable
from nmc_mesh.particle.schema_laws import ShellLawTable, TessellationTable
from nmc_mesh.particle.schema_marks import marks_table
from nmc_mesh.particle.schema_seeds import seeds_table
from nmc_mesh.shell.joint import JointShellModel
from nmc_mesh.shell.laws import Law
from nmc_mesh.shell.model import ShellModel

_DIGITS = 5


def with_shell(
    base: ModelTable,
    name: str,
    summary: str,
    shell: ShellModel | JointShellModel,
    provenance: Mapping[str, str],
) -> ModelTable:
    """Return the table of ``base`` with another shell; its numbers rounded to five digits.

    Parameters
    ----------
    base
        Table of a model; its grains stay.
    name, summary
        Of the new model.
    shell
        The new shell, um.
    provenance
        Where the shell's numbers come from: names that begin with "shell".
    """
    kept = {key: text for key, text in base.provenance.items() if not _of(key, "shell")}
    table = base.model_dump(mode="json")
    table |= {"name": name, "summary": summary, "provenance": {**provenance, **kept}}
    table["shell"] = _shell_table(shell)
    return ModelTable.model_validate(table)


def with_texture(
    base: ModelTable,
    name: str,
    summary: str,
    texture: Texture,
    provenance: Mapping[str, str],
    neighbours: MisorientationLaw | None = None,
) -> ModelTable:
    """Return the table of ``base`` with another texture; its numbers rounded to five digits.

    Parameters
    ----------
    base
        Table of a model; its shell and grains stay.
    name, summary
        Of the new model; what a name cannot hold becomes a dash.
    texture
        The new texture law.
    provenance
        Where its numbers come from: names that begin with "texture".
    neighbours
        The new law of neighbours, if there is one.
    """
    kept = {key: text for key, text in base.provenance.items() if not _of(key, "texture")}
    table = base.model_dump(mode="json")
    table |= {"name": plain(name), "summary": summary, "provenance": {**kept, **provenance}}
    table["texture"] = texture_table(texture, _DIGITS).model_dump(mode="json")
    if neighbours is not None:
        table["texture"]["neighbours"] = neighbours_table(neighbours, _DIGITS).model_dump()
    return ModelTable.model_validate(table)


def with_grains(
    base: ModelTable,
    name: str,
    summary: str,
    grains: GrainModel,
    pixel: float,
    provenance: Mapping[str, str],
    intervals: Mapping[str, tuple[float, float, float]] | None = None,
) -> ModelTable:
    """Return the table of ``base`` with other grains, their numbers as they are.

    Parameters
    ----------
    base
        Table of a model; its shell and texture stay.
    name, summary
        Of the new model; what a name cannot hold becomes a dash.
    grains
        The new grain model, um.
    pixel
        Unit of length of the file in um; a mark network's own.
    provenance
        Where its numbers come from: names that begin with "grains".
    intervals
        Low, median and high of figures in space that sections leave open, um.
    """
    kept = {key: text for key, text in base.provenance.items() if not _of(key, "grains")}
    part = GrainsTable(
        pixel=pixel,
        intensity=grains.intensity * float(power(pixel, 3)),
        window_half=grains.window_half / pixel,
        seeds=seeds_table(grains.seeds),
        marks=marks_table(grains.marks, pixel),
        intervals=None if intervals is None else {k: _three(each) for k, each in intervals.items()},
    )
    changed = {"name": plain(name), "summary": summary, "grains": part}
    return base.model_copy(update={**changed, "provenance": {**kept, **provenance}})


def _three(values: tuple[float, float, float]) -> tuple[float, float, float]:
    low, middle, high = map(_rounded, values)
    return low, middle, high


def _of(key: str, part: str) -> bool:
    return key.split(".")[0] == part


def plain(name: str) -> str:
    """Return the name of a model that comes nearest to a text."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", name).lstrip("._-") or "model"


def format_model(table: ModelTable) -> str:
    """Return the text of a model file; ``parse_model`` reads it back to an equal table."""
    crystals = table.texture
    texture = {} if crystals is None else crystals.model_dump(mode="json", exclude_none=True)
    head = "[texture] # c axes about the radius; concentrations without unit, angles in radians"
    return "\n".join(
        [
            f"name = {_value(table.name)}",
            f"summary = {_value(table.summary)}",
            "",
            *_shell_lines(table.shell),
            "",
            *_grain_lines(table.grains),
            "",
            *([head] if texture else []),
            *(f"{key} = {_value(value)}" for key, value in texture.items()),
            *([""] if texture else []),
            *_pore_lines(table.pores),
            *_twin_lines(table.twins),
            *_coating_lines(table.coating),
            *(line for name, own in table.profiles.items() for line in _profile_lines(name, own)),
            "[provenance]",
            *(f"{_value(key)} = {_value(text)}" for key, text in table.provenance.items()),
            "",
        ]
    )


def _pore_lines(pores: PoresTable | None) -> list[str]:
    if pores is None:
        return []
    return ["[pores] # size in grain sizes", *_plain_lines(pores), ""]


def _twin_lines(twins: TwinsTable | None) -> list[str]:
    if twins is None:
        return []
    return ["[twins] # thickness in grain sizes, angle in radians", *_plain_lines(twins), ""]


def _coating_lines(coating: CoatingTable | None) -> list[str]:
    if coating is None:
        return []
    return ["[coating] # um", *_plain_lines(coating), ""]


def _profile_lines(name: str, profile: ProfileTable) -> list[str]:
    return [f"[profiles.{name}]", *_plain_lines(profile), ""]


def _shell_lines(shell: ShellLawTable) -> list[str]:
    if not isinstance(shell, ShellTable):
        return ["[shell]", *_plain_lines(shell)]
    laws = [
        f"  {{ {_pairs(law.model_dump(exclude_defaults=True))} }}, # l = {k}"
        for k, law in enumerate(shell.laws)
    ]
    least = f"min_volume = {_value(shell.min_volume)}"
    return ["[shell] # um, um^3", least, "laws = [", *laws, "]"]


def _grain_lines(grains: TessellationTable) -> list[str]:
    if not isinstance(grains, GrainsTable):
        return ["[grains]", *_plain_lines(grains)]
    return [
        "[grains] # pixel in um, intensity per px^3, window_half in px",
        *_plain_lines(grains, {"marks", "intervals"}),
        "",
        "[grains.marks] # D without unit, r (offset) in px^2",
        *_plain_lines(grains.marks),
        *_interval_lines(grains.intervals),
    ]


def _interval_lines(intervals: Mapping[str, tuple[float, ...]] | None) -> list[str]:
    if intervals is None:
        return []
    head = "[grains.intervals] # 90 % intervals of grains in space, um: low, median, high"
    return ["", head, *(f"{name} = {_value(list(each))}" for name, each in intervals.items())]


def _plain_lines(table: Table, left_out: AbstractSet[str] = frozenset()) -> list[str]:
    values = table.model_dump(mode="json", exclude=set(left_out), exclude_none=True)
    return [f"{key} = {_long(value)}" for key, value in values.items()]


def write_model(table: ModelTable, path: str | Path) -> None:
    """Write a model file: beside its place first, then moved there.

    Raises
    ------
    FileError
        If the place cannot be written.
    """
    write_text(Path(path), format_model(table))


def _shell_table(shell: ShellModel | JointShellModel) -> dict[str, Any]:
    if isinstance(shell, JointShellModel):
        return JointTable.of(shell).model_dump(mode="json")
    return {
        "min_volume": _rounded(shell.min_volume),
        "laws": [_law_table(law) for law in shell.laws],
    }


def _law_table(law: Law) -> dict[str, Any]:
    numbers = {name: _rounded(value) for name, value in vars(law).items()}
    return {"family": law.family, **numbers}


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _pairs(table: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {_value(value)}" for key, value in table.items())


def _long(value: Any) -> str:
    """TOML of a value; several lines stand as they are."""
    return f"'''\n{value}'''" if isinstance(value, str) and "\n" in value else _value(value)


def _value(value: Any) -> str:
    """TOML of a string, a number or a list; JSON's notation is TOML's for these."""
    if isinstance(value, Mapping):
        return f"{{ {_pairs(value)} }}"
    return json.dumps(value, ensure_ascii=False)
