"""The command ``materials``: what is shipped, and a copy to start from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console
from nmc_mesh.cli.options import common

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.crystal.material import Material


@click.command()
@click.argument("name", required=False)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="STUFF.toml",
    help="Copy the file of NAME, to be changed.",
)  # fmt: skip
@common
def materials(name: str | None, output: Path | None, quiet: bool) -> None:
    """List the shipped materials, or the numbers of one and where they come from.

    \b
    nmc-mesh materials
    nmc-mesh materials nmc811
    nmc-mesh materials nmc811 -o stuff.toml

    NAME may also be a material file, .toml.
    """
    from nmc_mesh.crystal.library import list_materials, load_material, material_text
    from nmc_mesh.errors import InputError

    if name is None:
        from nmc_mesh.cli.tables import summary_table

        if output is not None:
            raise InputError("name the material to copy: nmc-mesh materials nmc811 -o stuff.toml")
        known = list_materials()
        console().print("\n".join(known) if quiet else summary_table("material", known))
        return
    material = load_material(name)
    if output is not None:
        from nmc_mesh.cli.files import checked_place
        from nmc_mesh.files import write_text

        checked_place(output, (".toml",), Path(name))
        if output.exists():
            raise InputError(f"'{output}' is there already; choose another name for the copy")
        write_text(output, material_text(name))
    if not quiet:
        from rich.text import Text

        console().print(_numbers(material))
        for quantity, source in material.provenance.items():
            console().print(Text(quantity, style="cyan").append(f": {source}", style="default"))


def _numbers(material: Material) -> Table:
    from rich.table import Table

    from nmc_mesh.crystal.material import WHAT

    table = Table(title=f"{material.name}: {material.summary}", title_justify="left")
    table.add_column("number", style="cyan", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("what", overflow="fold")
    for name, what in WHAT.items():
        if name in material.numbers:
            value = material.numbers[name]
            row = value if isinstance(value, tuple) else (value,)
            text = ", ".join(f"{number:g}" for number in row)
            table.add_row(name, text, what)
        else:
            table.add_row(name, "missing", what, style="dim")
    return table
