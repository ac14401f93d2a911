"""How deep below the rim grains of a section are as many as in a simulated plane of the same law.

python benchmarks/law_rim.py 160

cuts so many balls of 2.5 um of three known architectures through their centres, simulates each
section three times by the truth's own marks as the law's calibrator does, and prints by how much
the measured grains deeper than so many mean sections below the rim are more or fewer. The rim of a
particle is made of the faces of whole grains; a simulated plane goes on beyond it.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import ndimage

from nmc_mesh.calibration.law_sections import Region, draws, plane, region_of
from nmc_mesh.geometry.label_moments import label_moments
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.sections import Treatment, treated
from nmc_mesh.sections.treatment import filled
from nmc_mesh.typing import Floats, Ints
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_truths import PIXEL, TRUTHS, Truth, TruthLaw

NAMES = ("strong", "plates", "weak")
RADIUS, COPIES = 2.5, 3
WAY = Treatment(10, 4, 0.03)
EDGES = np.array([*np.arange(8, 26) / 10, 99.0])


def law_of(truth: Truth) -> GradedMarkLaw:
    """Return the marks of a truth whose D is the same everywhere."""
    law, area = truth.model.marks, PIXEL**2
    assert isinstance(law, TruthLaw)
    offsets = (0.0, 2 * law.offset * area)
    ranges = ((1.0, 10.0), (0.0, 50 * area))
    return GradedMarkLaw(law.center, law.surface, 1.0, law.spread, offsets, 1.0, *ranges)


def histogram(labels: Ints, count: int, depths: Floats) -> Floats:
    """Count the centroids of the grains 0 ... count - 1 by their depth."""
    moments = label_moments(labels, count)
    places = np.rint(moments.centroids[moments.counts > 0]).astype(np.int64)
    return np.histogram(depths[places[:, 0], places[:, 1]], EDGES)[0].astype(np.float64)


def counts(truth: Truth, number: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Grains by depth of one section, and their mean over its simulations."""
    (cut,) = draw_cuts(truth.model, RADIUS, [0.0], PIXEL, [81, number])
    section = treated(cut, WAY)
    region: Region = region_of(section)
    pad = (region.core.shape[0] - section.mask.shape[0]) // 2
    inside = np.pad(section.mask, pad)
    depths = ndimage.distance_transform_edt(inside) * PIXEL / np.sqrt(section.grain_area)
    labels = filled(section.image.labels - np.int32(1), ~section.known)
    labels = np.pad(labels, pad, constant_values=-1)
    measured = histogram(labels, int(section.image.labels.max()), depths)
    law, size, simulated = law_of(truth), truth.model.grain_size, np.zeros(len(EDGES) - 1)
    for _ in range(COPIES):
        numbers = draws(region, size, rng)
        same = region.treatment.closed(plane(law, size, region, numbers), numbers.chances)
        simulated += histogram(*same, depths) / COPIES
    return measured, simulated


def main(sections: int) -> None:
    """Print the excess of grains deeper than every edge, and its standard error."""
    for name in NAMES:
        rng = np.random.default_rng(3)
        pairs = np.array([counts(TRUTHS[name], k, rng) for k in range(sections)])
        deeper = pairs[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]
        excess = deeper[:, 0] - deeper[:, 1]
        total = deeper[:, 1].sum(axis=0)
        error = 100 * excess.std(axis=0, ddof=1) * np.sqrt(sections) / total
        for edge, percent, e in zip(EDGES, 100 * excess.sum(axis=0) / total, error, strict=False):
            print(f"{name}, deeper than {edge:.1f}: {percent:+.1f} ± {e:.1f} %", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
