"""The command ``sections``: maps in, a file of sections out, or one line that says why not."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from nmc_mesh import read_labels
from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.geometry import GBPD
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.sections.files import read_sections
from nmc_mesh.sections.treatment import Treatment
from tests.cli.refusal import troubles

SIDE = 61  # pixels of 0.05 um


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a map of a round particle with radial grains, and its labels."""
    monkeypatch.chdir(tmp_path)
    labels = radial_grains()
    np.save("labels.npy", labels)
    turns = np.random.default_rng(0).uniform(0, [6, 3, 6], (labels.max() + 1, 3))
    head = [
        "# Phase 1", "# MaterialName NMC", "# Symmetry 32",
        "# LatticeConstants 2.875 2.875 14.248 90 90 120",
    ]  # fmt: skip
    rows = [
        "{:.4f} {:.4f} {:.4f}".format(*turns[label])
        + f" {0.05 * i:.3f} {0.05 * j:.3f} 100 {0.9 if label else -1.0} 0"
        for (i, j), label in np.ndenumerate(labels)
    ]
    Path("map.ang").write_text("\n".join([*head, *rows]))
    return tmp_path


def radial_grains(side: int = SIDE, count: int = 60) -> np.ndarray:
    rng = np.random.default_rng(4)
    seeds = rng.uniform(-36 / 61 * side, 36 / 61 * side, (count, 2))
    diagram = GBPD.radial(seeds, np.tile([1.0, 5.0], (count, 1)), None, np.zeros(count))
    place = np.stack(np.indices((side, side)), axis=-1).reshape(-1, 2) - side // 2
    labels = diagram.labels(place.astype(float)) + 1
    labels[np.hypot(*place.T) > 27 / 61 * side] = 0
    return labels.reshape(side, side)


