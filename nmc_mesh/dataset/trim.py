"""Leave out the seeds of a particle that no kept grain meets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nmc_mesh.geometry.candidates import Candidates, candidates
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Bools, Ints

_MARGIN = 1.0
_BOXES_PER_GRAIN = 2


def trimmed(particle: Particle) -> Particle:
    """Return the particle with those seeds only that shape a kept grain; its labels are the same.

    Space is cut into small boxes. Where a kept grain can be the cheapest, all candidates of the box
    stay; where, without the others, a kept grain could win a place that is not its own, the
    candidates of that box come back. So the grain, or 0, of every point of the particle's box and
    one grain around it is the one it was: a seed is left out only if it is proved not to matter.

    Parameters
    ----------
    particle
        Any particle; its shell, grains, orientations, provenance and box stay.
    """
    if particle.n_labels > len(particle.kept):
        bare = trimmed(particle.bare())
        return replace(
            bare,
            phases=particle.phases,
            provenance=particle.provenance,
            domain=particle.domain,
            coating=particle.coating,
        )
    full = particle.tessellation
    lower, upper = particle.bounds()
    size = particle.grain_size
    corners = lower - _MARGIN * size, upper + _MARGIN * size
    box = size / _BOXES_PER_GRAIN
    stays = np.zeros(len(full), dtype=np.bool_)
    stays[particle.kept] = True
    needed = stays.copy()
    lists = candidates(full, *corners, box)
    meets = _boxes_of(lists, stays)
    missing = meets
    while missing.any():
        needed[_seeds_in(lists, missing)] = True
        chosen = np.flatnonzero(needed)
        reach = _boxes_of(candidates(full.subset(chosen), *corners, box), stays[chosen])
        missing = reach & ~meets
        meets |= reach
    chosen = np.flatnonzero(needed)
    kept = np.searchsorted(chosen, particle.kept).astype(np.int32)
    return Particle(
        particle.shell,
        full.subset(chosen),
        kept,
        particle.orientations,
        particle.provenance,
        np.stack([lower, upper]),
        particle.surface,
        particle.phases,
        None,
        None,
        particle.parents,
        particle.particles,
    )


def _boxes_of(lists: Candidates, wanted: Bools) -> Bools:
    """Whether a box has a wanted seed among its candidates, shape (boxes,)."""
    total = np.concatenate([[0], np.cumsum(wanted[lists.seeds])])
    return np.asarray(total[lists.start[1:]] > total[lists.start[:-1]])


def _seeds_in(lists: Candidates, boxes: Bools) -> Ints:
    """Candidates of the chosen boxes, with repeats."""
    return lists.seeds[np.repeat(boxes, np.diff(lists.start))]
