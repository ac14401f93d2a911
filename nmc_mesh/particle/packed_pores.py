"""Pores of several particles, where these lie.

A pore stays if its own particle rules at its centre, and if it keeps apart from larger ones of
other particles: where two particles are in contact one may have taken the place of the other's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.numerics.products import matmul
from nmc_mesh.particle.outline import Body
from nmc_mesh.particle.pore_cells import APART, Balls
from nmc_mesh.typing import Bools, Ints


def placed(
    balls: Sequence[Balls], bodies: Sequence[Body], diagram: GBPD, counts: Sequence[int]
) -> Balls:
    """Return the pores of all bodies in space.

    Parameters
    ----------
    balls
        Those of every body, in its own frame.
    bodies
        Where they lie.
    diagram
        Of all bodies, without pores: see `assembly`.
    counts
        Seeds of every body in it.
    """
    centres, radii, whose = [np.empty((0, 3))], [np.empty(0)], [np.empty(0, dtype=np.int64)]
    ends = np.cumsum(counts)
    for n, (own, body) in enumerate(zip(balls, bodies, strict=True)):
        if not len(own.radii):
            continue
        back = np.ascontiguousarray(body.rotation.T)
        moved = body.centre + matmul(own.centres, back)
        ruled = np.searchsorted(ends, diagram.labels(moved), side="right") == n
        centres.append(moved[ruled])
        radii.append(own.radii[ruled])
        whose.append(np.full(int(ruled.sum()), n))
    every = Balls(np.concatenate(centres), np.concatenate(radii))
    return every.chosen(_apart(every, np.concatenate(whose)))


def _apart(balls: Balls, whose: Ints) -> Bools:
    """Whether a ball keeps apart from larger ones of other bodies, (p,)."""
    stay = np.ones(len(whose), dtype=np.bool_)
    done: list[int] = []
    for n in np.argsort(-balls.radii, kind="stable").tolist():
        others = np.array([m for m in done if whose[m] != whose[n]], dtype=np.int64)
        way = balls.centres[others] - balls.centres[n]
        least = APART * (balls.radii[others] + balls.radii[n])
        stay[n] = bool(((way * way).sum(axis=1) >= least * least).all())
        done += [n] if stay[n] else []
    return stay
