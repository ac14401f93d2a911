"""The checks of the paper run, and the figure is drawn from what they find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.validation.grains_checks import orientation_by_height
from nmc_mesh.validation.grains_compare import compare_grains
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_truths import PIXEL
from tests.examples.test_examples import load


def test_the_printed_count_of_flat_grains_is_not_reached(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="install nmc-mesh[viz] to run this test")
    example = load("paper_checks.py")
    counts = example.section_counts(draws=3)
    flat = counts["(3.0, 1.0, 1.0)"]
    assert flat["counted_ratio"] == pytest.approx(flat["theory_ratio"], rel=0.08)
    assert flat["counted_ratio"] < 0.92 * flat["printed_ratio"]

    model, rng = example.TRUTH.model, np.random.default_rng(0)
    cuts = draw_cuts(model, 2.5, [0.0], PIXEL, 0)
    compared = compare_grains(cuts, model, rng)
    profile = orientation_by_height(model, 2.5, example.SHARES, 1, PIXEL, rng)
    example.figure(compared, profile, counts, tmp_path / "checks.png")
    assert (tmp_path / "checks.png").read_bytes()[:4] == b"\x89PNG"
