"""The command ``cracks``: open cracks along the grain boundaries of a written mesh."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import Command, adding, common, outputs

if TYPE_CHECKING:
    from nmc_mesh.cracks.law import CrackLaw
    from nmc_mesh.mesh.groups import Blocks, Boundaries
    from nmc_mesh.mesh.tet_mesh import TetMesh


_LAW_OPTIONS = (
    click.option(
        "--law", default="random", show_default=True, metavar="LAW",
        help="random: single boundaries; short, long: cracks of several; radial: from the "
        "surface inwards; or a file of fit-cracks, .json.",
    ),
    click.option(
        "--radial", type=float, metavar="X",
        help="Preference for boundaries that hold the radius; below 0: across it.  "
        "[default: LAW's]",
    ),
    click.option(
        "--outward", type=float, metavar="X",
        help="Preference for boundaries far from the centre; below 0: near it.  "
        "[default: LAW's]",
    ),
    click.option(
        "--crack-size", "size", type=float, metavar="N",
        help="Boundaries of a crack in the mean, 1 or more; inf: one network.  "
        "[default: LAW's]",
    ),
    click.option(
        "--straight", type=float, metavar="X",
        help="How much cracks prefer to go on in their direction.  [default: LAW's]",
    ),
    click.option(
        "--surface", type=click.Choice(["any", "connected", "isolated"]),
        help="Every crack starts at the outer surface, or none comes there.  [default: LAW's]",
    ),
)  # fmt: skip


def crack_law(command: Command) -> Command:
    """Add the numbers of a law of cracks, each of which stands above that of the named one."""
    return adding(_LAW_OPTIONS, command)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="IN")
@click.option(
    "--share", type=float, metavar="X",
    help="Share of the area of all grain boundaries that is open, such as 0.1.  [default: of a law "
    "in a file, its own]",
)  # fmt: skip
@crack_law
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses the boundaries.")
@outputs
@common
def cracks(
    file: Path,
    share: float | None,
    law: str,
    seed: int,
    output: tuple[Path, ...],
    more: tuple[Path, ...],
    host: str | None,
    blocks: Blocks,
    boundaries: Boundaries,
    tables: bool,
    quiet: bool,
    **numbers: Any,
) -> None:
    """Open cracks of no thickness along grain boundaries: IN is a conforming mesh.

    \b
    nmc-mesh cracks particle.msh --share 0.1 -o cracked.msh
    nmc-mesh cracks particle.msh --share 0.1 --law radial -o cracked.e cracked.vtu
    nmc-mesh cracks particle.e --share 0.05 --law long --surface isolated --seed 7 -o cracked.xdmf
    nmc-mesh cracks particle.msh --law found.json -o cracked.msh   as fit-cracks found it

    Nodes are doubled where boundaries are open, so that both sides move, and hold lithium, apart;
    where a crack ends its nodes are single. The facets of both sides are the set crack_surface, in
    every format; outer_surface stays as it was, and no flux enters a crack. Volume and grains stay.
    Cracks never part the particle.
    """
    from nmc_mesh.cli.files import all_files, checked, checked_host, write_all
    from nmc_mesh.cli.tables import ending
    from nmc_mesh.cracks.opening import crack
    from nmc_mesh.io import read
    from nmc_mesh.io.crystals import informed

    wanted = chosen_law(law, share, numbers)
    paths = checked([*output, *more], tables, source=file)
    reader = checked_host(host, paths)
    with watched(quiet) as watch:
        mesh = informed(read(file), file)
        watch("read", 1.0)
        cracked = crack(mesh, wanted, seed)
        watch("crack", 1.0)
        write_all(cracked, paths, blocks, boundaries, watch, host=reader)
    if not quiet:
        facts = [("grains", f"{len(mesh.grains):,}"), *crack_facts(cracked)]
        facts.append(("nodes", f"{len(mesh.points):,}, now {len(cracked.points):,}"))
        title = f"{file.name}, cracked"
        console().print(ending(title, [facts], watch.seconds, all_files(paths)))


def chosen_law(name: str, share: float | None, numbers: dict[str, Any]) -> CrackLaw:
    """Return the law that options name, or that a file holds."""
    from dataclasses import replace

    from nmc_mesh.cracks.law import CrackLaw
    from nmc_mesh.errors import InputError

    given = {key: value for key, value in numbers.items() if value is not None}
    if name.endswith(".json"):
        known = stored_law(Path(name))
        return replace(known, **given, share=known.share if share is None else share)
    if share is None:
        raise InputError("how much is open? give a share of the boundaries, such as --share 0.1")
    return CrackLaw.named(name, share, **given)


def stored_law(file: Path) -> CrackLaw:
    """Read the law that ``fit-cracks`` wrote.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it holds no law of cracks.
    """
    import json

    from nmc_mesh.cracks.law import CrackLaw
    from nmc_mesh.errors import InputError
    from nmc_mesh.files import contents

    try:
        numbers = json.loads(contents(file))["law"]
        return CrackLaw(**{**numbers, "size": numbers["size"] or float("inf")})
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{file} holds no law of cracks; make one: nmc-mesh fit-cracks SECTION.tif --voxel UM "
            f"-o {file.name}"
        ) from error


def crack_facts(mesh: TetMesh) -> Iterator[tuple[str, str]]:
    """Say what cracks a mesh has; nothing of one that has none."""
    known = mesh.info.get("cracks")
    if mesh.cracked.any() and known:
        yield (
            "cracks",
            f"{known['cracks']:,}, through {known['boundaries']:,} boundaries between grains",
        )
        yield "open", f"{100 * known['reached']:.3g} % of the boundaries, {known['area']:.4g} µm²"
