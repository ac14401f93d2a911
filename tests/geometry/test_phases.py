"""Phases of labels: a table that says the same whichever way it was made, and names of facets."""

from __future__ import annotations

import pickle
from itertools import permutations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage, kept_labels
from nmc_mesh.geometry.phases import ALL_GRAINS, PHASES, Phase, Phases, facet_name


@pytest.mark.parametrize("seed", range(5))
def test_a_table_knows_the_phase_of_every_label(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = np.array(["grain", "pore", "crack", "electrolyte", "coating"])
    drawn = names[rng.integers(0, len(names), 40)]
    told = {name: 1 + rng.permutation(np.flatnonzero(drawn == name)) for name in names}
    phases = Phases(told)
    assert [phases.of(label) for label in range(1, 41)] == drawn.tolist()
    rows_of, rows = phases.rows(np.arange(41))
    assert [rows_of[row] for row in rows[1:]] == drawn.tolist()
    for name in names[1:]:
        np.testing.assert_array_equal(phases.labels_of(name), np.sort(told[name]))
    for kind in ("solid", "void", "fluid"):
        expected = [False, *(PHASES.find(name).kind == kind for name in drawn)]
        np.testing.assert_array_equal(phases.mask(kind, np.arange(41)), expected)
    assert Phases.of_plain(phases.plain()) == phases == pickle.loads(pickle.dumps(phases))


def test_labels_beyond_the_table_are_grains() -> None:
    assert Phases({"pore": [3]}).of(99) == "grain" == ALL_GRAINS.of(1)
    assert not ALL_GRAINS
    assert not Phases({"grain": [1, 2]})
    assert Phases({"pore": [9]}).mask("void", np.arange(5)).sum() == 0


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("grain", "grain", "grain_boundary"),
        ("grain", None, "outer_surface"),
        ("coating", None, "outer_surface"),
        ("electrolyte", None, "domain_boundary"),
        ("pore", None, "pore_opening"),
        ("grain", "pore", "pore_surface"),
        ("coating", "crack", "crack_surface"),
        ("grain", "electrolyte", "particle_electrolyte"),
        ("grain", "coating", "particle_coating"),
        ("coating", "electrolyte", "coating_electrolyte"),
        ("pore", "electrolyte", "pore_electrolyte"),
    ],
)
def test_facets_are_named_by_the_two_phases_in_any_order(
    first: str, second: str | None, name: str
) -> None:
    assert facet_name(first, second) == name
    if second is not None:
        assert facet_name(second, first) == name


def test_different_meetings_of_phases_have_different_names_but_for_walls_of_one_void() -> None:
    names = [facet_name(*pair) for pair in permutations(PHASES, 2)]
    walls = [name for name in names if name.endswith("_surface")]
    assert len(set(names) - set(walls)) == (len(names) - len(walls)) / 2


@pytest.mark.parametrize(
    ("told", "remedy"),
    [
        ({"poer": [1]}, "perhaps you meant 'pore'"),
        ({"pore": [0]}, "of 1 or more"),
        ({"pore": [1.5]}, "whole numbers"),
        ({"pore": [2], "crack": [2]}, "label 2 has two phases"),
    ],
)
def test_a_bad_table_is_refused(told: dict[str, list[int]], remedy: str) -> None:
    with pytest.raises(InputError, match=remedy):
        Phases(told)


@pytest.mark.parametrize(
    "plain", [3, {"pore": 3}, {"pore": [[1, 2, 3]]}, {"pore": [[2, 1]]}, {"pore": [[1, 1e99]]}]
)
def test_a_damaged_table_of_a_file_is_refused(plain: object) -> None:
    with pytest.raises(InputError):
        Phases.of_plain(plain)


def test_a_phase_of_another_package_is_as_good_as_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(PHASES), "_foreign", {"sei": Phase("solid", "grown on it")})
    phases = Phases({"sei": [2]})
    assert phases.mask("solid", np.arange(3)).tolist() == [False, True, True]
    assert (
        facet_name("sei", "electrolyte") == "electrolyte_sei"
        or facet_name("sei", "electrolyte") == "sei_electrolyte"
    )


def test_an_image_keeps_its_phases_when_labels_are_left_out() -> None:
    image = LabelImage(np.array([[[1, 2], [3, 0]]]), 0.1, phases=Phases({"pore": [3]}))
    assert kept_labels(image, [1, 3]).phases == image.phases
