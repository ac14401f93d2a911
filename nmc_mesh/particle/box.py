"""The box around the grains that stayed, or around the shell."""

from __future__ import annotations

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.candidates import candidates, labels_on_grid
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.typing import Floats, Ints

_SLACK = 2.0
_GROWTH = 1.4
_ROUNDS = 6
_SHELL_SLACK = 0.005


def kept_box(tessellation: GBPD, kept: Ints, half: float, spacing: float) -> Floats:
    """Box [lower, upper] that holds every grain of ``kept``, shape (2, 3) in um.

    All voxels of edge ``spacing`` in [-half, half]^3 are labelled; while a kept grain reaches the
    rim the cube grows. Two voxels of slack are added on every side for tips thinner than a voxel.

    Raises
    ------
    InputError
        If a kept grain has no end: no seeds around it.
    """
    stays = np.zeros(len(tessellation), dtype=np.bool_)
    stays[kept] = True
    for _ in range(_ROUNDS):
        count = int(np.ceil(2 * half / spacing))
        first = -0.5 * spacing * (count - 1)
        labels = labels_on_grid(tessellation, np.full(3, first), spacing, (count,) * 3)
        inside = stays[labels]
        spans = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {k}))) for k in range(3)]
        if any(len(span) == 0 for span in spans):
            raise InputError(f"no kept grain is as large as a voxel of {spacing:g} um")
        if all(span[0] > 0 and span[-1] < count - 1 for span in spans):
            low = np.array([first + spacing * span[0] for span in spans])
            high = np.array([first + spacing * span[-1] for span in spans])
            return np.stack([low - _SLACK * spacing, high + _SLACK * spacing])
        half *= _GROWTH
    raise InputError("a kept grain has no end; the tessellation needs seeds all around the shell")


def kept_reach(tessellation: GBPD, kept: Ints, box: Floats, spacing: float) -> float:
    """Distance in um of the farthest point of the grains in a box from the origin, by voxels."""
    shape = tuple(int(n) for n in np.ceil((box[1] - box[0]) / spacing))
    stays = np.zeros(len(tessellation), dtype=np.bool_)
    stays[kept] = True
    labels = labels_on_grid(tessellation, box[0] + 0.5 * spacing, spacing, shape)
    places = box[0] + spacing * (np.argwhere(stays[labels]) + 0.5)
    return float(np.sqrt((places * places).sum(axis=1).max())) + _SLACK * spacing


def shell_box(shell: StarShape) -> Floats:
    """Box [lower, upper] that holds a shell, shape (2, 3) in um, at most a few percent too large.

    Along every axis the farthest point is sought among the 642 directions, then in ever smaller
    steps around the best of them.
    """
    spread = directions()
    corners = np.empty((2, 3))
    for k in range(3):
        for side, sign in enumerate((-1.0, 1.0)):
            best = spread[int(np.argmax(sign * shell.radius(spread) * spread[:, k]))]
            step = 0.12
            for _ in range(12):
                ring = np.concatenate([best[None], best + step * spread[::8]])
                ring /= np.linalg.norm(ring, axis=1, keepdims=True)
                reach = sign * shell.radius(ring) * ring[:, k]
                best = ring[int(np.argmax(reach))]
                corners[side, k] = sign * reach.max()
                step *= 0.6
    slack = _SHELL_SLACK * (corners[1] - corners[0])
    return np.stack([corners[0] - slack, corners[1] + slack])


def reduced(whole: GBPD, kept: Ints, box: Floats, margin: float) -> tuple[GBPD, Ints]:
    """Only the seeds that win somewhere in the box and its margin; their order stays.

    Returns
    -------
    The diagram of these seeds, and which of them are ``kept``.
    """
    lower, upper = box[0] - margin, box[1] + margin
    near = np.union1d(candidates(whole, lower, upper, margin / 4).seeds, kept).astype(np.int32)
    return whole.subset(near), np.searchsorted(near, kept).astype(np.int32)
