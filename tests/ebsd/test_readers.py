"""Formats of orientation maps: what comes in is what was written, and bad files are told."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from nmc_mesh.ebsd import EbsdScan, read_scan
from nmc_mesh.ebsd.phase import OXFORD, laue_of_name, laue_of_space_group
from nmc_mesh.ebsd.raster import Claims, raster
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.typing import Floats
from tests.ebsd.maps import ANG_HEAD, columns, write_ang

CTF_HEAD = (
    "Channel Text File\nPrj x\nAuthor\ty\nJobMode\tGrid\nXCells\t6\nYCells\t5\nXStep\t0,5\n"
    "YStep\t0,5\nPhases\t1\n3,52;3,52;3,52\t90;90;90\tNickel\t11\t225\n"
    "Phase\tX\tY\tBands\tError\tEuler1\tEuler2\tEuler3\tMAD\tBC\tBS\n"
)
CPR_HEAD = (
    "[Job]\nGridDistX=0.5\nGridDistY=0.5\nxCells=6\nyCells=5\n[Fields]\nCount=4\nField1=3\n"
    "Field2=4\nField3=5\nField4=6\n[Phases]\nCount=1\n[Phase1]\nStructureName=Nickel\na=3.52\n"
    "b=3.52\nc=3.52\nalpha=90\nbeta=90\ngamma=90\nLaueGroup=11\n"
)


def write_ctf(path: Path, rows: Floats, head: str = CTF_HEAD) -> Path:
    lines = []
    for row in rows:
        one, two, three = np.degrees(row[:3])
        values = (1, row[3], row[4], 8, 0, one, two, three, 0.5, 1, 1)
        lines.append("\t".join(f"{value:.6f}" if value % 1 else f"{value:.0f}" for value in values))
    path.write_text(head + "\n".join(lines).replace(".", ",") + "\n")
    return path


def write_cpr(path: Path, rows: Floats) -> Path:
    kinds = [("phase", "u1"), *((name, "<f4") for name in "abcd")]
    record = np.zeros(len(rows), np.dtype(kinds))
    record["phase"] = 1
    for k, name in enumerate("abc"):
        record[name] = rows[:, k]
    path.write_text(CPR_HEAD)
    path.with_suffix(".crc").write_bytes(record.tobytes())
    return path


def write_h5(path: Path, rows: Floats) -> Path:
    names = ["Phi1", "Phi", "Phi2", "X Position", "Y Position", "IQ", "CI", "Phase"]
    with h5py.File(path, "w") as file:
        data = file.create_group("Scan 1/EBSD/Data")
        for k, name in enumerate(names):
            data[name] = rows[:, k].astype(np.float32)
        head = file.create_group("Scan 1/EBSD/Header")
        head["nColumns"], head["nRows"], head["Step X"], head["Step Y"] = [6], [5], [0.5], [0.5]
        head["Grid Type"] = np.array([b"SqrGrid"])
        part = head.create_group("Phase/1")
        part["Symmetry"], part["MaterialName"] = [43], np.array([b"Nickel"])
        for name, value in zip(("a", "b", "c"), (3.52,) * 3, strict=True):
            part[f"Lattice Constant {name}"] = [value]
        for name in ("alpha", "beta", "gamma"):
            part[f"Lattice Constant {name}"] = [90.0]
    return path


def write_oina(path: Path, rows: Floats, places: bool = True) -> Path:
    with h5py.File(path, "w") as file:
        file["Format Version"] = np.array([b"5.0"])
        data, head = file.create_group("1/EBSD/Data"), file.create_group("1/EBSD/Header")
        data["Euler"] = rows[:, :3].astype(np.float32)
        data["Phase"] = np.ones((len(rows), 1), np.uint8)
        data["Mean Angular Deviation"] = np.full((len(rows), 1), np.radians(0.5), np.float32)
        if places:
            data["X"], data["Y"] = (rows[:, k : k + 1].astype(np.float32) for k in (3, 4))
        for name, value in (("X Cells", 6), ("Y Cells", 5), ("X Step", 0.5), ("Y Step", 0.5)):
            head[name] = np.array([value])
        part = head.create_group("Phases/1")
        part["Phase Name"], part["Laue Group"] = np.array([b"Nickel"]), np.array([11])
        part["Lattice Dimensions"] = np.full((1, 3), 3.52)
        part["Lattice Angles"] = np.full((1, 3), np.pi / 2)
    return path


WRITERS = {
    ".ang": write_ang, ".ctf": write_ctf, ".cpr": write_cpr, ".h5": write_h5,
    ".h5oina": write_oina,
}  # fmt: skip


def same(one: EbsdScan, two: EbsdScan, atol: float = 0.0) -> None:
    np.testing.assert_allclose(one.angles, two.angles, atol=atol)
    np.testing.assert_array_equal(one.phase, two.phase)
    np.testing.assert_allclose(one.points(), two.points(), atol=1e-6)


@pytest.mark.parametrize("ending", WRITERS)
def test_every_format_tells_the_same_map(tmp_path: Path, ending: str) -> None:
    rows = columns()
    found = read_scan(WRITERS[ending](tmp_path / f"map{ending}", rows))
    assert found.phase.shape == (6, 5)
    np.testing.assert_allclose(found.step, 0.5)
    for row in rows:
        i, j = round(row[3] / 0.5), round(row[4] / 0.5)
        np.testing.assert_allclose(found.angles[i, j], row[:3], atol=2e-5)
        np.testing.assert_allclose(found.points()[i, j], row[3:5])
    (phase,) = found.phases
    assert (phase.name, phase.laue) == ("Nickel", "m-3m")
    np.testing.assert_allclose(phase.lattice, [3.52] * 3 + [np.pi / 2] * 3, rtol=1e-6)
    assert phase.x_axis == ("a*" if ending in (".ctf", ".cpr", ".h5oina") else "a")
    assert not found.hexagonal


@pytest.mark.parametrize("width", [7, 8, 9, 10, 11, 12, 13, 14, 16])
@pytest.mark.parametrize("hexagonal", [False, True])
def test_rows_of_an_ang_come_in_any_order_and_width(
    tmp_path: Path, width: int, hexagonal: bool
) -> None:
    rows = np.column_stack([columns(hexagonal=hexagonal), np.zeros((30, 6))])[:, :width]
    claims = {"grid": "HexGrid", "dy": 0.433013} if hexagonal else {}
    sorted_ = read_scan(write_ang(tmp_path / "sorted.ang", rows, **claims))
    mixed = np.random.default_rng(1).permutation(rows)
    same(read_scan(write_ang(tmp_path / "mixed.ang", mixed, **claims)), sorted_)
    assert sorted_.hexagonal is hexagonal
    np.testing.assert_allclose(sorted_.points()[0, 1, 0], 0.25 if hexagonal else 0.0)


def test_the_first_row_of_a_hexagonal_map_may_be_the_moved_one(tmp_path: Path) -> None:
    rows = columns(hexagonal=True)
    rows[:, 3] = rows[:, 3] - 0.5 * (rows[:, 3] % 0.5 > 0.1)  # odd rows moved back
    claims = {"grid": "HexGrid", "dy": 0.433013}
    found = read_scan(write_ang(tmp_path / "map.ang", rows, **claims))
    assert found.shift == pytest.approx(-0.25)
    assert found.origin[0] == pytest.approx(0.0)
    assert found.indexed.all()


def test_missing_rows_are_unindexed_points(tmp_path: Path) -> None:
    rows = columns((8, 8))
    keep = np.random.default_rng(2).random(64) < 0.5
    keep[[0, -1]] = True
    head = CTF_HEAD.replace("XCells\t6\nYCells\t5", "XCells\t8\nYCells\t8")
    found = read_scan(write_ctf(tmp_path / "map.ctf", rows[keep], head))
    np.testing.assert_array_equal(found.indexed.T.ravel(), keep)
    assert np.isnan(found.confidence[~found.indexed]).all()


def test_edax_marks_of_failure_are_unindexed(tmp_path: Path) -> None:
    rows = columns()
    rows[3, 6] = -1.0
    rows[7, :3] = 4 * np.pi
    found = read_scan(write_ang(tmp_path / "map.ang", rows))
    assert np.argwhere(~found.indexed.T.ravel()).ravel().tolist() == [3, 7]


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"nx": 7}, "7 x 5 points"),
        ({"dx": 0.25}, "steps of 0.25 and 0.5 um"),
        ({"grid": "HexGrid"}, "a hexagonal grid"),
    ],
)
def test_coordinates_are_trusted_above_the_header(
    tmp_path: Path, claims: dict[str, object], told: str
) -> None:
    truth = read_scan(write_ang(tmp_path / "true.ang", columns()))
    file = write_ang(tmp_path / "false.ang", columns(), **claims)
    with pytest.warns(UserWarning, match=f"claims {told}, but the coordinates make a square grid"):
        same(read_scan(file), truth)


def test_a_step_that_is_not_round_makes_a_grid() -> None:
    """Coordinates are rounded to so many decimals or digits that a step is no multiple of them."""
    rng = np.random.default_rng(0)
    for number, (form, nx, ny) in enumerate([("{:.3f}", 200, 20), ("{:.5g}", 1000, 10)] * 20):
        step, hexagonal = rng.uniform(0.02, 2.0), number % 4 > 1
        row, column = np.divmod(np.arange(nx * ny), nx)
        exact = step * (column + 0.5 * hexagonal * (row % 2)), step * row
        x, y = (np.array([float(form.format(value)) for value in part]) for part in exact)
        mixed = rng.permutation(nx * ny)[: nx * ny * 3 // 4]
        found = raster(x[mixed], y[mixed])
        assert found.shape == (nx, ny), (step, form)
        np.testing.assert_array_equal(found.column, column[mixed])
        np.testing.assert_array_equal(found.row, row[mixed])
        assert found.step[0] == pytest.approx(step, rel=1e-4)


def test_rows_in_the_header_s_order_may_be_rounded_to_the_step_itself() -> None:
    row, column = np.divmod(np.arange(600), 30)
    x, y = np.round(0.07 * column, 1), np.round(0.07 * row, 1)
    found = raster(x, y, Claims((30, 20), (0.07, 0.07), square=True))
    np.testing.assert_array_equal(found.column, column)
    np.testing.assert_array_equal(found.row, row)
    assert found.step == (0.07, 0.07)


TWO_PHASES = ANG_HEAD.replace(
    "# GRID",
    "# Phase 2\n# MaterialName NMC\n# Symmetry -3m\n# LatticeConstants 2.8 2.8 14 90 90 120\n"
    "# GRID",
)
FROM_ZERO = TWO_PHASES.replace("Phase 1", "Phase 0").replace("Phase 2", "Phase 1")


@pytest.mark.parametrize(
    ("head", "numbers", "unindexed"),
    [(TWO_PHASES, (1, 2), 0), (FROM_ZERO, (0, 1), -1), (FROM_ZERO, (0, 1), None)],
)
def test_phases_count_as_the_header_does(
    tmp_path: Path, head: str, numbers: tuple[int, int], unindexed: int | None
) -> None:
    rows = columns()
    rows[:, 7] = np.resize(numbers, 30)
    expected = np.resize((1, 2), 30)
    if unindexed is not None:
        rows[4, 6:8] = 0.0, unindexed
        expected[4] = 0
    found = read_scan(write_ang(tmp_path / "map.ang", rows, head))
    np.testing.assert_array_equal(found.phase.T.ravel(), expected)
    assert [phase.laue for phase in found.phases] == ["m-3m", "-3m"]


@pytest.mark.parametrize(("head", "numbers"), [(TWO_PHASES, (0, 1)), (FROM_ZERO, (1, 2))])
def test_phases_that_count_otherwise_than_the_header_are_told(
    tmp_path: Path, head: str, numbers: tuple[int, int]
) -> None:
    rows = columns()
    rows[:, 7] = np.resize(numbers, 30)
    path = write_ang(tmp_path / "map.ang", rows, head)
    with pytest.warns(UserWarning, match=f"phase {numbers[0]} of the points is Nickel"):
        found = read_scan(path)
    np.testing.assert_array_equal(found.phase.T.ravel(), np.resize((1, 2), 30))


def test_points_of_a_phase_that_nobody_names_are_told(tmp_path: Path) -> None:
    rows = columns()
    rows[:, 7] = np.resize((1, 2), 30)
    rows[:4, 7] = 0
    with pytest.warns(UserWarning, match="4 points have a solution but phase 0"):
        found = read_scan(write_ang(tmp_path / "map.ang", rows, TWO_PHASES))
    assert (~found.indexed).sum() == 4


def test_symmetries_have_names_and_numbers() -> None:
    names = ["-1", "2/m", "mmm", "4/m", "4/mmm", "-3", "-3m", "6/m", "6/mmm", "m-3", "m-3m"]
    assert [laue_of_name(name) for name in names] == names
    others = {
        "32": "-3m", "43": "m-3m", "131": "m-3m", "119": "-3m", "100": "-1", "126": "6/mmm",
        "m3m": "m-3m", "-43m": "m-3m", "432": "m-3m", "422": "4/mmm", "3m": "-3m", "6mm": "6/mmm",
        "99": None, "cubic": None, "": None, "9" * 5000: None,
    }  # fmt: skip
    assert {name: laue_of_name(name) for name in others} == others
    first = [1, 3, 16, 75, 89, 143, 149, 168, 177, 195, 207]
    assert [laue_of_space_group(number) for number in first] == list(OXFORD.values())
    last = [*(number - 1 for number in first[1:]), 230]
    assert [laue_of_space_group(number) for number in last] == list(OXFORD.values())
    assert [laue_of_space_group(number) for number in (0, 231)] == [None, None]


def test_the_space_group_stands_in_for_the_laue_group(tmp_path: Path) -> None:
    for laue, space in (("LaueGroup=", "SpaceGroup=166"), ("LaueGroup=0", "SpaceGroup=166")):
        path = write_cpr(tmp_path / "map.cpr", columns())
        path.write_text(CPR_HEAD.replace("LaueGroup=11", f"{laue}\n{space}"))
        assert read_scan(path).phases[0].laue == "-3m"
    path.write_text(CPR_HEAD.replace("LaueGroup=11", "LaueGroup="))
    with pytest.raises(FileError, match=r"Laue group \(none\) of phase 'Nickel' is unknown"):
        read_scan(path)
    head = CTF_HEAD.replace("\t11\t225", "\t0\t225")
    assert read_scan(write_ctf(tmp_path / "map.ctf", columns(), head)).phases[0].laue == "m-3m"
    with h5py.File(write_oina(tmp_path / "map.h5oina", columns()), "a") as file:
        part = file["1/EBSD/Header/Phases/1"]
        del part["Laue Group"]
        part["Space Group"] = np.array([166])
    assert read_scan(tmp_path / "map.h5oina").phases[0].laue == "-3m"
    for name, value in (("LGsymID", 32), ("SpaceGroupNumber", 166)):
        with h5py.File(write_h5(tmp_path / "map.oh5", columns()), "a") as file:
            part = file["Scan 1/EBSD/Header/Phase/1"]
            del part["Symmetry"]
            part[name] = [value]
        assert read_scan(tmp_path / "map.oh5").phases[0].laue == "-3m"


def test_a_ctf_in_radians_is_read_and_told(tmp_path: Path) -> None:
    rows = columns()
    truth = read_scan(write_ctf(tmp_path / "map.ctf", rows))
    rows[:, :3] = np.radians(rows[:, :3])
    path = write_ctf(tmp_path / "radians.ctf", rows)
    with pytest.warns(UserWarning, match="are taken for radians"):
        same(read_scan(path), truth, atol=1e-5)
    one = columns()
    one[:, :3] = np.radians([3.0, 1.0, 2.0]) + np.radians(0.1) * (one[:, :3] - 3)
    found = read_scan(write_ctf(tmp_path / "single.ctf", one))
    np.testing.assert_allclose(found.angles.max(), one[:, :3].max(), rtol=1e-3)


def test_marks_blanks_and_comments_of_text_are_left_out(tmp_path: Path) -> None:
    truth = read_scan(write_ang(tmp_path / "map.ang", columns()))
    text = (tmp_path / "map.ang").read_text()
    for other in (
        ("\ufeff" + text).encode(), text.encode("utf-16"), text.replace("# ", "  # ").encode(),
        (text + "# end of the file\n").encode(), text.replace("\n0", " # seen\n0", 2).encode(),
    ):  # fmt: skip
        (tmp_path / "other.ang").write_bytes(other)
        same(read_scan(tmp_path / "other.ang"), truth)


def test_a_map_of_bruker_is_told(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "map.h5", "w") as file:
        data = file.create_group("Sample/EBSD/Data")
        file.create_group("Sample/EBSD/Header")
        for name in ("PHI", "phi1", "phi2", "X BEAM", "Y BEAM", "Phase"):
            data[name] = np.zeros(4)
    with pytest.raises(FileError, match=r"Bruker's ESPRIT.*export it as \.ctf or \.ang"):
        read_scan(tmp_path / "map.h5")


def changed(row: int | slice, column: int, value: float) -> Floats:
    rows = columns()
    rows[row, column] = value
    return rows


def hexadecimal(path: Path) -> None:
    path.write_text(ANG_HEAD + "0x1f 0xc3 0x00 1 2 3 4 5\n" * 4)


def ragged(path: Path) -> None:
    write_ang(path, columns())
    lines = path.read_text().splitlines()
    lines[14] = " ".join(lines[14].split()[:9])
    path.write_text("\n".join(lines))


BAD_ANG = {
    "empty": (lambda p: p.write_text(""), FileError, "is empty"),
    "header only": (lambda p: p.write_text(ANG_HEAD), FileError, "a header but no points"),
    "noise": (hexadecimal, FileError, "line 12: '0x1f' is not a number"),
    "ragged": (ragged, FileError, "line 15: 9 columns, expected 10 in all lines"),
    "six columns": (
        lambda p: write_ang(p, columns()[:, :6]),
        FileError,
        "line 12: 6 columns, expected 7 or more",
    ),
    "no header": (lambda p: write_ang(p, columns(), ""), FileError, "names no phase"),
    "symmetry": (
        lambda p: write_ang(p, columns(), ANG_HEAD.replace("43", "99")),
        FileError,
        "symmetry 99 is unknown; use one of 1, 2",
    ),
    "one point": (lambda p: write_ang(p, columns()[:1]), InputError, "at least two rows"),
    "one row": (
        lambda p: write_ang(p, columns()[:6]),
        InputError,
        "at least two rows; this one is a line of 6 points",
    ),
    "one column": (
        lambda p: write_ang(p, columns()[::6]),
        InputError,
        "at least two columns; this one is a line of 5 points",
    ),
    "no phase": (
        lambda p: write_ang(p, columns()[:, :7], TWO_PHASES),
        FileError,
        "7 columns tell no phase",
    ),
    "no step": (
        lambda p: write_ang(p, np.column_stack([columns()[:, :3], np.zeros((30, 7))])),
        InputError,
        "all points of this one have one place",
    ),
    "twice": (
        lambda p: write_ang(p, np.concatenate([columns(), columns()[3:4]])),
        InputError,
        "two points have the same place on a grid of steps 0.5 and 0.5 um",
    ),
    "off the grid": (lambda p: write_ang(p, changed(8, 3, 1.2)), InputError, "not lie on a grid"),
    "unknown phase": (lambda p: write_ang(p, changed(8, 7, 3)), InputError, "phase 3 is not in"),
    "half a phase": (
        lambda p: write_ang(p, changed(8, 7, 1.5)),
        FileError,
        "1.5 is no number of a phase",
    ),
    "far off": (lambda p: write_ang(p, changed(8, 4, 1e7)), InputError, "that is far off"),
    "not indexed": (
        lambda p: write_ang(p, changed(slice(None), 6, -1)),
        InputError,
        "no point is indexed",
    ),
    "degrees": (
        lambda p: write_ang(p, np.column_stack([np.degrees(columns()[:, :3]), columns()[:, 3:]])),
        InputError,
        "convert degrees to radians",
    ),
    "no angle": (lambda p: write_ang(p, changed(8, 1, np.nan)), InputError, "has no angles"),
}


@pytest.mark.filterwarnings("ignore:.*the header claims")
@pytest.mark.parametrize("case", BAD_ANG)
def test_a_bad_ang_is_told(tmp_path: Path, case: str) -> None:
    make, error, told = BAD_ANG[case]
    make(tmp_path / "map.ang")
    with pytest.raises(error, match=r"map\.ang") as caught:
        read_scan(tmp_path / "map.ang")
    assert told in str(caught.value)


def test_a_stray_point_of_a_large_map_is_told() -> None:
    x, y = (0.5 * part.ravel().astype(float) for part in np.indices((100, 100)))
    x[5000] = 4000.0
    with pytest.raises(InputError, match="10000 points on a grid of 8001 x 100: a coordinate is"):
        raster(x, y)


def test_other_bad_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown extension '\.bmp'.*use \.ang"):
        read_scan(tmp_path / "map.bmp")
    with pytest.raises(FileError, match="no such file"):
        read_scan(tmp_path / "none.ctf")
    (tmp_path / "map.ctf").write_text("Channel Text File\n")
    with pytest.raises(FileError, match="no line with the columns Phase X Y"):
        read_scan(tmp_path / "map.ctf")
    (tmp_path / "map.h5").write_bytes(b"no HDF5")
    with pytest.raises(FileError, match=r"cannot read .*map\.h5"):
        read_scan(tmp_path / "map.h5")
    damaged = write_h5(tmp_path / "map.h5", columns())
    damaged.write_bytes(damaged.read_bytes().replace(b"SNOD", b"snod"))
    with pytest.raises(FileError, match=r"cannot read .*map\.h5"):
        read_scan(damaged)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["labels"] = np.zeros(3)
    with pytest.raises(FileError, match="is it an EDAX file"):
        read_scan(tmp_path / "other.h5")


def test_an_oina_tells_degrees_of_deviation_and_may_lack_coordinates(tmp_path: Path) -> None:
    found = read_scan(write_oina(tmp_path / "map.h5oina", columns()))
    np.testing.assert_allclose(found.confidence, 0.5, rtol=1e-6)
    same(read_scan(write_oina(tmp_path / "bare.h5oina", columns(), places=False)), found)
    with h5py.File(tmp_path / "map.h5oina", "a") as file:
        file["1/EBSD/Data/Euler"][4] = np.nan
        file["1/EBSD/Data/Phase"][7] = 0
        file.copy("1", "2")
    with pytest.warns(UserWarning, match="acquisition 1 is read, left out: 2"):
        found = read_scan(tmp_path / "map.h5oina")
    assert np.flatnonzero(~found.indexed.T.ravel()).tolist() == [4, 7]


def test_a_bad_oina_is_told(tmp_path: Path) -> None:
    path = tmp_path / "map.h5oina"
    path.write_bytes(b"")
    with pytest.raises(FileError, match=r"cannot read .*map\.h5oina"):
        read_scan(path)
    with h5py.File(path, "w") as file:
        file["labels"] = np.zeros(3)
    with pytest.raises(FileError, match="no group with 'EBSD'"):
        read_scan(path)
    for name in ("Data/Euler", "Header/X Cells"):
        with h5py.File(write_oina(path, columns()), "a") as file:
            del file[f"1/EBSD/{name}"]
        with pytest.raises(FileError, match=f"EBSD/{name} is missing"):
            read_scan(path)
    with h5py.File(write_oina(path, columns()), "a") as file:
        del file["1/EBSD/Data/Phase"]
        file["1/EBSD/Data/Phase"] = np.ones(7, np.uint8)
    with pytest.raises(FileError, match="30 orientations, 7 phases"):
        read_scan(path)
    with h5py.File(write_oina(path, columns()), "a") as file:
        file["1/EBSD/Data/Euler"][:] = np.degrees(file["1/EBSD/Data/Euler"][:])
    with pytest.raises(InputError, match="convert degrees to radians"):
        read_scan(path)


def test_a_crc_that_is_missing_or_cut_short_is_told(tmp_path: Path) -> None:
    path = write_cpr(tmp_path / "map.cpr", columns())
    data = path.with_suffix(".crc")
    data.write_bytes(data.read_bytes()[:-5])
    with pytest.raises(FileError, match="505 bytes, 6 x 5 points of 17 bytes need 510"):
        read_scan(path)
    data.unlink()
    with pytest.raises(FileError, match=r"a \.cpr and a \.crc together"):
        read_scan(path)
