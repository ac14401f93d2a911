"""Sections that are cut and fitted once for all tests."""

from __future__ import annotations

import pytest

from nmc_mesh.calibration.protocol import FittedSection
from tests.calibration.cuts import TRUTH, cut_sections


@pytest.fixture(scope="session")
def sections() -> list[FittedSection]:
    return cut_sections(TRUTH, [0.0, 0.0, 0.0, 0.0])


@pytest.fixture(scope="session")
def high_sections() -> list[FittedSection]:
    return cut_sections(TRUTH, [0.0, 0.8, 1.3])
