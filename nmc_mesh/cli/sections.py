"""The command ``sections``: from orientation maps to grains, descriptors and diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.labels import sure
from nmc_mesh.cli.options import common, fit_device, map_grains

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.ebsd.grain_table import GrainTable
    from nmc_mesh.progress import Progress
    from nmc_mesh.sections import Center, Section

CENTRAL_SCORE = 0.2


@click.command()
@click.argument(
    "maps", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="MAP.ang [...]"
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT.h5",
    help="File to write.",
)  # fmt: skip
@map_grains
@click.option("--fill", is_flag=True, help="Give unknown pixels the grain that is nearest.")
@click.option(
    "--center", type=click.Choice(["centroid", "circle"]), default="centroid", show_default=True,
    help="Centre of the particle: of its pixels, or of the circle that fits its border.",
)  # fmt: skip
@click.option("--spacing", type=float, metavar="UM", help="Edge length of a label image's pixel.")
@click.option(
    "--particles", type=click.Choice(["largest", "all"]), default="largest", show_default=True,
    help="Which particles of a map to take.",
)  # fmt: skip
@click.option(
    "--min-grains", type=int, default=20, show_default=True, metavar="N",
    help="Of all particles, leave out those with fewer grains.",
)  # fmt: skip
@click.option(
    "--least-preference", type=float, default=CENTRAL_SCORE, show_default=True, metavar="SCORE",
    help="Sections with a smaller preference missed the particle's centre.",
)  # fmt: skip
@click.option(
    "--fit/--no-fit", default=True, show_default=True, help="Fit a diagram to every section."
)
@click.option(
    "--hold-out", type=float, default=0.02, show_default=True, metavar="SHARE",
    help="Share of the pixels that is hidden from the fit, to judge it by.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Draws those pixels.")
@fit_device
@click.option("--columns", metavar="NAMES", help="Columns of a table: id,x,y,area,a,b,angle.")
@click.option("--degrees", is_flag=True, help="Angles of a table are degrees.")
@click.option(
    "--figure", type=click.Path(path_type=Path), metavar="FIGURE.png",
    help="Draw the sections, their fits and the density of their angles.",
)  # fmt: skip
@sure
@common
def sections(
    maps: tuple[Path, ...],
    output: Path,
    figure: Path | None,
    fit: bool,
    hold_out: float,
    seed: int,
    device: str | None,
    least_preference: float,
    quiet: bool,
    **choices: Any,
) -> None:
    """Find the grains of sections through particles, measure them, fit a diagram to them.

    \b
    nmc-mesh sections MAP.ang -o sections.h5
    nmc-mesh sections MAP.h5oina -o sections.h5 --figure sections.png
    nmc-mesh sections one.ctf two.cpr --angle 10 --fill --particles all -o sections.h5
    nmc-mesh sections labels.tif --spacing 0.05 --no-fit -o sections.h5
    nmc-mesh sections grains.txt --columns id,x,y,area,a,b,angle --degrees -o sections.h5

    A map is .ang, .ctf, .cpr with .crc, .h5oina, or an EDAX .h5; or grains are labelled already, in
    a .tif, .png, .npy or .nrrd image; or there is a table of their moments (.txt, .csv), which
    becomes a diagram by a guess. The largest particle of each map is taken, or all. The table tells
    how much their grains prefer the radial direction: where they do not, the section missed the
    particle's centre; and whether they point to another centre than the assumed one.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.cli.shell import generator

    for source in maps:
        checked_place(output, (".h5", ".hdf5"), source)
    if figure is not None:
        from nmc_mesh.plot import require_matplotlib
        from nmc_mesh.plot.sheet import FIGURES

        checked_place(figure, FIGURES)
        require_matplotlib()
    rng = generator(seed)
    with watched(quiet) as watch:
        described = []
        for index, source in enumerate(maps):
            watch("sections", index / len(maps))
            for measured in _sections(source, quiet, **choices):
                section = _described(measured, least_preference)
                described.append(_fitted(section, hold_out, rng, device, watch) if fit else section)
        watch("sections", 1.0)
        from nmc_mesh.sections.files import write_sections

        write_sections(output, described)
        if figure is not None:
            from nmc_mesh.plot.section import section_figure

            section_figure(described, figure)
            watch("draw", 1.0)
    if not quiet:
        console().print(_table(described))


