"""Sides of grain boundaries, in the order of the table of facets: the lower grain first."""

from __future__ import annotations

import numpy as np
import ufl


def lower(value, particle):
    """Restrict a value on grain boundaries to the side of the lower grain, for use with ``dS``.

    DOLFINx may take either side of a facet as '+'; the facet table of nmc_mesh has an order: the
    lower grain comes first, and the normal ``lower(FacetNormal(mesh), particle)`` points from it to
    the higher one.

    Parameters
    ----------
    value
        An expression of UFL, of any shape.
    particle
        What ``read`` gave.
    """
    first = _first(particle)
    return first * value("+") + (1 - first) * value("-")


def higher(value, particle):
    """Restrict a value on grain boundaries to the side of the higher grain: see ``lower``."""
    first = _first(particle)
    return (1 - first) * value("+") + first * value("-")


def _first(particle):
    """Return 1 where '+' is the side of the lower grain, else 0."""
    return ufl.conditional(ufl.lt(particle.grain("+"), particle.grain("-")), 1.0, 0.0)


def sides(particle, tag):
    """Both sides of the facets of a grain boundary, in the order of the facet table.

    Parameters
    ----------
    particle
        What ``read`` gave.
    tag
        Id of a group of facets between grains.

    Returns
    -------
    numpy.ndarray
        Lower cell, local facet in it, higher cell, local facet in it: shape (n, 4), int32, one row
        per facet that this rank owns. From DOLFINx 0.7 on, ``ufl.Measure("dS", mesh,
        subdomain_data=[(tag, sides(particle, tag).ravel())])`` has the lower grain on its '+' side.
    """
    topology = particle.mesh.topology
    to_cells, to_facets = topology.connectivity(2, 3), topology.connectivity(3, 2)
    labels = particle.grain.x.array
    dofs = particle.grain.function_space.dofmap.cell_dofs
    owned = topology.index_map(2).size_local
    rows = []
    for facet in particle.facet_tags.indices[particle.facet_tags.values == tag]:
        cells = to_cells.links(facet)
        if facet < owned and len(cells) == 2:
            ordered = sorted(cells, key=lambda cell: labels[dofs(cell)[0]])
            local = [int(np.flatnonzero(to_facets.links(cell) == facet)[0]) for cell in ordered]
            rows.append((ordered[0], local[0], ordered[1], local[1]))
    return np.array(rows, dtype=np.int32).reshape(-1, 4)
