"""Windows: hard labels are the tessellation's, soft ones follow them, the network is one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from nmc_mesh.calibration.sections import SIZE, checked, draw_places
from nmc_mesh.calibration.windows import (
    Simulated,
    Windows,
    draw_seeds,
    hard_windows,
    measured_windows,
)
from nmc_mesh.geometry import GBPD, LabelImage
from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.grains.network import NEIGHBOURS
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.sections.section import Section

torch = pytest.importorskip("torch", reason="install nmc-mesh[calibrate] to run this test")

from nmc_mesh.calibration import network, sliced, soft  # noqa: E402

GRID = np.arange(SIZE) - 0.5 * (SIZE - 1)
CENTERS = np.array([3.0, 40.0, 75.0])
HEIGHTS = np.array([0.0, 12.5, 30.0])


def simulated(seed: int = 0) -> Simulated:
    rng = np.random.default_rng(seed)
    draw = draw_seeds(CENTERS, HEIGHTS, 0.0018, NEIGHBOURS, rng)
    count = len(draw.asked)
    return hard_windows(draw, Marks(rng.uniform(1, 10, (count, 3)), rng.uniform(0, 50, count)))


def owners(windows: Windows, place: int) -> np.ndarray:
    return windows.visible[place][windows.ranks[place].astype(int)].ravel()


def test_hard_windows_are_the_labels_of_the_tessellation() -> None:
    found = simulated()
    for place, (center, height) in enumerate(zip(CENTERS, HEIGHTS, strict=True)):
        first, last = found.draw.starts[place]
        rows = found.rows[first:last]
        m = rows[:, [3, 6, 7, 6, 4, 8, 7, 8, 5]].reshape(-1, 3, 3)
        x, y = np.meshgrid(center + GRID, GRID, indexing="ij")
        points = np.stack([x, y, np.full_like(x, height)], axis=-1).reshape(-1, 3)
        labels = GBPD(rows[:, :3], m, rows[:, 9]).labels(points)
        np.testing.assert_array_equal(owners(found.windows, place) - first, labels)


def test_rows_are_those_of_radial_tessellations() -> None:
    found = simulated()
    asked, pattern = found.draw.asked, found.draw.pattern
    weights = np.linalg.eigvalsh(found.rows[:, [3, 6, 7, 6, 4, 8, 7, 8, 5]].reshape(-1, 3, 3))
    marks = np.random.default_rng(0)
    draw_seeds(CENTERS, HEIGHTS, 0.0018, NEIGHBOURS, marks)
    diagonals = marks.uniform(1, 10, (len(asked), 3))
    np.testing.assert_allclose(weights, np.sort(diagonals, axis=1), rtol=1e-9)
    radial = GBPD.radial(pattern.seeds[asked], diagonals, pattern.turns[asked], found.rows[:, 9])
    np.testing.assert_allclose(found.rows, radial.rows, rtol=1e-9, atol=1e-9)


def test_seeds_outside_the_draw_would_not_be_seen() -> None:
    """More seeds around the same windows: hardly a pixel changes."""
    rng = np.random.default_rng(1)
    half = np.array([40.0, 40.0, 30.0])
    count = rng.poisson(0.0018 * np.prod(2 * half))
    seeds = rng.uniform(-half, half, (count, 3)) + [50.0, 0, 0]
    diagonals = np.array([1.5, 4, 4]) * np.exp(0.2 * rng.standard_normal((count, 3)))
    whole = GBPD.radial(seeds, diagonals, rng.uniform(0, 3, count), rng.uniform(0, 30, count))
    grain = 0.0018 ** (-1 / 3)
    reach = np.array([16, 16, 0]) + np.array([1.7, 1.4, 1.4]) * grain
    part = whole.subset(np.flatnonzero((np.abs(seeds - [50, 0, 0]) <= reach).all(axis=1)))
    x, y = np.meshgrid(50 + GRID, GRID, indexing="ij")
    points = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    seen = whole.seeds[whole.labels(points)], part.seeds[part.labels(points)]
    assert (seen[0] == seen[1]).all(axis=1).mean() > 0.995


def test_neighbours_of_asked_seeds_are_the_nearest_of_the_same_window() -> None:
    lone = draw_seeds(CENTERS[1:2], HEIGHTS[1:2], 0.0018, NEIGHBOURS, np.random.default_rng(2))
    places = lone.pattern.seeds
    nearest = cKDTree(places).query(places[lone.asked], NEIGHBOURS + 1)[1][:, 1:]
    np.testing.assert_array_equal(lone.neighbours, nearest)
    # Two windows at one place: each looks at its own seeds only.
    both = draw_seeds(np.full(2, 40.0), np.zeros(2), 0.0018, NEIGHBOURS, np.random.default_rng(2))
    (_, half), _ = both.starts
    assert both.neighbours[:half].max() < both.neighbours[half:].min()


def test_measured_windows_are_cut_from_the_fitted_diagram(sections: list[Section]) -> None:
    found = checked(sections)
    places = draw_places(found, 40, np.random.default_rng(0))
    windows = measured_windows(found, places, 0.0, 0)
    assert set(places.section) == {0, 1, 2, 3}
    first = np.cumsum([0, *(len(rows) for rows in found.rows)])
    for place in range(len(places)):
        section = sections[places.section[place]]
        x, y = np.meshgrid(places.distance[place] + GRID, GRID, indexing="ij")
        c, s = np.cos(places.angle[place]), np.sin(places.angle[place])
        points = np.stack([c * x - s * y, s * x + c * y], axis=-1).reshape(-1, 2)
        labels = section.diagram.labels(found.pixel * points)
        ours = owners(windows, place) - first[places.section[place]]
        assert (ours == labels).mean() > 0.999  # px and um round ties apart
        pixels = np.rint((found.pixel * points - section.image.origin) / section.pixel).astype(int)
        assert section.mask[tuple(np.clip(pixels, 0, len(section.mask) - 1).T)].mean() > 0.9


def test_variation_is_as_large_as_asked(sections: list[Section]) -> None:
    found = checked(sections)
    places = draw_places(found, 30, np.random.default_rng(0))
    plain = measured_windows(found, places, 0.0, 0).channels()
    changed = [(measured_windows(found, places, spread, 1).channels() != plain).mean()
               for spread in (0.0, 0.02, 0.2)]  # fmt: skip
    assert changed[0] == 0 < changed[1] < changed[2]


def test_ranks_and_channels_go_by_size() -> None:
    windows = simulated().windows
    channels = windows.channels()
    sums = channels.sum(axis=(2, 3))
    assert channels.shape == (3, 12, SIZE, SIZE)
    assert (np.diff(sums, axis=1) <= 0).all()
    pixels = [np.bincount(ranks.ravel()) for ranks in windows.ranks]
    np.testing.assert_array_equal(windows.count, [len(p) for p in pixels])
    np.testing.assert_array_equal(windows.numbers(5.0), [(p >= 5).sum() for p in pixels])
    np.testing.assert_array_equal(sums[0], pixels[0][:12])


def test_soft_windows_follow_the_hard_ones() -> None:
    found = simulated()
    seen = soft.visible_of(found, "cpu")
    asked = seen.asked.numpy()
    rng = np.random.default_rng(0)
    draw_seeds(CENTERS, HEIGHTS, 0.0018, NEIGHBOURS, rng)
    diagonals = torch.tensor(rng.uniform(1, 10, (len(found.rows), 3))[asked], dtype=torch.float32)
    offsets = torch.tensor(found.rows[asked, 9], dtype=torch.float32)
    parts = soft.shares(seen, diagonals, offsets, soft.monomials("cpu"))
    np.testing.assert_allclose(parts.sum(dim=1).numpy(), 1.0, rtol=1e-5)
    ranks = parts.argmax(dim=1).numpy()
    assert (ranks == found.windows.ranks.reshape(3, -1)).mean() > 0.999
    channels = soft.sorted_channels(parts)
    assert channels.shape == (3, 12, SIZE, SIZE)
    assert (torch.diff(channels.sum(dim=(2, 3)), dim=1) <= 0).all()
    near = (channels.numpy() > 0.5) == (found.windows.channels() > 0.5)
    assert near.mean() > 0.95


def test_slopes_are_those_of_the_soft_tessellation() -> None:
    found = simulated(3)
    seen = soft.visible_of(found, "cpu")
    seen = seen._replace(squares=seen.squares.double())
    powers = soft.monomials("cpu").double()
    torch.set_default_dtype(torch.float64)
    try:
        rng = np.random.default_rng(0)
        count = len(seen.asked)
        diagonals = torch.tensor(rng.uniform(2, 6, (count, 3))).requires_grad_()
        offsets = torch.tensor(rng.uniform(0, 9, count)).requires_grad_()
        weight = torch.tensor(rng.standard_normal((*seen.shape, SIZE * SIZE)))

        def value(d: float) -> float:
            with torch.no_grad():
                return float((weight * soft.shares(seen, diagonals + d * one, offsets + d * two,
                                                   powers, 20.0)).sum())  # fmt: skip

        one = torch.tensor(rng.standard_normal((count, 3)))
        two = torch.tensor(rng.standard_normal(count))
        total = (weight * soft.shares(seen, diagonals, offsets, powers, 20.0)).sum()
        slopes = torch.autograd.grad(total, (diagonals, offsets))
        expected = (value(1e-5) - value(-1e-5)) / 2e-5
        assert float((slopes[0] * one).sum() + (slopes[1] * two).sum()) == pytest.approx(
            expected, rel=1e-5
        )
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("radius", [0.0, 35.0])
def test_torch_and_the_core_hold_one_network(radius: float) -> None:
    shape = network.NetworkShape((32, 16), radius=radius)
    layers = shape.start(np.random.default_rng(0))
    draw = draw_seeds(CENTERS, HEIGHTS, 0.0018, NEIGHBOURS, np.random.default_rng(1))
    trained = network.MarkNetwork(layers, "cpu")
    outputs = trained(torch.from_numpy(network.inputs_of(draw, shape)))
    ours = network.as_marks(*network.marks_of(outputs, shape))
    first, last = draw.starts[2]
    asked = draw.asked[first:last]
    local = np.unique(np.concatenate([draw.neighbours[first:last].ravel(), asked]))
    pixel = 0.05
    pattern = SeedPattern(
        draw.pattern.seeds[local] * pixel, draw.pattern.noise[local], draw.pattern.turns[local]
    )
    law = shape.law(trained.as_layers(), pixel)
    theirs = law.scaled(law.outputs(pattern, np.searchsorted(local, asked)))
    np.testing.assert_allclose(ours.diagonals[first:last], theirs.diagonals, rtol=1e-4)
    np.testing.assert_allclose(ours.offsets[first:last] * pixel**2, theirs.offsets, rtol=1e-4)


def test_pieces_have_the_moments_that_descriptors_have() -> None:
    windows = simulated().windows
    sums, window = sliced.hard_sums(windows)
    found = describe(LabelImage(windows.ranks[0].astype(int) + 1, 1.0), np.zeros(2))
    large = found.areas >= 8
    table = sums[window == 0].numpy()
    np.testing.assert_array_equal(table[:, 5], found.areas[large])
    xx, yy, xy, x, y = (table[:, :5] / table[:, 5:]).T
    spread = np.array([[xx - x * x, xy - x * y], [xy - x * y, yy - y * y]]).transpose(2, 0, 1)
    values = np.linalg.eigvalsh(spread + np.eye(2) / 12)
    np.testing.assert_allclose(
        np.sqrt(values[:, 1] / values[:, 0]), found.elongations[large], rtol=1e-3
    )
    features = sliced.features(sums[window == 0], None).numpy()
    tensor = np.hypot(features[:, 1], features[:, 2])  # (e1 - e2) / (e1 + e2)
    eta = found.elongations[large] ** 2
    np.testing.assert_allclose(tensor, (eta - 1) / (eta + 1), rtol=1e-3, atol=1e-4)


def on_axes(sample: np.ndarray, weights: np.ndarray | None = None) -> sliced.Projected:
    shares = np.ones(len(sample)) if weights is None else weights
    axes = torch.eye(sample.shape[1], dtype=torch.float64)
    return sliced.projected(torch.tensor(sample), torch.tensor(shares), axes)


def test_the_sliced_distance_of_a_shift_is_its_square() -> None:
    sample = np.random.default_rng(0).standard_normal((400, 3))
    one = on_axes(sample)
    assert float(sliced.sliced(one, one)) == pytest.approx(0, abs=1e-12)
    moved = on_axes(sample + [0.3, 0.0, 0.6])
    assert float(sliced.sliced(one, moved)) == pytest.approx((0.09 + 0.36) / 3)
    other = on_axes(np.random.default_rng(1).standard_normal((4000, 3)))
    assert float(sliced.sliced(one, other)) < 0.02


def test_the_sliced_distance_takes_weights_as_repetitions() -> None:
    rng = np.random.default_rng(2)
    sample, times = rng.standard_normal((900, 2)), rng.integers(1, 4, 900)
    other = on_axes(rng.standard_normal((700, 2)) + [0.5, 0.0])
    weighed = sliced.sliced(on_axes(sample, times.astype(float)), other)
    repeated = sliced.sliced(on_axes(np.repeat(sample, times, axis=0)), other)
    assert float(weighed) == pytest.approx(float(repeated), rel=0.02)
    leaning = on_axes(sample, np.exp(0.5 * sample[:, 0]))  # its mean is that of the other
    assert float(sliced.sliced(leaning, other)) < 0.3 * float(sliced.sliced(on_axes(sample), other))
