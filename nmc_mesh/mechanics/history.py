"""What a particle did over time: a table of a row per time step, and its file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.crystal.tensors import turned_stiffness
from nmc_mesh.errors import InputError
from nmc_mesh.files import write_text
from nmc_mesh.mechanics.chemo import crystal_turns, peak, swelling
from nmc_mesh.mechanics.elasticity import SwellingBody, tensors
from nmc_mesh.mechanics.linear import gradients
from nmc_mesh.mechanics.opening import Opening
from nmc_mesh.mechanics.phased import AnyMaterial
from nmc_mesh.mechanics.reaction_step import Facets, Solved
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats, Ints

_SHARES = (0.5, 0.9, 0.99)
_COLUMNS = (
    "time_s", "stage", "rate_per_h", "potential_V", "mean_x", "surface_x", "least_x", "largest_x",
)  # fmt: skip
_STRESS = tuple(
    f"{kind}_stress_{100 * share:g}_MPa" for kind in ("principal", "mises") for share in _SHARES
)


@dataclass(frozen=True, eq=False)
class History:
    """Columns of one length by their names: times in s, C-rates in 1/h, potentials in V, x, MPa.

    Stresses are those that a share of the volume stays below: the largest principal one, and von
    Mises'.

    Parameters
    ----------
    columns
        Shape (r,) each.
    """

    columns: Mapping[str, Floats]

    __repr__ = one_line

    def __getitem__(self, name: str) -> Floats:
        """Return a column."""
        if name not in self.columns:
            raise InputError(f"there is no column '{name}'; there are {', '.join(self.columns)}")
        return self.columns[name]

    def write(self, path: str | Path) -> None:
        """Write a .csv with a line of names, then a row per time.

        Raises
        ------
        InputError
            If the file is no .csv.
        FileError
            If it cannot be written.
        """
        if Path(path).suffix != ".csv":
            raise InputError(f"a history is a table; name it .csv, not '{Path(path).name}'")
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(self.columns)
        for row in zip(*self.columns.values(), strict=True):
            table.writerow([f"{value:.10g}" for value in row])
        write_text(Path(path), text.getvalue())


class Seen(NamedTuple):
    """What a history looks at."""

    facets: Facets
    """What reacts."""

    volumes: Floats
    """Volume that belongs to every node, um^3."""

    mesh: TetMesh
    """The mesh that was given, split if it was."""

    copies: Ints
    """Node here of every node of that mesh."""


class Recorder:
    """Rows in the making.

    Parameters
    ----------
    seen
        Of the body.
    material, reference, stress
        For the stress, if it is asked for: x at which the lattice fits the mesh.
    opening
        Boundaries that open: their stress is taken then.
    """

    def __init__(
        self,
        seen: Seen,
        material: AnyMaterial,
        reference: float,
        stress: bool,
        opening: Opening | None = None,
    ) -> None:
        self._rows = list[list[float]]()
        self._mesh, self._material, self._reference = seen.mesh, material, reference
        self._stress, self._opening = stress, opening
        self.now(seen)
        if stress:
            mesh = seen.mesh
            self._cell_volumes = gradients(mesh.points, mesh.cells)[0]
        if stress and opening is None:
            stiff = turned_stiffness(material.stiffness, crystal_turns(mesh))
            self._elastic = SwellingBody(mesh.points, mesh.cells, stiff)

    def now(self, seen: Seen) -> None:
        """Look at another body of the same mesh from now on."""
        self._volumes, self._copies = seen.volumes, seen.copies
        self._areas = seen.facets.summed(np.ones(len(seen.facets.nodes)))

    def add(self, time: float, stage: int, rate: float, now: Solved) -> None:
        """Add a row."""
        x = now.content
        mean = float(x @ self._volumes / self._volumes.sum())
        surface = float(x @ self._areas / self._areas.sum())
        row = [time, stage, rate, now.potential, mean, surface, float(x.min()), float(x.max())]
        row += [] if self._opening is None else [self._opening.share]
        if self._stress:
            known = None if now.under is None else now.under.stress
            row += self._percentiles(self._of_cells(x[self._copies]) if known is None else known)
        self._rows.append(row)

    def _percentiles(self, stress: Floats) -> list[float]:
        full = tensors(stress)
        deviator = full - np.trace(full, axis1=1, axis2=2)[:, None, None] * np.eye(3) / 3
        kinds = [np.linalg.eigvalsh(full)[:, 2], np.sqrt(1.5 * (deviator**2).sum(axis=(1, 2)))]
        return [peak(kind, self._cell_volumes, share) for kind in kinds for share in _SHARES]

    def _of_cells(self, content: Floats) -> Floats:
        """Stress of the cells, MPa, in Voigt's order."""
        if self._opening is not None:
            return self._opening.stress
        own = swelling(self._mesh, self._material, content, self._reference)
        return self._elastic.stress(own)

    def history(self) -> History:
        """Return all rows."""
        names = _COLUMNS + (() if self._opening is None else ("open_share",))
        names += _STRESS if self._stress else ()
        table = np.array(self._rows).reshape(-1, len(names))
        return History({name: table[:, k] for k, name in enumerate(names)})
