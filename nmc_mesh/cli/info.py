"""The command ``info``: what is in a file, whatever this program can read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from nmc_mesh.cli.console import console
from nmc_mesh.cli.options import common
from nmc_mesh.cli.tables import owner_facts

_MAPS = (".ang", ".ctf", ".cpr", ".crc", ".oh5", ".h5oina")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@common
def info(file: Path, quiet: bool) -> None:
    """Tell what is in FILE: a mesh, a stored particle, sections, a map, an image or a model.

    \b
    nmc-mesh info particle.e
    nmc-mesh info particle.h5
    nmc-mesh info MAP.ang
    nmc-mesh info mine.toml

    With --quiet only what kind of file it is.
    """
    from rich.filesize import decimal
    from rich.table import Table

    from nmc_mesh.errors import FileError

    if not file.is_file():
        raise FileError(f"cannot read {file}: there is no such file; check the name")
    kind, rows = _told(file)
    if quiet:
        console().print(kind)
        return
    table = Table(title=f"{file.name}: {kind}", title_justify="left", show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    table.add_row("size", decimal(file.stat().st_size))
    console().print(table)


def _told(file: Path) -> tuple[str, Iterator[tuple[str, str]]]:
    """Return the kind of a file and what there is to say."""
    from nmc_mesh.cli.labels import IMAGES
    from nmc_mesh.errors import InputError
    from nmc_mesh.io import FORMATS

    suffix = file.suffix.lower()
    if suffix == ".json":
        return "tables of a mesh", _tables(file)
    if suffix in FORMATS:
        return f"mesh, {FORMATS[suffix].name}", _mesh(file)
    if suffix in (".h5", ".hdf5"):
        return _hdf5(file)
    if suffix in _MAPS:
        return "map of orientations", _map(file)
    if suffix in IMAGES:
        return "image", _image(file)
    if suffix == ".toml":
        return "model", _model(file)
    known = ", ".join([*FORMATS, ".h5", *_MAPS, *IMAGES, ".toml"])
    raise InputError(f"unknown extension '{file.suffix}' of {file}; use one of {known}")


def _hdf5(file: Path) -> tuple[str, Iterator[tuple[str, str]]]:
    from nmc_mesh.io.images import datasets
    from nmc_mesh.io.particle import holds_particle
    from nmc_mesh.stored import opened

    if holds_particle(file):
        return "stored particle", _particle(file)
    with opened(file) as store:
        names = list(store)
        maps = [name for name in names if store.is_group(name) and "EBSD" in store.group(name)]
    if maps:
        return "map of orientations", _map(file)
    if names and all(name.startswith("section_") for name in names):
        return "sections", _sections(file)
    if len(datasets(file)) == 1:
        return "image", _image(file)
    return "HDF5", iter([("holds", ", ".join(names[:20]) or "nothing")])


def _mesh(file: Path) -> Iterator[tuple[str, str]]:
    import numpy as np

    from nmc_mesh.cli.certificate import stored
    from nmc_mesh.io import read
    from nmc_mesh.mesh.groups import groups

    mesh = read(file)
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    yield "cells", f"{len(mesh.cells):,} tetrahedra of {mesh.cells.shape[1]} nodes"
    yield "points", f"{len(mesh.points):,}"
    yield "grains", f"{len(mesh.grains):,}: {mesh.grains[0]} to {mesh.grains[-1]}"
    yield from owner_facts(mesh)
    if mesh.phases:
        yield "phases", repr(mesh.phases)[7:-1]
    yield "facets", f"{len(mesh.facets):,}, of them {_outer(mesh):,} on the outer surface"
    if mesh.cracked.any():
        yield "cracks", f"{int(mesh.cracked.sum()) // 2:,} facets, each with two sides"
    yield "triple lines", f"{len(mesh.edges):,} edges"
    yield "quadruple points", f"{len(mesh.quadruple_points):,}"
    yield "box", " x ".join(f"{a:.4g}...{b:.4g}" for a, b in np.stack([low, high], 1)) + " µm"
    every_group = groups(mesh)
    yield (
        "groups",
        f"{len(every_group):,} with ids up to {max(group.id for group in every_group):,}",
    )
    if mesh.info.get("orientations") is not None:
        yield "orientations", "of every grain"
    if file.with_suffix(".json").is_file():
        yield from stored(file.with_suffix(".json"))


def _outer(mesh: object) -> int:
    from nmc_mesh.mesh.tet_mesh import TetMesh

    assert isinstance(mesh, TetMesh)
    return int(mesh.outer.sum())


def _tables(file: Path) -> Iterator[tuple[str, str]]:
    from nmc_mesh.cli.certificate import stored
    from nmc_mesh.io import read_tables

    for name, table in read_tables(file).items():
        size = len(next(iter(table.values())))
        yield name, f"{size:,} rows: {', '.join(table)}"
    yield from stored(file)


def _particle(file: Path) -> Iterator[tuple[str, str]]:
    from nmc_mesh.io.particle import read_particle

    particle = read_particle(file)
    yield "grains", f"{particle.n_grains:,} of {len(particle.tessellation):,} cells"
    yield from owner_facts(particle)
    if particle.phases:
        yield "phases", repr(particle.phases)[7:-1]
    yield "diameter", f"{particle.shell.equivalent_diameter:.4g} µm, of the ball of its volume"
    yield "grain size", f"{particle.grain_size:.3g} µm"
    yield "orientations", "none" if particle.orientations is None else "of every grain"
    for name, value in particle.provenance.items():
        text = str(value)
        yield name, text if len(text) < 200 else f"{text[:197]}..."


def _sections(file: Path) -> Iterator[tuple[str, str]]:
    from nmc_mesh.sections.files import read_sections

    for section in read_sections(file):
        image, facts, done = section.image, section.facts, section.treatment
        size = " x ".join(map(str, image.labels.shape))
        least = "" if done is None else f", of {done.min_pixels} or more"
        fit = f", fit {100 * facts['right']:.1f} % right" if "right" in facts else ""
        yield (
            Path(section.name).name,
            f"{image.labels.max():,} grains on {size} pixels of {image.spacing[0]:.4g} µm{least}, "
            f"preference {facts.get('preference', float('nan')):+.2f}{fit}",
        )


def _map(file: Path) -> Iterator[tuple[str, str]]:
    from nmc_mesh.ebsd import read_scan

    scan = read_scan(file)
    kind = "hexagonal" if scan.hexagonal else "square"
    yield "points", " x ".join(map(str, scan.phase.shape)) + f", {kind} grid"
    yield "step", " and ".join(f"{step:.4g}" for step in scan.step) + " µm"
    yield "indexed", f"{100 * scan.indexed.mean():.1f} %"
    for number, phase in enumerate(scan.phases, 1):
        share = (scan.phase == number).sum() / scan.indexed.sum()
        yield f"phase {number}", f"{phase.name}, {phase.laue}, {100 * share:.1f} %"


def _image(file: Path) -> Iterator[tuple[str, str]]:
    import numpy as np

    from nmc_mesh.io.images import read_volume
    from nmc_mesh.io.spacing import stored_spacing

    image, stored = read_volume(file), stored_spacing(file)
    yield "voxels", " x ".join(map(str, image.shape)) + f" (x, y, z), {image.dtype}"
    if stored is not None:
        edges = " x ".join(f"{edge:.4g}" for edge in stored.edges[: image.ndim])
        yield "of", f"{edges} {'µm' if stored.known else '(nobody says of what unit)'}"
    yield "values", f"{image.min()} to {image.max()}"
    if image.dtype.kind in "biu":
        yield "different values", f"{len(np.unique(image)):,}"


def _model(file: Path) -> Iterator[tuple[str, str]]:
    from nmc_mesh.particle.model import load_table
    from nmc_mesh.particle.schema import GrainsTable, ShellTable

    table = load_table(file)
    yield "name", table.name
    yield "what", table.summary
    if isinstance(table.shell, ShellTable):
        yield "degrees", f"l = 0 ... {len(table.shell.laws) - 1}"
    else:
        yield "shell", table.shell.law
    if isinstance(table.grains, GrainsTable) and table.grains.intervals:
        for name, (low, middle, high) in table.grains.intervals.items():
            yield name.replace("_", " "), f"{middle:.3g}, 90 % between {low:.3g} and {high:.3g}"
    yield "numbers with a source", f"{len(table.provenance)}"
