"""Colours of grains: neighbours never share one."""

from __future__ import annotations

import numpy as np

from nmc_mesh.arrays import places_in
from nmc_mesh.geometry.phases import ALL_GRAINS, GRAIN, Phases
from nmc_mesh.typing import Floats, Ints

_TOL = "88CCEE CC6677 DDCC77 44AA99 AA4499 117733 999933 882255 4477AA EE8866 DDDDDD 332288"
PALETTE = np.array([[int(tone[k : k + 2], 16) / 255 for k in (0, 2, 4)] for tone in _TOL.split()])
"""Red, green and blue in [0, 1] of the colours that grains get, shape (12, 3).

The muted scheme of Paul Tol (Colour schemes, SRON/EPS/TN/09-002) with three of his others: any two
stay apart for people who lack red or green cones too.
"""


PHASE_COLORS = {
    "grain": (0.30, 0.47, 0.66),
    "coating": (0.88, 0.34, 0.35),
    "pore": (0.95, 0.56, 0.17),
    "crack": (0.69, 0.16, 0.16),
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


def grain_colors(pairs: Ints, labels: Ints, phases: Phases = ALL_GRAINS) -> Floats:
    """Red, green and blue of labels, shape (n, 3).

    Grains differ from their neighbours; labels of other phases have the colour of their phase.

    Parameters
    ----------
    pairs
        Labels that touch, shape (p, 2), among ``labels``, or 0, which is ignored.
    labels
        That occur, ascending, of 1 or more, shape (n,).
    phases
        What they are made of.
    """
    colors = PALETTE[neighbour_colors(places_in(labels, pairs) + 1, len(labels))[1:]]
    if phases:
        other = ~phases.mask(GRAIN, labels)
        colors[other] = phase_colors(phases, labels)[other]
    return colors


def phase_colors(phases: Phases, labels: Ints) -> Floats:
    """Red, green and blue of the phase of every label, shape (n, 3)."""
    names, rows = phases.rows(labels)
    return np.array([_color_of(name) for name in names])[rows]


def phase_legend(phases: Phases, labels: Ints) -> list[tuple[str, Floats]]:
    """Names and colours of the phases that some labels have, grains first."""
    names, rows = phases.rows(labels)
    return [(names[row], _color_of(names[row])) for row in np.unique(rows).tolist()]


def _color_of(phase: str) -> Floats:
    """Colour of a phase; those of other packages get one by the letters of their name."""
    known = PHASE_COLORS.get(phase)
    if known is None:
        return np.asarray(PALETTE[sum(phase.encode()) % len(PALETTE)])
    return np.array(known)
