"""The command ``deck``: what a solver needs to run, not the mesh alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import common, material_option

if TYPE_CHECKING:
    from nmc_mesh.crystal.material import Material
    from nmc_mesh.geometry.label_image import LabelImage
    from nmc_mesh.mesh.tet_mesh import TetMesh
    from nmc_mesh.progress import Progress
    from nmc_mesh.typing import Floats

_STRETCH = "0,0,0.001,0,0,0"


@click.command()
@click.argument("host", type=click.Choice(["abaqus", "aster", "damask", "elmer"]))
@click.argument("source", metavar="SOURCE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT",
    help="The file to run: .inp of abaqus, .comm of code_aster, the grid .vti of damask, .sif of "
    "elmer, in a folder of its own; others are written beside.",
)  # fmt: skip
@material_option
@click.option(
    "--strain", metavar="XX,YY,ZZ,YZ,XZ,XY",
    help="Of the outer surface (abaqus, aster, elmer) or of the box (damask); shear is not "
    f"doubled.  [default: {_STRETCH}]",
)  # fmt: skip
@click.option(
    "--content", type=float, metavar="X",
    help="In place of a strain: all crystals come to this lithium content from the upper end of "
    "the material's range, and swell, the surface free (abaqus).",
)  # fmt: skip
@click.option(
    "--rate", type=float, metavar="C",
    help="In place of a strain: lithium leaves at this C-rate for the whole range of x; below 0 it "
    "enters (elmer).",
)  # fmt: skip
@click.option(
    "--open", "opened", metavar="WHICH",
    help="Boundaries that get cohesive elements, as of nmc-mesh cohesive --boundaries (abaqus).",
)  # fmt: skip
@click.option(
    "--size",
    type=float,
    metavar="UM",
    help="Edge length of a stored particle (abaqus, aster, elmer).",
)
@click.option(
    "--spacing", metavar="UM",
    help="Edge length of a voxel (damask).  [default: an eighth of a grain]",
)  # fmt: skip
@click.option(
    "--orientations", type=click.Path(path_type=Path), metavar="TABLE",
    help="Crystals of an image's grains, as of nmc-mesh mesh (damask).  [default: what the table "
    "beside the image says]",
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
    rate: float | None,
    opened: str | None,
    size: float | None,
    spacing: str | None,
    orientations: Path | None,
    seed: int,
    quiet: bool,
) -> None:
    """Write input that a solver runs as it is: SOURCE is a mesh or a particle with orientations.

    \b
    nmc-mesh deck abaqus particle.e --material nmc811 -o job.inp          ccx job
    nmc-mesh deck abaqus particle.e --material nmc811 -o job.inp --strain 0.001,0,0,0,0,0
    nmc-mesh deck abaqus particle.e --material nmc811 -o job.inp --content 0.5 --open all
    nmc-mesh deck aster particle.e --material nmc811 -o case.comm         run_aster case.export
    nmc-mesh deck damask particle.h5 --material nmc811 -o grid.vti --spacing 0.1
    nmc-mesh deck damask cube.npy --material nmc811 -o cube.vti --spacing 0.1 --orientations t.csv
    nmc-mesh deck elmer particle.e --material nmc811 -o particle/case.sif --rate 0.5

    Abaqus and CalculiX get the mesh (job_mesh.inp), orientation and anisotropic stiffness of every
    grain, displacements u = E x on the outer surface, a static step and reactions: the mean stress
    is that of nmc-mesh homogenize, "gradient at the surface". Cohesive elements (--open) are
    Abaqus's; CalculiX has none. code_aster gets commands, case.med and case.export; it has no
    trigonal crystal, so C14 is left out. DAMASK gets voxels, grid_material.yaml and grid_load.yaml,
    in m and Pa; what lies outside is a hundredth as stiff. Elmer gets a body per grain with the
    tensor of its crystal, D over x or stiffness, and its mesh in the same folder. Input for MOOSE
    is written by plugins/moose.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.crystal.library import load_material

    own: dict[str, dict[str, Any]] = {
        "abaqus": {"--open": opened, "--size": size, "--content": content},
        "aster": {"--size": size},
        "damask": {"--spacing": spacing, "--orientations": orientations},
        "elmer": {"--size": size, "--rate": rate},
    }
    _check_options(host, own)
    tensor = _strain(strain, {"--content": content, "--rate": rate})
    stuff = load_material(material)
    if rate is None:
        _ = stuff.stiffness
    if content is not None:
        stuff.chemical_strain(content, stuff.content_range[1])
    files = _files(host, output)
    for path in files:
        checked_place(path, (path.suffix if path != output else _ENDINGS[host],), Path(source))
    with watched(quiet) as watch:
        if host == "abaqus":
            _abaqus(Path(source), output, stuff, tensor, content, opened, size, watch)
        elif host == "aster":
            assert tensor is not None
            from nmc_mesh.io.deck_aster import write_aster_deck

            write_aster_deck(output, _mesh(Path(source), size, watch), stuff, tensor)
        elif host == "elmer":
            _elmer(Path(source), output, stuff, tensor, rate, size, watch)
        else:
            assert tensor is not None
            _damask(source, output, stuff, tensor, spacing, orientations, seed, watch)
        watch("write", 1.0)
    if not quiet:
        from nmc_mesh.cli.tables import ending as table

        load = next(
            (f"{word} {value}" for word, value in (("x =", content), ("C/h", rate)) if value),
            f"strain {strain or _STRETCH}",
        )
        facts = [("material", stuff.name), ("load", load)]
        console().print(table(f"{Path(source).name}, for {host}", [facts], watch.seconds, files))


