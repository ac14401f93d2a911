"""Several particles as one: their diagrams side by side, each in a territory of its own.

Particle k, turned and moved to c_k, has the functions q_kl of its diagram. To each a term is added
that is the same for all cells of the particle, so that nothing changes where the particle rules:

    F_kl(x) = q_kl(x) + C T_k(x),

with T_k a quadric that is the least on particle k (`territories`). So is F_kl, and all of it is a
GBPD, which labelling, voxels and the mesher take as any other. The boundaries of territories lie in
the gaps between particles; where two overlap, they run through the middle of that and cut both off
there: the two are in contact. Ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product as every

import numpy as np

from nmc_mesh.arrays import given
from nmc_mesh.crystal.orientation import crystal_axes, product
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.candidates import candidates
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.owners import Owners
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.numerics.products import determinants, dot, matmul, symmetric_eigen
from nmc_mesh.particle.checks import checked_quaternions
from nmc_mesh.particle.domain import Domain
from nmc_mesh.particle.keep import centres_of_mass
from nmc_mesh.particle.outline import (
    VOXELS_PER_GRAIN,
    Body,
    Outline,
    clearance,
    outline_of,
    voxel_of,
)
from nmc_mesh.particle.packed_pores import placed
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pore_cells import (
    stiff_voids,
    stiffness_on_slopes,
    with_pores,
    without_pores,
)
from nmc_mesh.particle.territories import territories
from nmc_mesh.typing import AnyArray, Floats, Ints

STIFFNESS = 40.0
"""C R / (m g), with m the mean entry of the matrices, g a grain, R a particle: so territories end
within g / 40 of where T_j = T_k."""
DEEPEST = 0.5
"""Overlap of two particles over the radius of the smaller one, at most."""
CHIP = 64
"""A grain of which the box or a contact leaves less than this part of a mean one is left to its
neighbours."""
_MARGIN = 0.25
"""How far territories reach beyond particles, in gaps."""
_ROUND = 0.3
"""Least eigenvalue of the T_k where they are steepest; see `_diagram`."""
_SOFT = 0.5
"""Share of the softest matrix that is left where they are flattest."""
_HALVINGS = 12


def assemble(
    particles: Sequence[Particle],
    centres: AnyArray,
    turns: AnyArray | None = None,
    domain: Domain | None = None,
) -> Particle:
    """Put several particles into one, each turned and moved, with electrolyte around in a domain.

    Grains keep their order: those of the first particle come first, then those of the second;
    ``particles`` of the result tells whose a grain is. Where two overlap, both end in the middle of
    it, and the facets there are a contact (``particle_contact``).

    Parameters
    ----------
    particles
        Bare particles of whole grains, without lamellae; they may have pores.
    centres
        Where their origins go, um, shape (n, 3).
    turns
        Unit quaternions that turn them about their origins before, shape (n, 4); default: none.
    domain
        Electrolyte around that holds them all; default: none.

    Returns
    -------
    Particle
        All of them; its shell is the ball of the shells' volume.

    Raises
    ------
    InputError
        If a particle is not such a one, some have crystals and others not, two overlap by more than
        half of the smaller one's radius, or the domain does not hold them.

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> whole = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> pair = nmc_mesh.assemble([whole, whole], [[-0.8, 0, 0], [0.8, 0, 0]])
    >>> pair.n_particles, pair.n_grains == 2 * whole.n_grains
    (2, True)
    """
    check_particles(particles)
    places = given(centres, "centres", np.float64)
    if places.shape != (len(particles), 3) or not np.isfinite(places).all():
        raise InputError(f"centres have shape ({len(particles)}, 3), not {places.shape}")
    turned = np.tile([1.0, 0.0, 0.0, 0.0], (len(particles), 1)) if turns is None else turns
    quaternions = checked_quaternions(turned, len(particles))
    outlines = [outline_of(particle) for particle in particles]
    gap = _least_gap(outlines, places, crystal_axes(quaternions))
    least = 0.25 * float(np.mean([particle.grain_size for particle in particles]))
    apart = max(gap, 0.25 * least)
    return joined(particles, outlines, places, quaternions, domain, apart, touching=gap < 0)


def check_particles(particles: Sequence[Particle]) -> None:
    """Refuse what cannot be put together.

    Raises
    ------
    InputError
        If there is nothing, or a particle is not a bare one of whole grains.
    """
    if len(particles) == 0:
        raise InputError("there are no particles to put together; give one at least")
    for number, one in enumerate(particles, 1):
        if not isinstance(one, Particle):
            raise InputError(f"particle {number} is a {type(one).__name__}, not a Particle")
        pores = stiff_voids(one)
        own = one.n_grains + (0 if pores is None else len(pores.labels))
        if one.surface == "shell" or one.n_labels > own or one.parents:
            raise InputError(
                f"particle {number} is not one of whole grains, with or without pores; leave its "
                "domain, coating, open cracks, lamellae and surface='shell' out, as those are for "
                "single particles (the domain is given for all of them)"
            )
        if one.particles:
            raise InputError(f"particle {number} is several already; give them one by one")
    if len({one.orientations is None for one in particles}) > 1:
        raise InputError("some particles have orientations and some have not; draw all alike")


def _least_gap(outlines: Sequence[Outline], centres: Floats, rotations: Floats) -> float:
    """Least distance of two particles, um; refuses those that lie too deep in one another."""
    bodies = [Body(*parts) for parts in zip(outlines, centres, rotations, strict=True)]
    gap = float(max(outline.reach for outline in outlines))
    for j, other in enumerate(bodies):
        for i, one in enumerate(bodies[:j]):
            clear, _ = clearance(one, other, gap)
            most = DEEPEST * min(one.outline.radius, other.outline.radius)
            if clear < -most:
                raise InputError(
                    f"particles {i + 1} and {j + 1} overlap by {-clear:.3g} um, and {most:.3g} um "
                    "is the most for a contact; move them apart"
                )
            gap = min(gap, clear)
    return gap


def joined(
    particles: Sequence[Particle],
    outlines: Sequence[Outline],
    centres: Floats,
    turns: Floats,
    domain: Domain | None,
    gap: float,
    periodic: bool = False,
    touching: bool = False,
) -> Particle:
    """Return particles as one that are at least ``gap`` um apart, or overlap if they are touching.

    If ``periodic``, the domain is one period, a box, and cuts off what leaves it: see `pack`. Pores
    are taken out before, and put back into all of them.
    """
    dense = [without_pores(one) for one in particles]
    particles, balls = [one for one, _ in dense], [own for _, own in dense]
    rotations = crystal_axes(turns)
    bodies, which = _images(outlines, centres, rotations, domain if periodic else None)
    quadrics = territories(bodies, which, _MARGIN * gap)
    there = [n for n, body in enumerate(bodies) if not periodic or _enters(body, domain)]
    bodies, which = [bodies[n] for n in there], which[there]
    whole = _diagram(particles, bodies, which, quadrics)
    counts = [len(particles[k].tessellation) for k in which.tolist()]
    pores = placed([balls[k] for k in which.tolist()], bodies, whole, counts)
    kept, crystals, owners, before = [], [], [], 0
    for number in which.tolist():
        one = particles[number]
        kept.append(before + np.asarray(one.kept))
        before += len(one.tessellation)
        owners += [number + 1] * one.n_grains
        if one.orientations is not None:
            crystals.append(product(turns[number], one.orientations))
    facts = {
        "particles": [dict(one.provenance) for one in particles],
        "centres": centres.tolist(),
        "turns": turns.tolist(),
    }
    volume = sum(one.shell.volume for one in particles)
    shell = StarShape.ball(float(cbrt(0.75 * volume / np.pi)))
    grains = sum(one.n_grains for one in particles)
    size = float(cbrt(volume / grains))
    seeds, turned = np.concatenate(kept), np.concatenate(crystals) if crystals else None
    box = _box(bodies, size)
    if periodic or touching:
        lower, upper = domain.bounds if periodic and domain is not None else (box[0], box[1])
        inside = _inside(whole, seeds, lower, upper, min(voxel_of(one) for one in particles))
        stay = inside >= size * size * size / CHIP
        whole, seeds = _without(whole, seeds, ~stay)
        turned = None if turned is None else turned[stay]
        owners = np.array(owners)[stay].tolist()
        if periodic:
            assert domain is not None
            facts["fraction"] = float(inside[stay].sum()) / domain.volume
            box = np.stack(domain.bounds) + [[-size], [size]]
    whole, seeds = _near(whole, seeds, box, size)
    numbers = Owners(np.array(owners))
    one = Particle(shell, whole, seeds, turned, facts, box, particles=numbers)
    if len(pores.radii):
        stiff = stiffness_on_slopes(one.tessellation, pores)
        cutting = domain.bounds if periodic and domain is not None else None
        one = with_pores(one, pores, stiff, cutting)
    return one if domain is None else one.in_domain(domain)


def _images(
    outlines: Sequence[Outline], centres: Floats, rotations: Floats, period: Domain | None
) -> tuple[list[Body], Ints]:
    """All bodies, in a period's box also their nearest images; and whose each of them is."""
    bodies = [Body(*parts) for parts in zip(outlines, centres, rotations, strict=True)]
    which = list(range(len(bodies)))
    if period is not None:
        edges = np.array(period.upper) - np.array(period.lower)
        for way in every((-1.0, 0.0, 1.0), repeat=3):
            if any(way):
                bodies += [body.moved(np.array(way) * edges) for body in bodies[: len(outlines)]]
                which += range(len(outlines))
    return bodies, np.array(which, dtype=np.int32)


