"""Options that divide grains into lamellae."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.options import Command, adding

if TYPE_CHECKING:
    from nmc_mesh.particle.twins import Twins

_OPTIONS = (
    click.option(
        "--twins", type=float, metavar="SHARE",
        help="Divide this share of the grains into twin lamellae along their basal planes, every "
        "other one turned by 60 degrees about c.  [default: what the model has]",
    ),
    click.option(
        "--lamella", type=float, default=0.3, show_default=True, metavar="SIZES",
        help="Mean thickness of a lamella in grain sizes.",
    ),
)  # fmt: skip


def twinning(command: Command) -> Command:
    """Add the options of twins."""
    return adding(_OPTIONS, command)


def chosen_twins(share: float | None, lamella: float) -> Twins | None:
    """Return the law that the options say, None where there are none."""
    from nmc_mesh.particle.twins import Twins

    return None if share is None else Twins(share, lamella)