def _sections(
    source: Path,
    quiet: bool,
    angle: float,
    min_pixels: int | None,
    min_confidence: float | Literal["auto"],
    min_grains: int,
    particles: str,
    fill: bool,
    center: Center,
    spacing: float | None,
    columns: str | None,
    degrees: bool,
) -> list[Section]:
    """Return the sections of a source, that of a table with its diagram."""
    from dataclasses import replace

    import numpy as np

    from nmc_mesh import ebsd, sections
    from nmc_mesh.cli.labels import IMAGES, labels_from
    from nmc_mesh.cli.maps import read_trusted
    from nmc_mesh.ebsd.grain_table import GRAIN_TABLES, read_grain_table

    kind, name = source.suffix.lower(), str(source)
    way: dict[str, Any] = {"fill": fill, "center": center}
    if kind in GRAIN_TABLES:
        names = None if columns is None else columns.split(",")
        return [_of_moments(read_grain_table(source, names, degrees=degrees), spacing, name)]
    if kind in IMAGES:
        edge = None if spacing is None else str(spacing)
        image = labels_from(source, edge, axes=2)
        way["min_pixels"] = 1 if min_pixels is None else min_pixels
        if particles == "all":
            return sections.sections_of_labels(image, min_grains=min_grains, name=name, **way)
        return [sections.section_of_labels(image, name=name, **way)]
    left, limit = read_trusted(source, min_confidence, quiet), np.radians(angle)
    least = ebsd.MIN_PIXELS if min_pixels is None else min_pixels
    if particles == "all":
        measured = sections.sections_of_scan(left.scan, limit, least, min_grains=min_grains, **way)
    else:
        measured = [sections.section_of_scan(left.scan, limit, least, **way)]
    return [
        replace(section, treatment=replace(section.done, min_confidence=left.limit))
        for section in measured
    ]


def _of_moments(table: GrainTable, spacing: float | None, name: str) -> Section:
    """Return the section that the diagram of a table of grains makes, in pixels of a tenth grain.

    Grains that win no pixel are left out.
    """
    from dataclasses import replace

    import numpy as np

    from nmc_mesh.geometry import GBPD, LabelImage, labels_on_grid
    from nmc_mesh.grains.fit_moments import diagram_of_moments, planar_axes
    from nmc_mesh.sections import section_of_labels

    step = 0.1 * float(np.sqrt(table.areas.mean())) if spacing is None else spacing
    lower, upper = table.centroids.min(axis=0), table.centroids.max(axis=0)
    whole = diagram_of_moments(table.centroids, table.semi_axes, planar_axes(table.angles))
    shape = tuple(int(n) for n in np.ceil((upper - lower) / step) + 1)
    labels = labels_on_grid(whole, lower, step, shape)
    section = section_of_labels(LabelImage(labels + 1, step, lower), name=name)
    pairs = np.unique(np.stack([section.image.labels.ravel(), labels.ravel()]), axis=1)
    part = whole.subset(pairs[1])
    diagram = GBPD(part.seeds - section.center, part.matrices, part.offsets)
    return replace(section, diagram=diagram)


def _described(section: Section, least: float) -> Section:
    from dataclasses import replace

    from nmc_mesh.sections.descriptors import describe
    from nmc_mesh.sections.pointing import pointing
    from nmc_mesh.sections.preference import preference

    tables = describe(section.image, section.center, section.known)._asdict()
    whole = ~tables["cut"]
    # The border of the image flattens the grains it cuts, along itself.
    radial = preference(tables["orientations"][whole])
    facts = {
        "unknown_share": section.unknown_share,
        "cut": section.cut,
        "preference": radial.score,
        "preference_error": radial.error,
        "radial": radial.central(least),
    }
    if whole.sum() > 2:
        aim = pointing(section.image, section.center)
        facts |= {
            "center_off": aim.off,
            "pointing_x": float(aim.center[0]),
            "pointing_y": float(aim.center[1]),
            "pointing_preference": aim.best.score,
        }
    return replace(section, tables=tables, facts=facts)


def _fitted(
    section: Section, hold_out: float, rng: Any, device: str | None, watch: Progress
) -> Section:
    from dataclasses import replace

    from nmc_mesh.grains.fit_section import fit_section

    if section.diagram is not None:
        return section
    fitted = fit_section(
        section.image, section.center, hide=hold_out, rng=rng, device=device, progress=watch
    )
    tables = {**section.tables, "diagonals": fitted.diagonals, "lost": fitted.lost}
    facts = {**section.facts, "right": fitted.right, "held_out": fitted.held_out}
    return replace(section, tables=tables, facts=facts, diagram=fitted.diagram)


def _table(described: list[Section]) -> Table:
    from rich.table import Table

    table = Table(
        box=None,
        padding=(0, 1),
        caption="right: % of the pixels, in brackets of those hidden from the fit",
        caption_justify="left",
    )
    table.add_column("section", style="cyan", overflow="fold", min_width=12)
    names = ("grains", "unknown", "preference", "radial", "whole", "centre", "right")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for section in described:
        facts = section.facts
        table.add_row(
            Path(section.name).name,
            f"{len(section.tables['labels']):,}",
            f"{100 * facts['unknown_share']:.1f} %",
            f"{facts['preference']:+.2f} ± {facts['preference_error']:.2f}",
            "yes" if facts["radial"] else "no",
            "no" if facts["cut"] else "yes",
            "off" if facts.get("center_off") else "good" if facts["radial"] else "-",
            _right(facts),
        )
    return table


def _right(facts: Mapping[str, Any]) -> str:
    if "right" not in facts:
        return "-"
    hidden = facts["held_out"]
    held_out = "" if hidden != hidden else f" ({100 * hidden:.1f})"
    return f"{100 * facts['right']:.1f}{held_out}"
