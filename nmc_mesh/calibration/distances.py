"""Distances of the four descriptors between measured and simulated windows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.calibration.windows import Windows
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.typing import Floats

NAMES = ("area", "elongation", "orientation", "chord")


class Sample(NamedTuple):
    """Descriptors of whole grains in windows: areas px^2, elongations, alpha, chords px."""

    area: Floats
    elongation: Floats
    orientation: Floats
    chord: Floats


def sample(windows: Windows, centers: Floats) -> Sample:
    """Measure all windows; grains that their border cuts are left out, on either side alike."""
    parts: list[Sample] = []
    for ranks, center in zip(windows.ranks, centers, strict=True):
        image = LabelImage(ranks.astype(np.int32) + 1, 1.0)
        grains = describe(image, np.array([-center, 0.0]))
        whole = ~grains.cut
        chords = np.concatenate([grains.chords_x, grains.chords_y])
        alpha = grains.orientations[whole]
        parts.append(
            Sample(grains.areas[whole], grains.elongations[whole], alpha[~np.isnan(alpha)], chords)
        )
    return Sample(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def distances(first: Sample, second: Sample) -> dict[str, float]:
    """Return max |F - G| of the distribution functions of every descriptor."""
    from scipy.stats import ks_2samp

    return {
        name: float(ks_2samp(a, b).statistic) if min(len(a), len(b)) else 1.0
        for name, a, b in zip(NAMES, first, second, strict=True)
    }