def test_a_map_becomes_a_section(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sections", "map.ang", "-o", "sections.h5"]) == 0
    row = capsys.readouterr().out.splitlines()[1].split()
    assert row[0] == "map.ang"
    (record,) = read_sections("sections.h5")
    truth = radial_grains()
    assert not record.mask[truth == 0].any()
    assert record.mask[truth > 0].mean() > 0.99
    assert record.facts["unknown_share"] < 0.05
    assert row[1] == str(record.image.labels.max())
    assert record.facts["radial"] is True
    assert record.facts["cut"] is False
    np.testing.assert_allclose(record.center, 0.05 * (SIDE // 2), atol=0.01)
    image, center = record.image, record.center
    found = describe(image, center, record.known)
    for name, table in found._asdict().items():
        np.testing.assert_array_equal(record.tables[name], table)
    assert record.diagram is not None
    inside = image.labels.ravel() > 0
    fitted = record.diagram.labels(image.points()[inside] - center) + 1
    assert (fitted == image.labels.ravel()[inside]).mean() == pytest.approx(
        record.facts["right"], abs=0.01
    )
    assert 0.8 < record.facts["held_out"] < record.facts["right"]
    assert record.facts["right"] > 0.99
    assert record.facts["center_off"] is False
    place = [record.facts[f"pointing_{axis}"] for axis in "xy"]
    np.testing.assert_allclose(place, record.center, atol=0.15)


def test_all_particles_of_a_map_can_be_taken(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = radial_grains()
    small = labels[20:40, 20:40].copy()
    both = np.zeros((SIDE + 30, SIDE), dtype=int)
    both[:SIDE] = labels
    both[SIDE + 5 : SIDE + 25, 5:25] = np.where(small > 0, small + 100, 0)
    np.save("two.npy", both)
    command = ["sections", "two.npy", "--spacing", "0.05", "--no-fit", "-o", "two.h5"]
    assert run([*command, "--particles", "all", "--min-grains", "3"]) == 0
    one, two = read_sections("two.h5")
    assert (one.name, two.name) == ("two.npy#1", "two.npy#2")
    assert one.mask.sum() == (labels > 0).sum()
    assert two.mask.sum() == (small > 0).sum()
    assert run([*command, "--particles", "all", "--min-grains", "20", "-q"]) == 0
    assert len(read_sections("two.h5")) == 1
    assert run([*command, "--particles", "all", "--min-grains", "900"]) == InputError.exit_code
    assert "no particle has 900 grains" in capsys.readouterr().err


def test_the_size_of_the_preference_chooses(folder: Path) -> None:
    command = ["sections", "-q", "map.ang", "--no-fit", "-o", "sections.h5"]
    for least, chosen in (("0.0", True), ("0.99", False)):
        assert run([*command, "--least-preference", least]) == 0
        assert read_sections("sections.h5")[0].facts["radial"] is chosen


def test_a_centre_that_is_off_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of a particle: the centroid of what is seen is not where the grains point to."""
    np.save("half.npy", radial_grains(121, 240)[:63])
    command = ["sections", "half.npy", "--spacing", "0.05", "--no-fit", "-o", "half.h5"]
    assert run(command) == 0
    (record,) = read_sections("half.h5")
    assert record.facts["center_off"] is True
    assert record.facts["cut"] is True
    assert " off " in capsys.readouterr().out
    right = record.image.origin[0] + 0.05 * 60
    assert record.facts["pointing_x"] == pytest.approx(right, abs=0.25)
    assert record.facts["pointing_preference"] > record.facts["preference"]


def test_a_figure_is_drawn(folder: Path) -> None:
    command = ["sections", "-q", "map.ang", "labels.npy", "--spacing", "0.05", "-o", "s.h5"]
    assert run([*command, "--figure", "s.png"]) == 0
    first = Path("s.png").read_bytes()
    assert len(first) > 20_000
    assert run([*command, "--figure", "s.png"]) == 0
    assert Path("s.png").read_bytes() == first


def table(folder: Path, degrees: bool = False) -> None:
    """The grains of the map by their moments."""
    found = describe(read_labels("labels.npy", 0.05), [0.0, 0.0])
    image = read_labels("labels.npy", 0.05).labels
    rows = []
    for label in found.labels:
        places = 0.05 * np.argwhere(image == label)
        spread = np.cov(places.T, bias=True) + np.eye(2) * 0.05**2 / 12
        values, vectors = np.linalg.eigh(spread)
        angle = np.arctan2(vectors[1, 1], vectors[0, 1])
        a, b = 2 * np.sqrt(values[::-1])
        angle = np.degrees(angle) if degrees else angle
        area = len(places) * 0.05**2
        rows.append(f"{label} {places[:, 0].mean()} {places[:, 1].mean()} {area} {a} {b} {angle}")
    Path("grains.txt").write_text("\n".join(rows))


@pytest.mark.parametrize("degrees", [False, True])
def test_a_table_of_moments_becomes_a_section(folder: Path, degrees: bool) -> None:
    table(folder, degrees)
    names = ["--columns", "id,x,y,area,a,b,angle", *(["--degrees"] if degrees else [])]
    command = ["sections", "-q", "grains.txt", *names, "--spacing", "0.05", "-o", "s.h5"]
    assert run(command) == 0
    (record,) = read_sections("s.h5")
    truth = radial_grains()
    low = np.rint(record.image.origin / 0.05).astype(int)
    size = record.image.labels.shape
    part = truth[low[0] : low[0] + size[0], low[1] : low[1] + size[1]]
    inside = part > 0
    best = [np.bincount(part[inside & (record.image.labels == k)]).max()
            for k in np.unique(record.image.labels[inside])]  # fmt: skip
    assert sum(best) / inside.sum() > 0.88
    assert record.diagram is not None
    labels = record.diagram.labels(record.image.points() - record.center) + 1
    np.testing.assert_array_equal(labels, record.image.labels.ravel())
    assert "right" not in record.facts


def test_labels_can_be_read_as_an_image(folder: Path) -> None:
    assert run(["sections", "-q", "map.ang", "--no-fit", "-o", "sections.h5"]) == 0
    (record,) = read_sections("sections.h5")
    image = read_labels("sections.h5", 0.05, "section_00001/labels", record.image.origin)
    np.testing.assert_array_equal(image.labels, record.image.labels)
    assert record.diagram is None
    assert "right" not in record.facts


def test_a_map_and_its_labels_tell_the_same(folder: Path) -> None:
    command = ["sections", "-q", "map.ang", "labels.npy", "--spacing", "0.05", "--min-pixels", "1"]
    assert run([*command, "--no-fit", "-o", "two.h5"]) == 0
    one, two = read_sections("two.h5")
    for name in ("areas", "elongations", "orientations", "chords_x", "chords_y"):
        np.testing.assert_allclose(
            np.sort(one.tables[name]), np.sort(two.tables[name]), rtol=1e-6, atol=1e-9
        )


def test_the_same_maps_give_the_same_bytes(folder: Path) -> None:
    for name in ("one.h5", "two.h5"):
        assert run(["sections", "-q", "map.ang", "-o", name]) == 0
    assert Path("one.h5").read_bytes() == Path("two.h5").read_bytes()


@pytest.mark.realdata
def test_measured_maps_become_sections(
    measured: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Grains of metals know no centre, and their sections are still diagrams."""
    maps = [measured / "ebsd" / name for name in ("Out_Of_Order.ang", "sdss_ferrite_austenite.ang")]
    assert run(["sections", *map(str, maps), "-o", "sections.h5"]) == 0
    assert "Out_Of_O" in capsys.readouterr().out
    for record in read_sections("sections.h5"):
        assert not record.facts["radial"]
        assert abs(record.facts["preference"]) < 3 * record.facts["preference_error"]
        assert record.facts["right"] > 0.92


REFUSED = {
    "no map": ("-o s.h5", 2, "Missing argument"),
    "missing": ("none.ang -o s.h5", FileError.exit_code, "check the name"),
    "unknown map": ("map.bmp -o s.h5", InputError.exit_code, "unknown extension '.bmp'"),
    "unknown output": ("map.ang -o s.msh", InputError.exit_code, "use .h5"),
    "no folder": ("map.ang -o no/s.h5", FileError.exit_code, "mkdir -p 'no'"),
    "no spacing": ("labels.npy -o s.h5", InputError.exit_code, "give it (spacing, --spacing"),
    "angle": ("map.ang --angle 0 -o s.h5", InputError.exit_code, "between 0 and pi"),
    "pixels": ("map.ang --min-pixels 0 -o s.h5", InputError.exit_code, "at least 1 pixel"),
    "hide": ("map.ang --hold-out 2 -o s.h5", InputError.exit_code, "[0, 1)"),
    "figure": ("map.ang --figure s.bmp -o s.h5", InputError.exit_code, "use .png"),
    "columns": ("table.txt -o s.h5", InputError.exit_code, "--columns"),
    "degrees": (
        "table.txt --columns x,y,area,a,b,angle -o s.h5",
        InputError.exit_code,
        "--degrees",
    ),
    "one of two": ("map.ang none.ang -o s.h5", FileError.exit_code, "none.ang"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, remedy = REFUSED[case]
    Path("table.txt").write_text("1 2 3 1 1 150\n4 5 3 1 1 20\n")
    before = sorted(folder.iterdir())
    assert run(["sections", *arguments.split()]) == code
    error = troubles(capsys.readouterr().err)
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert remedy in error
    assert sorted(folder.iterdir()) == before


def test_a_map_is_never_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("map.h5").write_bytes(b"a map")
    assert run(["sections", "map.h5", "-o", "map.h5"]) == InputError.exit_code
    assert Path("map.h5").read_bytes() == b"a map"


def test_other_files_hold_no_sections(folder: Path) -> None:
    import h5py

    with pytest.raises(FileError, match="check the name"):
        read_sections("none.h5")
    with h5py.File("empty.h5", "w"):
        pass
    with pytest.raises(FileError, match="holds no sections; make it with: nmc-mesh sections"):
        read_sections("empty.h5")
    Path("text.h5").write_text("text")
    with pytest.raises(FileError, match="truncated or damaged"):
        read_sections("text.h5")


def test_small_grains_of_a_label_image_are_unknown(folder: Path) -> None:
    labels = radial_grains()
    labels[30, 30:32] = labels.max() + 1
    labels[1, 1] = labels.max() + 1
    np.save("specks.npy", labels)
    command = ["sections", "-q", "specks.npy", "--spacing", "0.05", "--no-fit", "-o", "specks.h5"]
    assert run(command) == 0
    (every,) = read_sections("specks.h5")
    assert every.image.labels.max() == len(np.unique(labels)) - 1
    assert every.treatment == Treatment(1)
    assert run([*command, "--min-pixels", "3"]) == 0
    (large,) = read_sections("specks.h5")
    assert large.done.min_pixels == 3
    left = np.bincount(labels.ravel())[1:] >= 3
    assert large.image.labels.max() == left.sum()
    assert not large.known[30, 30:32].any()
    assert large.known[1, 1]  # outside of the particle
    assert not large.mask[1, 1]
    assert run([*command, "--min-pixels", "3", "--particles", "all"]) == 0
    assert read_sections("specks.h5")[0].image.labels.max() == left.sum()
    assert run([*command, "--min-pixels", "99999"]) == InputError.exit_code


def test_points_of_little_confidence_are_left_out_and_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Path("map.ang").read_text().splitlines()
    rng = np.random.default_rng(0)
    poor = [line.replace(" -1.0 0", f" {rng.uniform(0, 0.03):.3f} 0") for line in lines]
    Path("poor.ang").write_text("\n".join(poor))
    command = ["sections", "poor.ang", "--no-fit", "-o", "poor.h5"]
    assert run(command) == 0
    assert "with a confidence index below 0." in capsys.readouterr().err
    (record,) = read_sections("poor.h5")
    assert 0.03 < (record.done.min_confidence or 0.0) < 0.9
    assert not record.mask[radial_grains() == 0].any()
    assert run([*command, "-q", "--min-confidence", "0"]) == 0
    (every,) = read_sections("poor.h5")
    assert every.done.min_confidence is None
    assert every.mask.all()
    assert run([*command, "--min-confidence", "high"]) == InputError.exit_code
    assert "--min-confidence takes a number or auto, not 'high'" in capsys.readouterr().err


def test_a_file_of_sections_says_its_axes(folder: Path) -> None:
    assert run(["sections", "-q", "map.ang", "--no-fit", "-o", "sections.h5"]) == 0
    (record,) = read_sections("sections.h5")
    with h5py.File("sections.h5") as file:
        group = file["section_00001"]
        assert group.attrs["axes"] == "xy"
        for name in ("labels", "known"):
            assert group[name].attrs["axes"] == "yx"
        np.testing.assert_array_equal(group["labels"][()].T, record.image.labels)
