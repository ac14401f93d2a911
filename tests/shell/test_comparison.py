"""Comparison of shells: silent about shells of one law, loud about others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.shell import Normal, ShellModel, Student
from nmc_mesh.shell.descriptors import Descriptors
from nmc_mesh.shell.distance_correlation import distance_correlation
from nmc_mesh.shell.fit import ShellFit, fit_laws
from nmc_mesh.validation.shell import compare_shells, power_spectrum

LAWS = (Normal(14.0, 1.0), *[Student(6.0, 0.4 / k) for k in range(1, 4)])
COUNT = 150


def fit_of(table: np.ndarray) -> ShellFit:
    fits = fit_laws(table)
    edcc = np.array([distance_correlation(table[:, 0], column) for column in table.T])
    everyone = np.ones(len(table), dtype=np.bool_)
    ids = np.arange(1, len(table) + 1, dtype=np.int32)
    model = ShellModel(tuple(fit.law for fit in fits))
    return ShellFit(model, fits, table, np.zeros(len(table)), edcc, everyone, ids, 1.0)


@pytest.fixture(scope="module")
def fit() -> ShellFit:
    return fit_of(ShellModel(LAWS).sample_many(COUNT, np.random.default_rng(0)).coefficients)


def test_shells_of_one_law_cannot_be_told_apart(fit: ShellFit) -> None:
    found = compare_shells(fit, ShellModel(LAWS), np.random.default_rng(1))
    for name in Descriptors._fields:
        distance = found.distances()[name]
        assert distance["ks"] < distance["ks_noise"]
        assert distance["ks_noise"] == pytest.approx(1.358 * np.sqrt(2 / COUNT), rel=1e-3)
        assert distance["wasserstein"] < 0.35
    assert (found.edcc_by_degree() < 1.3 * found.edcc_level).all()
    assert found.edcc_level < 2.5 / np.sqrt(COUNT)


def test_larger_and_rougher_shells_are_seen_where_they_differ(fit: ShellFit) -> None:
    rng = np.random.default_rng(2)
    larger = compare_shells(fit, ShellModel(LAWS).scaled(1.2), rng).distances()
    assert larger["d_max"]["ks"] > 0.7
    assert larger["sphericity"]["ks"] < larger["sphericity"]["ks_noise"]
    laws = (LAWS[0], *[Student(6.0, 0.8 / k) for k in range(1, 4)])
    rougher = compare_shells(fit, ShellModel(laws), rng).distances()
    assert rougher["sphericity"]["ks"] > 0.5


def test_dependence_on_the_size_is_seen() -> None:
    table = ShellModel(LAWS).sample_many(COUNT, np.random.default_rng(0)).coefficients
    table[:, 4:9] *= np.where(table[:, :1] > 14, 2.0, 0.2)
    found = compare_shells(fit_of(table), ShellModel(LAWS), np.random.default_rng(1))
    assert found.edcc_by_degree()[1] > found.edcc_level > found.edcc_by_degree()[2] / 1.3


def test_power_is_the_variance_of_the_law() -> None:
    """Mean of a_lm^2 = tau^2 nu / (nu - 2)."""
    table = ShellModel(LAWS).sample_many(20_000, np.random.default_rng(3)).coefficients
    expected = [LAWS[k].tau ** 2 * 6 / 4 for k in (1, 2, 3)]
    np.testing.assert_allclose(power_spectrum(table)[:, 1:].mean(axis=0), expected, rtol=0.04)


def test_measured_shells_that_are_no_bodies_are_left_out(fit: ShellFit) -> None:
    table = np.concatenate([fit.coefficients, fit.coefficients[:3]])
    table[-3:, 4] = 40.0
    found = compare_shells(fit_of(table), ShellModel(LAWS), np.random.default_rng(1), 10)
    assert (len(found.measured), len(found.simulated)) == (COUNT, 10)


def test_other_degrees_and_counts_are_refused(fit: ShellFit) -> None:
    with pytest.raises(InputError, match="degree 1, the measured coefficients 3"):
        compare_shells(fit, ShellModel(LAWS[:2]), np.random.default_rng(0))
    with pytest.raises(InputError, match="2 shells or more"):
        compare_shells(fit, ShellModel(LAWS), np.random.default_rng(0), 1)


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_figures_in_every_format(fit: ShellFit, tmp_path: Path, kind: str) -> None:
    pytest.importorskip("matplotlib", reason="install nmc-mesh[viz] to run this test")
    from nmc_mesh.plot.shell import shell_figure

    found = compare_shells(fit, fit.model, np.random.default_rng(1))
    shell_figure(found, tmp_path / f"shell.{kind}")
    start = (tmp_path / f"shell.{kind}").read_bytes()[:5]
    assert start == {"png": b"\x89PNG\r", "svg": b"<?xml", "pdf": b"%PDF-"}[kind]
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(InputError, match=r"use \.png or"):
        shell_figure(found, tmp_path / "shell.bmp")
