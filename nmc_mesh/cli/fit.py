"""The command ``fit``: shell, grains and texture of a model from tomograms and orientation maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import complain, say
from nmc_mesh.cli.fit_grains import Choice, calibration, check_choice, fit_grains
from nmc_mesh.cli.model_file import command_line, contents_of, model_output
from nmc_mesh.cli.options import common, map_frame, map_grains
from nmc_mesh.cli.sections import sections
from nmc_mesh.cli.shell import fit_shell, shell_law, thresholds
from nmc_mesh.cli.texture import fit_texture

if TYPE_CHECKING:
    from nmc_mesh.sections.crystals import Frame


@click.command()
@click.option(
    "--ct", type=click.Path(path_type=Path), metavar="CT.tif",
    help="X-ray CT: a stack, a folder of slices, or a pattern of them in quotes.",
)  # fmt: skip
@thresholds
@shell_law
@click.option(
    "--ebsd", type=click.Path(path_type=Path), multiple=True, metavar="MAP.ang [MAP.ang ...]",
    help="Orientation maps of sections through particles.",
)  # fmt: skip
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="")
@model_output
@calibration
@click.option(
    "--heights", metavar="LIST",
    help="Distance of every map's plane from the centre in um: 0,0.5,?; ? is estimated.  [default: "
    "0]",
)  # fmt: skip
@map_grains
@map_frame
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses the random numbers.")
@click.option("--fresh", is_flag=True, help="Fit again what this command fitted to these files.")
@common
@click.pass_context
def fit(
    context: click.Context,
    /,
    ct: Path | None,
    ebsd: tuple[Path, ...],
    more: tuple[Path, ...],
    output: Path,
    base: str | None,
    heights: str | None,
    angle: float,
    min_pixels: int | None,
    min_confidence: float | str,
    frame: Frame,
    seed: int,
    fresh: bool,
    quiet: bool,
    **choices: Any,
) -> None:
    """Fit a whole model: its shell to an X-ray CT, its grains and their texture to EBSD maps.

    \b
    nmc-mesh fit --ct CT.tif --voxel 0.128 --ebsd one.ang two.ang -o mine.toml
    nmc-mesh fit --ct slices/ --voxel 0.128 --law joint -o mine.toml
    nmc-mesh fit --ebsd one.ctf two.ctf --method law --heights 0,0.8 -o mine.toml
    nmc-mesh generate --model mine.toml --seed 1 -o particle.msh

    As fit-shell, sections, fit-grains and fit-texture do one after the other, which have more
    options; each part is in the file once it is found. The sections are kept beside it. A part for
    which there are no data stays as it is in the file, or is that of --base.

    Called again after it was stopped, it goes on: parts that this command fitted to these files are
    taken over, and a network that was being trained (its state is kept beside the model) is trained
    on. The texture is fitted to maps through the centre, of height 0.
    """
    maps = (*ebsd, *more)
    from nmc_mesh.particle.parts import fitted_parts

    given = _checked(ct, maps, output, base, heights, seed)
    ways = {name: choices.pop(name) for name in Choice._fields if name in choices}
    if maps:
        check_choice(ways)
    state = output.with_suffix(".pt") if maps and ways["method"] != "law" else None
    if fresh and state is not None:
        state.unlink(missing_ok=True)
    begun = not fresh and bool(fitted_parts(output, command_line()))
    course: dict[str, Any] = {"base": None if begun else base, "output": output, "quiet": quiet}
    if ct is not None and _wanted(output, "shell", [ct], fresh, quiet):
        context.invoke(fit_shell, volume=ct, seed=seed, **choices, **course)
        course["base"] = None  # the file has all that is its own by now
    if not maps:
        return
    grains = {"angle": angle, "min_pixels": min_pixels, "min_confidence": min_confidence}
    kept = output.with_name(f"{output.stem}_sections.h5")
    context.invoke(sections, maps=maps, output=kept, seed=seed, quiet=quiet, **grains)
    if _wanted(output, "grains", [kept], fresh, quiet):
        known = {"heights": heights, "checkpoint": state, "seed": seed}
        context.invoke(fit_grains, sources=(kept,), **known, **ways, **course)
        course["base"] = None
    if state is not None:
        state.unlink(missing_ok=True)
    central = [path for path, height in zip(maps, given, strict=True) if height == 0]
    if len(central) < len(maps):
        left = ", ".join(path.name for path in maps if path not in central)
        complain("warning", f"the texture is not fitted to {left}: not through the centre")
    if central and _wanted(output, "texture", central, fresh, quiet):
        context.invoke(fit_texture, maps=tuple(central), frame=frame, **grains, **course)


def _checked(
    ct: Path | None,
    maps: Sequence[Path],
    output: Path,
    base: str | None,
    heights: str | None,
    seed: int,
) -> list[float | None]:
    """Refuse before the work what would be refused in its midst; return the height of every map."""
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.cli.fitted_sections import listed_heights
    from nmc_mesh.cli.shell import generator
    from nmc_mesh.ebsd.read import READERS
    from nmc_mesh.errors import FileError, InputError
    from nmc_mesh.io.images import slices_of
    from nmc_mesh.particle.parts import started

    if ct is None and not maps:
        raise InputError("there is nothing to fit to: give --ct, --ebsd or both")
    for source in maps:
        if source.suffix.lower() not in READERS:
            raise InputError(
                f"'{source}' is no orientation map ({', '.join(READERS)}); give maps to --ebsd, "
                "a folder of slices, or a pattern of them in quotes, to --ct"
            )
    if len(maps) == 1:
        raise InputError(
            "grains need two maps or more; one map alone gives a texture: nmc-mesh fit-texture"
        )
    sources = [*maps, *([] if ct is None else [ct])]
    for source in sources:
        checked_place(output, (".toml",), source)
        if slices_of(source) is None and not source.is_file():
            raise FileError(f"there is no file '{source}'; check the name")
    started(output, base)
    generator(seed)
    if not maps:
        return []
    given = listed_heights(heights or ",".join("0" * len(maps)))
    if len(given) != len(maps):
        raise InputError(f"--heights has {len(given)} numbers for {len(maps)} maps")
    return given


def _wanted(output: Path, part: str, sources: Sequence[Path], fresh: bool, quiet: bool) -> bool:
    """Whether a part is to be fitted; say so if it is there already."""
    from nmc_mesh.particle.parts import fitted_parts

    there = not fresh and part in fitted_parts(output, command_line(), contents_of(sources))
    if there and not quiet:
        say(f"{output.name}: the {part} of this command is there; --fresh fits it again")
    return not there
