"""Options that put pores into particles."""

from __future__ import annotations

import click

from nmc_mesh.cli.options import Command, adding

_OPTIONS = (
    click.option(
        "--pores", type=float, metavar="SHARE",
        help="Volume fraction of pores, such as 0.05.  [default: what the model has]",
    ),
    click.option(
        "--pore-size", type=float, metavar="UM",
        help="Edge length at pores, which are two edges across else.  [default: as elsewhere]",
    ),
)  # fmt: skip


def porous(command: Command) -> Command:
    """Add the options of pores."""
    return adding(_OPTIONS, command)
