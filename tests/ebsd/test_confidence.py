"""Poor solutions are left out where the histogram of the confidence parts them."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.ebsd import EbsdScan, Phase, trusted
from nmc_mesh.errors import InputError
from nmc_mesh.sections import section_of_scan
from nmc_mesh.typing import Floats
from tests.ebsd.maps import NICKEL, scan

SIDE = 90


def in_resin(phase: Phase = NICKEL, seed: int = 0) -> EbsdScan:
    """A disc of nine grains in resin, of which a clean-up made patches of a confidence near 0."""
    rng = np.random.default_rng(seed)
    i, j = np.indices((SIDE, SIDE))
    grain = 1 + i // 30 + 3 * (j // 30)
    outside = np.hypot(i - 44.5, j - 44.5) > 40
    patch = 10 + i // 5 + 18 * (j // 5)
    angles = rng.uniform(0, [6, 3, 6], (400, 3))[np.where(outside, patch, grain)]
    index = np.where(
        outside, rng.exponential(0.015, outside.shape), rng.uniform(0.15, 0.9, i.shape)
    )
    whole = scan(angles, 0.1, phase)
    return EbsdScan(
        whole.angles, whole.phase, index, whole.phases, whole.step, whole.origin, name="map"
    )


def with_confidence(values: Floats, phase: Phase = NICKEL) -> EbsdScan:
    whole = in_resin(phase)
    return EbsdScan(
        whole.angles, whole.phase, np.resize(values, (SIDE, SIDE)), whole.phases, whole.step,
        whole.origin, name="map",
    )  # fmt: skip


def test_patches_of_a_clean_up_in_resin_are_left_out() -> None:
    found = trusted(in_resin())
    assert found.limit is not None
    assert 0.05 < found.limit < 0.15
    assert section_of_scan(in_resin()).image.labels.max() > 50
    assert section_of_scan(found.scan).image.labels.max() == 9
    assert found.lost == (~found.scan.indexed).sum()
    assert f"{found.lost:,} points" in found.told()


def test_all_points_stay_where_no_valley_parts_them() -> None:
    rng = np.random.default_rng(1)
    for values in (
        rng.uniform(0, 1, 8100), rng.beta(2, 3, 8100), rng.exponential(0.1, 8100),
        rng.normal(0.1, 0.03, 8100), np.array([0.5]), np.array([0.0]), np.array([np.nan]),
    ):  # fmt: skip
        found = trusted(with_confidence(values))
        assert (found.limit, found.lost) == (None, 0)
    assert "all solutions are taken" in found.told()


def test_of_oxfords_deviation_large_values_are_poor() -> None:
    oxford = Phase("Nickel", "m-3m", NICKEL.lattice, "a*")
    rng = np.random.default_rng(2)
    good, poor = rng.normal(0.5, 0.1, 7000), rng.uniform(1.7, 2.0, 1100)
    found = trusted(with_confidence(np.concatenate([good, poor]), oxford))
    assert found.limit is not None
    assert 1.0 < found.limit < 1.7
    assert found.lost == 1100
    assert "mean angular deviation above" in found.told()
    assert trusted(with_confidence(good, oxford)).limit is None
    assert trusted(with_confidence(good, oxford), 0.5).lost == pytest.approx(4050, rel=0.1)


def test_a_given_limit_is_taken() -> None:
    every = trusted(in_resin(), 0.0)
    assert (every.limit, every.lost) == (None, 0)
    half = trusted(in_resin(), 0.5)
    assert half.scan.confidence[half.scan.indexed].min() >= 0.5
    with pytest.raises(
        InputError, match="no point is left at a limit of 2 of the confidence index"
    ):
        trusted(in_resin(), 2.0)
    for wrong in (-1.0, np.nan):
        with pytest.raises(InputError, match="a number of 0 or more"):
            trusted(in_resin(), wrong)
