"""What all tests share: measured data, seeds, skips that name their remedy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("house")
# orix, a peer of two tests, would compile for half a minute what it does here in a second.
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")


@pytest.fixture(scope="session")
def measured() -> Path:
    """Folder of measured data; the test is skipped where there is none."""
    named = os.environ.get("NMC_MESH_DATA", "")
    if not named:
        pytest.skip("set NMC_MESH_DATA to the folder of measured data to run this test")
    folder = Path(named)
    if not folder.is_dir():
        pytest.skip(f"NMC_MESH_DATA names {folder}, which is not a folder")
    return folder
