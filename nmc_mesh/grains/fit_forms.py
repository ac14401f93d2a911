"""What a fit may vary: the parameters of a seed, its row in the diagram, and the chain rule.

All is done in space; in the plane z = 0 the parameters that tell of the third axis stay as they
are. Lengths are in voxels.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

import numpy as np

from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.numerics.frames import radial_directions
from nmc_mesh.typing import AnyArray, Floats

FormName = Literal["radial", "free"]

_PLACE, _LOG, _TURN = slice(0, 3), slice(3, 6), slice(6, -1)
_STEP, _STEP_TURN, _STEP_OFFSET = 0.2, 0.1, 0.8  # of s and log D, of turns, of r
UPPER = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""Where rows and slopes have the six entries of a symmetric matrix."""


class Moments(NamedTuple):
    """Centroids (n, 3) and covariances (n, 3, 3) of labels, in voxels."""

    centroids: Floats
    spread: Floats


class Form(Protocol):
    """Parameters (n, k): s (3), log D (3), what turns the axes, r."""

    def start(self, moments: Moments, dim: int) -> Floats:
        """First guess: s = centroid, D = 2 / variance along the axes, r = 0."""

    def rates(self, dim: int) -> Floats:
        """Step of every parameter; 0 for those that a plane does not know."""

    def matrices(self, parameters: Floats) -> Floats:
        """M, shape (n, 3, 3)."""

    def pull_back(self, parameters: Floats, slope: Floats) -> tuple[Floats, Floats]:
        """Chain rule: dL/dM (n, 3, 3) to the slopes of s by way of M (n, 3), and of the turns."""

    def log_slope(self, parameters: Floats, slope: Floats) -> Floats:
        """Chain rule: dL/dM (n, 3, 3) to the slopes of log D (n, 3)."""

    def diagram(self, parameters: Floats, unit: float, dim: int) -> GBPD:
        """Return the diagram in um, ``unit`` um being a voxel."""


