"""Sections in HDF5: labels, masks, treatment, tables of grains and fitted diagrams."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nmc_mesh.errors import FileError
from nmc_mesh.files import hdf5, written
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.sections.section import Section
from nmc_mesh.sections.treatment import Treatment
from nmc_mesh.stored import Shape, Stored, opened

VERSION = 2
"""Of the file. The first, which says no version, does not tell what was done to the maps."""

_DIAGRAM: dict[str, Shape] = {"seeds": ("n", 2), "matrices": ("n", 2, 2), "offsets": ("n",)}


def write_sections(path: str | os.PathLike[str], sections: Sequence[Section]) -> None:
    """Write sections to an HDF5 file, whole or not at all.

    Group ``section_00001`` and so on: images ``labels`` and ``known``, rows first (y, x) as images
    are in HDF5; ``tables/NAME``; ``facts`` and ``treatment``, empty groups with attributes;
    ``diagram/seeds``, ``matrices``, ``offsets``. Attributes ``name``, ``spacing``, ``origin``,
    ``center`` (x, y) and, if it is known, ``height`` in um. The file says so itself: ``axes`` is
    "yx" on images and "xy" on sections, whose attributes, tables and diagrams are meant;
    ``version`` is 2. ``treatment`` holds the fields of `Treatment` that are set, angles in radians.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    target = Path(path)
    with written(target) as beside, hdf5(beside.name(target)) as file:
        file.attrs["version"] = VERSION
        for number, section in enumerate(sections, start=1):
            _write(file.create_group(f"section_{number:05d}"), section)


def _write(group: Any, section: Section) -> None:
    group.attrs["axes"] = "xy"
    for name in ("spacing", "origin"):
        group.attrs[name] = getattr(section.image, name)
    group.attrs["center"], group.attrs["name"] = section.center, section.name
    if section.height is not None:
        group.attrs["height"] = section.height
    images = {"labels": section.image.labels.T, "known": section.known.T}
    for name, array in images.items():
        stored = group.create_dataset(name, data=array, compression="gzip", track_times=False)
        stored.attrs["axes"] = "yx"
    tables = group.create_group("tables")
    for name, table in section.tables.items():
        tables.create_dataset(name, data=table, track_times=False)
    group.create_group("facts").attrs.update(section.facts)
    if section.treatment is not None:
        settings = {name: v for name, v in asdict(section.treatment).items() if v is not None}
        group.create_group("treatment").attrs.update(settings)
    if section.diagram is not None:
        diagram = group.create_group("diagram")
        for name in _DIAGRAM:
            diagram.create_dataset(name, data=getattr(section.diagram, name), track_times=False)


def read_sections(path: str | os.PathLike[str]) -> list[Section]:
    """Read what `write_sections` wrote, now or in its first version, which tells no treatment.

    Raises
    ------
    FileError
        If the file is missing, damaged, of a later version or holds no sections.
    """
    source = Path(path)
    with opened(source) as file:
        version = int(file.attribute("version", kind="whole", default=1))
        if not 1 <= version <= VERSION:
            raise FileError(
                f"{source} holds sections of version {version}, this program reads {VERSION} and "
                "older; install a later nmc-mesh"
            )
        sections = [_read(file.group(name)) for name in sorted(file) if name.startswith("section_")]
    if not sections:
        raise FileError(f"{source} holds no sections; make it with: nmc-mesh sections -o {source}")
    return sections


def _read(group: Stored) -> Section:
    spacing, origin, center = (
        group.attribute(key, (2,)) for key in ("spacing", "origin", "center")
    )
    image = LabelImage(group.array("labels", ("y", "x"), "whole").T, spacing, origin)
    known = group.array("known", ("y", "x"), "flag").T
    diagram = None
    if "diagram" in group:
        part = group.group("diagram")
        diagram = GBPD(*(part.array(name, shape) for name, shape in _DIAGRAM.items()))
    tables = group.group("tables")
    columns = {name: tables.sparse(name) for name in tables}  # NaN: a grain that has no such number
    facts = group.group("facts").attributes()
    height = facts.pop("height", None)  # where the first version has it
    return Section(
        image,
        known,
        center,
        group.attribute("name", kind="text"),
        _treatment(group.group("treatment")) if "treatment" in group else None,
        group.attribute("height", default=height),
        diagram,
        columns,
        facts,
    )


def _treatment(group: Stored) -> Treatment:
    whole, number = ("min_pixels", "neighbours"), ("missing", "angle", "min_confidence")
    settings: dict[str, Any] = {
        name: group.attribute(name, kind="whole", default=None) for name in whole
    } | {name: group.attribute(name, default=None) for name in number}
    settings["fill"] = group.attribute("fill", kind="flag", default=None)
    settings["center"] = group.attribute("center", kind="text", default=None)
    return Treatment(**{name: value for name, value in settings.items() if value is not None})
