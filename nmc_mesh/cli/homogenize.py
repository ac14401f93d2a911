"""The command ``homogenize``: effective properties of a particle, with bounds beside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import coating_material_option, common, material_option

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.mechanics.homogenize import Uptake
    from nmc_mesh.typing import Floats

_ALONG = "_with_boundaries"
_WAYS = {
    "voigt": "Voigt, upper bound",
    "gradient": "gradient at the surface",
    "periodic": "periodic",
    "flux": "flux at the surface",
    "reuss": "Reuss, lower bound",
}


@click.command()
@click.argument("mesh", type=click.Path(path_type=Path))
@material_option
@coating_material_option
@click.option(
    "--content", type=float, default=0.5, show_default=True, metavar="X",
    help="Lithium content, for the diffusivity.",
)  # fmt: skip
@click.option(
    "--only",
    type=click.Choice(["diffusivity", "stiffness"]),
    help="One of the two.  [default: both]",
)
@click.option(
    "--along-boundaries", is_flag=True,
    help="Tell also what lithium does that moves along grain boundaries too.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="OUT.json",
    help="File for the tensors.",
)  # fmt: skip
@common
def homogenize(
    mesh: Path,
    material: str,
    coating_material: str | None,
    content: float,
    only: str | None,
    along_boundaries: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    """Find the effective diffusivity and stiffness of a particle, with bounds beside.

    \b
    nmc-mesh homogenize particle.e --material nmc811
    nmc-mesh homogenize particle.msh --material nmc811 --content 0.3 -o effective.json
    nmc-mesh homogenize particle.vtu --material stuff.toml --only stiffness
    nmc-mesh homogenize particle.e --material stuff.toml --along-boundaries
    nmc-mesh homogenize rve.msh --material nmc811
    nmc-mesh homogenize coated.e --material nmc811 --coating-material alumina

    Of one period of a periodic polycrystal (see rve, and mesh --periodic) it also tells what the
    whole does, where local fields come back with every period; it has no surface to fill through,
    so there is no uptake. Where something is left out of a period, pores or what is outside, the
    tensors are those of the whole period, and no bounds are told.

    MESH knows the orientations of its grains (.e, .vtu), or its tables (.json) lie beside it.
    A gradient, or a flux, that is the same everywhere on the surface brackets what the particle
    does in other surroundings. "Uptake" is the diffusivity of a body of one stuff that fills
    through its surface as fast: there layers along the radius count. Boundaries conduct what the
    material says, boundary.width times boundary.diffusivity; no shipped one knows these, for want
    of published numbers.
    """
    from nmc_mesh.cli.coating import check_coating
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.crystal.library import load_material
    from nmc_mesh.errors import InputError
    from nmc_mesh.io import read
    from nmc_mesh.io.crystals import oriented
    from nmc_mesh.mechanics import homogenize as verbs
    from nmc_mesh.mechanics.homogenize_periodic import effective_periodic
    from nmc_mesh.mesh.periodic import is_filled
    from nmc_mesh.mesh.phases import solids

    if output is not None:
        checked_place(output, (".json",), mesh)
    stuff = load_material(material)
    layer = {} if coating_material is None else {"coating": load_material(coating_material)}
    wanted = ("diffusivity", "stiffness") if only is None else (only,)
    if not 0 <= content <= 1:
        raise InputError(f"the lithium content x lies in [0, 1], not at {content:g}")
    if "diffusivity" in wanted:
        stuff.diffusivity(content)
    if "stiffness" in wanted:
        _ = stuff.stiffness
    if along_boundaries and only == "stiffness":
        raise InputError("boundaries conduct lithium, not load; take --only diffusivity")
    ways = {"": 0.0} | ({_ALONG: stuff.boundary_conductance} if along_boundaries else {})
    effective: dict[str, dict[str, Floats]] = {}
    filled: dict[str, Uptake] = {}
    with watched(quiet) as watch:
        watch("read", 0.0)
        body = solids(oriented(read(mesh), mesh))
        watch("read", 1.0)
        check_coating(body, coating_material)
        repeats = "period" in body.info
        bounded = not repeats or is_filled(body)

        def found(tensors: Floats, stage: str, boundary: float = 0.0) -> dict[str, Floats]:
            known: dict[str, Floats] = {}
            if bounded:
                known |= verbs.effective(body, tensors, watch, stage, boundary)._asdict()
            if repeats:
                known["periodic"] = effective_periodic(body, tensors, watch, boundary=boundary)
            return known

        if "diffusivity" in wanted:
            tensors = verbs.crystal_diffusivities(body, stuff, content, layer)
            for way, conducts in ways.items():
                stage = f"diffusivity{way}".replace("_", " ")
                effective[f"diffusivity{way}"] = found(tensors, stage, conducts)
                if not repeats:
                    filled[f"uptake{way}"] = verbs.uptake(body, tensors, watch, conducts)
        if "stiffness" in wanted:
            tensors = verbs.crystal_stiffnesses(body, stuff, layer)
            effective["stiffness"] = found(tensors, "stiffness")
        if output is not None:
            _write(output, mesh.name, stuff.name, content, effective, filled)
            watch("write", 1.0)
    if not quiet:
        title = f"{mesh.name}, {stuff.name}"
        for table in _tables(title, content, effective, filled):
            console().print(table)


def _write(
    path: Path,
    mesh: str,
    material: str,
    content: float,
    effective: dict[str, dict[str, Floats]],
    filled: dict[str, Uptake],
) -> None:
    from nmc_mesh.files import write_json

    document: dict[str, Any] = {
        "mesh": mesh,
        "material": material,
        "content": content,
        "units": {"diffusivity": "um^2/s", "stiffness": "MPa"},
        "order": "xx yy zz yz xz xy, engineering shear",
    }
    for name, tensors in effective.items():
        document[name] = {way: tensor.tolist() for way, tensor in tensors.items()}
    document |= {name: uptake._asdict() for name, uptake in filled.items()}
    write_json(path, document)


def _tables(
    title: str,
    content: float,
    effective: dict[str, dict[str, Floats]],
    filled: dict[str, Uptake],
) -> Iterator[Table]:
    for name, tensors in effective.items():
        ways = {text: tensors[way] for way, text in _WAYS.items() if way in tensors}
        if name == "stiffness":
            yield _stiffness(title, ways)
        else:
            along = ", along boundaries too" if name.endswith(_ALONG) else ""
            head = f"{title}: diffusivity in µm²/s at x = {content:g}{along}"
            yield _diffusivity(head, ways, filled.get(name.replace("diffusivity", "uptake")))


def _diffusivity(title: str, ways: dict[str, Floats], uptake: Uptake | None) -> Table:
    from rich.table import Table

    table = Table(title=title)
    table.title_justify = "left"
    for column in ("", "xx", "yy", "zz", "mean"):
        table.add_column(column, justify="right" if column else "left")
    for text, tensor in ways.items():
        own = tensor.diagonal()
        table.add_row(text, *(f"{value:.3g}" for value in [*own, own.mean()]))
    if uptake is not None:
        span = f"{uptake.lower:.3g} to {uptake.upper:.3g}"
        table.add_section()
        table.add_row(f"uptake through the surface ({span})", "", "", "", f"{uptake.value:.3g}")
    return table


def _stiffness(title: str, ways: dict[str, Floats]) -> Table:
    from rich.table import Table

    from nmc_mesh.crystal.tensors import isotropic_moduli

    table = Table(title=f"{title}: stiffness in GPa, nearest isotropic")
    table.title_justify = "left"
    for name in ("", "bulk K", "shear G", "Young E", "Poisson"):
        table.add_column(name, justify="right" if name else "left")
    for text, tensor in ways.items():
        bulk, shear = isotropic_moduli(tensor) / 1e3
        if shear <= 0:  # Reuss' bound, where there are voids
            table.add_row(text, "0.0", "0.0", "0.0", "")
            continue
        young = 9 * bulk * shear / (3 * bulk + shear)
        row = [f"{value:.1f}" for value in (bulk, shear, young)]
        table.add_row(text, *row, f"{0.5 * young / shear - 1:.3f}")
    return table
