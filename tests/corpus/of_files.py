"""Frozen: files of every format, byte for byte where the format allows it.

Of files with compressed parts what is compressed counts, of HDF5 files what they hold: how it is
packed depends on the versions of libraries.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import numpy as np

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io import read, write
from nmc_mesh.io.formats import FORMATS
from nmc_mesh.io.images import read_labels
from nmc_mesh.io.label_images import write_labels
from nmc_mesh.io.particle import write_particle
from nmc_mesh.io.surfaces import write_grains, write_surface
from nmc_mesh.io.text import write_blocks, write_whole
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesher.surface import surface_mesh
from nmc_mesh.sections.files import write_sections
from nmc_mesh.sections.find import section_of_labels
from nmc_mesh.typing import AnyArray
from tests.corpus.case import Arrays, case, flat
from tests.corpus.inputs import draw, flat_diagram, grain_image, uniform, whole_particle
from tests.corpus.of_tags import bent, stairs, turned

_ARRAY = re.compile(r'(<DataArray [^>]*Name="([^"]*)"[^>]*format="binary">)([^<]*)(</DataArray>)')


def written(names: str | list[str], write_to: Callable[[Path], Any]) -> Arrays:
    """Return the files that are written, by name."""
    with TemporaryDirectory() as folder:
        for name in [names] if isinstance(names, str) else names:
            write_to(Path(folder) / name)
        found: Arrays = {}
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                found |= flat(content(path), path.relative_to(folder).as_posix())
        return found


def content(path: Path) -> Any:
    """What counts of a file."""
    if path.suffix in (".h5", ".med"):
        return stored(path)
    if path.suffix in (".vtu", ".vtp"):
        return unpacked(path.read_text(encoding="ascii"))
    return path.read_bytes()


def stored(path: Path) -> Arrays:
    """Data sets and attributes of an HDF5 file, by their places."""
    found: Arrays = {}

    def visit(name: str, item: Any) -> None:
        for key, value in sorted(item.attrs.items()):
            found.update(flat(plain(value), f"{name}@{key}"))
        if isinstance(item, h5py.Dataset):
            found.update(flat(plain(item[()]), name))

    with h5py.File(path, "r") as file:
        visit("", file)
        file.visititems(visit)
    return found


def plain(value: Any) -> Any:
    """Numbers stay, text becomes bytes."""
    if isinstance(value, np.ndarray) and value.dtype.kind not in "fiub":
        return "\n".join(str(part) for part in value.ravel().tolist())
    return value


def unpacked(text: str) -> Any:
    """A VTK file without the arrays, and the arrays' bytes."""
    arrays = {name: inflated(body) for _, name, body, _ in _ARRAY.findall(text)}
    return {"head": _ARRAY.sub(r"\1\4", text), **arrays}