def _enters(body: Body, domain: Domain | None) -> bool:
    """Whether some of a body may lie in a box."""
    assert domain is not None
    lower, upper = domain.bounds
    points = body.points()
    slack = body.outline.spacing
    return bool(((points > lower - slack) & (points < upper + slack)).all(axis=1).any())


def _diagram(
    particles: Sequence[Particle], bodies: Sequence[Body], which: Ints, quadrics: Floats
) -> GBPD:
    """The diagrams of all bodies as one: see the module.

    A multiple of |x|^2 added to all functions changes no cell, but where seeds lie. It is such that
    they are about as dense as grains, which the search for candidates counts on.
    """
    stiff = _stiffness(particles)
    own = [_turned(particles[k].tessellation, body) for body, k in zip(bodies, which, strict=True)]
    middle = np.mean([body.centre for body in bodies], axis=0)
    curves = _curves(quadrics)
    least = float(symmetric_eigen(curves).values.min())
    softest = min(float(particles[k].tessellation.eigenvalues.min()) for k in set(which.tolist()))
    size = float(np.mean([one.grain_size for one in particles]))

    def rows(added: float) -> tuple[Floats, Floats, Floats]:
        parts = []
        for (seeds, matrices, offsets), body, k in zip(own, bodies, which, strict=True):
            away = body.centre - middle
            level = float(quadrics[k, 0] + added * dot(away, away))
            slope = quadrics[k, 1:4] + 2.0 * added * away
            curve = curves[k] + added * np.eye(3)
            quadric = (stiff * level, stiff * slope, stiff * curve)
            places, *rest = _with_quadric(seeds, matrices, offsets, quadric)
            parts.append((body.centre + places, *rest))
        seeds, matrices, offsets = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return seeds, matrices, offsets

    def spread(added: float) -> float:
        extent = np.ptp(rows(added)[0], axis=0)
        return float(extent.prod()) / sum(len(seeds) for seeds, _, _ in own)

    low, high = -least - _SOFT * softest / stiff, _ROUND - least
    for _ in range(_HALVINGS):
        half = 0.5 * (low + high)
        low, high = (half, high) if spread(half) > size * size * size else (low, half)
    return GBPD(*rows(high))


