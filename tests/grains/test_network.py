"""The mark network: neighbours, frame, layers, and what does not change the marks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.special import expit

from nmc_mesh.errors import InputError
from nmc_mesh.geometry import GBPD
from nmc_mesh.grains import GrainModel
from nmc_mesh.grains.marks import SeedPattern
from nmc_mesh.grains.neighbours import in_cells, nearest
from nmc_mesh.grains.network import NetworkMarkLaw
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.model import load_model, load_table
from nmc_mesh.particle.schema import parse_model
from nmc_mesh.particle.writer import format_model, with_grains, write_model
from nmc_mesh.typing import Floats

PIXEL = 0.05


def law(radius: float = 0.0, widths: tuple[int, ...] = (24, 10)) -> NetworkMarkLaw:
    rng = np.random.default_rng(7)
    sizes = [61 if radius > 0 else 60, *widths, 4]
    layers = []
    for n, k in pairwise(sizes):
        weights = rng.standard_normal((n, k)) * np.sqrt(2 / n)
        layers.append((weights.astype(np.float32), rng.standard_normal(k).astype(np.float32) * 0.1))
    return NetworkMarkLaw(tuple(layers), PIXEL, (1.0, 10.0), (0.0, 0.125), radius)


def pattern(count: int, seed: int = 0, half: float = 2.0) -> SeedPattern:
    rng = np.random.default_rng(seed)
    seeds = rng.uniform(-half, half, (count, 3))
    return SeedPattern(seeds, rng.random((count, 2)), rng.uniform(0, np.pi, count))


def by_formula(law: NetworkMarkLaw, at: SeedPattern) -> tuple[Floats, Floats]:
    """The docstring's formula, in double precision and by other means."""
    near = cKDTree(at.seeds).query(at.seeds, 13)[1][:, 1:]
    diagram = GBPD.radial(at.seeds, np.tile([1.0, 2.0, 4.0], (len(at.seeds), 1)), at.turns,
                          np.zeros(len(at.seeds)))  # fmt: skip
    inputs = []
    for i, others in enumerate(near):
        # The eigenvectors of M are the rows of Q, up to their signs: fix them by the half turn.
        _, axes = np.linalg.eigh(diagram.matrices[i])
        frame = axes.T
        unit = at.seeds[i] / np.linalg.norm(at.seeds[i])
        half = unit + [1, 0, 0]
        half /= np.linalg.norm(half)
        turned = 2 * np.outer(half, half) - np.eye(3)
        c, s = np.cos(at.turns[i]), np.sin(at.turns[i])
        wanted = np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ turned
        frame = frame * np.sign((frame * wanted).sum(axis=1))[:, None]
        np.testing.assert_allclose(frame, wanted, atol=1e-6)
        v = (at.seeds[others] - at.seeds[i]) @ frame.T / (10 * law.pixel)
        n = np.sqrt(12) * (at.noise[others] - 0.5)
        inputs.append(np.concatenate([v, n], axis=1).ravel())
    x = np.array(inputs)
    if law.radius > 0:
        away = np.linalg.norm(at.seeds, axis=1) / law.radius - 1
        x = np.column_stack([x, 4 * np.minimum(away, 1.0)])
    for place, (weights, bias) in enumerate(law.layers):
        x = x @ weights.astype(float) + bias
        x = np.maximum(x, 0) if place + 1 < len(law.layers) else x
    share = expit(x)
    (a, b), (c, d) = law.diagonal_range, law.offset_range
    return a + (b - a) * share[:, :3], c + (d - c) * share[:, 3]


@pytest.mark.parametrize("radius", [0.0, 1.5])
def test_the_marks_are_those_of_the_formula(radius: float) -> None:
    one, at = law(radius), pattern(300)
    marks = one(at, np.random.default_rng(0))
    diagonals, offsets = by_formula(one, at)
    np.testing.assert_allclose(marks.diagonals, diagonals, rtol=2e-5)
    np.testing.assert_allclose(marks.offsets, offsets, rtol=2e-5, atol=1e-7)
    assert np.log(marks.diagonals).std() > 0.1


