"""Owners of labels: given, kept in files, and refused where they are none."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.owners import NO_OWNERS, Owners


@pytest.mark.parametrize("of_label", [[], [0, 0], [1], [0, 3, 3, 0, 1, 1, 2], [5, 4, 5]])
def test_owners_come_back_from_plain_values(of_label: list[int]) -> None:
    owners = Owners(of_label)
    assert Owners.of_plain(owners.plain()) == owners
    assert owners.of(np.arange(len(of_label) + 1)).tolist() == [0, *of_label]
    assert owners.count == len(set(of_label) - {0})
    assert bool(owners) == any(of_label)


def test_labels_beyond_have_none() -> None:
    assert Owners([1]).of(np.arange(4)).tolist() == [0, 1, 0, 0]
    assert NO_OWNERS.last == 0


@pytest.mark.parametrize(
    "plain",
    [
        [[1, 2]],
        [[2, 1, 1]],
        [[0, 1, 1]],
        [[1, 2, 0]],
        [[1, 2, 1], [2, 3, 2]],
        [[1, 2, 1.5]],
        "runs",
        [[1, 2, True]],
        [[1, 2**40, 1]],
    ],
)
def test_what_is_no_table_of_owners_is_refused(plain: object) -> None:
    with pytest.raises(InputError, match="owners are rows"):
        Owners.of_plain(plain)


@pytest.mark.parametrize("of_label", [[-1], [0.5], [[1, 2]]])
def test_owners_are_whole_numbers(of_label: list[int]) -> None:
    with pytest.raises(InputError, match="whole numbers"):
        Owners(np.array(of_label))
