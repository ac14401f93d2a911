"""What ``fit-texture`` takes from maps, and from drawn particles whose sections look like them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nmc_mesh.crystal.frames import About
    from nmc_mesh.crystal.misorientation import MisorientationLaw
    from nmc_mesh.crystal.texture_joint import Candidates
    from nmc_mesh.ebsd import EbsdScan
    from nmc_mesh.particle.model import ParticleModel
    from nmc_mesh.progress import Progress
    from nmc_mesh.sections.crystals import Frame
    from nmc_mesh.sections.neighbours import SectionBoundaries
    from nmc_mesh.typing import Floats

_FEWEST = 10
_PILOT = 2000  # drawn grains that tell whether more are worth drawing
_DRAWN = 9000
_SEED = 0
_FEWEST_CLASSES, _MOST_CLASSES, _PER_CLASS = 7, 35, 20  # of disorientations; ours


class MapGrains(NamedTuple):
    """Grains of a map that have a clear radius.

    ``angles`` of c axes to the radius and to the long axis, (g,); ``axes`` (g, 3), c axes in the
    frame of the section; ``features`` (g, 4), what their sections look like; ``boundaries`` between
    all grains of the map, those without a clear radius too.
    """

    angles: dict[About, Floats]
    axes: Floats
    features: Floats
    boundaries: SectionBoundaries


def map_grains(
    scan: EbsdScan, angle: float, min_pixels: int, frame: Frame, height: float
) -> MapGrains:
    """Measure the grains of the largest particle of a map."""
    import numpy as np

    from nmc_mesh.crystal.orientation import c_axes
    from nmc_mesh.crystal.section_shape import SectionGrains
    from nmc_mesh.crystal.texture_fit import angles_to_radius
    from nmc_mesh.sections import section_of_scan
    from nmc_mesh.sections.crystals import section_crystals
    from nmc_mesh.sections.neighbours import section_boundaries

    section = section_of_scan(scan, angle, min_pixels)
    crystals = section_crystals(scan, section, frame)
    labels = section.image.labels
    border = np.concatenate([*labels[[0, -1]], *labels[:, [0, -1]].T])
    every = SectionGrains(crystals.places, crystals.spreads, crystals.radii, height)
    held = ~np.isin(crystals.labels, border) & every.clear()
    grains = every.only(held)
    turns = crystals.quaternions[held]
    places = np.column_stack([crystals.places, np.full(len(held), height)])[held]
    long = np.column_stack([crystals.long_axes, np.zeros(len(held))])[held]
    angles: dict[About, Floats] = {
        "radius": angles_to_radius(places, turns),
        "long axis": angles_to_radius(long, turns),
    }
    axes = np.einsum("gij,gj->gi", grains.frames(), c_axes(turns))
    boundaries = section_boundaries(section, crystals)
    return MapGrains(angles, axes, grains.features(), boundaries)


class Beside(NamedTuple):
    """A law of neighbours, and what it was made of, in words."""

    law: MisorientationLaw
    quality: str


def law_of_boundaries(parts: Sequence[SectionBoundaries]) -> Beside:
    """Return the law of the boundaries of all maps, in as many classes as they fill."""
    import numpy as np

    from nmc_mesh.crystal.misorientation import MisorientationLaw

    angles = np.concatenate([part.angles for part in parts])
    lengths = np.concatenate([part.lengths for part in parts])
    bins = min(_MOST_CLASSES, max(_FEWEST_CLASSES, len(angles) // _PER_CLASS))
    law = MisorientationLaw.of(angles, lengths, bins)
    mean = float(np.degrees(angles @ lengths / max(lengths.sum(), 1e-300)))
    quality = (
        f"{len(angles)} boundaries, {lengths.sum():.4g} um, in {bins} classes of disorientation by "
        f"length; mean {mean:.1f} degrees"
    )
    return Beside(law, quality)


def stand_ins(
    seen: Sequence[MapGrains], model: ParticleModel, height: float, progress: Progress
) -> dict[About, Candidates]:
    """Give grains of maps the frames of drawn ones; none where sections do not tell short axes."""
    import numpy as np

    from nmc_mesh.crystal.texture_joint import SHOWN, candidates, shown
    from nmc_mesh.particle.sections import known_grains

    axes = np.concatenate([part.axes for part in seen])
    features = np.concatenate([part.features for part in seen])
    if len(axes) < _FEWEST:
        return {}
    rng = np.random.default_rng(_SEED)
    known = known_grains(model, rng, _PILOT, height, progress)
    if max(shown(known.features, frames) for frames in known.frames.values()) < SHOWN:
        return {}
    known = known_grains(model, rng, _DRAWN, height, progress)
    return {
        about: candidates(axes, features, known.features, frames)
        for about, frames in known.frames.items()
        if shown(known.features, frames) >= SHOWN
    }
