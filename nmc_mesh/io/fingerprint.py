"""Fingerprints of measured data: one file, a folder of slices, or a header and what lies beside."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nmc_mesh.errors import FileError
from nmc_mesh.io.images import slices_of

_BLOCK = 1 << 22
_DIGITS = 16
_DATA = {".cpr": ".crc", ".nhdr": ".raw"}
"""Headers whose data lie beside them."""


def fingerprint(source: Path) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of all bytes of a source.

    Parameters
    ----------
    source
        A file, with the data beside it if it is a header; or a folder or pattern of slices, which
        count in their natural order.

    Raises
    ------
    FileError
        If a file cannot be read.
    InputError
        If a folder or pattern holds no slices, or of several kinds.
    """
    found = hashlib.sha256()
    for file in slices_of(source) or _with_data(source):
        try:
            with file.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    found.update(block)
        except OSError as error:
            raise FileError(f"cannot read {file}: {error.strerror}; check the name") from error
    return found.hexdigest()[:_DIGITS]


def _with_data(source: Path) -> list[Path]:
    beside = _DATA.get(source.suffix.lower())
    others = [] if beside is None else [source.with_suffix(beside)]
    return [source, *(other for other in others if other.is_file())]
