"""Pictures: the cut is where it should be, areas are right, neighbours differ in colour."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import PIL.Image
import pytest

from nmc_mesh.errors import FileError, InputError, MissingExtraError
from nmc_mesh.plot import picture
from nmc_mesh.plot.colors import PALETTE, neighbour_colors
from nmc_mesh.plot.movie import MOVIES
from nmc_mesh.plot.paint import paint
from nmc_mesh.plot.render import camera, centroid, render, render_scene
from nmc_mesh.plot.scene import scene, section
from nmc_mesh.typing import AnyArray
from tests.meshes import ball, cube, voronoi


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("level", [0.0, 0.123, -0.9])
def test_a_section_of_a_cube_has_its_area(axis: int, level: float) -> None:
    mesh = voronoi(6, 5)
    triangles, cells = section(mesh, axis, level)
    edges = triangles[:, 1:] - triangles[:, :1]
    area = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum() / 2
    assert area == pytest.approx(4.0, rel=1e-12)
    np.testing.assert_array_equal(triangles[:, :, axis], level)
    assert set(mesh.labels[cells]) <= set(mesh.labels)


def test_the_scene_is_the_outer_surface_and_three_walls() -> None:
    mesh = cube(8, 4)
    things = scene(mesh, np.array([0.1, 0.1, 0.1]))
    edges = things.triangles[:, 1:] - things.triangles[:, :1]
    areas = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1) / 2
    for wall, area in ((-1, 24.0), (0, 4.0), (1, 4.0), (2, 4.0)):
        assert areas[things.walls == wall].sum() == pytest.approx(area)


def test_a_ball_covers_the_area_of_a_disc() -> None:
    image, pixels_per_um = render(ball(16, radius=3.0), 300)
    covered = (image < 1).any(axis=2).sum() / pixels_per_um**2
    assert covered == pytest.approx(np.pi * 3.0**2, rel=0.02)


def test_the_cut_shows_the_grain_behind_the_corner() -> None:
    """Of a cube of octants, seen from (+, +, +), the nearest grain, 8, is the one cut away."""
    image, _ = render(cube(8, 4), 400)
    row, column = image.shape[0] // 2, image.shape[1] // 2
    around = image[row - 40 : row + 40, column - 40 : column + 40].reshape(-1, 3)
    colors = PALETTE[neighbour_colors(cube(8, 4).facet_grains, 8)]

    def share_of(grain: int) -> float:
        hue = colors[grain] / np.linalg.norm(colors[grain])
        length = np.linalg.norm(around, axis=1)
        return float(((around @ hue) / length > 0.9999).mean())

    assert share_of(8) == 0.0
    assert min(share_of(grain) for grain in (4, 6, 7)) > 0.1


def test_neighbours_differ_in_colour() -> None:
    mesh = voronoi(60, 10)
    pairs = mesh.facet_grains[mesh.inner]
    colors = neighbour_colors(mesh.facet_grains, int(mesh.labels.max()))
    degree = np.bincount(np.unique(pairs, axis=0).ravel()).max()
    assert degree >= len(PALETTE)
    clashes = (colors[pairs[:, 0]] == colors[pairs[:, 1]]).mean()
    assert clashes < 0.05


def test_a_picture_is_a_png_of_the_wanted_width(tmp_path: Path) -> None:
    picture(cube(8, 2), tmp_path / "a.png", width=200)
    assert matplotlib.image.imread(tmp_path / "a.png").shape[1] == 200
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


# What is seen without red cones, and without green ones: linear light, Machado et al. 2009,
# doi 10.1109/TVCG.2009.113, severity 1.
NO_RED = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216]]
NO_RED += [[-0.003882, -0.048116, 1.051998]]
NO_GREEN = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413]]
NO_GREEN += [[-0.011820, 0.042940, 0.968881]]
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


@pytest.mark.parametrize("sight", [np.eye(3), NO_RED, NO_GREEN], ids=["all", "no red", "no green"])
def test_colours_of_grains_stay_apart_for_everybody(sight: AnyArray) -> None:
    """At least 10 in CIE Lab, where 2.3 is just noticed."""
    light = np.where(PALETTE <= 0.04045, PALETTE / 12.92, ((PALETTE + 0.055) / 1.055) ** 2.4)
    tristimulus = np.clip(light @ np.transpose(sight), 0, 1) @ XYZ.T / XYZ.sum(axis=1)
    f = np.where(tristimulus > 0.008856, np.cbrt(tristimulus), 7.787 * tristimulus + 16 / 116)
    lab = np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    )
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    assert apart[np.triu_indices(len(PALETTE), 1)].min() > 10


def test_a_movie_goes_around_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tower beside the axis goes from one side to the other; frames have one size and scale."""
    monkeypatch.setitem(MOVIES, ".gif", replace(MOVIES[".gif"], frames=4))
    mesh = cube(1, 2)
    points = mesh.points * [0.3, 0.3, 1.0]
    tower = np.where(points[:, :1] > 0, points * [1.0, 1.0, 1.5], points)
    picture(replace(mesh, points=tower), tmp_path / "a.gif", width=150)
    covered = []
    with PIL.Image.open(tmp_path / "a.gif") as movie:
        assert (movie.n_frames, movie.size[0], movie.info["loop"]) == (4, 150, 0)
        for frame in range(4):
            movie.seek(frame)
            dark = np.asarray(movie.convert("L"))[: int(0.8 * movie.size[1]), 20:] < 250
            covered.append(dark.sum())
    assert min(covered) > 0.8 * max(covered) > 500
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]


