"""Orientation maps on the command line: read, and rid of points that nobody should trust."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nmc_mesh.cli.console import say

if TYPE_CHECKING:
    from nmc_mesh.ebsd.confidence import Trusted


def read_trusted(source: Path, min_confidence: float | Literal["auto"], quiet: bool) -> Trusted:
    """Read a map, leave out points of little confidence, and say so unless ``quiet``."""
    from nmc_mesh.ebsd import read_scan, trusted

    left = trusted(read_scan(source), min_confidence)
    if left.limit is not None and not quiet:
        say(f"{source.name}: {left.told()} (--min-confidence)")
    return left
