"""Numbers of a material file of nmc_mesh, and what must be known of them before any work."""

from __future__ import annotations

import tomllib

import numpy as np

NEEDED = {
    "concentration": ["range"],
    "diffusivity": ["along", "across"],
    "lattice": ["x", "a", "c"],
    "stiffness": ["C11", "C12", "C13", "C14", "C33", "C44"],
}


def read_material(path):
    """Read a material file.

    Parameters
    ----------
    path
        What ``nmc-mesh materials NAME -o FILE`` writes.

    Returns
    -------
    dict
        Its tables.

    Raises
    ------
    ValueError
        If it cannot be read, lacks a number, or its lattice is not known over its range of x.
    """
    found = tables_of(path, NEEDED)
    (low, high), known = found["concentration"]["range"], found["lattice"]["x"]
    if low < known[0] or high > known[-1]:
        raise ValueError(
            f"no lattice is known for x from {low} to {high}; "
            f"the table of {path} goes from {known[0]} to {known[-1]}"
        )
    return found


def tables_of(path, needed):
    """Tables of a material file that has these numbers, {table: names}.

    Raises
    ------
    ValueError
        If it cannot be read, or lacks one.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read {path}: {error}") from None
    missing = [
        f"{table}.{name}"
        for table, names in needed.items()
        for name in names
        if name not in found.get(table, {})
    ]
    if missing:
        raise ValueError(f"{path} has no {', '.join(missing)}; add them, with their sources")
    return found


def diffusivities(material, content):
    """Diffusivity along the layers and across them at contents x, um^2/s.

    Beyond the range of x in use it is that of its ends.
    """
    table = material["diffusivity"]
    held = np.clip(content, *material.get("concentration", {}).get("range", (0.0, 1.0)))
    return tuple(
        np.interp(held, table["x"], table[name])
        if np.ndim(table[name])
        else np.full(np.shape(held), table[name])
        for name in ("along", "across")
    )


def swelling(material, content):
    """Chemical strains in a and in c against the lattice at the largest x, for contents x."""
    lattice, high = material["lattice"], material["concentration"]["range"][1]
    return [
        np.interp(content, lattice["x"], lattice[name])
        / np.interp(high, lattice["x"], lattice[name])
        - 1
        for name in ("a", "c")
    ]


def swelling_slopes(material, content):
    """Slopes of ``swelling`` over x, between contents 0.02 below and above: tables have kinks."""
    table = material["lattice"]["x"]
    low, high = np.maximum(content - 0.02, table[0]), np.minimum(content + 0.02, table[-1])
    ends = zip(swelling(material, low), swelling(material, high), strict=True)
    return [(above - below) / (high - low) for below, above in ends]
