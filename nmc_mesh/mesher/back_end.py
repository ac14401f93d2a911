"""What a mesher back end is: from a source and edge lengths to labelled tetrahedra.

`tetrahedralize` checks what it is given, asks a back end, drops the cells outside, tags boundaries,
triple lines and quadruple points and validates the mesh, whoever made it. Ours is ``cleaving``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np

from nmc_mesh.errors import MeshError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesher.sizes import Sizes
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress
from nmc_mesh.typing import AnyArray


class Tetrahedra(NamedTuple):
    """What a back end returns: a conforming mesh without tags.

    ``points`` (n, 3) in um; ``cells`` (m, 4), positively oriented: (x1 - x0) x (x2 - x0) .
    (x3 - x0) > 0; ``labels`` (m,), the source's label of every cell, 0 or less outside. A grain of
    a particle must be one face-connected piece. ``facts`` are plain values for the mesh's ``info``.
    """

    points: AnyArray
    cells: AnyArray
    labels: AnyArray
    facts: Mapping[str, Any] = MappingProxyType({})


class MesherBackEnd(Protocol):
    """Anything that fills a source with tetrahedra; the same ones for the same source and sizes."""

    def __call__(
        self, source: Particle | LabelImage, sizes: Sizes, progress: Progress
    ) -> Tetrahedra:
        """Return the tetrahedra.

        Parameters
        ----------
        source
            What to mesh: ``labels(points)`` of a particle tells where which grain is; an image has
            three axes and some label but 0.
        sizes
            Edge lengths in um; ``sizes.least`` is the smallest asked for.
        progress
            Called with the name of a stage and the share of it that is done.

        Raises
        ------
        InputError
            If the source is not one that the back end can mesh.
        MeshError
            If no mesh can be made.
        """


def check_tetrahedra(made: Tetrahedra, count: int) -> Tetrahedra:
    """Return the arrays of a back end as kernels read them.

    Parameters
    ----------
    made
        What the back end returned.
    count
        Largest label of the source.

    Raises
    ------
    MeshError
        If a shape or a number is none that a mesh of the source can have.
    """
    points = np.ascontiguousarray(made.points, dtype=np.float64)
    cells = np.ascontiguousarray(made.cells, dtype=np.int32)
    labels = np.ascontiguousarray(made.labels, dtype=np.int32)
    if points.shape[1:] != (3,) or cells.shape != (len(labels), 4) or labels.ndim != 1:
        raise MeshError(
            "a mesher gives points (n, 3), cells (m, 4) and labels (m,), not "
            f"{points.shape}, {cells.shape} and {labels.shape}"
        )
    if not (labels > 0).any():
        raise MeshError("the mesher gave no cell inside a grain; take a smaller size")
    if labels.max() > count:
        raise MeshError(f"the mesher gave a cell of label {labels.max()}; the last one is {count}")
    if cells.min() < 0 or cells.max() >= len(points):
        raise MeshError(f"the mesher's cells name points that are not among its {len(points)}")
    return Tetrahedra(points, cells, labels, made.facts)
