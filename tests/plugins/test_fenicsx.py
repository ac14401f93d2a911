"""The plugin for FEniCSx, in Debian's DOLFINx, on one rank and on two."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.io import write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tables import boundary_table, grain_table
from tests.meshes import voronoi

pytestmark = pytest.mark.host
PYTHON = "/usr/bin/python3"
PLUGIN = Path(__file__).parents[2] / "plugins" / "fenicsx"
SCRIPT = Path(__file__).with_name("fenicsx_sides.py")


@pytest.fixture(scope="module", autouse=True)
def dolfinx() -> None:
    probe = [PYTHON, "-c", "import dolfinx, h5py"]
    found = Path(PYTHON).exists() and subprocess.run(probe, capture_output=True).returncode == 0
    if not found or shutil.which("mpirun") is None:
        pytest.skip("apt-get install python3-dolfinx python3-h5py openmpi-bin gcc")


@pytest.mark.parametrize("ranks", [1, 2])
def test_grains_and_sides_are_those_of_the_tables(tmp_path: Path, ranks: int) -> None:
    mesh = voronoi(12, 5)
    write(tmp_path / "pairs.xdmf", mesh)
    write(tmp_path / "pairs.json", mesh)
    write(tmp_path / "colors.xdmf", mesh, blocks="color", boundaries="one")
    mpi = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(ranks)]
    files = [tmp_path / "pairs.xdmf", tmp_path / "colors.xdmf"]
    done = subprocess.run(
        [*mpi, PYTHON, SCRIPT, PLUGIN, *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
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
