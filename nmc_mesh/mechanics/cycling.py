"""Cycles of a cathode particle: diffusion in crystals, Butler and Volmer's kinetics at its facets.

    dx/dt = div(D grad x),   n . D grad x = -i(x, V) at facets that react,

with i of `kinetics` in content, and one V for all facets, such that the total is the current asked
for. Boundaries may open while crystals swell: then nothing crosses them, and where they hang
together with the surface electrolyte enters and their sides react. Linear elements; currents at the
corners of the facets, so that what leaves is what the total says, and lithium is conserved but for
rounding. In time the two-stage method of order two of ``diffusion.charge`` (Alexander 1977, doi
10.1137/0714068), D that of the start of a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.crystal.material import Material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.cohesive_zone import TractionSeparationLaw
from nmc_mesh.mechanics.coupled_run import CoupledRun
from nmc_mesh.mechanics.cycling_run import Run
from nmc_mesh.mechanics.history import History, Recorder
from nmc_mesh.mechanics.phased import PhasedMaterial
from nmc_mesh.mechanics.protocol import Stage
from nmc_mesh.mechanics.reaction_step import Solved
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Bools, Floats


@dataclass(frozen=True, eq=False)
class Cycled:
    """What a particle did.

    Parameters
    ----------
    history
        A row per time step.
    content
        x at the nodes of the mesh that was given, at the start and at the end of every stage, shape
        (s + 1, n).
    ends
        Times of these, s, shape (s + 1,).
    """

    history: History
    content: Floats
    ends: Floats

    __repr__ = one_line


def cycle(
    mesh: TetMesh | CohesiveMesh,
    material: Material | PhasedMaterial,
    stages: Sequence[Stage],
    start: float | None = None,
    temperature: float = 298.15,
    opened: Bools | None = None,
    electrolyte: bool = True,
    boundaries: bool = False,
    stress: bool = False,
    law: TractionSeparationLaw | None = None,
    two_way: bool = False,
    progress: Progress = silent,
) -> Cycled:
    """Follow lithium through stages of current, potential and rest.

    Parameters
    ----------
    mesh
        A conforming mesh of first order whose grains have orientations, with or without cracks (see
        `nmc_mesh.crack`); or one split along boundaries, some of which are open.
    material
        Diffusivity, range of x, open-circuit potential and exchange currents. Of a particle with a
        coating that of `nmc_mesh.mechanics.phased.phased`: lithium reacts at the coating's outside,
        by the x that it has there and the exchange current of edges (ours), and passes it.
    stages
        See `protocol`.
    start
        Uniform x at the start; left out, the upper end of the range.
    temperature
        K, of the kinetics.
    opened
        Which wedges of a split mesh are open, shape (w,): nothing crosses them.
    electrolyte
        Whether it enters cracks and boundaries that are open as far as the surface: their sides
        react then.
    boundaries
        Whether lithium moves along closed boundaries too.
    stress
        Whether percentiles of the stress join the history, of a split mesh with a law: elsewhere
        those of intact boundaries, a linear solution per time step.
    law
        Of the boundaries of a split mesh that open while it is cycled: after every time step the
        equilibrium of its cohesive zones is found. ``open_share`` joins the history: of their area.
    two_way
        Whether stress moves lithium, and shifts the potential at facets: see ``coupled_run``. Of a
        mesh that stays whole.
    progress
        Called with the share of the stages that are done.

    Raises
    ------
    InputError
        If the material lacks a number or the grains orientations, x leaves (0, 1) or the table of
        diffusivities, or a step does not settle.

    Examples
    --------
    >>> from nmc_mesh.mechanics.cycling import cycle
    >>> from nmc_mesh.mechanics.protocol import cycles
    >>> from dataclasses import replace
    >>> labels = nmc_mesh.LabelImage(np.ones((4, 4, 4), int), spacing=0.5)
    >>> cube = nmc_mesh.tetrahedralize(labels, size=0.8)
    >>> cube = replace(cube, info={"orientations": [[1.0, 0.0, 0.0, 0.0]]})
    >>> done = cycle(cube, nmc_mesh.load_material("nmc811"), cycles(1.0, 3.6, 4.2))
    >>> done.history["potential_V"].round(2)[[0, -1]].tolist()
    [3.53, 3.6]
    """
    if not stages:
        raise InputError("there are no stages; see nmc_mesh.mechanics.protocol.cycles")
    run = (CoupledRun if two_way else Run)(
        mesh, material, temperature, opened, electrolyte, boundaries
    )
    if law is None and stress and isinstance(mesh, CohesiveMesh):
        raise InputError("the stress of a split mesh wants the law of its boundaries")
    low, high = material.content_range
    begin = high if start is None else float(start)
    if not 0 < begin < 1:
        raise InputError(f"the lithium content x at the start lies in (0, 1), not at {begin:g}")
    opening = None if law is None else run.opening(law, begin)
    content = np.full(len(run.body.points), begin)
    rest = float(run.facets.law.open_circuit(begin))
    now, time = run.begin(content, rest), 0.0
    recorder = Recorder(run.seen(), material, begin, stress, opening)
    recorder.add(0.0, 0, 0.0, now)
    kept, ends = [content[run.body.copies]], [0.0]
    per_rate = (high - low) * run.capacity / 3600
    for number, stage in enumerate(stages):

        def after(moment: float, state: Solved, rate: float, number: int = number) -> Solved:
            of_nodes = run.content_of(state)[run.body.copies]
            fresh = opening is not None and opening.follow(of_nodes)
            recorder.add(moment, number + 1, rate, state._replace(content=run.content_of(state)))
            if opening is None or not fresh:
                return state
            state = run.opened_further(opening.opened, state)
            recorder.now(run.seen())
            return state

        time, now = run.stage(stage, now, time, per_rate, after)
        kept.append(run.content_of(now)[run.body.copies])
        ends.append(time)
        progress("cycle", (number + 1) / len(stages))
    return Cycled(recorder.history(), np.stack(kept), np.array(ends))
