"""The command ``sections``: maps in, a file of sections out, or one line that says why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh import read_labels
from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.geometry import GBPD
from nmc_mesh.io.sections import read_sections
from nmc_mesh.validation.sections import describe

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


def radial_grains() -> np.ndarray:
    rng = np.random.default_rng(4)
    seeds = rng.uniform(-36, 36, (60, 2))
    diagram = GBPD.radial(seeds, np.tile([1.0, 5.0], (60, 1)), None, np.zeros(60))
    place = np.stack(np.indices((SIDE, SIDE)), axis=-1).reshape(-1, 2) - SIDE // 2
    labels = diagram.labels(place.astype(float)) + 1
    labels[np.hypot(*place.T) > 27] = 0
    return labels.reshape(SIDE, SIDE)


def test_a_map_becomes_a_section(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sections", "map.ang", "-o", "sections.h5"]) == 0
    row = capsys.readouterr().out.splitlines()[1].split()
    assert row[0] == "map.ang"
    (record,) = read_sections("sections.h5")
    truth = radial_grains()
    assert not record.section.mask[truth == 0].any()
    assert record.section.mask[truth > 0].mean() > 0.99
    assert record.facts["unknown_share"] < 0.05
    assert row[1] == str(record.section.image.labels.max())
    assert record.facts["radial"] is True
    assert record.facts["cut"] is False
    np.testing.assert_allclose(record.section.center, 0.05 * (SIDE // 2), atol=0.01)
    image, center = record.section.image, record.section.center
    found = describe(image, center, record.section.known)
    for name, table in found._asdict().items():
        np.testing.assert_array_equal(record.tables[name], table)
    assert record.diagram is not None
    inside = image.labels.ravel() > 0
    fitted = record.diagram.labels(image.points()[inside] - center) + 1
    assert (fitted == image.labels.ravel()[inside]).mean() == record.facts["right"] > 0.99


def test_labels_can_be_read_as_an_image(folder: Path) -> None:
    assert run(["sections", "-q", "map.ang", "--no-fit", "-o", "sections.h5"]) == 0
    (record,) = read_sections("sections.h5")
    image = read_labels("sections.h5", 0.05, "section_00001/labels", record.section.image.origin)
    np.testing.assert_array_equal(image.labels, record.section.image.labels)
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
    "no spacing": ("labels.npy -o s.h5", InputError.exit_code, "by --spacing"),
    "angle": ("map.ang --angle 0 -o s.h5", InputError.exit_code, "between 0 and pi"),
    "pixels": ("map.ang --min-pixels 0 -o s.h5", InputError.exit_code, "at least 1 pixel"),
    "one of two": ("map.ang none.ang -o s.h5", FileError.exit_code, "none.ang"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, remedy = REFUSED[case]
    before = sorted(folder.iterdir())
    assert run(["sections", *arguments.split()]) == code
    error = capsys.readouterr().err
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
