"""A law of shells found again in outlines of its shells, which are cut another way."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nmc_mesh.shell import Normal, ShellModel
from nmc_mesh.validation.shell_outlines import OutlineTrial, outline_trial

UNIT = np.sqrt(4 * np.pi)
LAW = ShellModel(
    (Normal(4 * UNIT, UNIT), Normal(0, 1e-3), Normal(0, 0.45), Normal(0, 0.25), Normal(0, 0.15))
)


@pytest.fixture(scope="module")
def trial() -> OutlineTrial:
    return outline_trial(LAW, 600, 1, shells=800)


def test_sizes_and_roughness_come_back_within_their_errors(trial: OutlineTrial) -> None:
    """Errors are those that the fit tells, and of a few per cent; three of them are the bound."""
    fit = trial.fit
    away = np.abs(fit.roots - trial.roots) / fit.root_errors
    assert away.max() < 3
    assert (fit.root_errors / fit.roots < 0.12).all()
    for value, truth, error in zip(fit.size, trial.size, fit.size_errors, strict=True):
        assert abs(value - truth) < 3 * error < 0.3 * truth
    assert fit.chance > 1e-3


def test_the_law_is_normal_where_tails_are_not_told(trial: OutlineTrial) -> None:
    families = {law.family for law in trial.fit.model.laws[2:]}
    assert families == {"normal"}
    errors = trial.errors()
    assert errors["tau"] == pytest.approx(errors["root_power"], abs=0.01)  # of drawn shells
    assert trial.fit.model.sample(np.random.default_rng(0)).volume > 0


def test_the_same_seed_gives_the_same_law(trial: OutlineTrial) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        again = outline_trial(LAW, 120, 5, shells=500), outline_trial(LAW, 120, 5, shells=500)
    assert again[0].fit.model == again[1].fit.model
    assert again[0].fit.model != trial.fit.model
