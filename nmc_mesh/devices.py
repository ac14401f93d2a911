"""Where torch computes: a device by its name, and with how many threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nmc_mesh.errors import InputError, MissingExtraError


def chosen_device(name: str, purpose: str = "this") -> Any:
    """Return torch's device of this name; "auto" is CUDA where there is one.

    Parameters
    ----------
    name
        "auto", "cpu", "cuda", or any other that torch knows.
    purpose
        What needs torch, if it is not there.

    Raises
    ------
    InputError
        If the device is not there.
    MissingExtraError
        If torch is not installed.
    """
    try:
        import torch
    except ImportError:
        raise MissingExtraError("torch", purpose, "calibrate") from None
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise InputError("torch finds no CUDA device here; use --device cpu, or auto")
    try:
        return torch.device(name)
    except RuntimeError:
        raise InputError(f"there is no device '{name}'; use auto, cpu or cuda") from None


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread: sums then have one order, whatever the machine has."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
