"""A mesh of whole grains made slab by slab: memory goes with a slab and the number of grains.

A front moves along the longest axis of the particle. The next layers of the lattice are cleaved
(see ``layers.py``) and joined to what is in work (``window.py``); fragments are given away as far
as they can be told (``stream_fragments.py``); the window is improved with what is written, and what
lies at the front, held; then what lies far enough behind the front is written. What no slab knows,
which parts of a grain hang together in the end, is followed by component
(``stream_components.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.memory import free_memory
from nmc_mesh.mesh.slab import Slab, Tally
from nmc_mesh.mesher.field import Field, exact_field
from nmc_mesh.mesher.improve import improve
from nmc_mesh.mesher.lattice import Lattice
from nmc_mesh.mesher.layers import REACH, cleave_layers, exact_lattice, labels_in_layers
from nmc_mesh.mesher.stream_components import Components
from nmc_mesh.mesher.stream_fragments import repaired
from nmc_mesh.mesher.window import NOTHING, Window, joined, written
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Floats, Longs

KEPT = 3
"""Layers behind the front that are not written yet, as its cells are held: with two, angles at
seams are a little worse than elsewhere, with three they are not (ours; `bench_stream.py`)."""
THIN = 8
"""Layers of a slab at least: what is kept is improved twice, and halos are cleaved twice."""
READY = 1.0
"""Layers behind the old front that improving did not reach well."""
CELLS_PER_VERTEX = 7.8
"""Cells in work, those outside too, per vertex of the lattice in a grain: 46 tetrahedra to eight
vertices, and a third more by cuts and at the outer surface (ours)."""
_FULL = 0.3
"""Share of its box that a particle fills at least (ours): what is surely too much is refused before
the lattice is labelled."""
BYTES_PER_CELL = 130.0
"""Memory at the peak per cell in work; see `bench_stream.py`."""


class Plan(NamedTuple):
    """Where the slabs end, and what has to be known of all layers before."""

    field: Field
    grid: Lattice
    size: float
    axis: int
    """The longest one, along which the front moves."""
    fronts: tuple[int, ...]
    """Layers of the lattice at which slabs end, ascending."""
    vertices_of: Longs
    """Vertices of the lattice in every label, (labels + 1,)."""
    most: int
    """About how many cells there are in work at a time, those outside too."""
    cells: int
    """About how many there are altogether."""

    def height(self, layer: float) -> float:
        """Where a layer begins, um along the axis."""
        return float(self.grid.lower[self.axis] + layer * self.grid.step[self.axis])


def check_streamed(particle: Particle) -> None:
    """Refuse particles that are not whole grains of one phase.

    Raises
    ------
    InputError
        If it ends at its shell, or has more than grains: the message says which.
    """
    more = {
        "it ends at its shell": particle.surface == "shell",
        "it has a coating": particle.coating is not None,
        "electrolyte is around it": particle.domain is not None,
        "it has several phases": bool(particle.phases),
        "its grains are twinned": bool(particle.parents),
        "it is several particles": bool(particle.particles),
    }
    for reason, so in more.items():
        if so:
            raise InputError(
                f"a particle of whole grains can be streamed, and nothing else: {reason}; mesh it "
                "as a whole: tetrahedralize(particle)"
            )


def planned(particle: Particle, size: float, slab_cells: float, progress: Progress) -> Plan:
    """Label the vertices of the lattice, layer by layer, and choose the slabs.

    Parameters
    ----------
    particle
        Whole grains.
    size
        Edge length in um.
    slab_cells
        About how many cells may be in work at a time, if that leaves slabs thick enough.
    progress
        Called with "plan" and the share that is done.

    Raises
    ------
    ResourceError
        If a slab would not fit the memory that is free.
    """
    lower, upper = particle.bounds()
    grid = exact_lattice(lower, upper, size)
    axis = int(np.argmax(grid.shape))
    number = int(grid.shape[axis])
    full = _FULL * float(np.prod(grid.shape.astype(np.float64))) * 46
    _check_room(full * min(1.0, (THIN + KEPT) / number), full)
    field = exact_field(particle, lower - 4.0 * size, upper + 4.0 * size, size)
    vertices_of = np.zeros(particle.n_labels + 1, dtype=np.int64)
    of_layer = np.zeros(number, dtype=np.int64)
    for start in range(0, number, THIN):
        stop = min(start + THIN, number)
        labels = labels_in_layers(field, grid, axis, start, stop)
        inside = labels > 0
        vertices_of += np.bincount(labels[inside], minlength=len(vertices_of))
        of_layer[start:stop] = inside.reshape(len(labels), -1).sum(axis=1)
        progress("plan", stop / number)
    total = np.concatenate([[0.0], np.cumsum(CELLS_PER_VERTEX * of_layer)])
    fronts = _fronts(total, slab_cells)
    most = max(
        total[front] - total[max(before - KEPT, 0)] for before, front in pairwise((0, *fronts))
    )
    _check_room(float(most), float(total[-1]))
    return Plan(field, grid, size, axis, fronts, vertices_of, int(most), int(total[-1]))


def _fronts(total: Floats, most: float) -> tuple[int, ...]:
    """Choose where slabs end, given the cells below every layer, (layers + 1,)."""
    end = len(total) - 1
    # No slab is of layers alone in which there is nothing, if there is anything.
    empty = int(np.searchsorted(total, 0.0, side="right")) - 1
    fronts = [empty if empty < end else 0]
    while fronts[-1] < end:
        room = total[max(fronts[-1] - KEPT, 0)] + most
        front = max(int(np.searchsorted(total, room, side="right")) - 1, fronts[-1] + THIN)
        fronts.append(front if front <= end - THIN and total[front] < total[end] else end)
    return tuple(fronts[1:])


def _check_room(most: float, cells: float) -> None:
    """Refuse so many cells in work that the memory that is free would not hold them."""
    need, free = BYTES_PER_CELL * most, free_memory()
    if need > free:
        raise ResourceError(
            f"about {cells:.3g} cells, {most:.3g} of them in work at a time, need "
            f"{need / 2**30:.1f} GiB, and {free / 2**30:.1f} GiB are free; have fewer in work "
            f"(slab_cells, --slab-cells), if there are more than {THIN + KEPT} layers of them, or "
            "take a larger size (--size)"
        )


def slabs(
    plan: Plan, components: Components, tally: Tally, progress: Progress = silent
) -> Iterator[Slab]:
    """Make the mesh, slab by slab; its components and the shapes of its cells are entered.

    Raises
    ------
    MeshError
        If a cell is not positive.
    """
    window, before = NOTHING, 0
    beyond = plan.vertices_of.copy()
    for front in plan.fronts:
        last = front == plan.fronts[-1]
        soup, seen = cleave_layers(plan.field, plan.grid, plan.axis, before, front, len(beyond) - 1)
        beyond -= seen
        hold = np.inf if last else plan.height(front - REACH)
        window = joined(window, soup, plan.axis, hold)
        del soup  # improving needs the room
        # Before improving: a fragment's cells are then mended as what they will be.
        volumes = beyond.astype(np.float64) * plan.grid.volume_of_vertex
        window = repaired(window, volumes, components)
        window = _improved(plan, window, before)
        line = np.inf if last else plan.height(front - KEPT)
        slab, window = written(window, plan.axis, line, components, tally)
        progress("mesh", front / plan.fronts[-1])
        before = front
        yield slab
        del slab


def _improved(plan: Plan, window: Window, before: int) -> Window:
    """Improve what is neither written nor held; ``before`` is the layer of the old front."""
    ready = window.soup.points[:, plan.axis] < plan.height(before - READY)
    fixed = window.fixed
    soup = improve(plan.field, window.soup, plan.size, silent, fixed=fixed, ready=ready)
    return window._replace(soup=soup)