def test_only_a_network_with_a_radius_sees_the_centre() -> None:
    """Seen in its own frame, a pattern turned about the centre gives the same marks."""
    at = pattern(400)
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0],
                     [0, 0, 1.0]])  # fmt: skip
    # About e1 the half turn turns with the seed, so that only gamma is left to follow.
    about_x = turn[np.ix_([2, 0, 1], [2, 0, 1])]
    moved = at._replace(seeds=at.seeds @ about_x.T, turns=at.turns - angle)
    one = law()
    np.testing.assert_allclose(
        one(moved, np.random.default_rng(0)).diagonals,
        one(at, np.random.default_rng(0)).diagonals,
        rtol=1e-3,
    )
    graded = law(1.5)
    marks = [
        graded(at._replace(seeds=at.seeds + [away, 0, 0]), np.random.default_rng(0)).diagonals
        for away in (4000.0, 5000.0)
    ]
    np.testing.assert_allclose(marks[0], marks[1], rtol=1e-2)  # out there the input stays at 1
    inner = graded(at, np.random.default_rng(0)).diagonals
    assert np.abs(np.log(inner / law()(at, np.random.default_rng(0)).diagonals)).max() > 0.01


def test_a_pattern_may_have_fewer_seeds_than_neighbours() -> None:
    for count in (1, 2, 5, 12, 13):
        marks = law()(pattern(count), np.random.default_rng(0))
        assert np.isfinite(marks.diagonals).all()
        assert ((marks.diagonals > 1) & (marks.diagonals < 10)).all()
    lone = law()(SeedPattern(np.zeros((1, 3)), np.ones((1, 2)), np.ones(1)), None)  # type: ignore[arg-type]
    x: Any = np.zeros(60)
    for place, (weights, bias) in enumerate(law().layers):
        x = x @ weights.astype(float) + bias
        x = np.maximum(x, 0) if place < 2 else x
    np.testing.assert_allclose(lone.diagonals[0], 1 + 9 * expit(x[:3]), rtol=1e-5)


def test_threads_and_order_change_no_bit() -> None:
    at, found = pattern(20_000, half=9.0), []
    for count in (1, 2, 3):
        set_threads(count)
        found.append(law()(at, np.random.default_rng(0)))
    set_threads(None)
    order = np.random.default_rng(1).permutation(len(at.seeds))
    mixed = law()(SeedPattern(*(part[order] for part in at)), np.random.default_rng(0))
    for other in found[1:]:
        np.testing.assert_array_equal(other.diagonals, found[0].diagonals)
        np.testing.assert_array_equal(other.offsets, found[0].offsets)
    np.testing.assert_array_equal(mixed.diagonals, found[0].diagonals[order])


@pytest.mark.parametrize("shape", ["box", "plane", "line", "lattice", "clusters"])
def test_neighbours_are_those_of_a_tree(shape: str) -> None:
    rng = np.random.default_rng(3)
    seeds = rng.uniform(-5, 5, (3000, 3))
    if shape == "plane":
        seeds[:, 1] = 2.0
    elif shape == "line":
        seeds[:, 1:] = 1.0
    elif shape == "lattice":
        seeds = np.stack(np.meshgrid(*[np.arange(12.0)] * 3, indexing="ij"), -1).reshape(-1, 3)
    elif shape == "clusters":
        seeds[:2900] = seeds[:2900] * 1e-3 + [4, 4, 4]
    found = nearest(seeds, 12)
    assert (found != np.arange(len(seeds))[:, None]).all()
    away = np.linalg.norm(seeds[found] - seeds[:, None], axis=2)
    np.testing.assert_allclose(away, cKDTree(seeds).query(seeds, 13)[0][:, 1:], rtol=1e-12)
    # Nearest first, and of two at the same distance the lower index first.
    squares = ((seeds[found] - seeds[:, None]) ** 2).sum(axis=2)
    rising = np.diff(squares, axis=1)
    assert (rising >= 0).all()
    assert (np.diff(found, axis=1)[rising == 0] > 0).all()
    some = rng.integers(0, len(seeds), 50)
    np.testing.assert_array_equal(nearest(seeds, 12, some), found[some])
    assert sorted(in_cells(seeds)) == list(range(len(seeds)))


