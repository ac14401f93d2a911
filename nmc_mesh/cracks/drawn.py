"""Sections of drawn particles whose cracks have a width: images as a microscope gives them."""

from __future__ import annotations

import numpy as np

from nmc_mesh.cracks.images import CRACK, GRAIN
from nmc_mesh.doors import positive
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.numerics.products import dot, matmul
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import AnyArray, Bools, Floats


def cracked_section(
    particle: Particle,
    pairs: AnyArray,
    width: float,
    pixel: float,
    turn: AnyArray | None = None,
    height: float = 0.0,
) -> LabelImage:
    """Cut a particle whose cracks have a width: 0 outside, 1 grain, 2 crack.

    A point lies in the crack between grains A and B if it is nearer to their boundary than half the
    width, by the distance of first order |q_A - q_B| / |grad (q_A - q_B)|, q the costs of the
    diagram, and the boundary's point nearest to it is one of A and B alone. The width is that in
    space: where the plane cuts a crack at an angle it looks wider.

    Parameters
    ----------
    particle
        What is cut.
    pairs
        Grains whose boundary is open, shape (o, 2).
    width, pixel
        um.
    turn
        x -> turn x about the particle's centre before it is cut, shape (3, 3).
    height
        Of the plane z = height, um.

    Raises
    ------
    InputError
        If the width or pixel is not positive.
    """
    width, pixel = positive(width, "the width of cracks"), positive(pixel, "the pixel")
    turn = np.eye(3) if turn is None else np.asarray(turn, dtype=np.float64)
    bounds = np.abs(np.stack(particle.bounds())).max(axis=0)
    reach = float(dot(np.abs(turn[:2]), bounds).max())
    axis = np.arange(-reach, reach + pixel, pixel)
    flat = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    points = matmul(np.column_stack([flat, np.full(len(flat), height)]), turn)
    grains = particle.labels(points)
    pixels = (grains > 0).astype(np.int32) * GRAIN
    order = np.argsort(grains, kind="stable")
    starts = np.searchsorted(grains[order], np.arange(particle.n_grains + 2))
    for low, high in np.asarray(pairs, dtype=np.int64).tolist():
        own = np.concatenate([order[starts[k] : starts[k + 1]] for k in (low, high)])
        pixels[own[_near(particle, points[own], low, high, 0.5 * width)]] = CRACK
    return LabelImage(pixels.reshape(len(axis), -1), pixel, np.full(2, axis[0]))


def _near(particle: Particle, points: Floats, low: int, high: int, reach: float) -> Bools:
    costs, slopes = zip(*(_cost(particle, points, grain) for grain in (low, high)), strict=True)
    apart, slope = costs[0] - costs[1], slopes[0] - slopes[1]
    steep = dot(slope, slope)
    near = np.abs(apart) <= reach * np.sqrt(steep)
    foot = points[near] - (apart[near] / steep[near])[:, None] * slope[near]
    near[near] = np.isin(particle.labels(foot), (low, high))
    return np.asarray(near)


def _cost(particle: Particle, points: Floats, grain: int) -> tuple[Floats, Floats]:
    """Cost of a grain's seed and its gradient, shapes (n,) and (n, 3)."""
    diagram, seed = particle.tessellation, int(particle.kept[grain - 1])
    away = points - diagram.seeds[seed]
    turned = matmul(away, diagram.matrices[seed])
    return dot(away, turned) - diagram.offsets[seed], 2.0 * turned
