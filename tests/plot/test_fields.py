"""Pictures of fields: a linear field is drawn as it is, boundaries where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.errors import InputError
from nmc_mesh.plot.fields import fields_picture, node_panel, rendered, wedge_panel
from tests.meshes import cube

pytest.importorskip("matplotlib", reason="pip install 'nmc-mesh[viz]'")
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize


def test_a_linear_field_is_itself_on_the_surface_and_in_the_cut() -> None:
    mesh = cube(8)
    slope = np.array([0.3, -1.0, 2.0])
    panel = node_panel(mesh, mesh.points @ slope + 4.0)
    np.testing.assert_allclose(panel.values, panel.triangles @ slope + 4.0, atol=1e-12)
    assert set(panel.walls) == {-1, 0, 1, 2}


def test_colours_are_those_of_the_values() -> None:
    """A cube, red above: reds are drawn in the upper half only."""
    mesh = cube(8)
    scale = ScalarMappable(Normalize(-1, 1), colormaps["RdBu_r"])
    image = rendered(node_panel(mesh, mesh.points[:, 2]), scale, 120)
    assert image.shape == (120, 120, 3)
    red, blue = image[..., 0] > image[..., 2] + 0.1, image[..., 2] > image[..., 0] + 0.1
    rows = np.arange(120)
    assert red.sum() > 500
    assert blue.sum() > 500
    assert np.average(rows, weights=red.sum(axis=1)) < np.average(rows, weights=blue.sum(axis=1))


def test_boundaries_have_the_values_of_their_wedges() -> None:
    split = split_boundaries(cube(2))
    panel = wedge_panel(split, np.arange(32.0), "opened")
    assert (panel.triangles[..., 0] == 0).all()
    np.testing.assert_array_equal(panel.values, np.repeat(np.arange(32.0)[:, None], 3, axis=1))


def test_a_picture_of_rows(tmp_path: Path) -> None:
    mesh = cube(8)
    split = split_boundaries(mesh)
    rows = [
        ("x", (-1.0, 1.0), "viridis", [node_panel(mesh, mesh.points[:, 0], "one")]),
        ("MPa", (0.0, 1.0), "RdBu_r", [wedge_panel(split, np.ones(len(split.wedges)))] * 2),
    ]
    fields_picture(rows, tmp_path / "fields.png", width=100)
    assert (tmp_path / "fields.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["fields.png"]


def test_values_must_fit() -> None:
    mesh = cube(8)
    with pytest.raises(InputError, match=r"expected \(125,\)"):
        node_panel(mesh, np.zeros(3))
    with pytest.raises(InputError, match=r"expected \(96,\)"):
        wedge_panel(split_boundaries(mesh), np.zeros(3))
