"""VTK's .vti (ParaView, PyVista): a grid of voxels with their grain, compressed binary.

Labels are the cell array ``grain_id``, as in meshes; x runs fastest. The grid's origin is the
corner of voxel (0, 0, 0), not its centre; the field array ``length_unit`` says that lengths are um.
What other programs write is read too: text, base64 or raw bytes, inside the array or appended at
the end, plain or packed by zlib.
"""

from __future__ import annotations

import base64
import math
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple
from xml.etree import ElementTree

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io.vtu import data_array
from nmc_mesh.typing import AnyArray, Floats

_UNIT = "length_unit"
_ZLIB = "vtkZLibDataCompressor"
_TYPES = {
    f"{sign}{bits}": f"{sign}{bits}".lower()
    for bits in (8, 16, 32, 64)
    for sign in ("Int", "UInt")
} | {"Float32": "float32", "Float64": "float64"}  # fmt: skip
_PACKED = 1100
"""Deflate packs a byte into no less than 1 / 1032."""


def write_grid(path: Path, image: LabelImage) -> None:
    """Write the labels of an image in two or three dimensions, with spacing and origin."""
    unit = (
        f'<FieldData>\n<DataArray type="String" Name="{_UNIT}" NumberOfTuples="1" format="ascii">'
        "117 109 0</DataArray>\n</FieldData>\n"
    )
    array = data_array("grain_id", image.labels.ravel(order="F"))
    _write(path, image, array, 1.0, unit)


def write_materials(path: Path, image: LabelImage, unit: float) -> None:
    """Write labels as numbers of materials, lengths in another unit, as DAMASK's solver reads them.

    It reads line by line, and wants the numbers of an array on a line of their own.

    Parameters
    ----------
    path
        The file.
    image
        Labels in three dimensions.
    unit
        What an um is in the unit of the file.
    """
    array = data_array("material", image.labels.ravel(order="F").astype(np.int32))
    _write(path, image, array.replace(">", ">\n", 1).replace("</", "\n</", 1), unit)


def _write(path: Path, image: LabelImage, array: str, unit: float, fields: str = "") -> None:
    counts = [*image.labels.shape, 0][:3]
    step = [*(unit * image.spacing), unit * image.spacing[0]][:3]
    corner = [*(unit * (image.origin - image.spacing / 2)), 0.0][:3]
    name = array.split('Name="')[1].split('"')[0]
    extent = " ".join(f"0 {count}" for count in counts)
    place = " ".join(map(repr, map(float, corner)))
    edges = " ".join(map(repr, map(float, step)))
    parts = [
        '<?xml version="1.0"?>\n<VTKFile type="ImageData" version="1.0" '
        f'byte_order="LittleEndian" header_type="UInt64" compressor="{_ZLIB}">\n'
        f'<ImageData WholeExtent="{extent}" Origin="{place}" Spacing="{edges}">\n'
        f'{fields}<Piece Extent="{extent}">\n<CellData Scalars="{name}">\n',
        array,
        "</CellData>\n</Piece>\n</ImageData>\n</VTKFile>\n",
    ]
    with path.open("w", encoding="ascii") as file:
        file.writelines(parts)


class Grid(NamedTuple):
    """The header of a file: its arrays by name, and where the voxels are.

    ``shapes`` are numbers of voxels along x, y, z for arrays of cells, of points for arrays of
    points.
    """

    arrays: dict[str, ElementTree.Element]
    shapes: dict[str, tuple[int, ...]]
    active: str | None
    spacing: Floats
    unit: str


def read_grid(path: Path) -> Grid:
    """Read what a file holds, without its numbers.

    Raises
    ------
    FileError
        If the file cannot be read, or is damaged.
    InputError
        If it is in several pieces.
    """
    return _File(path).grid


def read_array(path: Path, name: str) -> AnyArray:
    """Read an array of one number per voxel (or point), indexed [x, y, z].

    Raises
    ------
    FileError
        If the file cannot be read, or is damaged.
    InputError
        If it is in several pieces, or packed otherwise than by zlib.
    """
    file = _File(path)
    shape = file.grid.shapes[name]
    return file.values(file.grid.arrays[name], math.prod(shape)).reshape(shape, order="F")


