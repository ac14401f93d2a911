"""The joint law: found again in its own draws, isotropic, of any size, at the noise of its data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import design_matrix
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.schema_joint import JointTable
from nmc_mesh.shell import JointShellModel, ShellClass, ShellModel
from nmc_mesh.shell.fit import ShellFit, fit_laws
from nmc_mesh.shell.frame import free_columns, in_frame, parities
from nmc_mesh.shell.joint_fit import fit_joint, shape_numbers
from nmc_mesh.typing import Floats
from nmc_mesh.validation.shell import compare_shells


@pytest.fixture(scope="module")
def law() -> JointShellModel:
    shell = load_model("nmc111-ct-joint").shell
    assert isinstance(shell, JointShellModel)
    return shell


@pytest.fixture(scope="module")
def drawn(law: JointShellModel) -> Floats:
    return law.sample_many(4000, np.random.default_rng(11)).coefficients


def plain(degree: int, weight: float = 1.0, size: float = 2.0) -> ShellClass:
    """A class of uniform directions: root powers 0.05 of a_00 in every degree."""
    count, numbers = degree + 1, (degree + 1) ** 2 - 5
    sizes = np.array([size, *[np.log(0.05)] * degree])
    factors = 0.05 * np.eye(count), np.eye(numbers)
    return ShellClass(weight, sizes, factors[0], np.zeros(numbers), factors[1])


def test_a_hidden_law_comes_back(law: JointShellModel, drawn: Floats) -> None:
    """4,000 shells: classes, sizes and how degrees hang together."""
    fitted = fit_joint(drawn)
    assert len(fitted.classes) == len(law.classes)
    for one, truth in zip(fitted.classes, law.classes, strict=True):
        assert one.weight == pytest.approx(truth.weight, abs=0.04)
        np.testing.assert_allclose(one.sizes, truth.sizes, atol=0.12)
        spread, expected = (
            np.sqrt((each.sizes_factor**2).sum(axis=1)) for each in (one, truth)
        )  # deviations
        np.testing.assert_allclose(spread, expected, rtol=0.15)
        even = parities(9) == 0
        np.testing.assert_allclose(one.shape[even][1:3], truth.shape[even][1:3], atol=0.25)


def test_no_direction_is_preferred(drawn: Floats) -> None:
    """Mean and variance of X / b are the same in all directions, to the deviation of a sample."""
    radius = drawn @ design_matrix(directions(1)).T / drawn[:, :1] * np.sqrt(4 * np.pi)
    deviation = radius.std() / np.sqrt(len(drawn))
    assert np.abs(radius.mean(axis=0) - radius.mean()).max() < 4 * deviation
    fourth = (((radius - radius.mean()) / radius.std()) ** 4).mean()
    of_variance = np.sqrt((fourth - 1) / len(drawn))
    assert np.abs(radius.var(axis=0) / radius.var() - 1).max() < 4 * of_variance


def test_handedness_is_not_preferred(drawn: Floats) -> None:
    """Every reflection of the frame leaves the law: numbers of odd parities have mean 0."""
    numbers = shape_numbers(drawn)[1]
    odd = parities(9) != 0
    means = numbers[:, odd].mean(axis=0) / (numbers[:, odd].std(axis=0) / np.sqrt(len(drawn)))
    assert np.abs(means).max() < 4.5


def test_a_frame_and_back() -> None:
    """What ``shape_numbers`` finds in ``in_frame`` is what went in, but for reflections."""
    rng = np.random.default_rng(3)
    sizes = np.column_stack([np.full(50, 2.0), rng.uniform(-4, -3, (50, 9))])
    numbers = rng.standard_normal((50, 95))
    again, shape = shape_numbers(in_frame(sizes, numbers))
    np.testing.assert_allclose(again, sizes, atol=1e-9)
    np.testing.assert_allclose(shape[:, 0], numbers[:, 0], atol=1e-6)
    columns = free_columns(9)
    first = np.flatnonzero(columns < 4) + 1
    lengths = np.sqrt((numbers[:, first] ** 2).sum(axis=1, keepdims=True))
    expected = np.abs(numbers[:, first]) / lengths * np.sqrt(3)
    np.testing.assert_allclose(np.abs(shape[:, first]), expected, atol=1e-9)


def fit_of(table: Floats, model: ShellModel | JointShellModel) -> ShellFit:
    n = len(table)
    ids, used = np.arange(1, n + 1, dtype=np.int32), np.ones(n, dtype=np.bool_)
    edcc = np.zeros(table.shape[1])
    return ShellFit(model, fit_laws(table), table, np.zeros(n), edcc, used, ids, 1.0)


def test_its_fit_is_at_the_noise_where_independent_coefficients_are_not(
    drawn: Floats, law: JointShellModel
) -> None:
    """Fitted to 1,500 shells of a hidden joint law, judged by 700 others of it."""
    known, others = drawn[:1500], drawn[3300:]
    joint = fit_joint(known)
    independent = ShellModel(tuple(fit.law for fit in fit_laws(known)))
    figures = {}
    for name, model in (("joint", joint), ("independent", independent)):
        compared = compare_shells(fit_of(others, model), model, np.random.default_rng(5), 700)
        figures[name] = {key: value["ks"] for key, value in compared.distances().items()}
        assert compared.facts()["simulated"] == 700
    # 95 % of two samples of one law stay below 0.073, and the fit has noise of its own
    assert max(figures["joint"].values()) < 0.095
    for name in ("compactness", "sphericity"):
        assert figures["independent"][name] > 0.15


def test_sized_shells_have_their_size_and_its_roughness(law: JointShellModel) -> None:
    rng = np.random.default_rng(8)
    rough = []
    for diameter in (5.0, 9.0):
        shells = [law.sample_sized(diameter, rng) for _ in range(80)]
        assert all(one.equivalent_diameter == pytest.approx(diameter) for one in shells)
        table = np.array([one.coefficients for one in shells])
        rough.append(float(np.median((table[:, 4:] ** 2).sum(axis=1) / table[:, 0] ** 2)))
    assert rough[0] > rough[1]  # as measured: power grows slower than size squared
    for diameter in (0.01, 1000.0):
        assert law.sample_sized(diameter, rng).equivalent_diameter == pytest.approx(diameter)


def test_a_size_is_given_its_class() -> None:
    """Two classes 8 deviations apart: a size tells the class, and so the roughness."""
    smooth = plain(3, size=1.0)
    rough = replace(plain(3, size=1.4), sizes=np.array([1.4, *[np.log(0.15)] * 3]))
    model = JointShellModel((smooth, rough))
    for size, power in ((1.0, 0.05), (1.4, 0.15)):
        diameter = 2 * np.exp(size) / np.sqrt(4 * np.pi)
        shell = model.sample_sized(diameter, np.random.default_rng(1)).coefficients
        ratio = np.sqrt((shell[4:9] ** 2).sum()) / shell[0]
        assert ratio == pytest.approx(power, rel=0.25)


def test_the_same_seed_gives_the_same_bytes_and_a_scaled_law_scaled_shells(
    law: JointShellModel,
) -> None:
    first, second = (law.sample(np.random.default_rng(7)).coefficients for _ in range(2))
    assert first.tobytes() == second.tobytes()
    large = law.scaled(2.5).sample_many(50, np.random.default_rng(3)).coefficients
    small = law.sample_many(50, np.random.default_rng(3)).coefficients
    np.testing.assert_allclose(large, 2.5 * small, rtol=1e-9)


def test_a_model_file_holds_the_law(law: JointShellModel) -> None:
    table = JointTable.of(law)
    for one, again in zip(law.classes, table.model().classes, strict=True):
        np.testing.assert_allclose(again.sizes_factor, one.sizes_factor, atol=1e-3)
        np.testing.assert_allclose(again.shape_factor, one.shape_factor, atol=1e-3)
        np.testing.assert_allclose(again.shape, one.shape, atol=1e-3)
    for name, value, words in (
        ("numbers", table.numbers[:400], "joint law of this degree has"),
        ("numbers", "!" * 8, "not base64"),
        ("weights", [1.0], "for every class"),
        ("deviations", [[0.0]], "greater than 0"),
    ):
        with pytest.raises(ValueError, match=words):
            JointTable.model_validate({**table.model_dump(), name: value})


def test_what_is_no_law_is_refused(drawn: Floats) -> None:
    good = plain(3)
    for change in (
        {"sizes": np.zeros(2)}, {"shape": np.zeros(4)}, {"weight": 0.0},
        {"sizes_factor": np.zeros((4, 4))}, {"shape": np.full(11, np.nan)},
        {"shape_factor": np.ones((11, 11))},
    ):  # fmt: skip
        with pytest.raises(InputError):
            replace(good, **change)
    with pytest.raises(InputError, match="all of one degree"):
        JointShellModel((good, plain(4)))
    with pytest.raises(InputError, match="all of one degree"):
        JointShellModel(())
    with pytest.raises(InputError, match="smallest volume"):
        JointShellModel((good,), -1.0)
    with pytest.raises(InputError, match="60 particles or more, there are 30"):
        fit_joint(drawn[:30])
    with pytest.raises(InputError, match="degree 2 or more"):
        fit_joint(drawn[:, :4])
    with pytest.raises(InputError, match="positive factor"):
        JointShellModel((good,)).scaled(0.0)
    with pytest.raises(InputError, match="must not be negative"):
        JointShellModel((good,)).sample_many(-1, np.random.default_rng(0))
