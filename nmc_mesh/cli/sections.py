"""The command ``sections``: from orientation maps to grains, descriptors and diagrams."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import common

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.ebsd.section import Center, Section
    from nmc_mesh.io.sections import SectionRecord
    from nmc_mesh.progress import Progress

_IMAGES = (".tif", ".tiff", ".npy", ".nrrd", ".nhdr")


@click.command()
@click.argument(
    "maps", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="MAP.ang [...]"
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT.h5",
    help="File to write.",
)  # fmt: skip
@click.option(
    "--angle", type=float, default=5.0, show_default=True, metavar="DEG",
    help="Neighbours turned by less belong to one grain.",
)  # fmt: skip
@click.option(
    "--min-pixels", type=int, default=10, show_default=True, metavar="N",
    help="Smaller grains are unknown.",
)  # fmt: skip
@click.option("--fill", is_flag=True, help="Give unknown pixels the grain that is nearest.")
@click.option(
    "--center", type=click.Choice(["centroid", "circle"]), default="centroid", show_default=True,
    help="Centre of the particle: of its pixels, or of the circle that fits its border.",
)  # fmt: skip
@click.option("--spacing", type=float, metavar="UM", help="Edge length of a label image's pixel.")
@click.option(
    "--fit/--no-fit", default=True, show_default=True, help="Fit a diagram to every section."
)
@common
def sections(
    maps: tuple[Path, ...],
    output: Path,
    angle: float,
    min_pixels: int,
    fill: bool,
    center: Center,
    spacing: float | None,
    fit: bool,
    quiet: bool,
) -> None:
    """Find the grains of sections through particles, measure them, fit a diagram to them.

    \b
    nmc-mesh sections MAP.ang -o sections.h5
    nmc-mesh sections one.ctf two.cpr --angle 10 --fill -o sections.h5
    nmc-mesh sections labels.tif --spacing 0.05 --no-fit -o sections.h5

    A map is .ang, .ctf, .cpr with .crc, or an EDAX .h5; or grains are labelled already, in a .tif,
    .npy or .nrrd image. The largest particle of each is taken. The table tells whether its grains
    prefer the radial direction: where they do not, the section missed the particle's centre.
    """
    import numpy as np

    from nmc_mesh.cli.files import checked_place

    for source in maps:
        checked_place(output, (".h5", ".hdf5"), source)
    with watched(quiet) as watch:
        records = []
        for place, source in enumerate(maps):
            watch("sections", place / len(maps))
            found = _section(source, np.radians(angle), min_pixels, fill, center, spacing)
            records.append(_record(found, fit, watch))
        watch("sections", 1.0)
        from nmc_mesh.io.sections import write_sections

        write_sections(output, records)
    if not quiet:
        console().print(_table(records))


def _section(
    source: Path, angle: float, min_pixels: int, fill: bool, center: Center, spacing: float | None
) -> Section:
    from nmc_mesh.ebsd import read_scan, section_of_labels, section_of_scan
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.images import read_labels

    if source.suffix.lower() not in _IMAGES:
        return section_of_scan(read_scan(source), angle, min_pixels, fill=fill, center=center)
    if spacing is None:
        raise InputError(f"{source} is an image; give the edge length of a pixel by --spacing")
    image = read_labels(source, spacing)
    return section_of_labels(image, fill=fill, center=center, name=str(source))


def _record(section: Section, fit: bool, watch: Progress) -> SectionRecord:
    from nmc_mesh.grains.fit_section import fit_section
    from nmc_mesh.io.sections import SectionRecord
    from nmc_mesh.validation.preference import preference
    from nmc_mesh.validation.sections import describe

    tables = describe(section.image, section.center, section.known)._asdict()
    # The border of the image flattens the grains it cuts, along itself.
    found = preference(tables["orientations"][~tables["cut"]])
    facts = {
        "unknown_share": float(1 - section.known[section.mask].mean()),
        "cut": section.cut,
        "preference": found.score,
        "preference_error": found.error,
        "radial": found.radial,
    }
    if not fit:
        return SectionRecord(section, tables, facts)
    fitted = fit_section(section.image, section.center, progress=watch)
    tables |= {"diagonals": fitted.diagonals, "lost": fitted.lost}
    return SectionRecord(section, tables, facts | {"right": fitted.right}, fitted.diagram)


def _table(records: list[SectionRecord]) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2))
    table.add_column("section", style="cyan", overflow="fold")
    for name in ("grains", "unknown", "preference", "radial", "whole", "right"):
        table.add_column(name, justify="right", no_wrap=True)
    for record in records:
        facts = record.facts
        table.add_row(
            Path(record.section.name).name,
            f"{len(record.tables['labels']):,}",
            f"{100 * facts['unknown_share']:.1f} %",
            f"{facts['preference']:+.2f} ± {facts['preference_error']:.2f}",
            "yes" if facts["radial"] else "no",
            "no" if facts["cut"] else "yes",
            f"{100 * facts['right']:.1f} %" if "right" in facts else "-",
        )
    return table
