"""Several particles of a model, packed into a box of electrolyte, to one mesh."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.cracks.law import CrackLaw
from nmc_mesh.cracks.opening import crack
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.extensions import DEFAULT_MESHER, DEFAULT_MODEL
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.back_end import MesherBackEnd
from nmc_mesh.mesher.second_order import check_order, of_order
from nmc_mesh.mesher.sizes import Size, check_size
from nmc_mesh.mesher.tetrahedralize import find_mesher, tetrahedralize
from nmc_mesh.mesher.voids import sizes_at_pores
from nmc_mesh.numerics.draws import generator
from nmc_mesh.particle.assembly import assemble
from nmc_mesh.particle.domain import Domain
from nmc_mesh.particle.model import ParticleModel, load_model
from nmc_mesh.particle.packing import pack
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.placed import drawn_in, placed_shells
from nmc_mesh.particle.pores import Pores
from nmc_mesh.pipeline.particles import pores_law
from nmc_mesh.progress import LOG, Progress, silent
from nmc_mesh.typing import AnyArray


def generate_packing(
    model: str | ParticleModel = DEFAULT_MODEL,
    seed: int | np.random.Generator = 0,
    size: Size | None = None,
    *,
    particles: int = 5,
    fraction: float = 0.2,
    gap: float | None = None,
    grains: int | None = None,
    diameter: float | None = None,
    pores: float | Pores | None = None,
    pore_size: float | None = None,
    centres: AnyArray | None = None,
    turns: AnyArray | None = None,
    volume: LabelImage | None = None,
    keep: Iterable[int] | None = None,
    domain: str | Domain | None = None,
    outer: float | None = None,
    growth: float = 0.0,
    keep_voids: bool = False,
    order: int = 1,
    mesher: str | MesherBackEnd = DEFAULT_MESHER,
    cracks: CrackLaw | float | None = None,
    progress: Progress = silent,
) -> tuple[Particle, TetMesh]:
    """Draw several particles, pack them into a box of electrolyte and mesh all of it.

    Parameters
    ----------
    model, seed, size, outer, growth, keep_voids, order, mesher, progress
        As for `generate`; every particle has a stream of the seed, and so have their places.
    particles
        How many.
    fraction, gap
        Their volume over that of the box, and the least distance of two of them: see `pack`.
    grains, diameter
        Of every particle: see `generate`.
    pores, pore_size
        Of every particle: see `generate`.
    centres, turns
        Where they lie, if not packed: see `assemble`; then there is no fraction and no gap.
    volume, keep
        A segmented volume, whose particles are put where it has them, each in its measured shell,
        and which of them: see `placed_shells`. Their number, sizes and centres are its own.
    domain
        What is around particles that are not packed; default: ``"box:1.2"``.
    cracks
        Which boundaries between grains are open, by the centre of the particle that they are in, or
        the share of them: see `crack`; of no thickness. Contacts of particles stay closed.

    Returns
    -------
    packing, mesh
        The particles as one, and their mesh: tagged and checked.

    Raises
    ------
    InputError
        As `generate`, `pack` and `assemble` do.
    MeshError
        If no valid mesh could be made, or more than half of the grains would be lost.

    Examples
    --------
    Two particles that lie where they are told to.

    >>> centres = [[-0.7, 0.0, 0.0], [0.7, 0.0, 0.0]]
    >>> packing, mesh = nmc_mesh.generate_packing(
    ...     seed=1, particles=2, diameter=0.9, centres=centres
    ... )
    >>> packing.n_particles, "electrolyte" in mesh.phases.names
    (2, True)
    """
    check_order(order)
    find_mesher(mesher)
    if isinstance(cracks, CrackLaw) and cracks.width:
        raise InputError("cracks of a packing have no width; leave it out, or crack one particle")
    chosen = load_model(model) if isinstance(model, str | Path) else model
    taken(chosen, ParticleModel, "generate_packing", "name one, see nmc_mesh.list_models()")
    if isinstance(particles, bool) or not isinstance(particles, int) or particles < 1:
        raise InputError(f"a packing has one particle or more, not {particles!r}")
    if isinstance(size, float | int):
        check_size(size, chosen.grains.grain_size)
    if pores is not None:
        chosen = replace(chosen, pores=pores_law(pores, chosen))
    progress("sample", 0.0)
    placed = None
    if volume is not None:
        if any(part is not None for part in (grains, diameter, centres, turns)):
            raise InputError(
                "a volume says how large particles are and where they lie; leave grains, diameter, "
                "centres and turns out"
            )
        placed = placed_shells(volume, keep)
        particles, centres = len(placed.labels), placed.centres
    *streams, rng, crack_rng = generator(seed).spawn(particles + 2)
    if placed is None:
        drawn = [chosen.sample(stream, diameter, grains=grains) for stream in streams]
    else:
        drawn = drawn_in(placed, chosen, streams)
    progress("sample", 1.0)
    if centres is None:
        packing = pack(drawn, fraction, rng, gap=gap, progress=progress)
    else:
        packing = assemble(drawn, centres, turns).in_domain(domain or "box:1.2")
    known = {} if isinstance(seed, np.random.Generator) else {"seed": int(seed)}
    facts = {"model": chosen.name, **known, **packing.provenance}
    packing = replace(packing, provenance=facts)
    LOG.info("packed: %r", packing)
    sizes: dict[str, Any] = {"outer": outer, "growth": growth, "void_volumes": order == 1}
    lengths = size if pore_size is None else sizes_at_pores(packing, size, pore_size)
    mesh = tetrahedralize(
        packing, lengths, **sizes, keep_voids=keep_voids, mesher=mesher, progress=progress
    )
    LOG.info("meshed: %r", mesh)
    mesh = of_order(mesh, order, packing, progress)
    return packing, mesh if cracks is None else crack(mesh, cracks, crack_rng)
