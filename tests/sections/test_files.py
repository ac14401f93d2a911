"""Files of sections: everything comes back; the first version tells no treatment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from nmc_mesh.cli.fitted_sections import read_fitted
from nmc_mesh.errors import FileError
from nmc_mesh.geometry import LabelImage
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.progress import silent
from nmc_mesh.sections import Section, Treatment, section_of_labels
from nmc_mesh.sections.files import read_sections, write_sections


def whole() -> Section:
    labels = np.kron(np.arange(1, 26).reshape(5, 5), np.ones((6, 6), int))
    labels[3, 3] = 0
    unknown = labels == 0
    section = section_of_labels(LabelImage(labels, 0.1, [1.0, 2.0]), unknown, name="a/map.ang")
    diagram = fit_section(section.image, section.center, 5).diagram
    treatment = Treatment(10, 6, 0.03, True, "circle", 0.1, 0.05)
    return replace(
        section, treatment=treatment, height=0.4, diagram=diagram, tables={"a": np.arange(25.0)},
        facts={"radial": True, "preference": 0.5},
    )  # fmt: skip


def test_a_section_comes_back_whole(tmp_path: Path) -> None:
    one = whole()
    bare = replace(one, treatment=None, height=None, diagram=None, tables={}, facts={})
    write_sections(tmp_path / "s.h5", [one, bare])
    back, second = read_sections(tmp_path / "s.h5")
    np.testing.assert_array_equal(back.image.labels, one.image.labels)
    np.testing.assert_array_equal(back.known, one.known)
    np.testing.assert_array_equal(back.tables["a"], one.tables["a"])
    np.testing.assert_array_equal(back.fitted.matrices, one.fitted.matrices)
    for name in ("treatment", "height", "name", "facts"):
        assert getattr(back, name) == getattr(one, name)
    assert (second.treatment, second.height, second.diagram) == (None, None, None)


def first_version(path: Path) -> None:
    """Write a file as it was before the treatment was told."""
    write_sections(path, [whole()])
    with h5py.File(path, "a") as file:
        del file.attrs["version"]
        group = file["section_00001"]
        del group["treatment"]
        group["facts"].attrs["height"] = group.attrs["height"]
        del group.attrs["height"]


def test_the_first_version_is_read_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first_version(tmp_path / "old.h5")
    (old,) = read_sections(tmp_path / "old.h5")
    assert old.treatment is None
    assert old.height == 0.4
    assert "height" not in old.facts
    # The smallest grain tells from which size on grains were kept.
    assert old.done == Treatment(35, missing=old.unknown_share)
    read_fitted([tmp_path / "old.h5"], None, None, False, silent)
    said = " ".join(capsys.readouterr().err.split())
    assert "map.ang: the file is of an earlier version" in said
    write_sections(tmp_path / "new.h5", [whole()])
    read_fitted([tmp_path / "new.h5"], None, None, False, silent)
    assert capsys.readouterr().err == ""


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    write_sections(tmp_path / "s.h5", [whole()])
    with h5py.File(tmp_path / "s.h5", "a") as file:
        file.attrs["version"] = 3
    with pytest.raises(FileError, match="version 3, this program reads 2"):
        read_sections(tmp_path / "s.h5")
