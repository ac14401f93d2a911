r"""The last bad cells of an image mended, those on the faces of its box among them.

Bringing the last vertices onto the box takes from the angles of a few cells, and the cells outside,
which are about to be dropped, keep the vertices there from mending them. So all of these go, and
every facet of the outer surface gets one of its own, which hinders nobody and says where the facet
belongs: on a face of the box, or beside label 0.

           p
          / \           p is a vertex of this cell alone
    -----a---b-----     face of the box
       inside
"""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesher.boundary_projection import project_to_box
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.improve import PROMISED, Round, improve
from nmc_mesh.mesher.shape import ANGLE
from nmc_mesh.numerics.products import dot
from nmc_mesh.progress import silent
from nmc_mesh.typing import Floats

MENDED = PROMISED + 0.005
"""Fitness asked of cells that are under what `improve` promises: a little more."""
HIGH = 0.5
"""Cell edges that the cells outside are high."""
# Up to 0.4 edges a vertex leaves boundaries between grains alone, never a face of the box.
MENDING = (Round(MENDED, 0.25, False, ANGLE), Round(MENDED, 0.4, False, ANGLE)) * 3
"""Only bad cells and what is around them."""


def fit_to_box(field: Field, soup: Soup, a: float) -> tuple[Soup, int]:
    """Move vertices onto the faces of an image's box as `project_to_box` does, and mend cells."""
    soup, stayed = project_to_box(field, soup, a)
    mended, off = project_to_box(field, mended_under_skin(field, soup, a), a)
    better = off <= stayed and _least(mended) >= _least(soup)
    return (mended, off) if better else (soup, stayed)


def mended_under_skin(field: Field, soup: Soup, a: float) -> Soup:
    """Mend the cells that are still bad, if there are any; those outside make way."""
    if _least(soup) >= PROMISED:
        return soup
    return improve(field, _skinned(soup, a), a, silent, MENDING)


def _least(soup: Soup) -> float:
    """Return the least fitness of the cells inside."""
    cells = soup.cells[soup.labels > 0]
    fitness = np.empty(len(cells))
    core.fitness_of_cells(soup.points, cells, fitness)
    return float(fitness.min())


def _skinned(soup: Soup, a: float) -> Soup:
    """Return the cells inside, and one outside for every facet of theirs."""
    across = neighbours(soup.cells, len(soup.points))
    names = np.where(across >= 0, soup.labels[across], 0)
    inside = soup.labels > 0
    owner, face = np.nonzero((names <= 0) & inside[:, None])
    corners = soup.cells[owner]
    facets = corners[np.arange(len(owner))[:, None], (face[:, None] + np.array([1, 2, 3])) % 4]
    p = soup.points[facets]
    top = soup.points[corners[np.arange(len(owner)), face]]
    normal: Floats = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    outward = np.where(dot(normal, top - p[:, 0]) > 0.0, -1.0, 1.0)
    normal *= (outward / np.sqrt(dot(normal, normal)))[:, None]
    tips = (p[:, 0] + p[:, 1] + p[:, 2]) / 3.0 + HIGH * a * normal
    facets[outward < 0] = facets[outward < 0][:, ::-1]
    tip = len(soup.points) + np.arange(len(owner), dtype=np.int32)
    return Soup(
        np.concatenate([soup.points, tips]),
        np.concatenate([soup.cells[inside], np.column_stack([facets, tip])]).astype(np.int32),
        np.concatenate([soup.labels[inside], names[owner, face]]).astype(np.int32),
    )
