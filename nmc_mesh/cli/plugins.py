"""The command ``plugins``: what is built in and what other packages add."""

from __future__ import annotations

from difflib import get_close_matches
from inspect import getdoc
from typing import Any, NamedTuple

import click

from nmc_mesh.cli.console import console
from nmc_mesh.cli.options import common


class _Row(NamedTuple):
    kind: str
    name: str
    what: str
    source: str
    problem: str = ""


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME ...]")
@common
def plugins(names: tuple[str, ...], quiet: bool) -> None:
    """List formats, models, materials, laws, meshers, phases: built in, or added by other packages.

    \b
    nmc-mesh plugins
    nmc-mesh plugins .msh nmc-radial
    nmc-mesh plugins --quiet           broken ones only

    A package adds one by an entry point (see help("nmc_mesh.extensions")). A broken one is left
    out everywhere else, with a warning; here it says why.
    """
    from rich.table import Table

    from nmc_mesh.errors import InputError

    rows = _rows()
    known = [row.name for row in rows]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"perhaps you meant '{near[0]}'" if near else "nmc-mesh plugins lists all"
            raise InputError(f"there is no plugin '{name}'; {hint}")
    table = Table(box=None, padding=(0, 1))
    for title in ("kind", "name", "what", "from"):
        table.add_column(title, no_wrap=title in ("kind", "name"))
    for row in rows:
        if (names and row.name not in names) or (quiet and not row.problem):
            continue
        what = f"broken: {row.problem}" if row.problem else row.what
        table.add_row(row.kind, row.name, what, row.source, style="red" if row.problem else None)
    if table.row_count:
        console().print(table)


def _rows() -> list[_Row]:
    import warnings

    from nmc_mesh import extensions as ext
    from nmc_mesh.crystal import library
    from nmc_mesh.geometry.phases import PHASES
    from nmc_mesh.io.formats import FORMATS
    from nmc_mesh.mesher.tetrahedralize import MESHERS
    from nmc_mesh.particle import model
    from nmc_mesh.particle.schema import GRAIN_TABLES, SHELL_TABLES
    from nmc_mesh.particle.schema_marks import MARK_TABLES

    parts: list[ext.Registry[Any]] = [SHELL_TABLES, GRAIN_TABLES, MARK_TABLES, MESHERS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the table says it
        summaries = {
            "format": {suffix: form.name for suffix, form in FORMATS.items()},
            "model": model.list_models(),
            "material": library.list_materials(),
            "phase": {name: phase.about for name, phase in PHASES.items()},
        }
        for part in parts:
            lines = {name: _first_line(value) for name, value in part.items()}
            summaries[ext.GROUPS[part.group]] = lines
    foreign = [
        *FORMATS.foreign(),
        *PHASES.foreign(),
        *ext.extensions(ext.MODELS, model.shipped(), ext.file_problem),
        *ext.extensions(ext.MATERIALS, library.shipped(), ext.file_problem),
        *(extension for part in parts for extension in part.foreign()),
    ]
    packages = {
        (extension.kind, extension.name): extension.package
        for extension in foreign
        if not extension.problem
    }
    rows = [
        _Row(kind, name, what, packages.get((kind, name), "built in"))
        for kind, known in summaries.items()
        for name, what in known.items()
    ]
    return rows + [
        _Row(extension.kind, extension.name, "", extension.package, extension.problem)
        for extension in foreign
        if extension.problem
    ]


def _first_line(value: object) -> str:
    """First line of a docstring, without what marks code in it."""
    return (getdoc(value) or "").partition("\n")[0].replace("``", "")
