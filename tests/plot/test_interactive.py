"""Views in pyvista: volumes, cuts, colours."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh import LabelImage, Phases, voxel_mesh
from nmc_mesh.errors import InputError
from tests.meshes import cube, with_middles
from tests.particles import ball

pyvista = pytest.importorskip("pyvista", reason="pip install 'nmc-mesh[viz]'")


def volume_of(plotter: object) -> float:
    """Volume of what is shown, um^3."""
    (body,) = [mesh for mesh in plotter.meshes if "grain_id" in mesh.cell_data]  # type: ignore[attr-defined]
    return float(body.compute_cell_sizes()["Volume"].sum())


def test_a_grid_has_the_volume_and_the_grains() -> None:
    mesh = cube(8, 2)
    for kind in (mesh, with_middles(mesh)):
        body = kind.to_pyvista()
        assert body.compute_cell_sizes()["Volume"].sum() == pytest.approx(8.0)
        np.testing.assert_array_equal(body["grain_id"], mesh.labels)
    boxes = voxel_mesh(LabelImage(np.ones((2, 2, 2), int), spacing=0.5)).to_pyvista()
    assert boxes.volume == pytest.approx(1.0)


@pytest.mark.parametrize(("cut", "left"), [("none", 8.0), ("x", 4.0), ("octant", 7.0)])
def test_a_cut_takes_its_share_away(cut: str, left: float) -> None:
    plotter = cube(8, 3).plot(cut, show=False)
    assert volume_of(plotter) == pytest.approx(left, rel=1e-3)


def test_a_field_has_a_bar_and_phases_a_legend() -> None:
    mesh = cube(8, 2)
    plotter = mesh.plot("none", np.arange(len(mesh.cells)), "µm", show=False)
    assert list(plotter.scalar_bars.keys()) == ["µm"]
    image = LabelImage([[[1]], [[2]]], spacing=0.5, phases=Phases({"electrolyte": [2]}))
    plotter = voxel_mesh(image).plot("none", "phase", show=False)
    assert plotter.legend is not None


def test_a_particle_is_shown_as_voxels() -> None:
    assert volume_of(ball().plot("none", spacing=0.1, show=False)) == pytest.approx(4.19, rel=0.05)


def test_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(InputError, match=r"a cut is one of octant.*not 'w'"):
        cube(1, 1).plot("w", show=False)
    with pytest.raises(InputError, match="no orientations"):
        ball().plot(color="ipf", spacing=0.2, show=False)
    with pytest.raises(InputError, match="spacing"):
        ball().plot(spacing=-1.0, show=False)
