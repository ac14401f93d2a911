"""Heights that nobody knows are found from the grains; where nothing tells them, this is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.calibration.heights import estimated, likely_height
from nmc_mesh.calibration.protocol import Calibration
from nmc_mesh.errors import InputError
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.section import Section
from tests.calibration.cuts import PIXEL, RADIUS, TRUTH, cut_sections


def law(diagonal: tuple[float, float, float]) -> GradedMarkLaw:
    limits = ((1.0, 10.0), (0.0, 50 * PIXEL**2))
    return GradedMarkLaw(diagonal, diagonal, RADIUS, 0.1, (0.0, 20 * PIXEL**2), 1.0, *limits)


SAME = law((1.5, 5.0, 5.0))


def untold(section: Section) -> Section:
    return replace(section, height=0.0)


def test_heights_come_back_within_their_errors(high_sections: list[Section]) -> None:
    for section in high_sections:
        rng = np.random.default_rng(0)
        found = likely_height(untold(section), SAME, TRUTH.grain_size, rng)
        assert abs(found.height - section.height) < 3.5 * found.error + 0.1
        assert found.error < 0.2 * RADIUS


def test_grains_without_direction_tell_no_height() -> None:
    equiaxed = law((3.0, 3.0, 3.0))
    model = GrainModel(TRUTH.intensity, equiaxed, 1.0)
    (section,) = cut_sections(model, [0.0], seed=4)
    found = likely_height(section, equiaxed, model.grain_size, np.random.default_rng(0))
    sure = likely_height(cut_sections(TRUTH, [0.0])[0], SAME, TRUTH.grain_size,
                         np.random.default_rng(0))  # fmt: skip
    assert found.error > 3 * sure.error


class Told:
    """A calibrator that knows the answer, and which sections it was shown."""

    def __init__(self) -> None:
        self.seen: list[Section] = []

    def __call__(self, sections: object, seed: int, progress: Progress = silent) -> Calibration:
        assert isinstance(sections, list)
        self.seen = sections
        return Calibration(GrainModel(TRUTH.intensity, SAME, 1.0))


def test_only_unknown_heights_are_estimated(
    sections: list[Section], high_sections: list[Section]
) -> None:
    every = [*sections[:2], untold(high_sections[2])]
    told = Told()
    found, (estimate,) = estimated(every, [False, False, True], told, 0)
    assert told.seen == every[:2]
    assert found[:2] == every[:2]
    assert found[2].height == estimate.height
    assert estimate.height == pytest.approx(high_sections[2].height, abs=4 * estimate.error)


def test_two_heights_must_be_known(sections: list[Section]) -> None:
    with pytest.raises(InputError, match="two sections of known height"):
        estimated(sections[:2], [False, True], Told(), 0)
