"""Where a particle's grains end, on voxels: distances to it, and points on it.

Whole grains make rough outlines, far from their hulls: distances are those of the grains
themselves, on voxels of an eighth of a grain, or a twelfth of the radius of the ball of their
volume where that is less, in the particle's own frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.numerics.products import dot, matmul
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats

VOXELS_PER_GRAIN = 8
_PER_RADIUS = 12  # for particles of few grains
_WITHIN = 0.6
"""Distance of two centres over the sum of the radii, below which particles lie in one another."""
_PAD = 6  # voxels around, three quarters of a grain


@dataclass(frozen=True, eq=False)
class Outline:
    """Signed distances to what a particle's grains take, and points just inside of it."""

    first: Floats
    """Centre of the first voxel, um, (3,)."""
    spacing: float
    """Edge of a voxel, um."""
    distance: Floats
    """At the centres of voxels, um, negative inside, (nx, ny, nz)."""
    points: Floats
    """Centres of voxels inside that have a neighbour outside, (m, 3)."""
    volume: float
    """Of the grains, um^3."""
    reach: float
    """Distance of the farthest point from the origin, um."""

    @property
    def radius(self) -> float:
        """Radius in um of the ball of its volume."""
        return float(cbrt(0.75 * self.volume / np.pi))

    def signed(self, points: Floats) -> Floats:
        """Signed distance of points (n, 3) of the particle's frame in um, (n,); trilinear.

        Beyond the voxels the way to them is added.
        """
        places = (points - self.first) / self.spacing
        most = np.array(self.distance.shape) - 1.0
        held = np.clip(places, 0.0, most)
        way = places - held
        base = np.minimum(held.astype(np.int64), (most - 1).astype(np.int64))
        share = held - base
        total = np.zeros(len(points))
        for corner in np.ndindex(2, 2, 2):
            weight = np.ones(len(points))
            for axis, side in enumerate(corner):
                weight = weight * (share[:, axis] if side else 1.0 - share[:, axis])
            total = total + weight * self.distance[tuple((base + corner).T)]
        return np.asarray(total + self.spacing * np.sqrt(dot(way, way)))

    def outwards(self, point: Floats) -> Floats:
        """Unit vector in which the distance at a point of the frame rises most, (3,)."""
        step = self.spacing * np.eye(3)
        slope = self.signed(point + step) - self.signed(point - step)
        length = float(np.sqrt(dot(slope, slope)))
        if length > 0:
            return np.asarray(slope / length)
        away = float(np.sqrt(dot(point, point)))
        return point / away if away > 0 else np.array([1.0, 0.0, 0.0])


def voxel_of(particle: Particle) -> float:
    """Edge in um of the voxels that a particle is measured on."""
    radius = 0.5 * particle.shell.equivalent_diameter
    return min(particle.grain_size / VOXELS_PER_GRAIN, radius / _PER_RADIUS)


def outline_of(particle: Particle) -> Outline:
    """Measure the outline of a bare particle of whole grains."""
    from scipy.ndimage import distance_transform_edt

    spacing = voxel_of(particle)
    lower, upper = particle.grain_bounds()
    lower = lower - _PAD * spacing
    shape = tuple(int(n) + _PAD for n in np.ceil((upper - lower) / spacing))
    first = lower + 0.5 * spacing
    stays = np.zeros(len(particle.tessellation), dtype=np.bool_)
    stays[particle.kept] = True
    inside = stays[labels_on_grid(particle.tessellation, first, spacing, shape)]
    for axis in range(3):  # the diagram is right inside the particle's box only
        line = first[axis] + spacing * np.arange(shape[axis])
        far = (line < particle.grain_bounds()[0][axis]) | (line > upper[axis])
        inside[tuple(far if k == axis else slice(None) for k in range(3))] = False
    out, deep = distance_transform_edt(~inside), distance_transform_edt(inside)
    distance = spacing * (np.where(inside, 0.5 - deep, out - 0.5))
    points = first + spacing * np.argwhere(inside & (deep < 1.5))
    cell = spacing * spacing * spacing
    reach = float(np.sqrt(dot(points, points).max()))
    return Outline(first, spacing, distance, points, float(inside.sum()) * cell, reach)


@dataclass(frozen=True, eq=False)
class Body:
    """An outline that lies somewhere: turned, then moved."""

    outline: Outline
    centre: Floats
    rotation: Floats
    """x = R x_own + c, (3, 3)."""

    def own(self, points: Floats) -> Floats:
        """Points (n, 3) of space in the particle's frame."""
        return matmul(points - self.centre, self.rotation)

    def signed(self, points: Floats) -> Floats:
        """Signed distance of points (n, 3) of space in um, (n,)."""
        return self.outline.signed(self.own(points))

    def points(self) -> Floats:
        """Points on it in space, (m, 3)."""
        back = np.ascontiguousarray(self.rotation.T)
        return np.asarray(matmul(self.outline.points, back) + self.centre)

    def moved(self, way: Floats) -> Body:
        """The same somewhere else."""
        return Body(self.outline, self.centre + way, self.rotation)


def clearance(one: Body, other: Body, most: float) -> tuple[float, Floats]:
    """Distance of two bodies in um, negative where they overlap, and the way from one to the other.

    Parameters
    ----------
    one, other
        The bodies.
    most
        Distances above this are not looked at: it is returned then.
    """
    best, way = most, np.zeros(3)
    between = other.centre - one.centre
    away = float(np.sqrt(dot(between, between)))
    touch = one.outline.radius + other.outline.radius
    if away < _WITHIN * touch:  # points on one tell nothing where it lies deep in the other
        return away - touch, between / away if away > 0 else np.array([1.0, 0.0, 0.0])
    for body, peer, sign in ((one, other, -1.0), (other, one, 1.0)):
        points = body.points()
        apart = points - peer.centre
        near = points[dot(apart, apart) < (peer.outline.reach + most) ** 2]
        if not len(near):
            continue
        signed = peer.signed(near) - 0.5 * body.outline.spacing
        place = int(signed.argmin())
        if signed[place] < best:
            best = float(signed[place])
            slope = peer.outline.outwards(peer.own(near[place : place + 1])[0])
            way = sign * matmul(peer.rotation, slope)
    return best, way
