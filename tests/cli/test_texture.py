"""The command ``fit-texture``: from maps to a model, and bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.cli import texture_maps
from nmc_mesh.cli.main import run
from nmc_mesh.crystal.orientation import bunge_angles
from nmc_mesh.crystal.texture import FibreTexture, TabulatedTexture, UniformTexture
from nmc_mesh.crystal.texture_schema import FibreTable
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.extensions import DEFAULT_MODEL
from nmc_mesh.particle import load_model
from nmc_mesh.particle.model import load_table
from nmc_mesh.particle.writer import write_model
from nmc_mesh.typing import AnyArray
from tests.cli.refusal import refused
from tests.crystal.test_texture_fit import mapped

INPUT, FILE = InputError.exit_code, FileError.exit_code

HEAD = """# Phase 1
# MaterialName  NMC
# Formula  LiNiO2
# Symmetry              {symmetry}
# LatticeConstants      2.870 2.870 14.200  90.000  90.000 120.000
# GRID: SqrGrid
# XSTEP: 0.1
# YSTEP: 0.1
# NCOLS_ODD: {n}
# NCOLS_EVEN: {n}
# NROWS: {n}
"""


def write_map(path: Path, kappa: float, seed: int, symmetry: int = 32) -> None:
    """A disc of 8 x 8 grains whose crystals follow a fibre texture, as TSL's software tells it.

    TSL's x lies along the map's y: the crystals of the map are turned about (1, 1, 0).
    """
    n = 64
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(n), np.arange(n))
    block = (y // 8) * 8 + x // 8
    middle = np.column_stack([np.arange(64) % 8, np.arange(64) // 8]) * 8 + 3.5 - 31.5
    places = np.column_stack([middle[:, [1, 0]], np.zeros(64)])
    turns = FibreTexture(kappa).sample(places, None, rng)
    angles = bunge_angles(turns)[block]
    outside = np.hypot(x - 31.5, y - 31.5) > 27
    fixed = np.stack([x * 0.1, y * 0.1, 0 * x + 100, 0 * x + 0.8], axis=-1)
    phase = np.where(outside, -1, 0)
    angles[outside] = 4 * np.pi
    rows: AnyArray = np.concatenate(
        [angles, fixed, phase[..., None], np.ones((n, n, 1)), np.full((n, n, 1), 0.5)], axis=-1
    ).reshape(-1, 10)
    rows[outside.ravel(), 6] = -1.0
    lines = [" ".join(f"{value:.5f}" for value in row) for row in rows]
    path.write_text(HEAD.format(symmetry=symmetry, n=n) + "\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder beside one of maps."""
    maps = tmp_path / "maps"
    maps.mkdir()
    for seed in range(3):
        write_map(maps / f"{seed}.ang", -8.0, seed)
    write_map(maps / "cubic.ang", 0.0, 0, symmetry=43)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "empty"


