"""From cracks in images to a law of cracks in space: moments of sections matched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.cracks.drawn import cracked_section
from nmc_mesh.cracks.images import CrackDescriptors, crack_descriptors
from nmc_mesh.cracks.law import CrackLaw, draw_cracks
from nmc_mesh.cracks.network import BoundaryFacets
from nmc_mesh.cracks.stereology import Shown, Traces, cut_by_plane, shown, traces
from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats

_DRAWS = 4  # of cracks in every particle, at every trial; ours
_STEP = 1.0  # of the two preferences, for slopes: draws make small steps rough; ours
_FARTHEST = 4.0  # that a round moves them; ours
_PREFERENCE = 20.0  # the largest one
_ROUNDS = 5
_PLANES = 32  # on which errors of measuring are found, each 8 to 15 % off the mean; ours
_TOLERANCE = 1e-3  # of shares and of moments
_MOST = 0.6  # of the boundaries that a fit tries to open


class CrackFit(NamedTuple):
    """A law of cracks found from sections, and how near its sections come.

    ``law``; ``width`` of cracks in space, um; ``measured`` and ``drawn`` moments; ``error``,
    standard error of the share over the share, from the scatter of the sections: it falls as the
    root of their number, and sections of one particle are not quite so many.
    """

    law: CrackLaw
    width: float
    measured: Shown
    drawn: Shown
    error: float

    def __repr__(self) -> str:
        return one_line(self)


def fit_cracks(
    sections: Sequence[CrackDescriptors],
    particles: Sequence[tuple[Particle, TetMesh]],
    pixel: float,
    law: CrackLaw | None = None,
    height: float = 0.0,
    seed: int = 0,
) -> CrackFit:
    """Find share, radial preference, profile and width of cracks from sections.

    The three numbers of the law are those with which cracks drawn in intact particles would show,
    in the mean over planes (`nmc_mesh.cracks.stereology`), the measured area per volume, tilt and
    distance. Planes through the centre tell area and volume of cracks wherever they lie, so then
    the share follows from the area of boundaries per volume in the drawn particles alone, and the
    width is the volume of cracks over their area. What thinning and pixels do to lengths and areas,
    and the ends of cracks of a width, is found on drawn sections, whose cracks are known, and taken
    off.

    Parameters
    ----------
    sections
        Of measured particles, see `crack_descriptors`; a dozen or more.
    particles
        Intact particles with the grains of the measured ones, drawn from a model, and their meshes;
        two or more.
    pixel
        Of the images of the sections, um.
    law
        Whose other numbers (size, straight, surface) are taken as they are; default: single
        boundaries.
    height
        Distance of the planes from the particles' centres, um.
    seed
        For the draws.

    Raises
    ------
    InputError
        If there is no crack in the sections, no section or no particle, or cracks are longer than
        boundaries could be.
    """
    if not sections or not particles:
        raise InputError("a fit takes one section or more, and one particle or more")
    positive(pixel, "the pixel")
    base = CrackLaw(0.1) if law is None else law
    every = [traces(mesh, height) for _, mesh in particles]
    measured = _measured(sections)
    raw, shows = _matched(every, base, measured, seed)
    width = measured.slant / shows.slant
    longer, larger = _measuring_errors(particles, every, raw, width, pixel, height, seed)
    measured = measured._replace(
        density=measured.density / longer, slant=measured.slant * longer / larger
    )
    chosen, shows = _matched(every, raw, measured, seed)
    width = measured.slant / shows.slant
    return CrackFit(chosen, width, measured, shows, _error(sections))


def _matched(
    every: list[Traces], base: CrackLaw, measured: Shown, seed: int
) -> tuple[CrackLaw, Shown]:
    """Find the law whose sections show the measured moments."""
    limit = shown([(seen, np.full(len(seen.length), _MOST)) for seen in every]).density
    if measured.density > limit:
        raise InputError(
            f"cracks of {measured.density:.3g} um^2 per um^3 are more than {100 * _MOST:.0f} % of "
            "the boundaries of these particles; give particles of the grains of the sections"
        )

    def drawn(numbers: Floats) -> tuple[float, Shown, Floats]:
        radial, outward = numbers.tolist()
        trial = replace(base, radial=radial, outward=outward)
        share, shows = _with_density(every, trial, measured.density, seed)
        misses = [shows.tilt - measured.tilt, shows.distance - measured.distance]
        return share, shows, np.array(misses)

    numbers = np.array([base.radial, base.outward])
    share, shows, misses = drawn(numbers)
    for _ in range(_ROUNDS):
        steps = [drawn(numbers + _STEP * unit)[2] - misses for unit in np.eye(2)]
        move = np.linalg.lstsq(np.stack(steps, axis=1) / _STEP, -misses, rcond=None)[0]
        trial = np.clip(numbers + np.clip(move, -_FARTHEST, _FARTHEST), -_PREFERENCE, _PREFERENCE)
        outcome = drawn(trial)
        if np.abs(outcome[2]).max() >= np.abs(misses).max():
            break
        numbers, (share, shows, misses) = trial, outcome
    radial, outward = numbers.tolist()
    return replace(base, share=share, radial=radial, outward=outward), shows


def _measuring_errors(
    particles: Sequence[tuple[Particle, TetMesh]],
    every: list[Traces],
    law: CrackLaw,
    width: float,
    pixel: float,
    height: float,
    seed: int,
) -> tuple[float, float]:
    """Measured over true area and volume of cracks, in drawn sections whose planes are known."""
    sums = np.zeros((2, 2))
    for number, ((particle, mesh), seen) in enumerate(zip(particles, every, strict=True)):
        rng = np.random.default_rng([seed, number])
        facets = BoundaryFacets(mesh)
        enough = law.share * float(seen.network.areas.sum())
        opened = draw_cracks(seen.network, law, rng, enough).boundaries
        own = mesh.points[mesh.facets[facets.place[np.isin(facets.boundary, opened)], :3]]
        for _ in range(-(-_PLANES // len(particles))):
            turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
            pairs = seen.network.pairs[opened]
            image = cracked_section(particle, pairs, width, pixel, turn, height)
            shown = crack_descriptors(image)
            exact = cut_by_plane(own, turn, height)
            sums += [[shown.surface, exact.surface], [shown.crack_volume, width * exact.volume]]
    return tuple((sums[:, 0] / sums[:, 1]).tolist()) if (sums[:, 1] > 0).all() else (1.0, 1.0)


def _measured(sections: Sequence[CrackDescriptors]) -> Shown:
    """Sums over sections; ``slant`` is the width itself."""
    length = sum(section.length for section in sections)
    if not length > 0:
        raise InputError("the sections show no crack; there is no law to find")
    cracked = [section for section in sections if section.length > 0]
    surface = sum(section.surface for section in sections)
    return Shown(
        surface / sum(section.volume for section in sections),
        sum(s.length * s.tilt for s in cracked) / length,
        sum(s.length * s.distance for s in cracked) / length,
        sum(section.crack_volume for section in sections) / surface,
    )


def _error(sections: Sequence[CrackDescriptors]) -> float:
    """Standard error of sum(surface) / sum(volume), relative: of a ratio of two sums (Cochran)."""
    surface = np.array([section.surface for section in sections])
    volume = np.array([section.volume for section in sections])
    count = len(sections)
    if count < 2:
        return float("inf")
    off = surface - surface.sum() / volume.sum() * volume
    return float(np.sqrt(count / (count - 1) * (off @ off)) / surface.sum())


def _with_density(
    every: list[Traces], law: CrackLaw, density: float, seed: int
) -> tuple[float, Shown]:
    """Open boundaries in the order of the law until sections show as much area per volume.

    Returns
    -------
    share, what sections show
        The share of the area that is open then.
    """
    columns: list[tuple[Traces, Floats, Floats]] = []
    for number, seen in enumerate(every):
        total = float(seen.network.areas.sum())
        for draw in range(_DRAWS):
            rng = np.random.default_rng([seed, number, draw])
            order = draw_cracks(seen.network, law, rng, _MOST * total).boundaries
            rank = np.full(len(seen.length), np.inf)
            rank[order] = np.cumsum(seen.network.areas[order]) / total
            columns.append((seen, rank, seen.network.areas / total))

    def at(share: float) -> Shown:
        # A boundary opens little by little, so that what is shown moves with the share.
        return shown([(s, np.clip(1 - (rank - share) / own, 0, 1)) for s, rank, own in columns])

    low, high = 0.0, _MOST
    while high - low > _TOLERANCE * high:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if at(middle).density < density else (low, middle)
    return high, at(high)