class _File:
    """A file whose header is known, and whose numbers are not read yet."""

    def __init__(self, path: Path) -> None:
        self._path, raw = path, contents(path)
        head, mark, tail = raw.partition(b"<AppendedData")
        self._appended = tail.partition(b"_")[2]
        self._base64 = b"base64" in tail.partition(b">")[0]
        try:
            root = ElementTree.fromstring(head + (b"</VTKFile>" if mark else b""))
            self._order: Literal["<", ">"] = ">" if root.get("byte_order") == "BigEndian" else "<"
            self._header = np.dtype(root.get("header_type", "UInt32").lower()).itemsize
            self._packing = root.get("compressor")
            self.grid = self._grid(root)
        except InputError:
            raise
        except (ElementTree.ParseError, TypeError, ValueError, LookupError) as error:
            raise damaged(path, error) from error
        self._size = len(raw)

    def _grid(self, root: ElementTree.Element) -> Grid:
        image = root.find("ImageData")
        pieces = [] if image is None else image.findall("Piece")
        if image is None:
            raise ValueError("no ImageData in it")
        if len(pieces) != 1:
            raise InputError(
                f"{self._path} is in {len(pieces)} pieces; save it as one, such as from ParaView"
            )
        extent = [int(word) for word in pieces[0].get("Extent", "").split()]
        low, high = np.array(extent[::2], dtype=object), np.array(extent[1::2], dtype=object)
        if len(extent) != 6 or (high < low).any():
            raise ValueError(f"an extent of {extent}")
        spacing = np.array([float(word) for word in image.get("Spacing", "1 1 1").split()])
        flat = high == low
        shapes: dict[str, tuple[int, ...]] = {}
        arrays: dict[str, ElementTree.Element] = {}
        active = None
        for kind, counts in (("PointData", high - low + 1), ("CellData", high - low)):
            data = pieces[0].find(kind)
            for array in () if data is None else data.findall("DataArray"):
                name = array.get("Name", "")
                if array.get("NumberOfComponents", "1") == "1":
                    arrays[name] = array
                    shapes[name] = tuple(int(n) for n in counts[~flat])
            if data is not None and data.get("Scalars") in arrays:
                active = data.get("Scalars")
        return Grid(arrays, shapes, active, spacing[~flat], _unit(image))

    def values(self, array: ElementTree.Element, count: int) -> AnyArray:
        """Return the numbers of an array."""
        kind, form = array.get("type", ""), array.get("format", "ascii")
        if kind not in _TYPES:
            raise damaged(self._path, f"an array of {kind or 'no type'}")
        dtype = np.dtype(_TYPES[kind]).newbyteorder(self._order)
        if count * dtype.itemsize > _PACKED * self._size:
            raise damaged(self._path, f"it claims {count:,} values, {self._size:,} bytes hold less")
        try:
            if form == "ascii":
                values: AnyArray = np.array((array.text or "").split(), dtype=_TYPES[kind])
            else:
                values = np.frombuffer(self._bytes(array, form, count * dtype.itemsize), dtype)
        except InputError:
            raise
        except (ValueError, OverflowError, zlib.error) as error:
            raise damaged(self._path, error) from error
        if len(values) != count:
            raise damaged(self._path, f"{len(values):,} values for {count:,} voxels")
        return values.astype(dtype.newbyteorder("="), copy=False)

    def _bytes(self, array: ElementTree.Element, form: str, size: int) -> bytes:
        """Return ``size`` bytes: as they are after their number, or packed in blocks."""
        if form == "appended":
            data, coded = self._appended[int(array.get("offset", "0")) :], self._base64
        else:
            data, coded = "".join((array.text or "").split()).encode("ascii"), True
        if self._packing is None:
            whole = _part(data, coded, self._header + size)
            if self._numbers(whole[: self._header]) != [size]:
                raise ValueError(f"no {size:,} bytes in an array")
            return whole[self._header :]
        if self._packing != _ZLIB:
            raise InputError(
                f"{self._path} is packed by {self._packing}; save it again, packed by zlib"
            )
        count, block, rest = self._numbers(_part(data, coded, 3 * self._header))
        if block < 1 or count != -(-size // block):
            raise ValueError(f"{count:,} blocks of {block:,} bytes for {size:,} bytes")
        head = (3 + count) * self._header
        sizes = self._numbers(_part(data, coded, head))[3:]
        packed = _part(data[_length(coded, head) :], coded, sum(sizes))
        ends = np.cumsum([0, *sizes]).tolist()
        blocks = [
            zlib.decompressobj().decompress(packed[first:last], block)
            for first, last in pairwise(ends)
        ]
        if rest and blocks and len(blocks[-1]) != rest:
            raise ValueError("a last block of another length than it says")
        return b"".join(blocks)

    def _numbers(self, data: bytes) -> list[int]:
        kind = np.dtype(f"u{self._header}").newbyteorder(self._order)
        return [int(number) for number in np.frombuffer(data, kind)]


def _unit(image: ElementTree.Element) -> str:
    """Return the unit of length, "" if nobody says it: letters of a text are numbers."""
    for array in image.iterfind("FieldData/DataArray"):
        if array.get("Name") == _UNIT and array.get("format") == "ascii":
            return "".join(chr(int(code)) for code in (array.text or "").split()).rstrip("\0")
    return ""


def _length(coded: bool, size: int) -> int:
    """How many bytes of the file hold so many bytes of data: base64 makes 4 of 3."""
    return 4 * -(-size // 3) if coded else size


def _part(data: bytes, coded: bool, size: int) -> bytes:
    """Return the first bytes of what an array holds."""
    found = data[: _length(coded, size)]
    found = base64.b64decode(found, validate=True)[:size] if coded else found
    if len(found) < size:
        raise ValueError("it ends too early")
    return found
