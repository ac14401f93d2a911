"""Checkpoints: the whole state of a training as bytes, so that it goes on bit for bit."""

from __future__ import annotations

import hashlib
import io
import pickle
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from nmc_mesh.errors import FileError
from nmc_mesh.files import contents, written

VERSION = 3


class Checkpointer(Protocol):
    """Where checkpoints are kept; see `FileCheckpointer`."""

    def load(self) -> bytes | None:
        """Return the last one, or nothing if there is none."""

    def save(self, data: bytes) -> None:
        """Keep this one in place of the last, whole or not at all."""


class FileCheckpointer:
    """Keeps the last checkpoint in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> bytes | None:
        """Return the file's contents, if it is there."""
        return contents(self.path) if self.path.is_file() else None

    def save(self, data: bytes) -> None:
        """Put these in their place, whole or not at all."""
        with written(self.path) as files:
            files.name(self.path).write_bytes(data)


def fingerprint(*parts: Any) -> str:
    """Return a hash of settings and data: a checkpoint of others must not go on with these."""
    digest = hashlib.sha256()
    for part in parts:
        data = np.ascontiguousarray(part).tobytes() if isinstance(part, np.ndarray) else None
        digest.update(repr(part).encode() if data is None else data)
    return digest.hexdigest()


def packed(state: dict[str, Any], mark: str) -> bytes:
    """Return a state, nested dictionaries and lists of tensors and numbers, as torch stores it."""
    file = io.BytesIO()
    torch.save({"version": VERSION, "fingerprint": mark, "state": state}, file)
    return file.getvalue()


def unpacked(data: bytes, mark: str) -> dict[str, Any]:
    """Return the state that `packed` stored; tensors come to the CPU.

    Raises
    ------
    FileError
        If the bytes are damaged, of another version, or of another calibration.
    """
    try:
        # Tensors and plain values alone: nothing that a file says is run.
        stored = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        version, fingerprint, state = stored["version"], stored["fingerprint"], stored["state"]
    except (OSError, ValueError, LookupError, TypeError, EOFError, RuntimeError,
            pickle.UnpicklingError) as error:  # fmt: skip
        detail = str(error).partition("\n")[0][:80]
        raise FileError(
            f"the checkpoint is damaged, or of an older program ({detail}); remove it to start anew"
        ) from None
    if version != VERSION:
        raise FileError(
            f"the checkpoint has version {version}, this program reads version {VERSION}; "
            "remove it to start anew, or go on with the program that wrote it"
        )
    if fingerprint != mark:
        raise FileError(
            "the checkpoint belongs to other sections, options or another seed; name "
            "another checkpoint, or remove this one to start anew"
        )
    return dict(state)