def test_a_model_gets_the_texture_of_maps(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    maps = [f"../maps/{seed}.ang" for seed in range(3)]
    assert run(["fit-texture", *maps, "-o", "mine.toml"]) == 0
    told = capsys.readouterr().out
    assert "fibre: radial = -" in told
    assert "sections of nmc-calibrated do not tell short axes" in " ".join(told.split())
    model = load_model("mine.toml")
    assert isinstance(model.texture, FibreTexture)
    assert model.texture.radial == pytest.approx(-8.0, abs=3.0)
    assert model.grains == load_model(DEFAULT_MODEL).grains
    table = load_table("mine.toml")
    assert "grains of 0.ang, 1.ang, 2.ang" in table.provenance["texture"]
    assert "log L: uniform" in table.provenance["texture.quality"]
    assert model.sample(0, diameter=1.5).orientations is not None


def test_the_frame_matters(folder: Path) -> None:
    """Read with x on x, a fibre about the radius is lost."""
    maps = [f"../maps/{seed}.ang" for seed in range(3)]
    assert run(["fit-texture", *maps, "-q", "--frame", "map", "-o", "lost.toml"]) == 0
    texture = load_model("lost.toml").texture
    assert not isinstance(texture, FibreTexture) or texture.radial > -3


LAWS = {"tabulated": TabulatedTexture, "uniform": UniformTexture}


@pytest.mark.parametrize("law", LAWS)
def test_the_family_can_be_chosen(folder: Path, law: str) -> None:
    line = ["fit-texture", "../maps/0.ang", "-q", "--law", law, "--base", "nmc-equiaxed"]
    assert run([*line, "-o", "mine.toml"]) == 0
    assert isinstance(load_model("mine.toml").texture, LAWS[law])


def test_neighbours_are_kept_if_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Crystals of the maps are independent: boundaries have the angles of crystals at random."""
    maps = [f"../maps/{seed}.ang" for seed in range(3)]
    line = ["fit-texture", *maps, "--law", "fibre", "-o", "mine.toml"]
    assert run([*line, "-q"]) == 0
    assert "neighbours =" not in Path("mine.toml").read_text(encoding="utf-8")
    assert load_model("mine.toml").neighbours is None
    assert run([*line, "--neighbours"]) == 0
    assert "classes of disorientation by length" in " ".join(capsys.readouterr().out.split())
    model, table = load_model("mine.toml"), load_table("mine.toml")
    assert model.neighbours is not None
    assert "boundaries" in table.provenance["texture.neighbours"]
    # 8 x 8 grains of 0.8 um, less those outside: two boundaries each
    assert int(table.provenance["texture.neighbours"].split()[0]) > 200
    shares = model.neighbours.cumulative(np.radians([30.0, 105.0]))
    assert 0.05 < shares[0] < 0.3
    assert shares[1] == pytest.approx(1.0)


def write_section(path: Path, model: Path, seed: int) -> None:
    """The map of a drawn particle's central section, in the map's own frame."""
    one = mapped(load_model(model).sample(seed, diameter=4.0), seed)
    n, m = one.phase.shape
    x, y = np.meshgrid(np.arange(n) * 0.06, np.arange(m) * 0.06)
    phase = np.where(one.phase.T > 0, 0, -1)
    fixed = np.stack([x, y, 0 * x + 100, np.where(phase < 0, -1, 0.8)], axis=-1)
    angles = np.where(phase[..., None] < 0, 4 * np.pi, one.angles.swapaxes(0, 1))
    more = [phase[..., None], np.ones((m, n, 1)), np.full((m, n, 1), 0.5)]
    rows = np.concatenate([angles, fixed, *more], axis=-1).reshape(-1, 10)
    lines = [" ".join(f"{value:.5f}" for value in row) for row in rows]
    head = HEAD.replace("NROWS: {n}", "NROWS: {m}").replace("STEP: 0.1", "STEP: 0.06")
    path.write_text(head.format(symmetry=32, n=n, m=m) + "\n".join(lines) + "\n")


def test_the_joint_law_is_fitted_where_sections_tell_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plates of grains with c across the radius and near their short axes."""
    monkeypatch.setattr(texture_maps, "_PILOT", 1500)
    monkeypatch.setattr(texture_maps, "_DRAWN", 4000)
    table = load_table("nmc-radial")
    marks = table.grains.marks.model_copy(update={"diagonal": (1.5, 3.0, 9.0)})
    law = FibreTable(law="fibre", radial=-4.0, short=6.0)
    grains = table.grains.model_copy(update={"marks": marks})
    write_model(table.model_copy(update={"grains": grains, "texture": law}), Path("../flat.toml"))
    for seed in range(5):
        write_section(Path(f"../maps/flat{seed}.ang"), Path("../flat.toml"), seed)
    maps = [f"../maps/flat{seed}.ang" for seed in range(5)]
    line = ["fit-texture", *maps, "--frame", "map", "--base", "../flat.toml"]
    assert run([*line, "-o", "mine.toml"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert ", short = " in told
    assert "AIC joint" in told
    texture = load_model("mine.toml").texture
    assert isinstance(texture, FibreTexture)
    assert texture.radial == pytest.approx(-4.0, abs=4.0)
    assert texture.short == pytest.approx(6.0, abs=4.0)
    assert "short = " in load_table("mine.toml").provenance["texture.quality"]


REFUSED = {
    "no joint law": ("../maps/0.ang --law joint -o a.toml", INPUT, "do not tell the short axes"),
    "no map": ("-o a.toml", 2, "Missing argument"),
    "missing": ("none.ang -o a.toml", FILE, "check the name"),
    "unknown model": ("../maps/0.ang --base nmc -o a.toml", INPUT, "perhaps you meant"),
    "unknown output": ("../maps/0.ang -o a.txt", INPUT, "use .toml"),
    "another phase": ("../maps/cubic.ang -o a.toml", INPUT, "Laue group -3m"),
    "few grains": ("../maps/0.ang --angle 120 -o a.toml", INPUT, "10 grains or more"),
    "unknown frame": ("../maps/0.ang --frame tsl -o a.toml", 2, "'edax'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, remedy = REFUSED[case]
    refused(["fit-texture", *arguments.split()], folder, code, remedy, capsys)


def test_crystals_that_are_not_there_are_not_drawn(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told before the work, not after it."""
    table = load_table("nmc-radial").model_copy(update={"texture": None})
    write_model(table, folder.parent / "plain.toml")
    line = ["generate", "--model", "../plain.toml", "--color", "ipf", "-o", "p.png"]
    refused(line, folder, INPUT, "has no texture; add one: nmc-mesh fit-texture", capsys)
