"""A particle from a model to its mesh: drawn, given phases, meshed, cracked."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.cracks.cells import LEAST, Opened, open_cracks
from nmc_mesh.cracks.law import CrackLaw
from nmc_mesh.cracks.opening import crack, crack_along
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.extensions import DEFAULT_MESHER, DEFAULT_MODEL
from nmc_mesh.geometry.profile import Profile
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.back_end import MesherBackEnd
from nmc_mesh.mesher.second_order import check_order, of_order
from nmc_mesh.mesher.sizes import Size, check_size, default_size
from nmc_mesh.mesher.tetrahedralize import find_mesher, tetrahedralize
from nmc_mesh.mesher.voids import sizes_at_pores
from nmc_mesh.numerics.draws import generator
from nmc_mesh.particle.checks import Surface
from nmc_mesh.particle.coating import Coating
from nmc_mesh.particle.domain import Domain
from nmc_mesh.particle.model import ParticleModel, load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pores import Pores
from nmc_mesh.particle.twins import Twins
from nmc_mesh.progress import LOG, Progress, silent

_CRACKS = 2
"""Stream of a seed: see `_stream`."""

_NAMED = 10


def generate(
    model: str | ParticleModel = DEFAULT_MODEL,
    seed: int | np.random.Generator = 0,
    size: Size | None = None,
    *,
    grains: int | None = None,
    diameter: float | None = None,
    shell: StarShape | None = None,
    surface: Surface = "grains",
    pores: float | Pores | None = None,
    pore_size: float | None = None,
    twins: float | Twins | None = None,
    coating: float | Coating | None = None,
    profiles: Mapping[str, Profile] | None = None,
    domain: str | Domain | None = None,
    outer: float | None = None,
    growth: float = 0.0,
    keep_voids: bool = False,
    order: int = 1,
    mesher: str | MesherBackEnd = DEFAULT_MESHER,
    cracks: CrackLaw | float | None = None,
    progress: Progress = silent,
) -> tuple[Particle, TetMesh]:
    """Draw a particle from a model and mesh it.

    Parameters
    ----------
    model
        A model, the name of a shipped one, or the path of a model file (.toml); default: the one
        that the command line draws from too.
    seed
        A whole number of 0 or more, or a generator; the same seed gives the same bytes.
    size
        Edge length of the mesh in um, or several: see `tetrahedralize`; default: a quarter of the
        mean grain's edge length.
    grains
        How many grains the particle shall have (to 1 %): its diameter is found, its grains stay as
        large as the model draws them. Not with a diameter.
    diameter
        Volume-equivalent diameter of the shell in um; default: as the model draws it, which makes
        numbers of grains scatter.
    shell
        A measured shell in place of a drawn one.
    surface
        What the particle ends at: faces of whole "grains", or the smooth "shell", which cuts grains
        off.
    pores
        A law of pores, or their volume fraction, in [0, 1), by the model's law or ours; default:
        what the model has.
    pore_size
        Edge length in um at pores, whose shapes are coarse at two edges across; default: as
        elsewhere.
    twins
        A law of twins, or the share of grains that planes divide into lamellae, in [0, 1], by the
        model's law or ours; default: what the model has.
    coating
        A layer on the particle's surface, or its thickness in um; default: what the model has.
    profiles
        Numbers by place, such as the share of nickel, in addition to those of the model.
    domain
        What is around the particle: ``"box:1.2"`` or ``"sphere:1.2"`` of electrolyte, so many times
        as large as it, or a `Domain`; see `Particle.in_domain`.
    outer
        Edge length in um at the outer surface, where it should be smaller.
    growth
        By how much edges grow for each um of distance from boundaries: see `tetrahedralize`.
    keep_voids
        Whether voids (pores, cracks) keep their cells.
    order
        Order of the cells, 1 or 2: see `second_order`.
    mesher
        What makes the tetrahedra: see `tetrahedralize`.
    cracks
        Which boundaries between grains are open, or the share of them: see `crack`, and
        `open_cracks` of a law with a width; drawn after the particle. Default: none.
    progress
        Called with the name of the stage and the share of it that is done.

    Returns
    -------
    particle, mesh
        The drawn particle, and its mesh: tagged and checked.

    Raises
    ------
    InputError
        If the model or mesher is unknown, the seed negative, the size, diameter or number of grains
        not positive, both of the latter are given, or the order is neither 1 nor 2.
    MeshError
        If no valid mesh could be made, or more than half of the grains would be lost.

    Warns
    -----
    UserWarning
        If the size is too large for the grains, or grains are lost, which are named.

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle, mesh = nmc_mesh.generate("nmc-radial", seed=3, size=0.1, shell=ball)
    >>> particle.n_grains == len(np.unique(mesh.labels))
    True
    >>> corners = mesh.points[mesh.cells]
    >>> volume = np.linalg.det(corners[:, 1:] - corners[:, :1]).sum() / 6
    >>> round(float(volume / ball.volume), 1)
    1.0
    """
    check_order(order)
    find_mesher(mesher)
    chosen = load_model(model) if isinstance(model, str | Path) else model
    taken(chosen, ParticleModel, "generate", "name one, see nmc_mesh.list_models()")
    if isinstance(size, float | int):
        check_size(size, chosen.grains.grain_size)
    if pores is not None:
        chosen = replace(chosen, pores=pores_law(pores, chosen))
    if twins is not None:
        chosen = replace(chosen, twins=_twins(twins, chosen))
    if coating is not None:
        layer = coating if isinstance(coating, Coating) else Coating(coating)
        chosen = replace(chosen, coating=layer)
    if profiles:
        chosen = replace(chosen, profiles={**chosen.profiles, **profiles})
    progress("sample", 0.0)
    particle = chosen.sample(seed, diameter, shell, surface, grains=grains)
    thin = None
    sizes: dict[str, Any] = {"outer": outer, "growth": growth, "void_volumes": order == 1}
    if isinstance(cracks, CrackLaw) and cracks.width:
        progress("sample", 0.5)
        particle, thin = _open(particle, cracks, _stream(seed, _CRACKS), size, sizes)
    if domain is not None:
        particle = particle.in_domain(domain)
    progress("sample", 1.0)
    LOG.info("drawn: %r", particle)
    lengths = size if pore_size is None else sizes_at_pores(particle, size, pore_size)
    mesh = tetrahedralize(
        particle, lengths, **sizes, keep_voids=keep_voids, mesher=mesher, progress=progress
    )
    LOG.info("meshed: %r", mesh)
    mesh = of_order(mesh, order, particle, progress)
    if thin is not None:
        mesh = _thin_cracks(mesh, thin)
    elif cracks is not None:
        progress("crack", 0.0)
        mesh = crack(mesh, cracks, _stream(seed, _CRACKS))
        progress("crack", 1.0)
    return particle, mesh


def _open(
    particle: Particle,
    law: CrackLaw,
    rng: np.random.Generator,
    size: Size | None,
    sizes: dict[str, Any],
) -> tuple[Particle, Opened]:
    """Open cracks of a width in a particle, under its coating, by the boundaries of its mesh."""
    if size is not None and not callable(size) and np.ndim(size):
        raise InputError("cracks of a width have labels of their own: give one size, or a function")
    bare = particle.bare()
    mesh = tetrahedralize(bare, size, **sizes)
    edge = size if isinstance(size, float | int) else default_size(bare)
    opened = open_cracks(bare, mesh, law, rng, float(edge))
    whole = opened.particle
    return whole if particle.coating is None else whole.coated(particle.coating), opened


def _thin_cracks(mesh: TetMesh, opened: Opened) -> TetMesh:
    """Tell of cracks, and open those that are too thin to have cells of their own."""
    if not len(opened.thin):
        return replace(mesh, info={**mesh.info, "cracks": dict(opened.facts)})
    named = ", ".join(f"{low}-{high}" for low, high in opened.thin[:_NAMED].tolist())
    more = ", ..." if len(opened.thin) > _NAMED else ""
    warnings.warn(
        f"{len(opened.thin):,} cracks got no thickness: they are thinner than {LEAST:g} edges, or "
        f"too wide for their grains ({named}{more}); take a smaller --size, or another width",
        stacklevel=3,
    )
    return crack_along(mesh, opened.thin, opened.facts)


def _stream(seed: int | np.random.Generator, number: int) -> np.random.Generator:
    """Return a stream of the seed of its own; the first two are those of shell and grains."""
    rng = generator(seed)
    return rng.spawn(1)[0] if rng is seed else rng.spawn(number + 1)[number]


def pores_law(pores: float | Pores, model: ParticleModel) -> Pores:
    """Return a law of pores; a fraction is that of the model's law, or of ours."""
    if isinstance(pores, Pores):
        return pores
    return Pores(pores) if model.pores is None else replace(model.pores, fraction=pores)


def _twins(twins: float | Twins, model: ParticleModel) -> Twins:
    """Return a law of twins; a share is that of the model's law, or of ours."""
    if isinstance(twins, Twins):
        return twins
    return Twins(twins) if model.twins is None else replace(model.twins, share=twins)
