"""Seeds between a lattice and a Poisson process, and in clusters: densities, limits, files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import KDTree
from scipy.stats import kstest

from nmc_mesh.errors import InputError
from nmc_mesh.grains import GrainModel
from nmc_mesh.grains.seeds import PerturbedLattice, SeedProcess, ThomasProcess
from nmc_mesh.particle.model import load_model, load_table
from nmc_mesh.particle.schema import parse_model
from nmc_mesh.particle.writer import format_model, with_grains
from nmc_mesh.typing import Floats

UPPER = np.array([6.0, 7.0, 8.0])


def points(process: SeedProcess, seed: int) -> Floats:
    return process(-UPPER, UPPER, np.random.default_rng(seed))


def nearest(process: SeedProcess, seed: int) -> Floats:
    """Distances from points well inside the box to the nearest other."""
    seeds = points(process, seed)
    inside = (np.abs(seeds) < UPPER - 1.8).all(axis=1)
    return np.asarray(KDTree(seeds).query(seeds[inside], k=2)[0][:, 1])


@pytest.mark.parametrize(
    "process",
    [PerturbedLattice(0.1), PerturbedLattice(0.8), ThomasProcess(0.3), ThomasProcess(1.5)],
)
def test_a_unit_of_volume_has_one_seed_on_average(process: SeedProcess) -> None:
    draws = [points(process, seed) for seed in range(30)]
    counts = np.array([len(seeds) for seeds in draws])
    error = counts.std(ddof=1) / np.sqrt(len(counts))
    assert abs(counts.mean() - 8 * UPPER.prod()) < 4 * error
    assert all(((seeds >= -UPPER) & (seeds < UPPER)).all() for seeds in draws)
    middles = np.array([seeds.mean(axis=0) for seeds in draws])
    assert (np.abs(middles.mean(axis=0)) < 4 * middles.std(axis=0) / np.sqrt(30)).all()


def test_a_small_displacement_leaves_a_body_centred_lattice_in_any_orientation() -> None:
    edge = 2 ** (1 / 3)
    np.testing.assert_allclose(nearest(PerturbedLattice(1e-6), 0), np.sqrt(0.75) * edge, rtol=1e-4)
    axes = []
    for seed in range(200):
        seeds = PerturbedLattice(1e-6)(
            np.full(3, -2.0), np.full(3, 2.0), np.random.default_rng(seed)
        )
        first = seeds[np.argmin((seeds**2).sum(axis=1))]
        near = KDTree(seeds).query(first, k=2)[1][1]
        axes.append((seeds[near] - first) / np.linalg.norm(seeds[near] - first))
    assert (kstest(np.abs(np.array(axes)), "uniform", axis=0).pvalue > 1e-4).all()


@pytest.mark.parametrize("process", [PerturbedLattice(1.5), ThomasProcess(5.0)])
def test_a_large_displacement_makes_a_poisson_process(process: SeedProcess) -> None:
    """The distance to the nearest seed has the law 1 - exp(-4 pi r^3 / 3)."""
    shares = np.exp(
        -4 / 3 * np.pi * np.concatenate([nearest(process, seed) for seed in (1, 2)]) ** 3
    )
    assert abs(shares.mean() - 0.5) < 0.03


def test_a_cluster_has_the_number_of_seeds_and_the_width_it_is_asked_for() -> None:
    """Mean number of others within h: 4 pi h^3 / 3 and m P(|sqrt(2) sigma N| < h)."""
    process, reach = ThomasProcess(0.2, 3.0), 1.0
    others = []
    for seed in range(40):
        seeds = points(process, seed)
        inside = seeds[(np.abs(seeds) < UPPER - reach).all(axis=1)]
        others.append(KDTree(seeds).query_ball_point(inside, reach, return_length=True) - 1)
    means = np.array([each.mean() for each in others])
    expected = 4 / 3 * np.pi * reach**3 + 3.0
    assert abs(means.mean() - expected) < 4 * means.std() / np.sqrt(40)


def test_cells_of_regular_seeds_are_more_alike() -> None:
    """Squared deviations of the number of seeds in a box: far fewer than Poisson's."""
    counts = [len(points(PerturbedLattice(0.3), seed)) for seed in range(60)]
    assert np.var(counts) < 0.2 * np.mean(counts)
    clustered = [len(points(ThomasProcess(0.3), seed)) for seed in range(60)]
    assert np.var(clustered) > 2 * np.mean(clustered)


def test_a_model_takes_them_and_a_file_keeps_them() -> None:
    model = load_model("nmc-radial")
    base = load_table("nmc-radial")
    for process in (PerturbedLattice(0.25), ThomasProcess(0.5, 3.0)):
        grains = replace(model.grains, seeds=process)
        diagram = grains.sample(2.0, np.random.default_rng(3))
        half = max(2.0, grains.window_half)
        assert len(diagram) == pytest.approx(grains.intensity * (2 * half) ** 3, rel=0.2)
        assert np.abs(diagram.seeds).max() <= half
        text = format_model(with_grains(base, "own", "", grains, 0.05, {}))
        back = parse_model(text, "own").grains.model()
        assert isinstance(back, GrainModel)
        assert back.seeds == process
    assert "seeds" not in format_model(base)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PerturbedLattice(0.0), "must be a positive number"),
        (lambda: ThomasProcess(6.0), "are a Poisson process"),
        (lambda: ThomasProcess(0.5, -1.0), "must be a positive number"),
    ],
)
def test_bad_numbers_are_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(InputError, match=message):
        make()
