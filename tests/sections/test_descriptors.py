"""Descriptors of sections whose answers are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry import GBPD, LabelImage
from nmc_mesh.sections.descriptors import chords, describe


def sketch(n: int = 41) -> np.ndarray:
    """A rectangle of 12 x 4 pixels, 1, and a pixel, 2, in an empty picture."""
    labels = np.zeros((n, n), dtype=int)
    labels[24:36, 18:22] = 1
    labels[5, 6] = 2
    return labels


def test_a_rectangle_is_measured_exactly() -> None:
    found = describe(LabelImage(sketch(), 0.5, [0.0, 0.0]), [0.0, 9.75])
    assert found.labels.tolist() == [1, 2]
    np.testing.assert_allclose(found.areas, [48 / 4, 1 / 4])
    np.testing.assert_allclose(found.centroids, [[14.75, 9.75], [2.5, 3.0]])
    np.testing.assert_allclose(found.elongations, [3.0, 1.0])
    assert found.orientations[0] == pytest.approx(0.0, abs=1e-7)
    assert np.isnan(found.orientations[1])


@pytest.mark.parametrize("degrees", [0, 30, 45, 90])
def test_alpha_is_the_angle_to_the_radius(degrees: float) -> None:
    angle = np.radians(degrees)
    center = np.array([29.5, 19.5]) - 10 * np.array([np.cos(angle), np.sin(angle)])
    found = describe(LabelImage(sketch(), 1.0, [0.0, 0.0]), center)
    assert found.orientations[0] == pytest.approx(angle, abs=1e-7)


def test_an_ellipse_has_the_ratio_of_its_axes() -> None:
    x, y = np.indices((301, 301)) - 150.0
    along, across = 0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x
    image = LabelImage(((along / 120) ** 2 + (across / 40) ** 2 < 1).astype(int), 0.1)
    found = describe(image, [-1.0, 0.0])
    assert found.areas[0] == pytest.approx(np.pi * 12 * 4, rel=2e-3)
    assert found.elongations[0] == pytest.approx(3, rel=2e-3)
    assert found.orientations[0] == pytest.approx(np.arccos(0.8), abs=2e-3)


def polycrystal() -> LabelImage:
    rng = np.random.default_rng(7)
    seeds = rng.uniform(-20, 20, (60, 2))
    diagram = GBPD.radial(seeds, np.tile([1.0, 4.0], (60, 1)), None, np.zeros(60))
    grid = LabelImage(np.zeros((40, 40), dtype=int), 1.0)
    return LabelImage(diagram.labels(grid.points()).reshape(40, 40), 1.0)


def test_radial_grains_are_told_from_the_same_grains_off_centre() -> None:
    image = polycrystal()
    inner = np.median(np.cos(2 * describe(image, [0.0, 0.0]).orientations))
    outer = np.median(np.cos(2 * describe(image, [0.0, 400.0]).orientations))
    assert inner > 0.7
    assert outer < 0.4


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_nothing_depends_on_the_way_the_picture_is_held(turns: int) -> None:
    labels = polycrystal().labels
    still = describe(LabelImage(labels, 1.0), [0.0, 0.0])
    turned = describe(LabelImage(np.rot90(labels, turns), 1.0), [0.0, 0.0])
    for name in ("labels", "areas", "elongations", "orientations", "cut"):
        np.testing.assert_allclose(getattr(turned, name), getattr(still, name), atol=1e-9)
    runs = [np.sort(found) for found in (still.chords_x, still.chords_y)]
    held = [np.sort(found) for found in (turned.chords_x, turned.chords_y)]
    for one, two in zip(held, runs[:: -1 if turns % 2 else 1], strict=True):
        np.testing.assert_array_equal(one, two)


def test_grains_at_the_border_of_the_picture_are_marked() -> None:
    image = polycrystal()
    found = describe(image, [0.0, 0.0])
    frame = np.ones((40, 40), bool)
    frame[1:-1, 1:-1] = False
    assert set(found.labels[found.cut]) == set(image.labels[frame]) - {0}
    assert 0 < found.cut.sum() < len(found.cut)


def brute_chords(lines: np.ndarray) -> list[int]:
    found = []
    for line in lines:
        runs = [(value, len(list(run))) for value, run in itertools.groupby(line)]
        for (before, _), (value, length), (after, _) in zip(runs, runs[1:], runs[2:], strict=False):
            if value > 0 and before >= 0 and after >= 0:
                found.append(length)
    return found


def test_chords_are_runs_between_known_pixels() -> None:
    labels = np.random.default_rng(3).integers(-1, 4, (30, 50))
    assert sorted(chords(labels).tolist()) == sorted(brute_chords(labels.T))
    assert len(chords(np.ones((4, 4)))) == 0


def test_unknown_pixels_cut_no_chord_short() -> None:
    labels = np.zeros((8, 3), dtype=int)
    labels[1:4, 1], labels[4:7, 1] = 1, 2
    assert describe(LabelImage(labels, 0.1), [9.0, 9.0]).chords_x == pytest.approx([0.3, 0.3])
    known = np.ones((8, 3), bool)
    known[7, 1] = False
    assert describe(LabelImage(labels, 0.1), [9.0, 9.0], known).chords_x == pytest.approx([0.3])


def test_what_is_no_section_is_refused() -> None:
    with pytest.raises(InputError, match="two axes, not 3"):
        describe(LabelImage(np.ones((2, 2, 2)), 1.0), [0.0, 0.0])
    with pytest.raises(InputError, match="mask needs shape"):
        describe(LabelImage(np.ones((2, 2)), 1.0), [0.0, 0.0], np.ones((3, 3), bool))


def test_chords_are_the_runs_of_a_line() -> None:
    """Counted one by one, along both axes, and of those only whose middle lies in a mask."""
    labels = np.random.default_rng(1).integers(-1, 3, (40, 30))
    where = np.random.default_rng(2).random(labels.shape) < 0.5
    for axis in (0, 1):
        lines = labels.T if axis == 0 else labels
        seen = where.T if axis == 0 else where
        every, some = [], []
        for line, near in zip(lines, seen, strict=True):
            starts = [0, *(np.flatnonzero(np.diff(line)) + 1), len(line)]
            for start, stop in itertools.pairwise(starts[1:-1]):
                if line[start] > 0 and line[start - 1] >= 0 and line[stop] >= 0:
                    every.append(stop - start)
                    if near[(start + stop - 1) // 2]:
                        some.append(stop - start)
        np.testing.assert_array_equal(chords(labels, axis=axis), every)
        np.testing.assert_array_equal(chords(labels, where, axis), some)
