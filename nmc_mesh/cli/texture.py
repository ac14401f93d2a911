"""The command ``fit-texture``: from orientation maps to the texture of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.model_file import add, contents_of, model_output
from nmc_mesh.cli.options import common, map_frame, map_grains

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.crystal.frames import About
    from nmc_mesh.crystal.texture_fit import Family, TextureFit
    from nmc_mesh.sections.crystals import Frame

_MARGIN = 6.0  # of AIC, by which the long axis must beat the radius; ours


@click.command()
@click.argument(
    "maps", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="MAP.ang [...]"
)
@model_output
@click.option(
    "--law", type=click.Choice(["auto", "uniform", "fibre", "tabulated", "joint"]), default="auto",
    show_default=True, help="Family of the law; auto takes the one with the least AIC.",
)  # fmt: skip
@click.option(
    "--about", type=click.Choice(["auto", "radius", "long axis"]), default="auto",
    show_default=True,
    help="What c axes are seen from: the radius, or the long axis of their grain.",
)  # fmt: skip
@click.option(
    "--neighbours", is_flag=True,
    help="Also how crystals lie to those beside them: disorientations, by length of boundary.",
)  # fmt: skip
@map_frame
@click.option(
    "--height", type=float, default=0.0, show_default=True, metavar="UM",
    help="Distance of the sections from the centre of their particle.",
)  # fmt: skip
@map_grains
@common
def fit_texture(
    maps: tuple[Path, ...],
    output: Path,
    base: str | None,
    law: Family,
    about: About | Literal["auto"],
    neighbours: bool,
    frame: Frame,
    height: float,
    angle: float,
    min_pixels: int | None,
    min_confidence: float | Literal["auto"],
    quiet: bool,
) -> None:
    """Fit the texture of a model to orientation maps of sections through particles.

    \b
    nmc-mesh fit-texture MAP.ang -o mine.toml
    nmc-mesh fit-texture one.ctf two.cpr --base nmc-equiaxed --law fibre -o mine.toml
    nmc-mesh fit-texture MAP.ang --neighbours -o mine.toml
    nmc-mesh generate --model mine.toml -o particle.e

    The grains of the largest particle of every map tell how far c axes lie from the radius, or
    from the long axis of their grain's section where that fits much better (AIC less by 6). Give
    maps that pass near the centre of their particle (nmc-mesh sections tells), or their --height.
    Grains nearer to the centre than their own diameter, which have no clear radius, and those cut
    by the border are left out.

    The joint law also says how c axes lie to the direction in which their grain is shortest across
    the radius. A plane hides half of that: sections of particles of the model, drawn and cut, tell
    how grains lie in space that look like the measured ones. So its grains should be fitted first;
    where its sections do not tell short axes, there is no joint law.

    With --neighbours the model keeps the shares of boundary length by disorientation, too: drawn
    grains exchange their crystals until their boundaries have them, by area.
    """
    import numpy as np

    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.cli.maps import read_trusted
    from nmc_mesh.cli.texture_maps import law_of_boundaries, map_grains, stand_ins
    from nmc_mesh.crystal import texture_fit
    from nmc_mesh.ebsd import MIN_PIXELS
    from nmc_mesh.errors import InputError
    from nmc_mesh.particle.model import model_of
    from nmc_mesh.particle.parts import origins, started
    from nmc_mesh.particle.writer import with_texture

    for source in maps:
        checked_place(output, (".toml",), source)
    like_mine = started(output, base).table
    origin = origins(like_mine)["grains"]
    grains_of = "the fitted grains" if origin.startswith("fitted") else origin
    least = MIN_PIXELS if min_pixels is None else min_pixels
    with watched(quiet) as watch:
        inputs = contents_of(maps)
        seen, limits = [], {}
        for index, source in enumerate(maps):
            watch("maps", index / len(maps))
            left = read_trusted(source, min_confidence, quiet)
            if left.limit is not None:
                limits[source.name] = left.limit
            seen.append(map_grains(left.scan, np.radians(angle), least, frame, height))
        watch("maps", 1.0)
        drawn = law in ("auto", "joint")
        like = stand_ins(seen, model_of(like_mine), height, watch) if drawn else {}
        wanted: tuple[About, ...] = ("radius", "long axis") if about == "auto" else (about,)
        if law == "joint":
            wanted = tuple(reference for reference in wanted if reference in like)
        if not wanted:
            raise InputError(
                f"sections of {grains_of} do not tell the short axes of grains, so there is no "
                "joint law to fit; take --law auto, or --base with the model of your grains"
            )
        fits = [
            texture_fit.fit_texture(
                np.concatenate([part.angles[reference] for part in seen]),
                law,
                about=reference,
                given=like.get(reference),
            )
            for reference in wanted
        ]
        fitted = fits[0] if fits[0].score < fits[-1].score + _MARGIN else fits[-1]
        watch("fit", 1.0)
        names = ", ".join(source.name for source in maps)
        beside = law_of_boundaries([part.boundaries for part in seen]) if neighbours else None
        facts = {
            "texture": f"fitted: maximum likelihood on {len(fitted.angles)} grains of {names}",
            "texture.quality": _quality(fitted),
        }
        if limits:
            facts["texture.confidence"] = "; ".join(
                f"{name}: points of {limit:g} or better" for name, limit in limits.items()
            )
        if beside is not None:
            facts["texture.neighbours"] = beside.quality
        law_beside = None if beside is None else beside.law
        add(
            output, base, "texture", maps,
            lambda table, more: with_texture(
                table, table.name, table.summary, fitted.texture, {**more, **facts}, law_beside
            ),
            inputs,
        )  # fmt: skip
        watch("write", 1.0)
    if not quiet:
        table = _table(fitted, output)
        if beside is not None:
            table.add_row("neighbours", beside.quality)
        if drawn and not like:
            table.add_row("joint law", f"none: sections of {grains_of} do not tell short axes")
        console().print(table)


def _numbers(fitted: TextureFit) -> str:
    from nmc_mesh.crystal.texture import FibreTexture, TabulatedTexture

    law: Any = fitted.texture
    if isinstance(law, FibreTexture):
        words = f"radial = {law.radial:.3g} ± {fitted.error:.2g}"
        if "joint" in fitted.parameters and law.short:
            words += f", short = {law.short:.3g} ± {fitted.short_error:.2g}"
        return f"{words} about the {law.about}"
    if isinstance(law, TabulatedTexture):
        shares = ", ".join(f"{weight:.2f}" for weight in law.weights)
        return f"shares {shares} about the {law.about}"
    return "no preferred orientation"


def _quality(fitted: TextureFit) -> str:
    levels = ", ".join(f"{name} {value:.1f}" for name, value in fitted.log_likelihood.items())
    return f"{_numbers(fitted)}; log L: {levels}"


def _table(fitted: TextureFit, output: Path) -> Table:
    import numpy as np
    from rich.table import Table

    table = Table(title=f"{len(fitted.angles):,} grains", title_justify="left", show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("law", f"{fitted.texture.law}: {_numbers(fitted)}")
    quarter, middle, three = np.degrees(np.percentile(fitted.angles, [25, 50, 75]))
    reference = getattr(fitted.texture, "about", "radius")
    span = f"median {middle:.0f}°, half between {quarter:.0f}° and {three:.0f}°"
    table.add_row(f"c to the {reference}", span)
    for name, value in fitted.log_likelihood.items():
        score = 2 * fitted.parameters[name] - 2 * value
        table.add_row(f"AIC {name}", f"{score:.1f}")
    table.add_row("file", output.name)
    return table
