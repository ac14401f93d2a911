"""Designs: which values a particle gets, and from which stream it is drawn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc_mesh.dataset.design import Designer, streams
from nmc_mesh.dataset.plan import parse_plan
from nmc_mesh.errors import InputError

BASE = 'name = "d"\nnumber = {number}\nseed = {seed}\n[particles]\nmodel = {model}\n{rest}'


def designer(
    rest: str, kind: str = "random", number: int = 40, seed: int = 3, model: str = '"nmc-radial"'
) -> Designer:
    text = BASE.format(number=number, seed=seed, model=model, rest=rest)
    return Designer(parse_plan(f'{text}\n[design]\nkind = "{kind}"\n'))


@given(st.integers(0, 2**40), st.integers(0, 50))
def test_streams_are_those_that_spawn_gives(seed: int, k: int) -> None:
    children = np.random.SeedSequence(seed).spawn(k + 1)[k].spawn(2)
    for own, child in zip(streams(seed, k), children, strict=True):
        np.testing.assert_array_equal(own.generate_state(8), child.generate_state(8))


def test_random_values_fill_their_range_and_depend_on_nothing_else() -> None:
    rest = "diameter = { low = 2.0, high = 4.0 }"
    many, few = designer(rest, number=400), designer(rest, number=7)
    drawn = np.array([item.diameter for item in many])
    assert drawn.min() >= 2
    assert drawn.max() <= 4
    assert abs(drawn.mean() - 3) < 4 * 2 / np.sqrt(12 * 400)
    assert [item.diameter for item in few] == drawn[:7].tolist()
    assert many[399] == designer(rest, number=400)[399]
    assert designer(rest, seed=4)[0] != few[0]


def test_a_grid_has_every_combination_once() -> None:
    found = designer(
        "diameter = { low = 1.0, high = 100.0, levels = 3, log = true }\n[voxels]\n"
        "spacing = [0.1, 0.2]",
        "grid",
        number=13,
        model='["nmc-radial", "nmc-equiaxed"]',
    )
    assert found.combinations == 12
    items = list(found)
    wanted = itertools.product(["nmc-radial", "nmc-equiaxed"], [1.0, 10.0, 100.0], [0.1, 0.2])
    for item, (model, diameter, spacing) in zip(items, wanted, strict=False):
        assert (item.model, item.spacing) == (model, spacing)
        assert item.diameter == pytest.approx(diameter)
    assert items[12]._replace(k=0) == items[0]


def test_a_latin_hypercube_has_one_value_in_every_stratum() -> None:
    found = list(
        designer(
            "diameter = { low = 1.0, high = 3.0 }\n[voxels]\nspacing = { low = 0.1, high = 0.2 }",
            "latin-hypercube",
            number=50,
            model='["nmc-radial", "nmc-equiaxed"]',
        )
    )
    for name, low, high in (("diameter", 1.0, 3.0), ("spacing", 0.1, 0.2)):
        values = np.array([getattr(item, name) for item in found])
        strata = np.floor((values - low) / (high - low) * 50).astype(int)
        assert sorted(strata) == list(range(50))
    assert sum(item.model == "nmc-radial" for item in found) == 25


def test_lists_go_side_by_side() -> None:
    rest = "diameter = [1.0, 2.0, 3.0]\n[voxels]\nspacing = [0.1, 0.2, 0.3]"
    pairs = [(item.diameter, item.spacing) for item in designer(rest, "list", number=4)]
    assert pairs == [(1.0, 0.1), (2.0, 0.2), (3.0, 0.3), (1.0, 0.1)]
    with pytest.raises(InputError, match="diameter has 3, spacing has 2"):
        designer(rest.replace(", 0.3", ""), "list")
    with pytest.raises(InputError, match="'diameter' is a range"):
        designer("diameter = { low = 1.0, high = 2.0 }", "list")
