"""Names that a format cannot hold: shortened, told, and told back."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.io import netcdf_file

from nmc_mesh.io import read
from nmc_mesh.io.exodus import write_exodus
from nmc_mesh.io.names import shortened, told_back
from nmc_mesh.mesh.groups import Group
from tests.meshes import cube

LONG = "grain_2147483646_grain_2147483647"
WORDS = "a_name_of_somebody_else_that_is_much_too_long"


def test_names_that_fit_stay() -> None:
    names = ["grain_00001_grain_00002", "outer_surface", "x" * 32]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert shortened(names, 32, "Exodus II") == dict(zip(names, names, strict=True))


def test_long_names_are_shortened_and_told_back() -> None:
    names = [LONG, WORDS, f"{WORDS}_too", "outer_surface"]
    with pytest.warns(UserWarning, match=f"names of 32 characters; shortened: {LONG} to g2147"):
        short = shortened(names, 32, "Exodus II")
    assert short[LONG] == "g2147483646_g2147483647"
    assert all(len(name) <= 32 for name in short.values())
    assert len(set(short.values())) == len(names)
    assert [told_back(short[name], names) for name in names] == names
    assert told_back(short[LONG]) == LONG
    assert told_back("outer_surface") == "outer_surface"
    assert told_back("g1_split") == "g1_split"


def test_exodus_says_what_it_shortens(tmp_path: Path) -> None:
    mesh = cube(1, n=1)
    groups = [
        Group(3, 1, WORDS, np.arange(6, dtype=np.int32)),
        Group(2, 2, LONG, np.arange(len(mesh.facets), dtype=np.int32)),
    ]
    with pytest.warns(UserWarning, match="Exodus II holds names of 32 characters"):
        write_exodus(tmp_path / "long.e", mesh, groups)
    with netcdf_file(tmp_path / "long.e", "r", mmap=False) as file:
        found = {
            kind: b"".join(file.variables[f"{kind}_names"][0]).rstrip(b"\0").decode()
            for kind in ("eb", "ss")
        }
    assert told_back(found["eb"], [WORDS, LONG]) == WORDS
    assert told_back(found["ss"]) == LONG
    assert np.array_equal(read(tmp_path / "long.e").labels, mesh.labels)
