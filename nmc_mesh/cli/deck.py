"""The command ``deck``: what a solver needs to run, not the mesh alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import common

if TYPE_CHECKING:
    from nmc_mesh.crystal.material import Material
    from nmc_mesh.progress import Progress
    from nmc_mesh.typing import Floats

_STRETCH = "0,0,0.001,0,0,0"


@click.command()
@click.argument("host", type=click.Choice(["abaqus", "damask"]))
@click.argument("source", metavar="SOURCE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT",
    help="The file to run: .inp of abaqus, the grid .vti of damask; others are written beside.",
)  # fmt: skip
@click.option(
    "--material", required=True, metavar="NAME",
    help="A shipped material (see nmc-mesh materials) or a material file, .toml.",
)  # fmt: skip
@click.option(
    "--strain", metavar="XX,YY,ZZ,YZ,XZ,XY",
    help="Of the outer surface (abaqus) or of the box (damask); shear is not doubled.  "
    f"[default: {_STRETCH}]",
)  # fmt: skip
@click.option(
    "--content", type=float, metavar="X",
    help="In place of a strain: all crystals come to this lithium content from the upper end of "
    "the material's range, and swell, the surface free (abaqus).",
)  # fmt: skip
@click.option(
    "--open", "opened", metavar="WHICH",
    help="Boundaries that get cohesive elements, as of nmc-mesh cohesive --boundaries (abaqus).",
)  # fmt: skip
@click.option("--size", type=float, metavar="UM", help="Edge length of a stored particle (abaqus).")
@click.option(
    "--spacing", metavar="UM",
    help="Edge length of a voxel (damask).  [default: an eighth of a grain]",
)  # fmt: skip
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of a model's particle (damask)."
)
@common
def deck(
    host: str,
    source: str,
    output: Path,
    material: str,
    strain: str | None,
    content: float | None,
    opened: str | None,
    size: float | None,
    spacing: str | None,
    seed: int,
    quiet: bool,
) -> None:
    """Write input that a solver runs as it is: SOURCE is a mesh or a particle with orientations.

    \b
    nmc-mesh deck abaqus particle.e --material nmc811 -o job.inp          ccx job
    nmc-mesh deck abaqus particle.e --material nmc811 -o job.inp --strain 0.001,0,0,0,0,0
    nmc-mesh deck abaqus particle.e --material nmc811 -o job.inp --content 0.5 --open all
    nmc-mesh deck damask particle.h5 --material nmc811 -o grid.vti --spacing 0.1

    Abaqus and CalculiX get the mesh (job_mesh.inp), orientation and anisotropic stiffness of every
    grain, displacements u = E x on the outer surface, a static step and reactions: the mean stress
    is that of nmc-mesh homogenize, "gradient at the surface". Cohesive elements (--open) are
    Abaqus's; CalculiX has none. DAMASK gets voxels, grid_material.yaml and grid_load.yaml, in m and
    Pa; what lies outside is a thousandth as stiff. Input for MOOSE is written by plugins/moose.
    """
    from nmc_mesh.cli.files import checked_place, numbers
    from nmc_mesh.crystal.library import load_material
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.deck_abaqus import abaqus_mesh_of, strain_tensor
    from nmc_mesh.io.deck_damask import damask_files_of

    abaqus = {"--open": opened, "--size": size, "--content": content}
    given = abaqus if host == "damask" else {"--spacing": spacing}
    if foreign := [option for option, value in given.items() if value is not None]:
        raise InputError(f"a deck for {host} has no {', '.join(foreign)}; leave it out")
    if strain is not None and content is not None:
        raise InputError("a deck has one load; give --strain or --content")
    load = strain or _STRETCH if content is None else None
    tensor = None if load is None else strain_tensor(numbers("--strain", load, float))
    stuff = load_material(material)
    _ = stuff.stiffness
    if content is not None:
        stuff.chemical_strain(content, stuff.content_range[1])
    ending = ".inp" if host == "abaqus" else ".vti"
    files = [output, abaqus_mesh_of(output)] if host == "abaqus" else damask_files_of(output)
    checked_place(output, (ending,), Path(source))
    for path in files[1:]:
        checked_place(path, (path.suffix,), Path(source))
    with watched(quiet) as watch:
        if host == "abaqus":
            _abaqus(Path(source), output, stuff, tensor, content, opened, size, watch)
        else:
            assert tensor is not None
            _damask(source, output, stuff, tensor, spacing, seed, watch)
        watch("write", 1.0)
    if not quiet:
        from nmc_mesh.cli.tables import ending as table

        facts = [("material", stuff.name), ("load", f"x = {content}" if load is None else load)]
        console().print(table(f"{Path(source).name}, for {host}", [facts], watch.seconds, files))


def _abaqus(
    source: Path,
    output: Path,
    material: Material,
    strain: Floats | None,
    content: float | None,
    opened: str | None,
    size: float | None,
    watch: Progress,
) -> None:
    from nmc_mesh.errors import InputError
    from nmc_mesh.io import read
    from nmc_mesh.io.crystals import oriented
    from nmc_mesh.io.deck_abaqus import write_abaqus_deck
    from nmc_mesh.io.particle import holds_particle, read_particle

    if holds_particle(source):
        from nmc_mesh.mesher.tetrahedralize import tetrahedralize

        mesh = tetrahedralize(read_particle(source), size, progress=watch)
    elif size is not None:
        raise InputError(f"{source} is a mesh already; --size is for a stored particle")
    else:
        mesh = oriented(read(source), source)
    watch("read", 1.0)
    if opened is None:
        write_abaqus_deck(output, mesh, material, strain, content=content)
        return
    from nmc_mesh.cohesive.splitting import split_boundaries
    from nmc_mesh.mechanics.cohesive_zone import STIFFNESS

    split = split_boundaries(mesh, opened)
    write_abaqus_deck(output, split, material, strain, STIFFNESS, content)


def _damask(
    source: str,
    output: Path,
    material: Material,
    strain: Floats,
    spacing: str | None,
    seed: int,
    watch: Progress,
) -> None:
    from nmc_mesh.cli.voxels import image_of
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.deck_damask import write_damask_deck

    image, info = image_of(
        source,
        watch,
        spacing=spacing,
        keep=None,
        dataset=None,
        seed=seed,
        diameter=None,
        ends_at=None,
    )
    if info.get("orientations") is None:
        raise InputError(
            f"the grains of {source} have no orientations; name a stored particle (.h5) or a model "
            "with a texture"
        )
    write_damask_deck(output, image, info["orientations"], material, strain)