def inflated(body: str) -> bytes:
    """Bytes of an array in blocks of zlib."""
    count = struct.unpack("<Q", base64.b64decode(body[:12])[:8])[0]
    width = -(-8 * (3 + count) // 3) * 4
    sizes = struct.unpack(f"<{3 + count}Q", base64.b64decode(body[:width])[: 8 * (3 + count)])
    packed, parts = base64.b64decode(body[width:]), []
    for size in sizes[3:]:
        parts.append(zlib.decompress(packed[:size]))
        packed = packed[size:]
    return b"".join(parts)


@case("files/numbers")
def numbers() -> Any:
    """Whole numbers as text: of one digit to ten, zero, in rows and in blocks."""
    rng = draw(90)
    rows = rng.integers(0, 2**31, (2000, 3)) >> rng.integers(0, 31, (2000, 3))
    rows = rows.astype(np.int32)
    rows[0] = 0, 2**31 - 1, 10
    starts = np.array([0, 0, 5, 6, 2000])
    heads = rng.integers(0, 1000, (4, 4)).astype(np.int32)

    def put(path: Path) -> None:
        with path.open("wb") as file:
            write_whole(file, rows)
            write_whole(file, rows[:100], ",")
            write_blocks(file, heads, starts, rows)

    return written("numbers", put)


PLAIN = ("a.msh", "a.vtu", "a.xdmf", "a.e", "a.inp", "a.mesh", "a.vol")


@case("files/first-order")
def first_order() -> Any:
    """Meshes in every format, in its layout of groups."""
    return written(list(PLAIN), lambda path: write(path, stairs(0)))


@case("files/second-order")
def second_order() -> Any:
    """All but .vol, which holds straight cells only."""
    return written(list(PLAIN[:-1]), lambda path: write(path, bent(0)))


@case("files/hosts")
def hosts() -> Any:
    """Formats of other hosts: as they are, of second order, with boundaries in one group."""
    names = ["a.med", "a.mphtxt", "a.bdf", "mesh.header"]
    return {
        "first": written(names, lambda path: write(path, stairs(0))),
        "second": written(names, lambda path: write(path, bent(0))),
        "one": written(names, lambda path: write(path, stairs(1), boundaries="one")),
        "turned": written(names, lambda path: write(path, turned(0))),
    }


@case("files/msh")
def msh() -> Any:
    """Gmsh's files of both versions, as text and binary, in other layouts."""
    found = {}
    for version, binary in product(("4.1", "2.2"), (False, True)):
        put = partial(write, version=version, binary=binary)
        key = f"{version}_{'binary' if binary else 'text'}"
        found[f"straight_{key}"] = written("a.msh", partial(put, mesh=stairs(0)))
        found[f"curved_{key}"] = written("a.msh", partial(put, mesh=bent(0)))
    whole = written("a.msh", lambda p: write(p, stairs(0), blocks="single", boundaries="one"))
    return {**found, "single": whole}


@case("files/layouts")
def layouts() -> Any:
    """Blocks by colour, boundaries in one set; options of formats."""
    mesh = stairs(1)
    return {
        "color": written(list(PLAIN), lambda p: write(p, mesh, blocks="color", boundaries="one")),
        "mfem": written("a.mesh", lambda p: write(p, mesh, version="1.3")),
        "abaqus": written("a.inp", lambda p: write(p, mesh, material="NMC")),
    }


@case("files/cohesive")
def cohesive() -> Any:
    """Split meshes: with wedges of six nodes and of fifteen."""
    names = ["a.msh", "a.vtu", "a.e", "a.inp"]
    one, two = split_boundaries(stairs(0)), split_boundaries(bent(0))
    pairs = stairs(0).facet_grains
    few = split_boundaries(stairs(0), pairs[pairs[:, 1] > 0][:5])
    return {
        "first": written(names, lambda path: write(path, one)),
        "second": written(names, lambda path: write(path, two)),
        "binary": written("a.msh", lambda path: write(path, two, binary=True)),
        "few": written(names, lambda path: write(path, few, boundaries="pairs")),
    }


@case("files/hexes")
def hexes() -> Any:
    """Meshes of hexahedra."""
    mesh = voxel_mesh(grain_image(91, (6, 5, 4), 4, 0))
    names = [name for name in PLAIN if FORMATS[Path(name).suffix].hexes]
    return written(names, lambda path: write(path, mesh))


@case("files/crystals")
def crystals() -> Any:
    """Meshes with orientations: angles of Bunge, colours."""
    return written(list(PLAIN), lambda path: write(path, turned(0)))


@case("files/tables")
def tables() -> Any:
    """Tables beside a mesh, without the text that repeats them."""
    found = written("a.json", lambda path: write(path, turned(0)))
    return {name: array for name, array in found.items() if name != "a.json"}


@case("files/read")
def reading() -> Any:
    """Meshes read back."""
    found = {}
    with TemporaryDirectory() as folder:
        for name in PLAIN:
            for order, mesh in (("first", stairs(0)), ("second", bent(0))):
                if (name, order) == ("a.vol", "second"):
                    continue
                write(Path(folder) / name, mesh)
                back = read(Path(folder) / name)
                parts = {"points": back.points, "cells": back.cells, "labels": back.labels}
                found[f"{name[2:]}_{order}"] = {**parts, "facets": back.facets}
    return found


@case("files/surfaces")
def surfaces() -> Any:
    """Labelled surfaces, and closed surfaces of grains."""
    surface = surface_mesh(stairs(0))
    return {
        "all": written(["a.stl", "a.ply", "a.vtp"], lambda path: write_surface(path, surface)),
        "stl": written("grains", lambda path: write_grains(path, surface)),
        "ply": written("grains", lambda path: write_grains(path, surface, ".ply")),
    }


@case("files/particle")
def particles() -> Any:
    return written("a.h5", lambda path: write_particle(path, whole_particle(0)))


@case("files/sections")
def sections() -> Any:
    """Sections with a diagram and tables."""
    image = grain_image(92, (30, 28), 8, 2)
    section = section_of_labels(image)
    diagram = flat_diagram(92, int(image.labels.max()), 2.0)
    tables = {"areas": uniform(draw(92), 0.0, 1.0, len(diagram))}
    record = replace(section, diagram=diagram, tables=tables, facts={"right": 0.5})
    return written("a.h5", lambda path: write_sections(path, [record, record]))


@case("files/images")
def images() -> Any:
    """Label images written and read back; .png files of every depth and filter."""
    found: dict[str, Any] = {}
    image = grain_image(93, (9, 8, 7), 5, 1)
    with TemporaryDirectory() as folder:
        for name in ("a.npy", "a.tif"):
            write_labels(Path(folder) / name, image)
            found[name] = read_labels(Path(folder) / name)
        for depth in (1, 2, 4, 8, 16):
            for kind in range(6):
                path = Path(folder) / "a.png"
                path.write_bytes(picture(depth, kind))
                found[f"png_{depth}_{kind}"] = read_labels(path, 0.1)
    found["npy"] = written("a.npy", lambda path: write_labels(path, LabelImage(image.labels, 0.1)))
    return found


def picture(depth: int, kind: int) -> bytes:
    """A picture of random bytes that say to be filtered: all by one kind, or in turn by all."""
    width, height = 37, 23
    row = -(-width * depth // 8)
    raw: AnyArray = draw(94, depth, kind).integers(0, 256, (height, row + 1)).astype(np.uint8)
    raw[:, 0] = np.arange(height) % 5 if kind == 5 else kind
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    body = zlib.compress(raw.tobytes())
    parts = [(b"IHDR", head), (b"IDAT", body), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
