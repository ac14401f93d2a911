"""A true model is accepted on its own sections, whatever was done to their maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.sections import Section, Treatment
from nmc_mesh.validation.grains_compare import compare_grains
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_maps import section_through_map
from nmc_mesh.validation.grains_truths import PIXEL, TRUTHS

TRUTH = TRUTHS["strong"]
RADIUS = 2.8
SEEDS = (21, 22, 23, 24)
LEAST = (10, 1)


@pytest.fixture(scope="module")
def maps() -> dict[int, list[list[Section]]]:
    """Sections as read of maps, per number of pixels and seed."""
    found: dict[int, list[list[Section]]] = {least: [] for least in LEAST}
    for seed in SEEDS:
        cuts = draw_cuts(TRUTH.model, RADIUS, [0.0, 0.0, 0.9], PIXEL, seed)
        for least in LEAST:
            found[least].append(
                [
                    section_through_map(c, np.random.default_rng([seed, k]), least)
                    for k, c in enumerate(cuts)
                ]
            )
    return found


def ratios(sections: list[Section], seed: int) -> dict[str, float]:
    """Distances over their noise at 5 %."""
    told = compare_grains(sections, TRUTH.model, np.random.default_rng(seed)).distances()
    return {name: value["ks"] / value["ks_noise"] for name, value in told.items()}


@pytest.mark.parametrize("least", LEAST)
def test_the_true_model_is_accepted_on_its_own_sections(
    maps: dict[int, list[list[Section]]], least: int
) -> None:
    told = [ratios(sections, seed) for seed, sections in enumerate(maps[least])]
    for name in ("area", "elongation", "orientation"):
        found = np.array([each[name] for each in told])
        assert found.mean() < 0.9, (name, found)
        assert found.max() < 1.25, (name, found)
    # Chords of one grain are alike, so that they tell less than their number.
    assert np.mean([each["chord"] for each in told]) < 1.5


def test_it_is_rejected_if_nobody_knows_what_was_done(
    maps: dict[int, list[list[Section]]],
) -> None:
    told = []
    for seed, sections in enumerate(maps[10]):
        untold = [replace(one, treatment=Treatment(missing=0.03)) for one in sections]
        told.append(ratios(untold, seed)["area"])
    assert np.mean(told) > 1.2
