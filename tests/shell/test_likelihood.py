"""Known laws are recovered, and the right family is chosen."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.shell import LogNormal, Normal, Student
from nmc_mesh.shell.likelihood import fit_law, parameter_deviations


@pytest.mark.parametrize(
    ("law", "centred"),
    [
        (Normal(3.0, 0.5), False),
        (Normal(0.0, 0.5), True),
        (LogNormal(0.4, -1.5, 4.0), False),
        (Student(4.0, 0.2), True),
        (Student(3.0, 0.2, 5.0), False),
    ],
)
def test_a_known_law_is_recovered(law: Normal | LogNormal | Student, centred: bool) -> None:
    """Within four bootstrap deviations; the family is right."""
    rows = law.sample((2000, 3), np.random.default_rng(11))
    fit = fit_law(rows, centred)
    assert type(fit.law) is type(law)
    assert fit.count == 6000
    spread = parameter_deviations(rows, fit.law, centred, np.random.default_rng(1), 25)
    for name, value in vars(law).items():
        assert abs(getattr(fit.law, name) - value) <= 4 * spread[name]


def test_likelihoods_are_those_of_the_densities() -> None:
    x = Student(4.0, 0.2, 5.0).sample((500,), np.random.default_rng(0))
    fit = fit_law(x, centred=False)
    direct = np.log(fit.law.density(x)).sum()
    assert fit.log_likelihood["student"] == pytest.approx(direct, rel=1e-9)
    assert fit.log_likelihood["student"] == max(fit.log_likelihood.values())


def test_a_centred_log_normal_has_mean_zero() -> None:
    law = LogNormal(0.5, -np.exp(0.5 * 0.5**2), 1.0)
    x = law.sample((4000,), np.random.default_rng(4))
    fit = fit_law(x, centred=True)
    assert isinstance(fit.law, LogNormal)
    mean = fit.law.loc + fit.law.scale * np.exp(0.5 * fit.law.shape**2)
    assert mean == pytest.approx(0, abs=1e-9)
    assert fit.log_likelihood["lognormal"] >= np.log(law.density(x)).sum()
    spread = parameter_deviations(x[:, None], fit.law, True, np.random.default_rng(1), 25)
    assert fit.law.shape == pytest.approx(0.5, abs=4 * spread["shape"])


@pytest.mark.parametrize(
    "bad", [np.ones(3), np.ones(20), np.array([1.0, np.nan] * 10)], ids=["few", "equal", "nan"]
)
def test_bad_numbers_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(InputError, match="law is fitted"):
        fit_law(bad, centred=False)
