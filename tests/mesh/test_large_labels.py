"""Memory goes with how many labels there are, not with how large their numbers are."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh import LabelImage, Phases, TetMesh
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import kept_labels
from nmc_mesh.geometry.voxel_grains import voxel_grains
from nmc_mesh.mesh.closed import closed_surfaces
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tables import boundary_table, grain_table, phase_table

LABELS = [7, 7_000_000, 2**31 - 10]
BYTES = 2**30
"""Less than a byte per number that there might be."""


@pytest.fixture(autouse=True)
def little() -> Iterator[None]:
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < BYTES


def image(pore: bool) -> LabelImage:
    labels = np.full((8, 8, 8), LABELS[0], dtype=np.int64)
    labels[:4], labels[4:, 4:] = LABELS[2], LABELS[1]
    return LabelImage(labels, 1.0, phases=Phases({"pore": [LABELS[1]]} if pore else {}))


def mesh(pore: bool = False, keep_voids: bool = False) -> TetMesh:
    return nmc_mesh.tetrahedralize(image(pore), 1.5, keep_voids=keep_voids)


def test_meshes_of_images() -> None:
    for made in (
        mesh(),
        nmc_mesh.tetrahedralize(image(False), smooth=0),
        nmc_mesh.second_order(mesh()),
        nmc_mesh.voxel_mesh(image(False)),
        mesh(True, keep_voids=True),
    ):
        assert made.labels_there.tolist() == LABELS
    holes = mesh(True)
    assert holes.labels_there.tolist() == [LABELS[0], LABELS[2]]
    assert nmc_mesh.solids(mesh(True, True)).facet_grains[:, 1].max() == LABELS[2]
    assert voxel_grains(image(True))["volume"].tolist() == [128, 256]


def test_surfaces() -> None:
    surface = nmc_mesh.surface_mesh(image(False), 1.5)
    assert surface.labels.tolist() == LABELS
    assert surface.volumes(LABELS).sum() == pytest.approx(surface.volume)
    with pytest.raises(InputError, match=r"surface\.volumes\(surface\.labels\)"):
        surface.volumes()
    assert [grain for grain, _, _ in closed_surfaces(surface)] == LABELS
    assert surface.volume == pytest.approx(512, rel=0.02)


def test_volumes_of_images() -> None:
    assert image(False).volumes([*LABELS, 3]).tolist() == [128, 128, 256, 0]
    with pytest.raises(InputError, match=r"image\.volumes\(image\.voxels"):
        image(False).volumes()


def test_kept_labels_of_images() -> None:
    kept = kept_labels(image(False), LABELS[1:])
    assert kept.volumes([0, *LABELS]).tolist() == [128, 0, 128, 256]


def test_tables_and_blocks() -> None:
    made = mesh()
    curved = nmc_mesh.second_order(made)
    for one in (made, curved):
        np.testing.assert_allclose(grain_table(one)["volume"], [128, 128, 256], rtol=0.01)
        assert len(boundary_table(one)["area"]) == 3
    with_pore = phase_table(mesh(True, keep_voids=True))
    assert with_pore["volume"]["pore"] == pytest.approx(128, rel=0.01)
    assert [group.id for group in groups(made, "grain", "none")][:3] == LABELS
    colors = [group for group in groups(made, "color", "one") if group.dim == 3]
    assert sum(len(group.entities) for group in colors) == len(made.cells)
    assert len(colors) == 3


@pytest.mark.parametrize("ending", [".msh", ".vtu", ".xdmf", ".e", ".inp", ".med", ".mesh"])
def test_files(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    nmc_mesh.write(path, mesh())
    assert nmc_mesh.read(path).labels_there.tolist() == LABELS


def test_pictures(tmp_path: Path) -> None:
    assert "2,147,483,638" in repr(image(True))
    for value in (image(True), mesh(), nmc_mesh.surface_mesh(image(False), 1.5)):
        assert "<img" in value._repr_html_()
    for color in ("grain", "phase"):
        nmc_mesh.picture(mesh(True), tmp_path / "a.png", color=color, width=200)
