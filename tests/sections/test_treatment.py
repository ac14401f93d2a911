"""What is done to maps is told, and done to simulated sections alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from nmc_mesh import _core as core
from nmc_mesh.ebsd.read import read_scan
from nmc_mesh.ebsd.write import write_ang
from nmc_mesh.errors import InputError
from nmc_mesh.sections import Section, Treatment, section_of_scan, treated
from nmc_mesh.sections.treatment import pieces
from nmc_mesh.typing import Ints
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_maps import map_of_section, section_through_map
from nmc_mesh.validation.grains_truths import PIXEL, TRUTHS

TRUTH = TRUTHS["strong"]


@pytest.fixture(scope="module")
def cut() -> Section:
    return draw_cuts(TRUTH.model, 2.2, [0.0], PIXEL, 5)[0]


def speckled(seed: int, shape: tuple[int, int] = (31, 23)) -> Ints:
    return np.random.default_rng(seed).integers(0, 3, shape).astype(np.int32)


@pytest.mark.parametrize(
    ("sides", "near"),
    [
        (4, [[0, 1, 0], [1, 1, 1], [0, 1, 0]]),
        (6, [[0, 1, 1], [1, 1, 1], [1, 1, 0]]),
    ],
)
def test_pieces_are_connected_sets_of_a_label(sides: int, near: list[list[int]]) -> None:
    labels = speckled(0)
    found = pieces(labels, sides)
    assert (found[labels == 0] == 0).all()
    assert len(np.unique(found)) == found.max() + 1
    for label in (1, 2):
        parts, count = ndimage.label(labels == label, near)
        inside = labels == label
        pairs = np.unique(np.stack([parts[inside], found[inside]]), axis=1)
        assert pairs.shape[1] == count == len(np.unique(found[inside]))
    first = np.unique(found.ravel(), return_index=True)[1]
    assert (np.diff(first[1:]) > 0).all()


def test_unknown_pixels_take_the_nearest_label() -> None:
    labels = np.full((9, 7), -2, np.int32)
    labels[0, 0], labels[8, 6] = 4, 7
    labels[:, 3] = -1
    labels[4] = -1
    core.fill_plane(labels)
    assert (labels[:4, :3] == 4).all()
    assert (labels[5:, 4:] == 7).all()
    assert (labels[5:, :3] == -1).all()  # no label can be reached
    filled = np.array([[0, -2, -2, 1]], np.int32)
    core.fill_plane(filled)
    assert filled.tolist() == [[0, 0, 1, 1]]


@pytest.mark.parametrize("least", [1, 4, 10])
def test_closing_a_plane_leaves_large_pieces_only(least: int) -> None:
    labels = np.kron(speckled(1, (8, 8)), np.ones((3, 3), np.int32)).astype(np.int32)
    labels[::5, ::4] = 3  # specks
    found, count = Treatment(least, neighbours=4).closed(labels, np.ones(labels.shape))
    counts = np.bincount(found.ravel(), minlength=count)
    assert counts.sum() == labels.size
    assert counts[counts > 0].min() >= least
    before = pieces(labels + 1, 4) - 1
    large = np.bincount(before.ravel()) >= least
    np.testing.assert_array_equal(found[large[before]], before[large[before]])


def test_windows_lose_the_small_pieces_that_they_show_whole() -> None:
    wide = np.zeros((2, 20, 20), np.int32)
    wide[:, 5:7, 5:9] = 1  # eight pixels
    wide[:, 0:1, 10:12] = 2  # goes on behind the border
    wide[:, 12:15, 12:17] = 3
    labels = np.empty((2, 12, 12), np.int32)
    core.close_windows(wide, np.array([9.0, 8.0]), labels)
    assert set(np.unique(labels[0])) == {0, 3}
    np.testing.assert_array_equal(labels[1], wide[1, 4:-4, 4:-4])
    whole = np.empty_like(wide)
    core.close_windows(wide, np.array([9.0, 1.0]), whole)
    assert (whole[0] == 2).any()


@pytest.mark.parametrize("least", [10, 1])
def test_a_treated_section_is_what_its_map_shows(cut: Section, least: int, tmp_path: Path) -> None:
    """The same particle and grains, but for neighbours whose crystals are turned by little."""
    found = section_through_map(cut, np.random.default_rng(1), least)
    done = found.treatment
    assert done is not None
    assert (done.min_pixels, done.neighbours, done.min_confidence) == (least, 4, None)
    assert done.missing == pytest.approx(cut.unknown_share, abs=0.01)
    again = treated(cut, done)
    shape = np.minimum(found.mask.shape, again.mask.shape)
    assert found.mask.shape == again.mask.shape == tuple(shape)
    assert (found.mask != again.mask).mean() < 0.002
    both = (found.image.labels > 0) & (again.image.labels > 0)
    pairs = np.unique(np.stack([found.image.labels[both], again.image.labels[both]]), axis=1)
    grains = int(again.image.labels.max())
    assert grains - int(found.image.labels.max()) < 0.02 * grains + 2
    assert pairs.shape[1] <= grains + 2
    np.testing.assert_allclose(found.center, again.center, atol=0.02)
    assert again.height == cut.height == 0.0


def test_small_grains_are_lost_and_counted(cut: Section) -> None:
    counts = [
        int(treated(cut, Treatment(least, neighbours=4)).image.labels.max()) for least in (1, 5, 10)
    ]
    assert counts[0] > 1.1 * counts[1] > counts[2]
    assert treated(cut, Treatment()).image.labels.max() == cut.image.labels.max()
    filled = treated(cut, Treatment(10, neighbours=4, fill=True))
    assert filled.unknown_share == 0.0
    assert filled.done.missing == pytest.approx(cut.unknown_share, abs=0.01)


def test_a_map_is_the_same_after_a_file(cut: Section, tmp_path: Path) -> None:
    scan = map_of_section(cut, np.random.default_rng(0))
    write_ang(tmp_path / "map.ang", scan)
    back = read_scan(tmp_path / "map.ang")
    np.testing.assert_array_equal(back.phase, scan.phase)
    inside = scan.indexed
    np.testing.assert_allclose(back.angles[inside], scan.angles[inside], atol=1e-5)
    np.testing.assert_allclose(back.points(), scan.points(), atol=1e-5)
    assert back.phases[0].laue == "-3m"
    one, two = (section_of_scan(each) for each in (scan, back))
    np.testing.assert_array_equal(one.image.labels, two.image.labels)


def test_a_treatment_that_means_nothing_is_refused() -> None:
    for given in ({"min_pixels": 0}, {"neighbours": 5}, {"missing": 1.0}, {"center": "heart"}):
        with pytest.raises(InputError):
            Treatment(**given)  # type: ignore[arg-type]
    assert Treatment(10, missing=0.2).least == pytest.approx(12.5)
    assert Treatment(missing=0.2).least == 1.0
