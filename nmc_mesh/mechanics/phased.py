"""Materials of a particle with a coating: crystals in its grains, another one in every phase.

A coating has no crystals, so its material is isotropic. It does not swell, and x in it is the
content that a grain beside it would have in equilibrium: continuous, with the material's D of it.
It holds s x of lithium, in units of the grains' greatest concentration,

    s = (its greatest concentration) / (that of the grains),    0 where it has none (ours).

With s = 0 lithium passes it and stays nowhere: div(D grad x) = 0 there at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import turned_stiffness, turned_tensors
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.graded import GradedMaterial
from nmc_mesh.mesh.phases import in_grains, labels_of_solid
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats, Ints

_TURN = np.array([[0.8, 0.36, 0.48, 0.0]])
_ISOTROPIC = 1e-3


@dataclass(frozen=True, eq=False)
class PhasedMaterial:
    """A material of every cell by its phase: it takes the place of a `Material`; see `phased`.

    Parameters
    ----------
    material
        Of the grains.
    others
        Isotropic materials of other solids by their phase, such as ``coating``.
    rows
        Of every cell 0 in a grain, k in the k-th of the others, shape (m,).
    """

    material: Material
    others: Mapping[str, Material]
    rows: Ints

    __repr__ = one_line

    @property
    def content_range(self) -> tuple[float, float]:
        """Least and largest x that the grains have in use."""
        return self.material.content_range

    @property
    def in_grain(self) -> AnyArray:
        """Whether a cell is a grain's, shape (m,)."""
        return self.rows == 0

    @property
    def storage(self) -> Floats:
        """Lithium that cells hold at x = 1, over what grains do, shape (m,)."""
        shares = [1.0]
        for stuff in self.others.values():
            holds = "concentration.maximum" in stuff.numbers
            most = stuff.maximum_concentration if holds else 0.0
            shares.append(most / self.material.maximum_concentration if holds else 0.0)
        return np.array(shares)[self.rows]

    @property
    def stiffness(self) -> Floats:
        """C_ij of every cell in MPa, shape (m, 6, 6); of grains in the crystal's frame."""
        return self._by_cell([stuff.stiffness for stuff in self._all])

    @property
    def boundary_conductance(self) -> float:
        """Of grain boundaries, um^3/s."""
        return self.material.boundary_conductance

    @property
    def _all(self) -> tuple[Material, ...]:
        return (self.material, *self.others.values())

    def _by_cell(self, values: list[Floats]) -> Floats:
        return np.stack(values)[self.rows]

    def diffusion_tensor(self, content: AnyArray | float) -> Floats:
        """D of every cell in um^2/s at x, (m,) or one for all, shape (m, 3, 3)."""
        x = np.broadcast_to(np.asarray(content, dtype=np.float64), self.rows.shape)
        result = np.empty((len(self.rows), 3, 3))
        for row, stuff in enumerate(self._all):
            own = self.rows == row
            result[own] = stuff.diffusion_tensor(x[own])
        return result

    def diffusivity(self, content: AnyArray | float) -> Floats:
        """D along and across layers at x in um^2/s, of all materials, shape (..., 2 k)."""
        return np.concatenate([stuff.diffusivity(content) for stuff in self._all], axis=-1)

    def corner_strain(self, content: AnyArray, reference: float) -> Floats:
        """Chemical strain at the corners of cells, x of shape (m, 4); shape (m, 4, 2)."""
        strain = self.material.chemical_strain(content, reference)
        return np.asarray(np.where(self.in_grain[:, None, None], strain, 0.0))


AnyMaterial: TypeAlias = Material | GradedMaterial | PhasedMaterial
"""One for all cells, or one of every cell."""


def known_phases(material: AnyMaterial) -> tuple[str, ...]:
    """Phases beside grains that a material has numbers for."""
    return tuple(material.others) if isinstance(material, PhasedMaterial) else ()


def storage_of(material: AnyMaterial) -> Floats | float:
    """Lithium that cells hold at x = 1, over what grains do: shape (m,), or 1."""
    return material.storage if isinstance(material, PhasedMaterial) else 1.0


def phased(mesh: TetMesh, material: Material, phases: Mapping[str, Material]) -> PhasedMaterial:
    """Return the material of every cell of a particle with a coating.

    Parameters
    ----------
    mesh
        Any mesh.
    material
        Of its grains.
    phases
        Isotropic materials of other solids, such as ``{"coating": load_material("alumina")}``.

    Raises
    ------
    InputError
        If a phase is no solid beside grains, or its material has no diffusivity, or has axes.

    Examples
    --------
    >>> from nmc_mesh.mechanics.phased import phased
    >>> halves = np.repeat([1, 2], 4)[:, None, None] * np.ones((1, 8, 8), int)
    >>> layer = nmc_mesh.Phases({"coating": [2]})
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(halves, 0.25, phases=layer))
    >>> nmc811, alumina = (nmc_mesh.load_material(name) for name in ("nmc811", "alumina"))
    >>> np.unique(phased(mesh, nmc811, {"coating": alumina}).storage).tolist()
    [0.0, 1.0]
    """
    rows = np.zeros(len(mesh.cells), dtype=np.int32)
    for row, (name, stuff) in enumerate(phases.items(), start=1):
        rows[np.isin(mesh.labels, labels_of_solid(mesh, name))] = row
        need_isotropic(stuff, stuff.diffusion_tensor(0.5))
        if "stiffness.C11" in stuff.numbers:
            need_isotropic(stuff, stuff.stiffness)
    return PhasedMaterial(material, dict(phases), rows)


def capacity(mesh: TetMesh, volumes: Floats) -> float:
    """Volume of the grains in um^3, from that of all cells: C-rates count what they can hold."""
    return float(volumes[in_grains(mesh)].sum())


def need_isotropic(material: Material, own: Floats) -> None:
    """Refuse a material with axes for what has no crystals.

    Parameters
    ----------
    material, own
        The material, and its diffusivity, shape (3, 3), or stiffness, (6, 6).

    Raises
    ------
    InputError
        If it has axes.
    """
    turned = (turned_tensors if len(own) == 3 else turned_stiffness)(own, _TURN)[0]
    if np.abs(own - turned).max() > _ISOTROPIC * np.abs(own).max():
        raise InputError(
            f"a phase without crystals needs an isotropic material, and {material.name} is none; "
            "take one such as alumina"
        )
