"""The exodus library and VTK read our Exodus II files: names, one-sided side sets, variables."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.io import write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tables import boundary_table
from tests.meshes import voronoi

MESH = voronoi(12, 5)
SOURCE = Path(__file__).with_name("read_exodus.c")


@pytest.mark.host
def test_the_exodus_library_reads_it(tmp_path: Path) -> None:
    program = tmp_path / "read_exodus"
    try:
        build = ["gcc", "-o", program, SOURCE, "-lexoIIv2c"]
        built = subprocess.run(build, capture_output=True).returncode == 0
    except FileNotFoundError:
        built = False
    if not built:
        pytest.skip("the exodus library is missing; apt-get install gcc libc6-dev libexodusii-dev")
    write(tmp_path / "particle.e", MESH)
    done = subprocess.run(
        [program, tmp_path / "particle.e"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = {kind: [] for kind in ("block", "sides", "nodes")}
    for line in done.stdout.splitlines():
        kind, tag, name, count, *numbers = line.split()
        found[kind].append((int(tag), name, int(count), [float(number) for number in numbers]))
    named = {dim: [group for group in groups(MESH) if group.dim == dim] for dim in range(4)}
    assert found["block"] == [
        (group.id, group.name, len(group.entities), [float(group.id * len(group.entities))])
        for group in named[3]
    ]
    assert [row[:3] for row in found["sides"]] == [
        (group.id, group.name, len(group.entities)) for group in named[2]
    ]
    # Sides turn outwards from the lower grain: their area vectors are those of the table.
    (_, _, _, outer), *inner = found["sides"]
    np.testing.assert_allclose(outer, 0.0, atol=1e-12)
    table = boundary_table(MESH)
    vectors = (table["area"] * table["flatness"])[:, None] * table["normal"]
    np.testing.assert_allclose([row[3] for row in inner], vectors, atol=1e-12)
    assert found["nodes"] == [
        (named[1][0].id, "triple_lines", len(np.unique(MESH.edges)), []),
        (named[0][0].id, "quadruple_points", len(MESH.quadruple_points), []),
    ]


def test_vtk_reads_it(tmp_path: Path) -> None:
    pytest.importorskip("vtkmodules", reason="pip install 'nmc-mesh[viz]'")
    from vtkmodules.vtkIOExodus import vtkExodusIIReader

    turns = np.random.default_rng(0).normal(size=(len(MESH.grains), 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    write(tmp_path / "particle.e", replace(MESH, info={"orientations": turns}))
    reader = vtkExodusIIReader()
    reader.SetFileName(str(tmp_path / "particle.e"))
    reader.UpdateInformation()
    names = [reader.GetSideSetArrayName(k) for k in range(reader.GetNumberOfSideSetArrays())]
    assert names == [group.name for group in groups(MESH) if group.dim == 2]
    assert reader.GetElementResultArrayName(0) == "grain_id"
    for k in range(reader.GetNumberOfElementResultArrays()):
        reader.SetElementResultArrayStatus(reader.GetElementResultArrayName(k), 1)
    reader.SetSideSetArrayStatus("outer_surface", 1)
    reader.Update()
    blocks = reader.GetOutput().GetBlock(0)
    assert blocks.GetNumberOfBlocks() == len(MESH.grains)
    for k, grain in enumerate(MESH.grains):
        values = blocks.GetBlock(k).GetCellData().GetArray("grain_id")
        assert values.GetRange() == (grain, grain)
        # VTK joins the components of quaternion_w, ..., and of c_axis_x, ...
        data = blocks.GetBlock(k).GetCellData()
        axis = Rotation.from_quat(turns[k, [1, 2, 3, 0]]).apply([0, 0, 1])
        np.testing.assert_allclose(data.GetArray("c_axis_").GetTuple(0), axis, atol=1e-12)
        assert blocks.GetBlock(k).GetNumberOfCells() == (MESH.labels == grain).sum()
    outer = MESH.outer.sum()
    assert reader.GetOutput().GetBlock(4).GetBlock(0).GetNumberOfCells() == outer