class Radial:
    """M = Q^T D Q with the first axis toward the origin (Eq. 12), as ``GBPD.radial``.

    Turns are gamma. Near the origin and near s~ = -e1, where Q is singular, slopes are damped.
    """

    def start(self, moments: Moments, dim: int) -> Floats:
        """First guess; gamma turns the second axis to the largest variance across the first."""
        seeds = moments.centroids
        still = self._half_turn(seeds)
        spread = still @ moments.spread @ still.transpose(0, 2, 1)
        gamma = 0.5 * np.arctan2(-2 * spread[:, 1, 2], spread[:, 1, 1] - spread[:, 2, 2]) % np.pi
        gamma *= dim == 3
        zero = np.zeros(len(seeds))
        parameters = np.column_stack([seeds, np.zeros_like(seeds), gamma, zero])
        frames = self.frames(parameters)
        variance = np.einsum("nki,nij,nkj->nk", frames, moments.spread, frames)
        parameters[:, _LOG] = np.log(2.0 / variance)
        return parameters

    def rates(self, dim: int) -> Floats:
        """Return the steps."""
        flat = 1.0 if dim == 3 else 0.0
        return np.array([*[_STEP, _STEP, _STEP * flat] * 2, _STEP_TURN * flat, _STEP_OFFSET])

    def matrices(self, parameters: Floats) -> Floats:
        """M = Q^T D Q."""
        frames = self.frames(parameters)
        return np.asarray(frames.transpose(0, 2, 1) * np.exp(parameters[:, None, _LOG]) @ frames)

    def pull_back(self, parameters: Floats, slope: Floats) -> tuple[Floats, Floats]:
        """Chain rule of dM = 2 sym(Q^T D dQ).

        Q = T H, H = 2 a a^T - 1, a = (e + e1) / |e + e1|, e = s / |s|.
        """
        frames = self.frames(parameters)
        of_frame = 2.0 * np.exp(parameters[:, _LOG])[:, :, None] * (frames @ slope)
        turned = np.stack([0 * frames[:, 0], -frames[:, 2], frames[:, 1]], axis=1)
        of_turn = (of_frame * turned).sum(axis=(1, 2))
        still = self._half_turn(parameters[:, _PLACE])
        turn = frames @ still  # H is its own inverse
        of_half = turn.transpose(0, 2, 1) @ of_frame
        axis, size, radial, length = self._axis(parameters[:, _PLACE])
        of_axis = 2.0 * ((of_half + of_half.transpose(0, 2, 1)) @ axis[:, :, None])[:, :, 0]
        of_radial = _across(axis, of_axis) / np.maximum(size, 0.3)[:, None]
        return _across(radial, of_radial) / np.maximum(length, 1.0)[:, None], of_turn[:, None]

    def log_slope(self, parameters: Floats, slope: Floats) -> Floats:
        """Chain rule of dM / dlog D_k = D_k Q_k^T Q_k."""
        frames = self.frames(parameters)
        along = np.einsum("nki,nij,nkj->nk", frames, slope, frames)
        return np.asarray(np.exp(parameters[:, _LOG]) * along)

    def diagram(self, parameters: Floats, unit: float, dim: int) -> GBPD:
        """Return the diagram in um."""
        return GBPD.radial(
            unit * parameters[:, :dim],
            np.exp(parameters[:, 3 : 3 + dim]),
            parameters[:, 6] if dim == 3 else None,
            unit**2 * parameters[:, -1],
        )

    def frames(self, parameters: Floats) -> Floats:
        """Q, shape (n, 3, 3): its rows are the axes."""
        still = self._half_turn(parameters[:, _PLACE])
        cosine, sine = np.cos(parameters[:, 6:7]), np.sin(parameters[:, 6:7])
        second = cosine * still[:, 1] - sine * still[:, 2]
        third = sine * still[:, 1] + cosine * still[:, 2]
        return np.stack([still[:, 0], second, third], axis=1)

    def _axis(self, seeds: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        length = np.linalg.norm(seeds, axis=1)
        radial = radial_directions(seeds)
        axis = radial + np.eye(3)[0]
        size = np.linalg.norm(axis, axis=1)
        opposite = size < 1e-8
        axis[opposite] = np.eye(3)[1]
        return axis / np.where(opposite, 1.0, size)[:, None], size, radial, length

    def _half_turn(self, seeds: Floats) -> Floats:
        axis = self._axis(seeds)[0]
        return np.asarray(2.0 * axis[:, :, None] * axis[:, None, :] - np.eye(3))


class Free:
    """M = L D L^T with any axes; L is lower triangular with ones, its entries are the turns."""

    def start(self, moments: Moments, dim: int) -> Floats:
        """First guess: M = 2 / covariance."""
        root = np.linalg.cholesky(2.0 * np.linalg.inv(moments.spread))
        scale = np.diagonal(root, axis1=1, axis2=2)
        lower = root / scale[:, None, :]
        turns = lower[:, (1, 2, 2), (0, 0, 1)]
        offsets = np.zeros(len(root))
        return np.column_stack([moments.centroids, 2.0 * np.log(scale), turns, offsets])

    def rates(self, dim: int) -> Floats:
        """Return the steps; L_10 turns the axes within the plane."""
        flat = 1.0 if dim == 3 else 0.0
        turns = _STEP_TURN * np.array([1.0, flat, flat])
        return np.array([*[_STEP, _STEP, _STEP * flat] * 2, *turns, _STEP_OFFSET])

    def matrices(self, parameters: Floats) -> Floats:
        """M = L D L^T."""
        lower = self._lower(parameters)
        scaled = lower * np.exp(parameters[:, None, _LOG])
        return np.asarray(scaled @ lower.transpose(0, 2, 1))

    def pull_back(self, parameters: Floats, slope: Floats) -> tuple[Floats, Floats]:
        """Chain rule of dM = 2 sym(dL D L^T); M does not depend on s."""
        scaled = self._lower(parameters) * np.exp(parameters[:, None, _LOG])
        of_lower = 2.0 * slope @ scaled
        return np.zeros((len(parameters), 3)), of_lower[:, (1, 2, 2), (0, 0, 1)]

    def log_slope(self, parameters: Floats, slope: Floats) -> Floats:
        """Chain rule of dM / dlog D_k = D_k L_k L_k^T with the columns of L."""
        lower = self._lower(parameters)
        along = np.einsum("nik,nij,njk->nk", lower, slope, lower)
        return np.asarray(np.exp(parameters[:, _LOG]) * along)

    def diagram(self, parameters: Floats, unit: float, dim: int) -> GBPD:
        """Return the diagram in um."""
        matrices = self.matrices(parameters)[:, :dim, :dim]
        symmetric = 0.5 * (matrices + matrices.transpose(0, 2, 1))
        return GBPD(unit * parameters[:, :dim], symmetric, unit**2 * parameters[:, -1])

    def _lower(self, parameters: Floats) -> Floats:
        lower = np.tile(np.eye(3), (len(parameters), 1, 1))
        lower[:, (1, 2, 2), (0, 0, 1)] = parameters[:, _TURN]
        return lower


FORMS: dict[FormName, Form] = {"radial": Radial(), "free": Free()}
"""Forms by name."""


def rows_of(form: Form, parameters: Floats) -> Floats:
    """Return the rows that kernels read, as ``GBPD.rows``."""
    matrices = form.matrices(parameters)
    parts = [matrices[:, i, j] for i, j in UPPER]
    return np.column_stack([parameters[:, _PLACE], *parts, parameters[:, -1]])


def slopes_of(form: Form, parameters: Floats, moments: Floats) -> Floats:
    """Return dL / dparameters from the moments that ``descend`` adds up."""
    slope = np.empty((len(parameters), 3, 3))
    for entry, (i, j) in enumerate(UPPER):
        slope[:, i, j] = slope[:, j, i] = moments[:, 3 + entry]
    by_place = -2.0 * (form.matrices(parameters) @ moments[:, :3, None])[:, :, 0]
    by_frame, turns = form.pull_back(parameters, slope)
    logs = form.log_slope(parameters, slope)
    return np.column_stack([by_place + by_frame, logs, turns, -moments[:, 9]])


def gauged(parameters: Floats, dim: int) -> Floats:
    """Return the same diagram with mean log D = 0 and mean r = 0."""
    shift = -parameters[:, 3 : 3 + dim].mean()
    out = parameters.copy()
    out[:, 3 : 3 + dim] += shift
    out[:, -1] = np.exp(shift) * (parameters[:, -1] - parameters[:, -1].mean())
    return out


def _across(axis: Floats, vectors: AnyArray) -> Floats:
    """Part of every vector across a unit axis."""
    return np.asarray(vectors - (vectors * axis).sum(axis=1)[:, None] * axis)