def test_an_mp4_plays_what_a_gif_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sides are even, whatever was asked for; colours survive; the rate is what it says."""
    av = pytest.importorskip("av")
    monkeypatch.setitem(MOVIES, ".mp4", replace(MOVIES[".mp4"], frames=5))
    mesh = cube(1, 2)
    picture(mesh, tmp_path / "a.mp4", width=151)
    things = scene(mesh, centroid(mesh))
    colors = paint(mesh, "grain").of(things)
    image, _ = render_scene(things, colors, 151, centroid(mesh), 0.0)
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.average_rate) == ("h264", 24)
    assert len(frames) == 5
    assert frames[0].shape[1] == 150
    assert frames[0].shape[0] % 2 == 0
    middle = (slice(60, 80), slice(60, 90))
    np.testing.assert_allclose(
        frames[0][middle].mean(axis=(0, 1)), 255 * image[middle].mean(axis=(0, 1)), atol=12
    )
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_without_its_package_an_mp4_is_refused_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = importlib.util.find_spec
    monkeypatch.setattr("nmc_mesh.plot.movie.find_spec", lambda n: None if n == "av" else known(n))
    with pytest.raises(MissingExtraError, match="needs the package 'av'"):
        picture(cube(1, 2), tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_axes_turn_with_the_viewer() -> None:
    """After a quarter of a turn y is where x was, and z stays."""
    before, after = camera(), camera(np.pi / 2)
    np.testing.assert_allclose(after[:, 1], before[:, 0], atol=1e-12)
    np.testing.assert_allclose(after[:, 2], before[:, 2], atol=1e-12)
    np.testing.assert_allclose(camera(2 * np.pi), before, atol=1e-12)


def test_a_tall_thing_does_not_make_a_tall_picture() -> None:
    mesh = cube(1, 2)
    tower = replace(mesh, points=mesh.points * [1.0, 1.0, 50.0])
    image, _ = render(tower, 100)
    assert image.shape[0] < 170
    assert (image[:, [0, -1]] == 1).all()


def test_bad_pictures_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="at least 100"):
        picture(cube(1, 1), tmp_path / "a.png", width=5)
    with pytest.raises(FileError, match="does not exist"):
        picture(cube(1, 1), tmp_path / "no" / "a.png")
    monkeypatch.setattr("nmc_mesh.plot.draw.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install .*matplotlib"):
        picture(cube(1, 1), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
