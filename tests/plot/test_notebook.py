"""Values show themselves: a line and a small picture, whatever they are."""

from __future__ import annotations

import inspect
import io
import re
from base64 import b64decode
from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.crystal.orientation import bunge_angles
from nmc_mesh.ebsd import Phase
from nmc_mesh.later import Shown
from nmc_mesh.plot.notebook import thumbnail
from nmc_mesh.typing import AnyArray
from tests.meshes import cube, voronoi
from tests.particles import ball


def shown(value: Shown) -> AnyArray:
    """Pixels of the picture in what a notebook gets, shape (h, w, 3)."""
    (data,) = re.findall(r'src="data:image/png;base64,([^"]+)"', value._repr_html_())
    return np.asarray(matplotlib.image.imread(io.BytesIO(b64decode(data)))[..., :3])


def test_every_public_value_shows_itself() -> None:
    values = [getattr(nmc_mesh, name) for name in nmc_mesh.__all__]
    classes = {value for value in values if inspect.isclass(value)}
    plain = {nmc_mesh.NmcMeshError, nmc_mesh.Phase}
    assert all(issubclass(value, Shown) for value in classes - plain)


def test_values_have_a_picture_with_something_in_it() -> None:
    image = nmc_mesh.LabelImage(np.arange(1, 28).reshape(3, 3, 3), spacing=0.5)
    plane = nmc_mesh.LabelImage(np.pad([[1, 1, 2, 2]] * 3, 1), spacing=0.1)
    mesh, model = cube(8, 2), nmc_mesh.load_model("nmc-radial")
    values = [
        image,
        nmc_mesh.Section(plane, np.ones((5, 6), bool), center=np.zeros(2)),
        mesh,
        nmc_mesh.split_boundaries(mesh),
        nmc_mesh.voxel_mesh(image),
        nmc_mesh.surface_mesh(image, size=0.5),
        nmc_mesh.StarShape.ball(2.0),
        ball(),
        model.sample(1, diameter=2.0).tessellation,
        model,
        model.shell,
        model.grains,
    ]
    for value in values:
        pixels = shown(value)
        assert np.ptp(pixels.reshape(-1, 3), axis=0).max() > 0.2, value


def test_a_slice_of_a_ball_is_a_disc() -> None:
    pixels = shown(ball())
    inside = (pixels < 1).any(axis=2)
    edge = 2.2 / len(inside)
    assert inside.sum() * edge**2 == pytest.approx(np.pi, rel=0.03)


def test_a_plane_has_x_to_the_right_and_y_up() -> None:
    labels = np.zeros((8, 4), dtype=int)
    labels[6:, 3] = 1
    pixels = shown(nmc_mesh.LabelImage(labels, spacing=1.0))
    height, width = pixels.shape[:2]
    assert (height, width) == (16, 32)
    rows, columns = np.nonzero((pixels < 1).any(axis=2))
    assert rows.max() <= 4
    assert columns.min() >= 24


def test_neighbours_differ_though_labels_are_large() -> None:
    labels = np.kron([[10, 2_000_000], [2_000_000, 10]], np.ones((20, 20), dtype=int))
    pixels = shown(nmc_mesh.LabelImage(labels, spacing=1.0))
    quarter = pixels.shape[0] // 4
    assert not np.allclose(pixels[quarter, quarter], pixels[quarter, 3 * quarter])
    np.testing.assert_allclose(pixels[quarter, quarter], pixels[3 * quarter, 3 * quarter])


def test_a_map_is_red_where_c_is_up() -> None:
    angles = np.broadcast_to(bunge_angles(np.array([[1.0, 0, 0, 0]])), (5, 4, 3))
    phase = Phase("NMC", "-3m", (2.87, 2.87, 14.2, np.pi / 2, np.pi / 2, 2 * np.pi / 3))
    indexed = np.ones((5, 4), dtype=int)
    scan = nmc_mesh.EbsdScan(angles, indexed, indexed, (phase,), step=[0.1, 0.1], origin=[0, 0])
    np.testing.assert_allclose(shown(scan), np.broadcast_to([1.0, 0, 0], (4, 5, 3)), atol=0.01)


def test_what_cannot_be_drawn_still_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    phases = nmc_mesh.Phases({"pore": [4]})
    assert phases._repr_html_() == "<div><code>Phases(1 pore)</code></div>"
    broken = replace(voronoi(5, 3), info={"phases": {"pore": [[1, 5]]}})
    assert "<code>TetMesh(" in broken._repr_html_()

    def fail(*_: object) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr("nmc_mesh.plot.notebook.thumbnail", fail)
    assert cube(1, 1)._repr_html_().startswith("<div><code>TetMesh(1 grains")


def test_names_are_no_markup() -> None:
    named = replace(nmc_mesh.load_model("nmc-radial"), name="<b>x</b>")
    assert "<b>" not in named._repr_html_()


def test_nothing_has_no_picture() -> None:
    assert thumbnail(object()) is None
