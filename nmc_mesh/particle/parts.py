"""Models that grow part by part: a fit adds its own, the rest stays, each says whose it is.

The provenance of a part begins with its name: ``shell.from`` says where it comes from, a fit or
another model, ``shell.inputs`` which files were read, ``shell.command`` with which options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from nmc_mesh.errors import FileError, InputError
from nmc_mesh.extensions import DEFAULT_MODEL
from nmc_mesh.particle.model import list_models, load_table
from nmc_mesh.particle.schema import ModelTable, read_model
from nmc_mesh.particle.writer import plain, write_model

PARTS = ("shell", "grains", "texture")


class Start(NamedTuple):
    """What a fit adds its part to, and the model that is there already, if there is one."""

    table: ModelTable
    before: ModelTable | None


def started(output: Path, base: str | None = None) -> Start:
    """Return the model that a fit adds its part to; every part of it says where it comes from.

    That is ``base``; without one the model of the output, if it is there, else the default model.

    Parameters
    ----------
    output
        Model file that will be written.
    base
        Name of a model, or the path of its file.

    Raises
    ------
    InputError, FileError
        If the base is unknown, or the output is there and is no model: it is not replaced.
    """
    before = None
    if output.exists():
        try:
            before = read_model(output)
        except (InputError, FileError) as error:
            raise type(error)(f"{error}; a fit adds to a model: name another output") from None
    chosen = before if base is None else load_table(base)
    table = load_table(DEFAULT_MODEL) if chosen is None else chosen
    own = before is not None and base is None
    sources = {f"{part}.from": origin for part, origin in origins(table).items()}
    update: dict[str, object] = {"provenance": {**sources, **table.provenance}}
    if not own or table.summary == composed(table):
        update["summary"] = ""  # composed anew when it is written
    if not own:
        update["name"] = plain(output.stem)
    return Start(table.model_copy(update=update), before)


def add_part(
    output: Path, base: str | None, part: str, change: Callable[[ModelTable], ModelTable]
) -> list[str]:
    """Add a part to a model file, as it is now; say what of the user's this replaces.

    Parameters
    ----------
    output, base
        See ``started``. The file is read anew: while a fit ran it may have got other parts.
    part
        One of ``PARTS``.
    change
        Gives the model its part.
    """
    start = started(output, base)
    table = change(start.table)
    update: dict[str, object] = {"provenance": dict(sorted(table.provenance.items(), key=_rank))}
    if not table.summary:
        update["summary"] = composed(table)
    table = table.model_copy(update=update)
    write_model(table, output)
    return list(_replaced(start.before, table, part, output.name))


def fitted_parts(output: Path, command: str, inputs: str | None = None) -> list[str]:
    """Return the parts of a model file that a command fitted; none if there is no file.

    Parameters
    ----------
    output
        Model file.
    command
        As its provenance has it.
    inputs
        Only parts that were fitted to these contents; default: whatever they were fitted to.

    Raises
    ------
    InputError, FileError
        If the file is there and is no model.
    """
    known = read_model(output).provenance if output.is_file() else {}
    return [
        part
        for part in PARTS
        if known.get(f"{part}.command") == command
        and (inputs is None or known.get(f"{part}.inputs") == inputs)
    ]


def origins(table: ModelTable) -> dict[str, str]:
    """Say of each part a model has where it comes from: "fitted to CT.tif", or a model's name."""
    there = [part for part in PARTS if getattr(table, part) is not None]
    return {part: table.provenance.get(f"{part}.from", table.name) for part in there}


def composed(table: ModelTable) -> str:
    """Return the summary of a model whose parts have several origins."""
    return "; ".join(f"{part} {_of(origin)}" for part, origin in origins(table).items())


def _rank(item: tuple[str, str]) -> tuple[int, bool]:
    """Part by part, each with where it comes from first."""
    part, _, what = item[0].partition(".")
    return PARTS.index(part) if part in PARTS else len(PARTS), what != "from"


def _of(origin: str) -> str:
    return origin if origin.startswith("fitted") else f"of {origin}"


def _replaced(before: ModelTable | None, after: ModelTable, part: str, name: str) -> Iterator[str]:
    if before is None:
        return
    now, shipped = origins(after), list_models()
    for other, origin in origins(before).items():
        if getattr(before, other) != getattr(after, other) and origin not in shipped:
            new = _of(now[other]) if other in now else "none"
            yield f"{name}: {other} {_of(origin)} replaced, now {new}"
    joint = getattr(before.texture, "short", 0.0) and before.texture == after.texture
    if part == "grains" and joint:
        yield (
            f"{name}: the texture says how crystals lie to the short axes of the former grains; "
            "fit it again: nmc-mesh fit-texture"
        )
