"""Periodic meshes in DOLFINx: it finds our tensor of a box, a slanted period and an image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.mechanics.homogenize_periodic import effective_periodic
from nmc_mesh.mesh.periodic import periodic_pairs, periods_of
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats
from tests.dolfinx_host import launched, need

pytestmark = pytest.mark.host
SCRIPT = Path(__file__).parent / "fenicsx_periodic.py"
SLANTED = np.array([[1.0, 0.1, 0.0], [0.4, 0.9, 0.0], [0.2, 0.3, 1.1]])


@pytest.fixture(scope="module", autouse=True)
def dolfinx() -> None:
    need()


def polycrystal(period: float | Floats) -> TetMesh:
    cell = nmc_mesh.periodic_cell("nmc-equiaxed", 3, grains=6, period=period)
    return nmc_mesh.tetrahedralize_periodic(cell)


def hollow() -> TetMesh:
    labels = np.ones((8, 8, 8), dtype=int)
    labels[:, :4], labels[2:5, 2:6, 6:], labels[2:5, 2:6, :2] = 2, 0, 0
    return nmc_mesh.tetrahedralize_periodic(nmc_mesh.LabelImage(labels, 0.1))


def ours(mesh: TetMesh) -> Floats:
    """Grain l conducts l along x, 1 along y and z."""
    tensors = np.tile(np.eye(3), (int(mesh.labels.max()) + 1, 1, 1))
    tensors[:, 0, 0] = np.arange(len(tensors))
    return effective_periodic(mesh, tensors)


def told(folder: Path, mesh: TetMesh, *way: str, ranks: int = 1) -> Any:
    nmc_mesh.write(folder / "rve.xdmf", mesh)
    nmc_mesh.write(folder / "rve.json", mesh)
    periods = periods_of(mesh)
    assert periods is not None
    done = launched(SCRIPT, folder / "rve.xdmf", str(periods.volume), *way, ranks=ranks)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("kind", ["box", "slanted", "image"])
def test_dolfinx_finds_our_tensor(tmp_path: Path, kind: str) -> None:
    made = {"box": lambda: polycrystal(1.0), "slanted": lambda: polycrystal(SLANTED)}
    mesh = made.get(kind, hollow)()
    known, own = told(tmp_path, mesh), ours(mesh)
    assert known["slaves"] == len(periodic_pairs(mesh).slave)
    np.testing.assert_allclose(known["tensor"], own, atol=1e-6 * own.max())


@pytest.mark.parametrize("ranks", [1, 2])
def test_no_node_of_the_seam_is_left_alone_on_any_rank(tmp_path: Path, ranks: int) -> None:
    before, after = told(tmp_path, polycrystal(SLANTED), "loads", ranks=ranks)
    assert after < 1e-12 < 1e-4 < before


@pytest.mark.parametrize("ranks", [1, 2])
def test_dolfinx_mpc_takes_the_pairs_as_they_are(tmp_path: Path, ranks: int) -> None:
    if launched("-c", "import mpi4py.MPI, dolfinx_mpc").returncode:
        pytest.skip("apt-get install python3-dolfinx-mpc")
    mesh = polycrystal(SLANTED)
    known, own = told(tmp_path, mesh, "mpc", ranks=ranks), ours(mesh)
    np.testing.assert_allclose(known["tensor"], own, atol=1e-6 * own.max())
