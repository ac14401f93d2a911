"""The plugin for FEniCSx, in Debian's DOLFINx or NMC_MESH_DOLFINX's, on one rank and on two."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.tensors import trigonal_stiffness, turned_stiffness, turned_tensors
from nmc_mesh.io import write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tables import boundary_table, grain_table
from tests.dolfinx_host import launched, need
from tests.meshes import voronoi

pytestmark = pytest.mark.host
SCRIPTS = Path(__file__).parent


@pytest.fixture(scope="module", autouse=True)
def dolfinx() -> None:
    need()


def told(script: str, *arguments: str | Path, ranks: int = 1) -> dict[str, Any]:
    """Run a script on some ranks; it prints one line of JSON."""
    done = launched(SCRIPTS / script, *arguments, ranks=ranks)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("ranks", [1, 2])
def test_grains_and_sides_are_those_of_the_tables(tmp_path: Path, ranks: int) -> None:
    mesh = voronoi(12, 5)
    write(tmp_path / "pairs.xdmf", mesh)
    write(tmp_path / "pairs.json", mesh)
    write(tmp_path / "colors.xdmf", mesh, blocks="color", boundaries="one")
    files = [tmp_path / "pairs.xdmf", tmp_path / "colors.xdmf"]
    found = told("fenicsx_sides.py", *files, ranks=ranks)
    assert found["ranks"] == ranks
    table = grain_table(mesh)
    np.testing.assert_allclose(found["volumes"], table["volume"], rtol=1e-10)
    assert found["table"] == table["volume"].tolist()
    assert found["no_tables"]
    colors = [group.id for group in groups(mesh, "color", "one") if group.dim == 3]
    assert found["colors"] == colors
    assert len(colors) < len(table["id"])
    boundaries = boundary_table(mesh)
    for lower, higher, size in zip(
        boundaries["lower"], boundaries["higher"], boundaries["facets"], strict=True
    ):
        assert found["pairs"][f"grain_{lower:05d}_grain_{higher:05d}"] == [[lower, higher]] * size
    # Normals leave the lower grain towards the higher one, and the other way round.
    vectors = boundaries["area"] * boundaries["flatness"] * boundaries["normal"][:, 0]
    count = len(table["id"]) + 1
    low = np.bincount(boundaries["lower"], vectors, count)[1:]
    high = np.bincount(boundaries["higher"], -vectors, count)[1:]
    np.testing.assert_allclose(found["lower"], low, atol=1e-12)
    np.testing.assert_allclose(found["higher"], high, atol=1e-12)
    np.testing.assert_allclose(found.get("lengthwise", vectors), vectors, atol=1e-12)


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("tables", [True, False])
def test_crystals_are_those_of_the_grains(tmp_path: Path, ranks: int, tables: bool) -> None:
    """Quaternions and tensors of every cell, whether the tables stand beside the mesh or not."""
    mesh = voronoi(12, 5)
    turns = Rotation.random(12, rng=np.random.default_rng(4)).as_quat()[:, [3, 0, 1, 2]]
    mesh = replace(mesh, info={"orientations": turns})
    write(tmp_path / "turned.xdmf", mesh)
    if tables:
        write(tmp_path / "turned.json", mesh)
    kept = ("2", "3", "7")
    found = told("fenicsx_crystals.py", tmp_path / "turned.xdmf", *kept, ranks=ranks)
    axes = Rotation.from_quat(turns[:, [1, 2, 3, 0]]).as_matrix()
    trigonal = trigonal_stiffness(230.0, 70.0, 46.0, -6.0, 135.0, 36.0)
    expected = {
        "quaternions": turns,
        "rotations": axes,
        "diffusivity": turned_tensors(np.diag([2.0, 2.0, 0.5]), turns),
        "stiffness": turned_stiffness(trigonal, turns),
    }
    table = grain_table(mesh)
    if tables:
        expected["volume"] = table["volume"]
    for name, values in expected.items():
        for label, value in enumerate(values, 1):
            np.testing.assert_allclose(found[name][str(label)], np.ravel(value), atol=1e-11)
    volumes = table["volume"]
    whole = np.einsum("n,nij->ij", volumes, axes)
    np.testing.assert_allclose(found["integral"], whole.ravel(), atol=1e-11)
    assert found["submesh volume"] == pytest.approx(volumes[[1, 2, 6]].sum(), rel=1e-12)
    assert found["submesh labels"] == [2, 3, 7]
    assert found["refused"].startswith("no value is known for grain 2 and 10 others")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    mesh = voronoi(3, 2)
    write(tmp_path / "bare.xdmf", mesh)
    program = "import sys, nmc_mesh_fenicsx as n; n.{}(n.read(sys.argv[1]))"
    done = launched("-c", program.format("rotations"), tmp_path / "bare.xdmf")
    assert "ValueError: the grains have no orientations; draw" in done.stderr
    (tmp_path / "bare_facets.h5").unlink()
    done = launched("-c", program.format("rotations"), tmp_path / "bare.xdmf")
    assert "bare_facets.h5 is missing; write the particle again" in done.stderr
