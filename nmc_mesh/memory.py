"""How much memory this machine has, how much of it is free, and how much this process took."""

from __future__ import annotations

from pathlib import Path

from nmc_mesh import _core as core

_MANY = 1 << 18  # cells: at 0.06 kB each 16 MB, which may stay (ours)


def total_memory() -> float:
    """Bytes that this machine has."""
    return float(core.memory()[0])


def free_memory() -> float:
    """Bytes that programs may take: what the system calls available, else all there is."""
    total, available, _ = core.memory()
    if available >= 0:
        return float(available)
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        table = dict(line.split(":", 1) for line in lines)
        return 1024.0 * float(table["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        return float(total)


def peak_memory() -> int:
    """Bytes that this process held when it held most."""
    return core.memory()[2]


def trim_memory(cells: int) -> None:
    """Give the system back what is free, after a stage of a mesh of so many cells.

    The C library keeps what is freed, arrays of up to 32 MB among them, for what comes next; after
    a stage that made many, this may be more than all that is in use. Small meshes leave little, and
    to look for it takes a tenth of their time.
    """
    if cells > _MANY:
        core.trim_memory()
