"""Materials that change with place: cores and shells, gradients of composition.

Between two materials of compositions c_1 < c_2 every number is linear in the composition c,

    A(c, x) = (c_2 - c) / (c_2 - c_1) A_1(x) + (c - c_1) / (c_2 - c_1) A_2(x),

A the diffusivity, the stiffness, the chemical strain. Ours; lithium is counted by x, so the
greatest concentration should be the same in all of them. The range of x is what they have in
common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.crystal.material import Material
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.profiles import profile_of
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats

_LIKE = 0.05
"""Of the greatest concentration: by how much materials may differ in it."""


@dataclass(frozen=True, eq=False)
class GradedMaterial:
    """A material of every cell of a mesh.

    It takes the place of a `Material` in `galvanostatic`, `swelling`, `stressed` and `opened`.

    Parameters
    ----------
    materials
        By their composition, such as the share of nickel.
    composition
        Of every cell of the mesh, shape (m,).

    Raises
    ------
    InputError
        If there are fewer than two materials, a cell is beyond them, or their greatest
        concentrations differ by more than 5 %.

    Examples
    --------
    >>> from nmc_mesh.mechanics.graded import GradedMaterial
    >>> nmc532, nmc811 = (nmc_mesh.load_material(name) for name in ("nmc532", "nmc811"))
    >>> graded = GradedMaterial({0.5: nmc532, 0.8: nmc811}, np.array([0.5, 0.65, 0.8]))
    >>> found = graded.diffusion_tensor(0.5)[:, 0, 0]
    >>> bool(np.isclose(found[1], (found[0] + found[2]) / 2))
    True
    """

    materials: Mapping[float, Material]
    composition: Floats

    __repr__ = one_line

    def __post_init__(self) -> None:
        known = dict(sorted((float(c), part) for c, part in self.materials.items()))
        if len(known) < 2:
            raise InputError("a graded material lies between two materials at least")
        values = np.asarray(self.composition, dtype=np.float64)
        low, high = min(known), max(known)
        if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
            raise InputError("a graded material has a composition for every cell, shape (m,)")
        if values.min() < low - 1e-9 or values.max() > high + 1e-9:
            raise InputError(
                f"compositions go from {values.min():.4g} to {values.max():.4g}, materials are "
                f"known from {low:g} to {high:g}; give materials at both ends"
            )
        most = [part.maximum_concentration for part in known.values()]
        if max(most) > (1 + _LIKE) * min(most):
            raise InputError(
                "lithium is counted by x, so materials that are mixed have like greatest "
                f"concentrations; theirs are {min(most):g} to {max(most):g} mol/m^3"
            )
        object.__setattr__(self, "materials", known)
        object.__setattr__(self, "composition", values)

    @property
    def content_range(self) -> tuple[float, float]:
        """Least and largest x that all of the materials have in use."""
        lows, highs = zip(*(part.content_range for part in self.materials.values()), strict=True)
        if max(lows) >= min(highs):
            raise InputError("the materials have no range of lithium content in common")
        return max(lows), min(highs)

    @property
    def stiffness(self) -> Floats:
        """C_ij of every cell in MPa, shape (m, 6, 6)."""
        return self._mixed({c: part.stiffness for c, part in self.materials.items()})

    @property
    def boundary_conductance(self) -> float:
        """Of grain boundaries, um^3/s, where all materials have the same.

        Raises
        ------
        InputError
            If they have not.
        """
        (first, *rest) = [part.boundary_conductance for part in self.materials.values()]
        if any(value != first for value in rest):
            raise InputError("boundaries conduct differently in the materials that are mixed")
        return first

    def diffusion_tensor(self, content: AnyArray | float) -> Floats:
        """D of every cell in um^2/s at x, (m,) or one for all; crystal's frame, (m, 3, 3)."""
        rows = {c: part.diffusion_tensor(content) for c, part in self.materials.items()}
        return self._mixed(rows, by_cell=np.ndim(content) > 0)

    def diffusivity(self, content: AnyArray | float) -> Floats:
        """D along and across layers at x in um^2/s, of all materials, shape (..., 2 k)."""
        parts = [part.diffusivity(content) for part in self.materials.values()]
        return np.concatenate(parts, axis=-1)

    def corner_strain(self, content: AnyArray, reference: float) -> Floats:
        """Chemical strain at the corners of cells, x of shape (m, 4); shape (m, 4, 2)."""
        rows = {c: part.chemical_strain(content, reference) for c, part in self.materials.items()}
        return self._mixed(rows, by_cell=True)

    def _mixed(self, values: Mapping[float, Floats], by_cell: bool = False) -> Floats:
        """Linear between the materials; values are one for all cells, or by cell first."""
        places = np.array(list(self.materials))
        total: Floats | None = None
        weights = np.zeros((len(places), len(self.composition)))
        for k, (low, high) in enumerate(pairwise(places.tolist())):
            inside = (self.composition >= low) & ((self.composition < high) | (high == places[-1]))
            share = np.clip((self.composition[inside] - low) / (high - low), 0.0, 1.0)
            weights[k, inside], weights[k + 1, inside] = 1.0 - share, share
        weights[0, self.composition < places[0]] = 1.0
        for weight, own in zip(weights, values.values(), strict=True):
            part = weight.reshape(-1, *[1] * (own.ndim - by_cell)) * own
            total = part if total is None else total + part
        assert total is not None
        return total


def graded(mesh: TetMesh, name: str, materials: Mapping[float, Material]) -> GradedMaterial:
    """Return the material of every cell by a profile of a mesh.

    Parameters
    ----------
    mesh
        A mesh that knows the profile: `with_profile`.
    name
        Of the profile, the composition.
    materials
        By composition.

    Raises
    ------
    InputError
        If the mesh has no such profile, or the materials do not cover it.
    """
    return GradedMaterial(materials, profile_of(mesh, name))
