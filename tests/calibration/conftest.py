"""Sections that are cut and fitted once for all tests."""

from __future__ import annotations

import pytest

from nmc_mesh.sections.section import Section
from tests.calibration.cuts import TRUTH, cut_sections


@pytest.fixture(scope="session")
def sections() -> list[Section]:
    return cut_sections(TRUTH, [0.0, 0.0, 0.0, 0.0])


@pytest.fixture(scope="session")
def high_sections() -> list[Section]:
    return cut_sections(TRUTH, [0.0, 0.8, 1.3])
