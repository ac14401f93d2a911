"""Checkpoints: the whole state of a training as bytes, so that it goes on bit for bit."""

from __future__ import annotations

import hashlib
import io
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
import torch

from nmc_mesh.errors import FileError

VERSION = 1
_SEPARATOR = "/"


class Keeper(Protocol):
    """Where checkpoints are kept; the command line keeps them in a file."""

    def load(self) -> bytes | None:
        """Return the last one, or nothing if there is none."""

    def save(self, data: bytes) -> None:
        """Keep this one in place of the last, whole or not at all."""


def fingerprint(*parts: Any) -> str:
    """Return a hash of settings and data: a checkpoint of others must not go on with these."""
    found = hashlib.sha256()
    for part in parts:
        data = np.ascontiguousarray(part).tobytes() if isinstance(part, np.ndarray) else None
        found.update(repr(part).encode() if data is None else data)
    return found.hexdigest()


def packed(state: dict[str, Any], mark: str) -> bytes:
    """Return a state, nested dictionaries and lists of tensors and numbers, as npz bytes."""
    arrays: dict[str, Any] = {}
    _flatten(state, "state", arrays)
    file = io.BytesIO()
    np.savez(file, version=np.array(VERSION), fingerprint=np.array(mark), **arrays)
    return file.getvalue()


def unpacked(data: bytes, mark: str) -> dict[str, Any]:
    """Return the state that `packed` stored.

    Raises
    ------
    FileError
        If the bytes are damaged, of another version, or of another calibration.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            version = int(file["version"])
            if version != VERSION:
                raise FileError(
                    f"the checkpoint has version {version}, this program reads version {VERSION}; "
                    "remove it to start anew, or go on with the program that wrote it"
                )
            if str(file["fingerprint"]) != mark:
                raise FileError(
                    "the checkpoint belongs to other sections, options or another seed; name "
                    "another checkpoint, or remove this one to start anew"
                )
            arrays = {name: file[name] for name in file.files if name.startswith("state")}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise FileError(f"the checkpoint is damaged ({error}); remove it to start anew") from None
    return dict(_nested(arrays)["state"])


def _flatten(value: Any, name: str, arrays: dict[str, Any]) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            _flatten(part, f"{name}{_SEPARATOR}{key}", arrays)
    elif isinstance(value, list) and value and isinstance(value[0], torch.Tensor):
        for place, part in enumerate(value):
            arrays[f"{name}{_SEPARATOR}[{place:04d}"] = part.detach().cpu().numpy()
    else:
        arrays[name] = np.asarray(value)


def _nested(arrays: dict[str, Any]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, array in arrays.items():
        *path, last = name.split(_SEPARATOR)
        place = root
        for part in path:
            place = place.setdefault(part, {})
        place[last] = array
    return {key: _lists(value) for key, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.startswith("[") for key in value):
        return [torch.from_numpy(value[key]) for key in sorted(value)]
    return {key: _lists(part) for key, part in value.items()}
