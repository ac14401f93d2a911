r"""The outer surface of a particle cut off at its shell, from the cleaved mesh to the last vertex.

A shell has valleys and ridges finer than the mesh. Where it does, cleaving leaves cells of the
wrong side and vertices that no move brings onto the shell, and smoothing on the shell alone leaves
short edges between junctions there. What a whole-grain particle mends by moving vertices a little
off their boundaries needs more where the outer boundary is kept exactly:

1. ``even_out``: pits (cells outside that lie before the shell) go to grains and spikes (cells of
   grains beyond it) go outside, each judged by the mean depth of its vertices. The edges from a pit
   to vertices outside are removed first, so that there are cells that close it::

              w                           w
            /   \         outside        /___\
       ---r0--.--r1---  shell       ---r0-----r1---   (v, r0, r1, ...) lies before the shell
            \ | /                        \   /
              v                            v

2. ``SETTLING`` improves the mesh that this leaves, ``RESCUE`` the few cells that are still bad: its
   last rounds let vertices leave the shell by 0.18 edge lengths and fuse junctions that are closer
   to each other than 0.3.
3. ``project_to_shell`` brings what is off the shell onto it, as far as the cells allow.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import named
from nmc_mesh.mesher.boundary_projection import (
    DEEP,
    NEAR,
    boundary_targets,
    domain_boundary_distances,
    project_to_boundary,
    relabel,
)
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.improve import ASKED, CLOSING, PROMISED, Edges, Round, improve, pack
from nmc_mesh.mesher.shape import ANGLE, VOLUME
from nmc_mesh.mesher.stars import work_on
from nmc_mesh.progress import Progress, silent

SETTLING = (
    # A shorter `improve.ROUNDS`, by volume first as there: the mesh was improved once, and only
    # what is around pits and spikes is new.
    Round(0.35, 0.2, True, VOLUME),
    Round(ASKED, 0.2, False, ANGLE),
    Round(ASKED, 0.2, True, ANGLE),
    Round(ASKED, 0.25, False, ANGLE),
    Round(ASKED, 0.25, False, ANGLE),
    Round(0.38, 0.4, False, ANGLE),
    Round(0.38, 0.4, False, ANGLE),
    CLOSING,
)
"""After pits were closed and spikes cut off."""
# Five rounds within 0.4 edges first; what they cannot mend may leave the shell and fuse junctions
# (0.6; how many is ours).
RESCUE = (Round(ASKED, 0.4, False, ANGLE),) * 5 + (Round(PROMISED, 0.6, False, ANGLE),) * 8
"""For the last bad cells; from 0.5 edge lengths on, vertices may leave the shell, too."""
SPARE = 64
"""Cells per pit that closing it may need."""
SOUND = 0.1
"""Quality of the cells that close a pit in the finished mesh, at least: ``RESCUE`` lifts them."""
KEPT, YIELDED = PROMISED, 0.35
"""Fitness that cells keep where a vertex goes onto the shell; the second where it is too far off:
the sine of 20.5 degrees."""
FAR = 0.18
"""Edge lengths that a vertex may be off the shell for the sake of its cells."""
# Shares of the way that are tried where a vertex cannot go all of it (ours).
STEPS = 8


def even_out(field: Field, soup: Soup, a: float, least: float = 0.0) -> Soup:
    """Close pits and cut off spikes that are 0.02 edges deep or high.

    Cells that close a pit have at least the quality ``least``.
    """
    # Before labels change: a pit whose edges lead outside has no cells that would close it.
    soup = _cap_pits(field, soup, a)
    depth = domain_boundary_distances(field, soup)[soup.cells]
    # Its sign is all that counts, so the sum will do.
    mean = depth.sum(axis=1)
    pits = np.flatnonzero((soup.labels < 0) & (depth.min(axis=1) < -DEEP * a) & (mean < 0.0))
    # Cells too flat for the rounds that follow stay outside, and are dropped.
    if least > 0.0:
        quality = np.empty(len(pits))
        core.fitness_of_cells(soup.points, soup.cells[pits], quality)
        pits = pits[quality >= least]
    soup = relabel(field, soup, pits, False)
    spikes = np.flatnonzero((soup.labels > 0) & (depth.max(axis=1) > DEEP * a) & (mean > 0.0))
    return relabel(field, soup, spikes, True)


def even_and_improve(
    field: Field,
    soup: Soup,
    a: float,
    progress: Progress,
    longest: float = 0.0,
    edges: Edges | None = None,
) -> Soup:
    """Even out the improved mesh, and improve it again; the rest as in ``improve``."""
    evened = even_out(field, soup, a)
    return improve(field, evened, a, progress, SETTLING, longest, edges=edges)


def even_and_mend(
    field: Field, soup: Soup, a: float, longest: float = 0.0, edges: Edges | None = None
) -> Soup:
    """Even out the finished mesh and mend what is left; the rest as in ``improve``."""
    evened = even_out(field, soup, a, SOUND)
    return improve(field, evened, a, silent, RESCUE, longest, edges=edges)


def project_to_shell(field: Field, soup: Soup, a: float) -> tuple[Soup, int]:
    """Move vertices onto the shell as far as cells allow; return how many stayed off."""
    # What goes without harm goes first; then cells yield a little for the vertices that are still
    # far off, and those within 0.18 edges stay: their cells are worth more.
    soup, _ = project_to_boundary(field, soup, a, KEPT, STEPS)
    soup, _ = project_to_boundary(field, soup, a, YIELDED, STEPS, FAR)
    off = np.linalg.norm(boundary_targets(field, soup) - soup.points, axis=1)
    return soup, int((off > NEAR * a).sum())


def _cap_pits(field: Field, soup: Soup, a: float) -> Soup:
    """Remove the edges from pits to vertices outside; the cells of both sides stay outside."""
    far = domain_boundary_distances(field, soup)
    inside, outside = soup.labels > 0, soup.labels < 0
    # On the outer surface of the mesh, and yet before the shell: the bottom of a pit.
    both = named(soup.cells[inside], len(far)) & named(soup.cells[outside], len(far))
    pits = np.flatnonzero(both & (far < -DEEP * a)).astype(np.int32)
    if len(pits) == 0:
        return soup
    spare = SPARE * len(pits)
    work = work_on(soup.points.copy(), soup.cells, soup.labels, spare)
    stack = np.empty(len(work.labels), dtype=np.int64)
    # All the dead cells are free; none of them belongs to a slab, as one thread does this.
    stack[:spare] = np.arange(len(soup.labels), len(work.labels))
    core.cap_pits(work, pits, stack, spare)
    return pack(work)
