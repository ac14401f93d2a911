"""Options of what particles have beside grains: a coating, profiles of composition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.options import Command, adding

if TYPE_CHECKING:
    from nmc_mesh.mesh.tet_mesh import TetMesh
    from nmc_mesh.particle.coating import Coating


_OPTIONS = (
    click.option(
        "--coating", type=float, metavar="UM",
        help="Thickness of a coating on the particle's surface; the mesh gets finer there.  "
        "[default: what the model has]",
    ),
    click.option(
        "--coating-share", type=float, metavar="X",
        help="Share of the surface that is coated, in patches.  [default: all of it]",
    ),
    click.option(
        "--coating-patch", type=float, metavar="UM",
        help="Length of a patch of coating.  [default: two grains]",
    ),
    click.option(
        "--profile", "profile", multiple=True, metavar="NAME=R:VALUE,...",
        help="A number by r/R, such as nickel=0:0.9,0.7:0.9,1:0.6, or by place in um: "
        "nickel=z,-1:0.9,1:0.6; an array of cells in .vtu and .e.",
    ),
)  # fmt: skip


def coating_options(command: Command) -> Command:
    """Add the numbers of a coating, and profiles."""
    return adding(_OPTIONS, command)


def coating_of(thickness: float | None, share: float | None, patch: float | None) -> Coating | None:
    """Return the coating of the options; InputError if there is a share or a patch alone."""
    from nmc_mesh.errors import InputError
    from nmc_mesh.particle.coating import Coating

    if thickness is not None:
        return Coating(thickness, 1.0 if share is None else share, patch)
    if share is not None or patch is not None:
        raise InputError("--coating-share and --coating-patch tell of a --coating; give it too")
    return None


def check_coating(mesh: TetMesh, material: str | None) -> None:
    """Refuse a mesh with a coating that has no material."""
    from nmc_mesh.errors import InputError

    if "coating" in mesh.phases.names and material is None:
        raise InputError(
            "the mesh has a coating: say what it is (--coating-material alumina), or write the "
            "grains alone"
        )