_ENDINGS = {"abaqus": ".inp", "aster": ".comm", "damask": ".vti", "elmer": ".sif"}


def _check_options(host: str, own: dict[str, dict[str, Any]]) -> None:
    """Refuse options of other hosts."""
    from nmc_mesh.errors import InputError

    others = {word: value for name in own if name != host for word, value in own[name].items()}
    foreign = [
        word for word, value in others.items() if value is not None and word not in own[host]
    ]
    if foreign:
        raise InputError(f"a deck for {host} has no {', '.join(foreign)}; leave it out")


def _strain(strain: str | None, others: dict[str, float | None]) -> Floats | None:
    """Read the strain, the usual one where nothing else is asked for."""
    from nmc_mesh.cli.files import numbers
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.deck_abaqus import strain_tensor

    asked = [word for word, value in others.items() if value is not None]
    if asked and strain is not None:
        raise InputError(f"a deck has one load; give --strain or {asked[0]}")
    if asked:
        return None
    return strain_tensor(numbers("--strain", strain or _STRETCH, float))


def _files(host: str, output: Path) -> list[Path]:
    """All that is written."""
    from nmc_mesh.io.deck_abaqus import abaqus_mesh_of
    from nmc_mesh.io.deck_aster import aster_files_of
    from nmc_mesh.io.deck_damask import damask_files_of
    from nmc_mesh.io.deck_elmer import elmer_files_of

    if host == "abaqus":
        return [output, abaqus_mesh_of(output)]
    if host == "aster":
        return aster_files_of(output)
    return damask_files_of(output) if host == "damask" else elmer_files_of(output)


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
    from nmc_mesh.io.deck_abaqus import write_abaqus_deck

    mesh = _mesh(source, size, watch)
    if opened is None:
        write_abaqus_deck(output, mesh, material, strain, content=content)
        return
    from nmc_mesh.cohesive.splitting import split_boundaries
    from nmc_mesh.mechanics.cohesive_zone import STIFFNESS

    split = split_boundaries(mesh, opened)
    write_abaqus_deck(output, split, material, strain, STIFFNESS, content)


def _elmer(
    source: Path,
    output: Path,
    material: Material,
    strain: Floats | None,
    rate: float | None,
    size: float | None,
    watch: Progress,
) -> None:
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.deck_elmer import write_elmer_deck
    from nmc_mesh.mechanics.chemo import galvanostatic_flux

    mesh = _mesh(source, size, watch)
    if rate is None:
        write_elmer_deck(output, mesh, material, strain)
        return
    if rate == 0:
        raise InputError("at a C-rate of 0 nothing happens; give another one")
    flux, times = galvanostatic_flux(mesh, material, abs(rate), 1.0, 1)
    signed = flux if rate > 0 else -flux
    write_elmer_deck(output, mesh, material, flux=signed, seconds=float(times[-1]))


def _mesh(source: Path, size: float | None, watch: Progress) -> TetMesh:
    """The particle with its crystals, meshed where it is not yet."""
    from nmc_mesh.errors import InputError
    from nmc_mesh.io import read
    from nmc_mesh.io.crystals import oriented
    from nmc_mesh.io.particle import holds_particle, read_particle

    if holds_particle(source):
        from nmc_mesh.mesher.tetrahedralize import tetrahedralize

        mesh = tetrahedralize(read_particle(source), size, progress=watch)
    elif size is not None:
        raise InputError(f"{source} is a mesh already; --size is for a stored particle")
    else:
        mesh = oriented(read(source), source)
    watch("read", 1.0)
    return mesh


def _damask(
    source: str,
    output: Path,
    material: Material,
    strain: Floats,
    spacing: str | None,
    orientations: Path | None,
    seed: int,
    watch: Progress,
) -> None:
    from nmc_mesh.cli.voxels import image_of
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
    turns = info.get("orientations")
    if turns is None or orientations is not None:
        turns = _turns(orientations, Path(source), image)
    write_damask_deck(output, image, turns, material, strain)


def _turns(table: Path | None, source: Path, image: LabelImage) -> Floats:
    """Orientations of the table that was named, else of the one that `voxels` leaves beside."""
    from nmc_mesh.cli.crystals import crystals_of
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.crystals import turns_of

    known = crystals_of(table, source, image)
    if known is None:
        raise InputError(
            f"the grains of {source} have no orientations; name a stored particle (.h5), a model "
            "with a texture, or a table by --orientations"
        )
    crystals, origin, _ = known
    names, _ = image.voxels()
    grains = names[image.phases.mask("grain", names)]
    return turns_of(crystals, grains, int(image.labels.max()), origin)