def test_where_seeds_are_few_the_rest_is_missing() -> None:
    found = nearest(np.array([[0.0, 0, 0], [1, 0, 0], [0, 3, 0]]), 4)
    np.testing.assert_array_equal(found, [[1, 2, -1, -1], [0, 2, -1, -1], [0, 1, -1, -1]])
    assert (nearest(np.zeros((1, 3)), 2) == -1).all()
    np.testing.assert_array_equal(nearest(np.zeros((3, 3)), 2), [[1, 2], [0, 2], [0, 1]])


def test_a_model_with_a_network_is_one_file_that_can_be_moved(tmp_path: Path) -> None:
    rounded = tuple(
        (w.astype(np.float16).astype(np.float32), b.astype(np.float16).astype(np.float32))
        for w, b in law(1.5).layers
    )
    network = replace(law(1.5), layers=rounded)
    grains = GrainModel(0.0017 / PIXEL**3, network, 6.4)
    table = with_grains(
        load_table("nmc-radial"), "a net", "ours", grains, PIXEL, {"grains": "ours"}
    )
    assert parse_model(format_model(table), "text") == table
    (tmp_path / "there").mkdir()
    write_model(table, tmp_path / "mine.toml")
    (tmp_path / "mine.toml").rename(tmp_path / "there" / "other.toml")
    model = load_model(tmp_path / "there" / "other.toml")
    assert model.name == "a-net"
    assert model.shell == load_model("nmc-radial").shell
    assert model.grains.intensity == pytest.approx(grains.intensity, rel=1e-12)
    assert isinstance(model.grains.marks, NetworkMarkLaw)
    assert model.grains.marks.radius == pytest.approx(1.5)
    at = pattern(50)
    ours, theirs = (one(at, np.random.default_rng(0)) for one in (network, model.grains.marks))
    np.testing.assert_allclose(ours.diagonals, theirs.diagonals, rtol=1e-6)
    particle = model.sample(1, diameter=2.0)
    assert particle.n_grains > 20


def test_damaged_weights_are_refused() -> None:
    grains = GrainModel(0.0017 / PIXEL**3, law(), 6.4)
    table = with_grains(load_table("nmc-radial"), "n", "s", grains, PIXEL, {"grains": "ours"})
    text = format_model(table)
    at = text.index("weights = '''\n") + len("weights = '''\n")
    with pytest.raises(InputError, match=r"weights, not .*restore the model's file"):
        parse_model(text[:at] + text[at + 97 :], "mine.toml")
    with pytest.raises(InputError, match="not base64"):
        parse_model(text[:at] + "*" + text[at + 1 :], "mine.toml")
    with pytest.raises(InputError, match=r"pixel is 0\.05 um, the model's 0\.1 um"):
        with_grains(load_table("nmc-radial"), "n", "s", grains, 0.1, {"grains": "ours"})


def test_networks_that_do_not_fit_are_refused() -> None:
    good = law()
    with pytest.raises(InputError, match=r"needs weights \(61, n\)"):
        replace(good, radius=1.0)
    with pytest.raises(InputError, match="ends with 4 outputs"):
        replace(good, layers=good.layers[:-1])
    with pytest.raises(InputError, match="must be finite"):
        replace(good, pixel=np.nan)
    with pytest.raises(InputError, match="lower ends come first"):
        replace(good, diagonal_range=(0.0, 1.0))
    broken = good.layers[0][0].copy()
    broken[0, 0] = np.inf
    with pytest.raises(InputError, match="calibrate again"):
        replace(good, layers=((broken, good.layers[0][1]), *good.layers[1:]))
    with pytest.raises(InputError, match="1 neighbour or more"):
        nearest(np.zeros((2, 3)), 0)
    assert good == law()
    assert hash(good) == hash(law())
    assert good != law(1.5)
