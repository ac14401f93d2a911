"""A few numbers in place of a meshed particle: how its surface answers to a current.

Lithium enters evenly over the outer surface, so that the mean content changes at a rate r(t), 1/s:

    M dx/dt = -(D_a K_a + D_c K_c) x + r (V / A) a,

M, K_a, K_c the matrices of linear elements for D = 1 along the layers and across them, a the
integrals of the shape functions over the surface, V and A volume and surface. In a basis of few
vectors, one of them constant, the others without a mean, that is

    d<x>/dt = r,   dz/dt = -(D_a A_a + D_c A_c) z + V g r,   <x>_surface = <x> + g . z,

exact at chosen s of Laplace's transform (Galerkin's projection onto solutions of (s M + K) x = a,
which matches two moments each; Grimme 1997, Krylov projection methods for model reduction). D_a and
D_c may depend on <x>.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import turned_tensors
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.chemo import crystal_turns
from nmc_mesh.mechanics.diffusion import conduction_matrix, mass_matrix, surface_load
from nmc_mesh.mechanics.linear import check_body, solver
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats

_SLOWEST, _FASTEST = 1.0, 1e4
"""s over D_a, in 1 / R^2 with R = 3 V / A: from the whole particle to a hundredth of it; ours."""
_RATIOS = 3
_EXACT = 1e-13
_SAME = 1e-6  # of ratios D_c / D_a, and of vectors that add nothing


@dataclass(frozen=True, eq=False)
class Reduced:
    """What is left of a particle.

    Parameters
    ----------
    along, across
        A_a and A_c, 1/um^2, shape (k, k).
    gain
        g, shape (k,).
    basis
        Content at the nodes of every z, shape (n, k): x = <x> + basis z.
    volume, area
        um^3 and um^2.
    error
        Largest relative error of the surface's answer between the chosen s.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from nmc_mesh.mechanics.reduced import reduced
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> mesh = nmc_mesh.tetrahedralize(particle, size=0.15)
    >>> small = reduced(mesh, nmc_mesh.load_material("nmc811"), 8)
    >>> len(small.gain), small.error < 0.01
    (8, True)
    """

    along: Floats
    across: Floats
    gain: Floats
    basis: Floats
    volume: float
    area: float
    error: float

    __repr__ = one_line

    def lag(self, along: float, across: float) -> float:
        """How far the surface runs ahead of the mean at a steady rate of 1/s, in s.

        Parameters
        ----------
        along, across
            Diffusivities, um^2/s.
        """
        matrix = along * self.along + across * self.across
        return float(self.volume * self.gain @ np.linalg.solve(matrix, self.gain))


def reduced(mesh: TetMesh, material: Material, modes: int = 12) -> Reduced:
    """Reduce a particle to a few modes.

    Parameters
    ----------
    mesh
        A conforming mesh of first order whose grains have orientations.
    material
        Its diffusivities over its range of content say which ratios D_c / D_a occur.
    modes
        Vectors without a mean.

    Raises
    ------
    InputError
        If the material lacks a number, the grains orientations, or there are more modes than nodes.
    """
    check_body(mesh)
    if not 1 <= modes < len(mesh.points):
        raise InputError(f"a particle of {len(mesh.points)} nodes has modes from 1 to one less")
    points, cells, turns = mesh.points, mesh.cells, crystal_turns(mesh)
    units = (np.diag([1.0, 1.0, 0.0]), np.diag([0.0, 0.0, 1.0]))
    along, across = (conduction_matrix(points, cells, turned_tensors(u, turns)) for u in units)
    mass = mass_matrix(points, cells)
    of_nodes: Floats = np.asarray(mass.sum(axis=0)).ravel()
    surface = surface_load(points, mesh.facets[mesh.outer])
    volume, area = float(of_nodes.sum()), float(surface.sum())
    load = surface / area - of_nodes / volume  # what changes no mean
    ratios = _ratios(material)
    radius = 3 * volume / area
    count = -(-modes // len(ratios)) + 1
    shifts = np.geomspace(_SLOWEST, _FASTEST, count) / radius**2
    body = _Body(mass, along, across, load, of_nodes / volume)
    # Slow answers first: what they tell is wanted most, should vectors be left over.
    vectors = [body.answer(shift, ratio) for shift in (0.0, *shifts[:-1]) for ratio in ratios]
    basis = _orthonormal(np.stack(vectors, axis=1), mass)[:, :modes]
    small = Reduced(
        basis.T @ (along @ basis),
        basis.T @ (across @ basis),
        basis.T @ load,
        basis,
        volume,
        area,
        0.0,
    )
    between = np.sqrt(shifts[:-1] * shifts[1:])
    error = max(
        abs(body.transfer(shift, ratio) / _transfer(small, shift, ratio) - 1)
        for shift in (between[0], between[len(between) // 2])
        for ratio in ratios[:1]
    )
    return replace(small, error=float(error))


class _Body:
    """The matrices of a particle and its load."""

    def __init__(self, mass: Any, along: Any, across: Any, load: Floats, mean: Floats) -> None:
        self.mass, self.along, self.across = mass, along, across
        self.load, self.mean = load, mean

    def answer(self, shift: float, ratio: float) -> Floats:
        """Content without its mean, of (s M + K_a + q K_c) x = load."""
        matrix = self.along + ratio * self.across
        # At s = 0 a small mass fixes the constant, which is taken off.
        least = 1e-9 * float(matrix.diagonal().max() / self.mass.diagonal().max())
        content = solver(matrix + max(shift, least) * self.mass, _EXACT)(self.load)
        return content - self.mean @ content

    def transfer(self, shift: float, ratio: float) -> float:
        """Mean at the surface minus mean in the particle."""
        return float(self.load @ self.answer(shift, ratio))


def _transfer(small: Reduced, shift: float, ratio: float) -> float:
    matrix = shift * np.eye(len(small.gain)) + small.along + ratio * small.across
    return float(small.gain @ np.linalg.solve(matrix, small.gain))


def _ratios(material: Material) -> Floats:
    """A few of the ratios D_c / D_a that occur in the range of contents."""
    d = material.diffusivity(np.linspace(*material.content_range, 33))
    ratios = d[:, 1] / d[:, 0]
    low, high = float(ratios.min()), float(ratios.max())
    if high - low <= _SAME * high:
        return np.array([0.5 * (low + high)])
    return np.geomspace(low, high, _RATIOS)


def _orthonormal(vectors: Floats, mass: Any) -> Floats:
    """Columns with v . M w = 0 or 1, in their order, without those that add nothing."""
    kept: list[Floats] = []
    for column in vectors.T:
        size = float(np.sqrt(column @ (mass @ column)))
        vector = column / size
        for _ in range(2):  # twice is enough
            for other in kept:
                vector = vector - other * float(other @ (mass @ vector))
        left = float(np.sqrt(vector @ (mass @ vector)))
        if left > _SAME:
            kept.append(vector / left)
    return np.stack(kept, axis=1)
