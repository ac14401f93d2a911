"""The Poisson process has its moments, and radial marks make radial grains."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, poisson

from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.grains import GrainModel, Marks, RadialMarkLaw, SeedPattern

PIXEL = 0.05
INTENSITY = 0.0018 / PIXEL**3
R_MAX = 50 * PIXEL**2


def law(
    diagonal: tuple[float, float, float] = (1.5, 4.0, 4.0), spread: float = 0.15
) -> RadialMarkLaw:
    return RadialMarkLaw(diagonal, spread, (0.0, 20 * PIXEL**2), (1.0, 10.0), (0.0, R_MAX))


def test_number_of_seeds_is_poisson() -> None:
    model = GrainModel(INTENSITY, law(), 0.5)
    rng = np.random.default_rng(0)
    mean = INTENSITY * 1.5**3
    counts = [len(model.sample_pattern(0.75, rng).seeds) for _ in range(400)]
    assert np.mean(counts) == pytest.approx(mean, abs=4 * np.sqrt(mean / 400))
    share_below = np.mean(np.array(counts) <= poisson.median(mean))
    assert share_below == pytest.approx(poisson.cdf(poisson.median(mean), mean), abs=4 * 0.5 / 20)


def test_pattern_is_uniform_on_its_window() -> None:
    pattern = GrainModel(INTENSITY, law(), 1.0).sample_pattern(3.0, np.random.default_rng(1))
    columns = [*(pattern.seeds / 6 + 0.5).T, *pattern.noise.T, pattern.turns / np.pi]
    assert all(kstest(column, "uniform").pvalue > 1e-4 for column in columns)


def test_window_is_the_larger_of_both() -> None:
    model = GrainModel(INTENSITY, law(), 2.0)
    assert 1.9 < np.abs(model.sample(1.0, np.random.default_rng(0)).seeds).max() <= 2
    assert 2.4 < np.abs(model.sample(2.5, np.random.default_rng(0)).seeds).max() <= 2.5


def test_marks_keep_their_law_and_ranges() -> None:
    pattern = GrainModel(INTENSITY, law(), 4.0).sample_pattern(4.0, np.random.default_rng(2))
    marks = law().__call__(pattern, np.random.default_rng(3))
    logs = np.log(marks.diagonals[:, 1] / 4)
    assert kstest(logs / 0.15, "norm").pvalue > 1e-4
    assert kstest(marks.offsets / (20 * PIXEL**2), "uniform").pvalue > 1e-4
    wild = RadialMarkLaw((1.5, 4.0, 4.0), 2.0, (0.0, 99.0), (1.0, 10.0), (0.0, R_MAX))
    clipped = wild(pattern, np.random.default_rng(3))
    assert (clipped.diagonals.min(), clipped.diagonals.max()) == (1, 10)
    assert clipped.offsets.max() == R_MAX


def radial_alignment(diagonal: tuple[float, float, float]) -> float:
    """Mean |cos| between the longest axis of a grain and its direction from the centre."""
    model = GrainModel(INTENSITY, law(diagonal, 0.0), 2.4)
    count, spacing = 80, 0.05
    first = -0.5 * spacing * (count - 1)
    gbpd = model.sample(2.4, np.random.default_rng(4))
    labels = labels_on_grid(gbpd, np.full(3, first), spacing, (count,) * 3)
    points = first + spacing * np.indices(labels.shape).reshape(3, -1).T
    order = np.argsort(labels.ravel(), kind="stable")
    groups = np.split(points[order], np.flatnonzero(np.diff(labels.ravel()[order])) + 1)
    cosines = []
    for cell in groups:
        centre = cell.mean(axis=0)
        if 0.8 < np.linalg.norm(centre) < 1.5 and len(cell) > 100:
            axis = np.linalg.eigh(np.cov(cell.T))[1][:, 2]
            cosines.append(abs(axis @ centre) / np.linalg.norm(centre))
    assert len(cosines) > 100
    return float(np.mean(cosines))


def test_small_first_entry_makes_grains_long_toward_the_centre() -> None:
    """Random axes have a mean |cos| of 1/2; radial ones more, flat ones less."""
    assert radial_alignment((1.5, 4.0, 4.0)) > 0.8
    assert radial_alignment((1.0, 1.0, 1.0)) == pytest.approx(0.5, abs=0.07)
    assert radial_alignment((4.0, 1.5, 1.5)) < 0.35


def test_fragments_are_rare() -> None:
    """Volume outside its grain's main piece; MODEL has 0.27 % for i.i.d. uniform marks."""
    ndimage = pytest.importorskip("scipy.ndimage")
    gbpd = GrainModel(INTENSITY, law(), 2.4).sample(2.4, np.random.default_rng(5))
    labels = labels_on_grid(gbpd, np.full(3, -1.5), 0.04, (75,) * 3)
    lost = 0
    for label, box in enumerate(ndimage.find_objects(labels + 1)):
        if box is not None:
            pieces = ndimage.label(labels[box] == label)[0]
            sizes = np.bincount(pieces.ravel())[1:]
            at_rim = any(axis.start == 0 or axis.stop == 75 for axis in box)
            lost += 0 if at_rim else sizes.sum() - sizes.max()
    assert lost / labels.size < 1e-3


def test_any_callable_can_be_the_mark_law() -> None:
    """The joint for a mark network: it sees seeds, noise and turns."""

    def by_noise(pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        assert pattern.turns.shape == (len(pattern.seeds),)
        return Marks(1 + 9 * pattern.noise[:, :1].repeat(3, axis=1), 0.1 * pattern.noise[:, 1])

    gbpd = GrainModel(INTENSITY, by_noise, 0.6).sample(0.6, np.random.default_rng(6))
    pattern = GrainModel(INTENSITY, by_noise, 0.6).sample_pattern(0.6, np.random.default_rng(6))
    trace = np.trace(gbpd.matrices, axis1=1, axis2=2)
    np.testing.assert_allclose(trace, 3 * (1 + 9 * pattern.noise[:, 0]))


def test_bad_models_are_refused() -> None:
    with pytest.raises(InputError, match="intensity"):
        GrainModel(0.0, law(), 1.0)
    with pytest.raises(InputError, match="window_half"):
        GrainModel(1.0, law(), np.inf)
    with pytest.raises(InputError, match="no seed"):
        GrainModel(1e-9, law(), 1.0).sample(1.0, np.random.default_rng(0))
    with pytest.raises(ResourceError, match="smaller diameter"):
        GrainModel(INTENSITY, law(), 1.0).sample(500.0, np.random.default_rng(0))
    with pytest.raises(InputError, match="must lie in its range"):
        law((0.5, 4.0, 4.0))
    with pytest.raises(InputError, match="spread"):
        law(spread=-1.0)
    with pytest.raises(InputError, match="lower end"):
        RadialMarkLaw((1.5, 4.0, 4.0), 0.1, (2.0, 1.0), (1.0, 10.0), (0.0, 3.0))
