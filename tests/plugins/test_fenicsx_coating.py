"""nmc-mesh-charge on particles with a coating: a ball's radial solution, our own assembly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.crystal.library import load_material, material_text
from nmc_mesh.io import write
from nmc_mesh.mechanics import chemo
from nmc_mesh.mechanics.elasticity import tensors
from nmc_mesh.mechanics.phased import phased
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from tests.dolfinx_host import need
from tests.mechanics.test_phased import steps_ahead
from tests.mechanics.test_phases import coated
from tests.meshes import cube
from tests.plugins.test_fenicsx_chemo import ISOTROPIC, below, charged, refusals, turned

pytestmark = pytest.mark.host
ALUMINA = material_text("alumina").replace("3e-6", "1e-3")
NMC = load_material("nmc811")
LOW, HIGH = NMC.content_range


@pytest.fixture(scope="module", autouse=True)
def dolfinx() -> None:
    need()


def layered(folder: Path, mesh: TetMesh, material: str, *options: str, ranks: int = 1) -> dict:
    (folder / "alumina.toml").write_text(ALUMINA)
    return charged(
        folder, mesh, material, "--coating", str(folder / "alumina.toml"), *options, ranks=ranks
    )


def wrapped() -> TetMesh:
    """A cube of eight octants, in whose outer layer of cells all is coating."""
    bare = turned(cube(8, 6))
    outside = np.abs(bare.points[bare.cells].mean(axis=1)).max(axis=1) > 2 / 3
    labels = np.where(outside, 9, bare.labels).astype(np.int32)
    info = {"phases": {"coating": [[9, 9]]}, "orientations": bare.info["orientations"]}
    return tagged(bare.points, np.array(bare.cells), labels, info)


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_coated_polycrystal_is_as_in_our_own_assembly(tmp_path: Path, ranks: int) -> None:
    mesh = wrapped()
    options = ("--share", "0.3", "--steps", "5")
    found = layered(tmp_path, mesh, material_text("nmc811"), *options, ranks=ranks)
    assert abs(found["lithium lost"]) < 1e-10
    film = load_material("alumina")
    film = type(film)(film.name, film.summary, {**film.numbers, "diffusivity.along": 1e-3,
                      "diffusivity.across": 1e-3})  # fmt: skip
    stuff = phased(mesh, NMC, {"coating": film})
    content = chemo.galvanostatic(mesh, stuff, share=0.3, steps=5).content[-1]
    stress = chemo.stressed(mesh, stuff, content, HIGH).stress
    own = content[np.unique(mesh.cells[mesh.labels < 9])]
    ends = [found["least x"], found["largest x"]]
    np.testing.assert_allclose(ends, [own.min(), own.max()], rtol=1e-7)
    assert content.min() < own.min() - 1e-3  # lithium leaves through the coating
    principal = np.linalg.eigvalsh(tensors(stress))[:, 2]
    values = list(found["largest principal stress, MPa"].values())
    np.testing.assert_allclose(values, below(principal, mesh), rtol=1e-6)


@pytest.mark.parametrize("degree", ["1", "2"])
def test_a_coated_ball_charges_as_its_radial_solution(tmp_path: Path, degree: str) -> None:
    """The outside is behind the core's mean by what core and layer cost under a steady current."""
    mesh = coated(8)
    text = material_text("nmc811")
    head, rest = text.split("[diffusivity]")
    tail = rest[rest.index("\n[") :]
    text = f"{head}[diffusivity]\nalong = 0.05\nacross = 0.05\n{tail}"
    output = tmp_path / "charged.npz"
    options = ("--rate", "2", "--share", "0.3", "--steps", "12", "--degree", degree)
    facts = layered(tmp_path, mesh, text, *options, "-o", str(output))
    assert abs(facts["lithium lost"]) < 1e-10
    with np.load(output) as found:
        far = np.linalg.norm(found["points"], axis=1)
        outside = found["content"][far > 1 - 1e-9].mean()
    ahead = HIGH - 0.3 * (HIGH - LOW) - outside
    assert ahead == pytest.approx(steps_ahead(2.0), rel={"1": 0.15, "2": 0.05}[degree])


def test_stress_moves_lithium_under_a_coating(tmp_path: Path) -> None:
    """With a factor beyond all stress what is found without one; lithium is conserved."""
    mesh, text = wrapped(), material_text("nmc811")
    options = ("--share", "0.1", "--steps", "2")
    plain = layered(tmp_path, mesh, text, *options)
    stiff = layered(tmp_path, mesh, text, *options, "--factor", "1e12")
    for name in ("least x", "largest x"):
        assert stiff[name] == pytest.approx(plain[name], abs=1e-8)
    moved = layered(tmp_path, mesh, text, *options, "--factor", "20")
    for found in (stiff, moved):
        assert abs(found["lithium lost"]) < 1e-10
    assert abs(moved["largest x"] - plain["largest x"]) > 1e-4


def test_what_a_coating_lacks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(ISOTROPIC)
    (tmp_path / "alumina.toml").write_text(ALUMINA)
    (tmp_path / "crystal.toml").write_text(material_text("nmc811"))
    write(tmp_path / "coated.xdmf", wrapped())
    write(tmp_path / "bare.xdmf", turned(cube(8, 2)))
    wet = wrapped()
    info = {**wet.info, "phases": {"electrolyte": [[9, 9]]}}
    write(tmp_path / "wet.xdmf", tagged(wet.points, np.array(wet.cells), wet.labels, info))
    layer = f"--coating {tmp_path}/alumina.toml"
    expected = {
        ("coated.xdmf", "good.toml", ""): "say what it is (--coating alumina.toml)",
        ("bare.xdmf", "good.toml", layer): "has no coating; leave --coating out",
        ("coated.xdmf", "good.toml", f"--coating {tmp_path}/crystal.toml"): "is not isotropic",
        ("coated.xdmf", "good.toml", f"--coating {tmp_path}/none.toml"): "cannot read",
        ("wet.xdmf", "good.toml", layer): "cells of electrolyte",
    }
    for line, words in zip(refusals(tmp_path, *expected), expected.values(), strict=True):
        assert words in line
