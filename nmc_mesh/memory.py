"""How much memory this machine has, and how much of it is free."""

from __future__ import annotations

import os
from pathlib import Path


def total_memory() -> float:
    """Bytes that this machine has."""
    return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")


def free_memory() -> float:
    """Bytes that programs may take: what Linux calls available, elsewhere all there is."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        table = dict(line.split(":", 1) for line in lines)
        return 1024.0 * float(table["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        return total_memory()
