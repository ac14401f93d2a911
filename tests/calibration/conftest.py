"""Sections that are cut and fitted once for all tests."""

from __future__ import annotations

from importlib import import_module

import pytest

from nmc_mesh.sections.section import Section
from tests.calibration.cuts import TRUTH, cut_sections


@pytest.fixture(scope="session")
def sections() -> list[Section]:
    return cut_sections(TRUTH, [0.0, 0.0, 0.0, 0.0])


@pytest.fixture(scope="session")
def high_sections() -> list[Section]:
    return cut_sections(TRUTH, [0.0, 0.8, 1.3])


@pytest.fixture
def few_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer windows beside the training itself."""
    for home, name, value in (
        ("training", "_REFERENCE", 60),
        ("training", "_TEST", 24),
        ("generator", "_SETTLED", 32),
        ("swd", "_POOL", 240),
        ("gan", "_POOL", 240),
    ):
        monkeypatch.setattr(import_module(f"nmc_mesh.calibration.{home}"), name, value)
