"""How cells are made and written: the options of all commands that make tetrahedra."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nmc_mesh.cli.certificate import certifying
from nmc_mesh.cli.options import Command, adding, kept_voids, outputs
from nmc_mesh.extensions import DEFAULT_MESHER

if TYPE_CHECKING:
    from nmc_mesh.mesh.groups import Blocks, Boundaries
    from nmc_mesh.mesher.requirements import Requirement


class Meshing(NamedTuple):
    """What the options say: of the cells, of the proof that is wanted, and of the files."""

    outer: float | None
    growth: float
    keep_voids: bool
    order: int
    mesher: str
    certify: bool
    demands: list[Requirement] | None
    output: tuple[Path, ...]
    more: tuple[Path, ...]
    host: str | None
    blocks: Blocks
    boundaries: Boundaries
    tables: bool

    @property
    def paths(self) -> list[Path]:
        """All files to write."""
        return [*self.output, *self.more]

    @property
    def cells(self) -> dict[str, Any]:
        """What the stages of `nmc_mesh.pipeline` take, but for the size."""
        names = ("outer", "growth", "keep_voids", "order", "mesher")
        return {name: getattr(self, name) for name in names}


def meshing(command: Command) -> Command:
    """Add the options of `Meshing`, which the command gets as ``how``."""

    @wraps(command)
    def gathered(**values: Any) -> Any:
        how = Meshing(*(values.pop(name) for name in Meshing._fields))
        return command(how=how, **values)

    return adding((*_CELLS, certifying, outputs), gathered)


_CELLS = (
    click.option(
        "--outer-size", "outer", type=float, metavar="UM",
        help="Edge length at the outer surface.  [default: as elsewhere]",
    ),
    click.option(
        "--growth", type=float, default=0.0, show_default=True, metavar="UM/UM",
        help="Longer edges inside grains: by so much for each um of distance from boundaries.",
    ),
    kept_voids,
    click.option(
        "--order", type=click.IntRange(1, 2), default=1, show_default=True,
        help="2: ten nodes per cell, those on edges of boundaries lie on the exact quadrics.",
    ),
    click.option(
        "--mesher", default=DEFAULT_MESHER, show_default=True, metavar="NAME",
        help="What makes the tetrahedra: ours, or what a package adds (see nmc-mesh plugins).",
    ),
)  # fmt: skip
