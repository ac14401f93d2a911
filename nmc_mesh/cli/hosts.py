"""The command ``hosts``: the programs that ``--for`` writes for."""

from __future__ import annotations

import click

from nmc_mesh.cli.console import console
from nmc_mesh.cli.options import common


@click.command()
@common
def hosts(quiet: bool) -> None:
    """List the hosts that --for knows, and what has read our files in a test, mostly itself.

    \b
    nmc-mesh hosts
    nmc-mesh hosts --quiet             words only
    nmc-mesh generate --for mfem -o particle.mesh
    """
    from rich.table import Table

    from nmc_mesh.io.hosts import HOSTS

    if quiet:
        console().print("\n".join(HOSTS))
        return
    table = Table(box=None, padding=(0, 1))
    for title in ("--for", "host", "file", "what it chooses", "read by"):
        table.add_column(title, no_wrap=title not in ("what it chooses", "read by"))
    for word, host in HOSTS.items():
        table.add_row(word, host.name, host.stem + host.ending, host.why, host.read_by or "itself")
    console().print(table)
