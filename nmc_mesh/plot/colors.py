"""Colours of grains: neighbours never share one."""

from __future__ import annotations

import numpy as np

from nmc_mesh.geometry.phases import ALL_GRAINS, GRAIN, Phases
from nmc_mesh.typing import Floats, Ints

PALETTE = np.array(
    [
        [0.30, 0.47, 0.66],
        [0.95, 0.56, 0.17],
        [0.88, 0.34, 0.35],
        [0.46, 0.72, 0.70],
        [0.35, 0.63, 0.31],
        [0.93, 0.79, 0.28],
        [0.69, 0.48, 0.63],
        [1.00, 0.62, 0.65],
        [0.61, 0.46, 0.37],
        [0.62, 0.79, 0.90],
        [0.55, 0.82, 0.49],
        [0.83, 0.65, 0.80],
    ]
)
"""Red, green and blue in [0, 1] of the colours that grains get, shape (12, 3)."""


PHASE_COLORS = {
    "grain": (0.30, 0.47, 0.66),
    "coating": (0.88, 0.34, 0.35),
    "pore": (0.25, 0.25, 0.27),
    "crack": (0.10, 0.10, 0.12),
    "electrolyte": (0.80, 0.91, 0.96),
    "binder": (0.61, 0.46, 0.37),
}
"""Red, green and blue in [0, 1] of phases."""


def neighbour_colors(pairs: Ints, largest: int) -> Ints:
    """Colour the graph of touching grains greedily, taking the least used colour that is free.

    Parameters
    ----------
    pairs
        Grains that touch, shape (p, 2); 0 (outside) is ignored.
    largest
        Largest grain label.

    Returns
    -------
    Ints
        Row of `PALETTE` for every label 0 ... largest, shape (largest + 1,). A grain whose
        neighbours use up the palette takes the colour least used by all.
    """
    neighbours: list[list[int]] = [[] for _ in range(largest + 1)]
    for first, second in np.unique(pairs[(pairs > 0).all(axis=1)], axis=0).tolist():
        neighbours[first].append(second)
        neighbours[second].append(first)
    chosen = np.full(largest + 1, -1, dtype=np.int32)
    used = np.zeros(len(PALETTE), dtype=np.int64)
    for grain in range(1, largest + 1):
        taken = chosen[neighbours[grain]]
        cost = used.copy()
        cost[taken[taken >= 0]] += largest + 1
        chosen[grain] = int(np.argmin(cost))
        used[chosen[grain]] += 1
    chosen[0] = 0
    return chosen


def grain_colors(pairs: Ints, largest: int, phases: Phases = ALL_GRAINS) -> Floats:
    """Red, green and blue of every label 0 ... largest, shape (largest + 1, 3).

    Grains differ from their neighbours; labels of other phases have the colour of their phase.
    """
    colors = PALETTE[neighbour_colors(pairs, largest)]
    if phases:
        other = ~phases.mask(GRAIN, largest)
        colors[other] = phase_colors(phases, largest)[other]
    return colors


def phase_colors(phases: Phases, largest: int) -> Floats:
    """Red, green and blue of the phase of every label 0 ... largest, shape (largest + 1, 3)."""
    names, rows = phases.table(largest)
    return np.array([_color_of(name) for name in names])[rows]


def phase_legend(phases: Phases, labels: Ints) -> list[tuple[str, Floats]]:
    """Names and colours of the phases that some labels have, grains first."""
    names, rows = phases.table(int(labels.max()))
    return [(names[row], _color_of(names[row])) for row in np.unique(rows[labels]).tolist()]


def _color_of(phase: str) -> Floats:
    """Colour of a phase; those of other packages get one by the letters of their name."""
    known = PHASE_COLORS.get(phase)
    if known is None:
        return np.asarray(PALETTE[sum(phase.encode()) % len(PALETTE)])
    return np.array(known)
