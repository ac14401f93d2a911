"""Tables of grains: what is read, what is refused, and how near the guessed diagram comes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.ebsd import GrainTable, read_grain_table
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.geometry import LabelImage, labels_on_grid
from nmc_mesh.grains.fit_moments import diagram_of_moments, planar_axes
from nmc_mesh.sections.descriptors import describe

ROWS = "1 0.5 1.0 2.0 1.0 0.5 90 7\n2 1.5 1.0 2.0 1.5 0.4 30 7\n"
NAMES = ["id", "x", "y", "area", "a", "b", "angle"]


def test_columns_are_named_by_the_file_or_the_caller(tmp_path: Path) -> None:
    (tmp_path / "bare.txt").write_text(ROWS)
    found = read_grain_table(tmp_path / "bare.txt", NAMES, degrees=True)
    np.testing.assert_array_equal(found.centroids, [[0.5, 1.0], [1.5, 1.0]])
    np.testing.assert_array_equal(found.semi_axes, [[1.0, 0.5], [1.5, 0.4]])
    np.testing.assert_allclose(found.angles, np.radians([90, 30]))
    (tmp_path / "named.csv").write_text(
        "# grains of a map\n# theta,X_1,X_2,a,b,areas\n0.5,1,2,3,1,9\n\n0.6,2,2,3,1,9\n"
    )
    named = read_grain_table(tmp_path / "named.csv")
    np.testing.assert_array_equal(named.angles, [0.5, 0.6])
    np.testing.assert_array_equal(named.areas, [9, 9])
    assert len(named) == 2


BAD = {
    "empty": ("", FileError, "is empty"),
    "header only": ("# x y area a b angle\n", FileError, "a header but no points"),
    "no names": (ROWS, InputError, r"no column is named x, y.*--columns"),
    "words": ("# x y area a b angle\n1 2 3 a b 0\n", FileError, "line 2: 'a' is not a number"),
    "ragged": ("# x y area a b angle\n1 2 3 1 1 0\n1 2 3 1 1\n", FileError, "line 3: 5 columns"),
    "degrees": ("# x y area a b angle\n1 2 3 1 1 170\n", InputError, "say --degrees"),
    "no size": ("# x y area a b angle\n1 2 3 1 0 1\n", InputError, "grain 1 has no positive"),
    "missing": ("# x y area a b angle\n1 2 3 1 nan 1\n", FileError, "missing or not finite"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_table_is_told(tmp_path: Path, case: str) -> None:
    text, error, told = BAD[case]
    (tmp_path / "grains.txt").write_text(text)
    with pytest.raises(error, match=told):
        read_grain_table(tmp_path / "grains.txt")


def test_disks_make_a_voronoi_diagram() -> None:
    rng = np.random.default_rng(0)
    centroids = rng.uniform(0, 10, (20, 3))
    axes = np.linalg.qr(rng.normal(size=(20, 3, 3)))[0]
    diagram = diagram_of_moments(centroids, np.full((20, 3), 0.7), axes)
    np.testing.assert_allclose(diagram.matrices, np.tile(np.eye(3), (20, 1, 1)), atol=1e-12)
    with pytest.raises(InputError, match="semi-axes need the centroids' shape"):
        diagram_of_moments(centroids, np.ones((20, 2)), axes)
    with pytest.raises(InputError, match="axes have shape"):
        diagram_of_moments(centroids, np.ones((20, 3)), axes[:, :2])
    with pytest.raises(InputError, match="must be positive; that of grain 1 is 0"):
        diagram_of_moments(centroids, np.zeros((20, 3)), axes)


MEASURED: dict[str, tuple[list[str] | None, bool]] = {
    "lpm_ebsd_grains.txt": (NAMES, True),
    "sample_lc_steel_grain_file_final.txt": (None, False),
}


def guessed(table: GrainTable) -> LabelImage:
    """Labels of the guessed diagram, twelve pixels to a grain's edge."""
    diagram = diagram_of_moments(table.centroids, table.semi_axes, planar_axes(table.angles))
    lower, upper = table.centroids.min(axis=0), table.centroids.max(axis=0)
    step = float(np.sqrt(table.areas.mean())) / 12
    shape = tuple(int(n) for n in np.ceil((upper - lower) / step))
    return LabelImage(labels_on_grid(diagram, lower, step, shape) + 1, step, lower)


@pytest.mark.realdata
@pytest.mark.parametrize("name", MEASURED)
def test_measured_moments_come_back(measured: Path, name: str) -> None:
    """The guessed diagram has the measured areas, and its grains lie as the measured ones do."""
    columns, degrees = MEASURED[name]
    table = read_grain_table(measured / "grains" / name, columns, degrees=degrees)
    image = guessed(table)
    found = describe(image, [0.0, 0.0])
    there = found.labels - 1
    assert len(there) >= len(table) - 3
    areas = table.areas[there]
    assert np.corrcoef(found.areas, areas)[0, 1] > 0.995
    assert np.median(np.abs(found.areas / areas - 1)) < 0.06
    near = np.linalg.norm(found.centroids - table.centroids[there], axis=1)
    assert np.median(near) < 0.05 * np.sqrt(areas.mean())
