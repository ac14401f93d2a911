"""Measured maps: formats, grain counts at 5 and 10 degrees, orders of rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.ebsd import EbsdScan, grains, read_scan, trusted
from nmc_mesh.ebsd.grains import neighbours, turned
from nmc_mesh.sections import section_of_scan

pytestmark = pytest.mark.realdata

# File -> shape, step in um, phases, indexed share, grains at 5 and at 10 degrees.
MAPS = {
    "EdaxAngOnly.h5": ((186, 151), 1.5, 1, 0.9998, 266, 258),
    "Out_Of_Order.ang": ((189, 201), 0.25, 1, 0.8177, 211, 203),
    "sdss_ferrite_austenite.ang": ((117, 100), 1.5, 2, 1.0, 102, 102),
    "testDataEBSD.cpr": ((359, 243), 0.12, 1, 0.9998, 109, 105),
    "MEA_60CR_1C.ctf": ((500, 375), 0.96, 1, 0.32925, 398, 308),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_measured_map(measured: Path, name: str) -> None:
    shape, step, phases, indexed, at_five, at_ten = MAPS[name]
    found = read_scan(measured / "ebsd" / name)
    assert found.phase.shape == shape
    np.testing.assert_allclose(found.step, step, rtol=1e-5)
    assert not found.hexagonal
    assert len(found.phases) == phases
    assert {phase.laue for phase in found.phases} == {"m-3m"}
    assert found.indexed.mean() == pytest.approx(indexed, abs=2e-4)
    assert grains(found).max() == at_five
    assert grains(found, np.radians(10)).max() == at_ten


@pytest.mark.parametrize("name", MAPS)
def test_the_confidence_of_measured_maps_has_a_valley_or_none(measured: Path, name: str) -> None:
    """Only one of these maps has a peak of poor solutions; its valley is near the usual 0.1."""
    found = trusted(read_scan(measured / "ebsd" / name)).limit
    assert found == (0.13 if name == "Out_Of_Order.ang" else None)


def test_scrambled_rows_give_the_sorted_map(measured: Path, tmp_path: Path) -> None:
    path = measured / "ebsd" / "Out_Of_Order.ang"
    lines = path.read_text().splitlines()
    rows = [line for line in lines if line.strip() and not line.startswith("#")]
    places = [tuple(map(float, row.split()[4:2:-1])) for row in rows]
    assert places != sorted(places)
    ordered = [row for _, row in sorted(zip(places, rows, strict=True))]
    head = [line for line in lines if line.startswith("#")]
    (tmp_path / "sorted.ang").write_text("\n".join([*head, *ordered]))
    one, two = read_scan(path), read_scan(tmp_path / "sorted.ang")
    np.testing.assert_array_equal(one.angles, two.angles)
    np.testing.assert_array_equal(grains(one), grains(two))


def test_grain_sizes_are_those_of_a_polycrystal(measured: Path) -> None:
    """Sizes spread over orders of magnitude, and no grain holds the map."""
    labels = grains(read_scan(measured / "ebsd" / "EdaxAngOnly.h5"))
    sizes = np.bincount(labels.ravel())[1:]
    assert sizes.max() < 0.1 * labels.size
    assert 0.5 < np.log(sizes).std() < 2.0


def test_a_section_of_a_full_field_is_told_to_be_cut(measured: Path) -> None:
    found = section_of_scan(read_scan(measured / "ebsd" / "testDataEBSD.cpr"))
    assert found.cut
    assert found.mask.mean() > 0.99
    assert (~found.known).mean() < 0.002


def as_ctf(path: Path, scan: EbsdScan) -> Path:
    """The indexed points of a map as Oxford's text, decimal commas and all."""
    head = (
        f"Channel Text File\nPhases\t1\n3,57;3,57;3,57\t90;90;90\tNi\t11\t225\nXCells\t"
        f"{scan.phase.shape[0]}\nYCells\t{scan.phase.shape[1]}\n"
        "Phase\tX\tY\tBands\tError\tEuler1\tEuler2\tEuler3\tMAD\tBC\tBS\n"
    )
    there = scan.indexed
    places, angles = scan.points()[there], np.degrees(scan.angles[there])
    rows = [
        f"1\t{x:.4f}\t{y:.4f}\t8\t0\t{a:.6f}\t{b:.6f}\t{c:.6f}\t0.5\t1\t1".replace(".", ",")
        for (x, y), (a, b, c) in zip(places, angles, strict=True)
    ]
    path.write_text(head + "\n".join(rows) + "\n")
    return path


def test_two_formats_of_one_map_agree(measured: Path, tmp_path: Path) -> None:
    one = read_scan(measured / "ebsd" / "testDataEBSD.cpr")
    two = read_scan(as_ctf(tmp_path / "map.ctf", one))
    np.testing.assert_array_equal(two.indexed, one.indexed)
    np.testing.assert_allclose(two.angles, one.angles, atol=2e-8)
    np.testing.assert_array_equal(grains(two), grains(one))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["testDataEBSD.cpr", "sdss_ferrite_austenite.ang"])
def test_neighbours_are_turned_as_orix_says(measured: Path, name: str) -> None:
    orix = pytest.importorskip("orix.quaternion")
    scan = read_scan(measured / "ebsd" / name)
    first, second = neighbours(scan)
    some = np.random.default_rng(0).choice(len(first), 3000, replace=False)
    first, second = first[some], second[some]
    phase, angles = scan.phase.ravel(), scan.angles.reshape(-1, 3)
    alike = phase[first] == phase[second]
    ours = np.degrees(turned(scan, first, second))
    assert np.isinf(ours[~alike]).all()
    one, two = (
        orix.Orientation.from_euler(angles[part[alike]], symmetry=orix.symmetry.Oh)
        for part in (first, second)
    )
    np.testing.assert_allclose(ours[alike], one.angle_with(two, degrees=True), atol=1e-3)
