"""Titles stay inside their axes; histograms have as many bins as the sample is worth."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.plot.bins import bin_count, bin_edges
from nmc_mesh.plot.sheet import Sheet

pytest.importorskip("matplotlib", reason="install nmc-mesh[viz] to run this test")
TITLES = (
    "short",
    "aspect ratio AR: KS 0.123 (noise 0.123), and what else there may be to say of it",
    "NMC811_cycled_200x_sample-7_region-3_part_two_of_two.ang#12: 12,345 grains",
    "first line\na second line that is so long that it has to be broken into several",
)


@pytest.mark.parametrize("columns", [2, 4])
def test_no_title_is_cut_off_or_runs_into_its_neighbour(columns: int, tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.png", 4 // columns, columns, (2.6 * columns, 2.5 * 4 // columns))
    with sheet as axes:
        for axis, title in zip(axes, TITLES, strict=True):
            axis.plot([0, 1000000], [0, 1])
            axis.set_ylabel("a label beside")
            axis.set_title(title)
    figure = axes[0].figure
    figure.draw_without_rendering()
    boxes = [axis.title.get_window_extent() for axis in axes]
    whole = figure.bbox
    for box, axis, title in zip(boxes, axes, TITLES, strict=True):
        assert box.x0 >= whole.x0
        assert box.x1 <= whole.x1
        assert box.y1 <= whole.y1
        told = axis.title.get_text().replace("\n", "").replace(" ", "")
        assert told == title.replace("\n", "").replace(" ", "")
    rows = [boxes[k : k + columns] for k in range(0, 4, columns)]
    for row in rows:
        for left, right in pairwise(row):
            assert left.x1 < right.x0
    assert axes[0].title.get_text() == "short"


def test_few_values_get_few_bins() -> None:
    rng = np.random.default_rng(0)
    small, large = rng.normal(size=41), rng.normal(size=100_000)
    assert 5 <= bin_count(small, small.min(), small.max(), 40) <= 10
    assert bin_count(large, -4.0, 4.0, 40) == 40
    wanted = np.histogram_bin_edges(small, "auto")
    np.testing.assert_allclose(bin_edges(small, small.min(), small.max(), 40), wanted)


def test_bins_of_nothing_and_of_one_value() -> None:
    assert bin_count(np.array([]), 0.0, 1.0, 40) == 5
    assert bin_count(np.ones(7), 1.0, 1.0, 40) == 5
    assert 5 <= bin_count(np.ones(7), 0.0, 2.0, 40) <= 40
    assert bin_count(np.array([0.1, 0.2, 9.0]), 0.0, 1.0, 40) == 5