def _stiffness(particles: Sequence[Particle]) -> float:
    mean = float(
        np.mean([np.trace(one.tessellation.matrices, axis1=1, axis2=2).mean() for one in particles])
    )
    grain = float(np.mean([one.grain_size for one in particles]))
    least = 0.5 * min(one.shell.equivalent_diameter for one in particles)
    return STIFFNESS * mean / 3 * grain / least


def _turned(diagram: GBPD, body: Body) -> tuple[Floats, Floats, Floats]:
    """Seeds about the body's centre, matrices and offsets of a diagram that is turned."""
    back = np.ascontiguousarray(body.rotation.T)
    turned = np.stack([matmul(matmul(body.rotation, m), back) for m in diagram.matrices])
    matrices = 0.5 * (turned + np.swapaxes(turned, 1, 2))
    return matmul(np.asarray(diagram.seeds), back), matrices, np.asarray(diagram.offsets)


def _with_quadric(
    seeds: Floats, matrices: Floats, offsets: Floats, quadric: tuple[float, Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Seeds, matrices and offsets of q(u) + a + b . u + u . S u.

    With a seed at d and M' = M + S: the new one is at e = M'^-1 (M d - b / 2), and
    r' = r - a - d . M d + e . (M d - b / 2).
    """
    level, slope, curve = quadric
    pulled = dot(matrices, seeds[:, None, :])
    drawn = pulled - 0.5 * slope
    places = dot(_inverse(matrices + curve), drawn[:, None, :])
    return places, matrices + curve, offsets - level - dot(seeds, pulled) + dot(places, drawn)


def _curves(rows: Floats) -> Floats:
    """S of all T."""
    xx, yy, zz, xy, xz, yz = rows[:, 4:].T
    half = [[2 * xx, xy, xz], [xy, 2 * yy, yz], [xz, yz, 2 * zz]]
    return np.ascontiguousarray(0.5 * np.moveaxis(np.array(half), 2, 0))


def _inverse(matrices: Floats) -> Floats:
    """Inverses of symmetric matrices (n, 3, 3), by cofactors."""
    a, b, c = (matrices[:, k] for k in range(3))
    columns = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=2)
    return np.asarray(columns / determinants(matrices)[:, None, None])


def _box(bodies: Sequence[Body], size: float) -> Floats:
    """Box [lower, upper] that holds all bodies, (2, 3), with slack."""
    slack = 2.0 * size / VOXELS_PER_GRAIN
    ends = [(points.min(axis=0), points.max(axis=0)) for points in (b.points() for b in bodies)]
    lower, upper = np.min([low for low, _ in ends], axis=0), np.max([up for _, up in ends], axis=0)
    return np.stack([lower - slack, upper + slack])


def _inside(whole: GBPD, seeds: Ints, lower: Floats, upper: Floats, spacing: float) -> Floats:
    """Volume in um^3 that grains have in a box."""
    edge = float(upper[0] - lower[0])  # of a cube: voxels that end where it does
    _, volumes = centres_of_mass(whole, lower, upper, edge / np.ceil(edge / spacing))
    return np.asarray(volumes[seeds])


def _without(whole: GBPD, seeds: Ints, gone: AnyArray) -> tuple[GBPD, Ints]:
    """The diagram without some of its grains, and the seeds of the others."""
    stays = np.ones(len(whole), dtype=np.bool_)
    stays[seeds[gone]] = False
    number = np.cumsum(stays) - 1
    return whole.subset(np.flatnonzero(stays)), number[seeds[~gone]].astype(np.int32)


def _near(whole: GBPD, seeds: Ints, box: Floats, size: float) -> tuple[GBPD, Ints]:
    """Only the seeds that win somewhere in a box and a grain around."""
    near = candidates(whole, box[0] - size, box[1] + size, 0.25 * size).seeds
    used = np.union1d(near, seeds)
    return whole.subset(used), np.searchsorted(used, seeds).astype(np.int32)
