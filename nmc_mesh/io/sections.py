"""Sections in HDF5: labels, masks, tables of grains and fitted diagrams."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nmc_mesh.arrays import one_line
from nmc_mesh.ebsd.section import Section
from nmc_mesh.errors import FileError
from nmc_mesh.files import hdf5, written
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.stored import Shape, Stored, opened
from nmc_mesh.typing import AnyArray

_DIAGRAM: dict[str, Shape] = {"seeds": ("n", 2), "matrices": ("n", 2, 2), "offsets": ("n",)}


@dataclass(frozen=True, eq=False)
class SectionRecord:
    """A section with what was found on it.

    ``tables`` are arrays by name, ``facts`` single numbers, words or booleans by name; ``diagram``
    has its origin in the section's centre, grain i at seed i - 1.
    """

    section: Section
    tables: Mapping[str, AnyArray] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    diagram: GBPD | None = None

    __repr__ = one_line


def write_sections(path: str | os.PathLike[str], records: Sequence[SectionRecord]) -> None:
    """Write sections to an HDF5 file, whole or not at all.

    Group ``section_00001`` and so on: images ``labels`` and ``known``, rows first (y, x) as images
    are in HDF5; ``tables/NAME``; ``facts``, an empty group with attributes; ``diagram/seeds``,
    ``matrices``, ``offsets``. Attributes ``name``, ``spacing``, ``origin``, ``center`` (x, y) in
    um. The file says so itself: ``axes`` is "yx" on images and "xy" on sections, whose attributes,
    tables and diagrams are meant.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    place = Path(path)
    with written(place) as beside, hdf5(beside.name(place)) as file:
        for number, record in enumerate(records, start=1):
            _write(file.create_group(f"section_{number:05d}"), record)


def _write(group: Any, record: SectionRecord) -> None:
    section = record.section
    group.attrs["axes"] = "xy"
    for name in ("spacing", "origin"):
        group.attrs[name] = getattr(section.image, name)
    group.attrs["center"], group.attrs["name"] = section.center, section.name
    images = {"labels": section.image.labels.T, "known": section.known.T}
    for name, array in images.items():
        stored = group.create_dataset(name, data=array, compression="gzip", track_times=False)
        stored.attrs["axes"] = "yx"
    tables = group.create_group("tables")
    for name, table in record.tables.items():
        tables.create_dataset(name, data=table, track_times=False)
    group.create_group("facts").attrs.update(record.facts)
    if record.diagram is not None:
        diagram = group.create_group("diagram")
        for name in _DIAGRAM:
            diagram.create_dataset(name, data=getattr(record.diagram, name), track_times=False)


def read_sections(path: str | os.PathLike[str]) -> list[SectionRecord]:
    """Read what `write_sections` wrote.

    Raises
    ------
    FileError
        If the file is missing, damaged or holds no sections.
    """
    place = Path(path)
    with opened(place) as file:
        records = [_read(file.group(name)) for name in sorted(file) if name.startswith("section_")]
    if not records:
        raise FileError(f"{place} holds no sections; make it with: nmc-mesh sections -o {place}")
    return records


def _read(group: Stored) -> SectionRecord:
    spacing, origin, center = (
        group.attribute(key, (2,)) for key in ("spacing", "origin", "center")
    )
    image = LabelImage(group.array("labels", ("y", "x"), "whole").T, spacing, origin)
    known = group.array("known", ("y", "x"), "flag").T
    section = Section(image, known, center, group.attribute("name", kind="text"))
    diagram = None
    if "diagram" in group:
        part = group.group("diagram")
        diagram = GBPD(*(part.array(name, shape) for name, shape in _DIAGRAM.items()))
    tables = group.group("tables")
    found = {name: tables.sparse(name) for name in tables}  # NaN: a grain that has no such number
    facts = group.group("facts").attributes()
    return SectionRecord(section, found, facts, diagram)
