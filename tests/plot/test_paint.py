"""Colours that mean something: crystals and fields, with a key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from matplotlib import colormaps

from nmc_mesh.crystal.texture import FibreTexture
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.mesh.crystals import radii
from nmc_mesh.mesh.phases import without_voids
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.plot import picture
from nmc_mesh.plot.colors import PHASE_COLORS
from nmc_mesh.plot.paint import paint
from nmc_mesh.plot.render import render
from nmc_mesh.plot.scene import scene
from nmc_mesh.typing import Floats
from tests.meshes import ball, voronoi


def fibred(kappa: float) -> TetMesh:
    mesh = voronoi(30, 6)
    turns = FibreTexture(kappa).sample(radii(mesh), None, np.random.default_rng(0))
    return replace(mesh, info={"orientations": turns})


def mean_color(mesh: TetMesh, color: str) -> Floats:
    image, _ = render(mesh, 200, paint(mesh, color))  # type: ignore[arg-type]
    return image[(image < 1).any(axis=2)].mean(axis=0)


@pytest.mark.parametrize("color", ["ipf", "c-axis"])
def test_c_along_the_radius_is_red(color: str) -> None:
    along, across = mean_color(fibred(5000.0), color), mean_color(fibred(-5000.0), color)
    assert along[0] > 2 * along[2]
    assert across[2] > across[0]


def test_a_field_is_drawn_cell_by_cell() -> None:
    """Where a ball is cut, colours are those of the distance from its centre."""
    mesh = ball(10)
    distance = np.linalg.norm(mesh.points[mesh.cells].mean(axis=1), axis=1)
    chosen = paint(mesh, distance, "um")
    things = scene(mesh, np.zeros(3))
    shown = chosen.of(things)
    assert shown.shape == (len(things.triangles), 3)
    surface = things.walls < 0
    share = (distance - distance.min()) / np.ptp(distance)
    expected = np.array(colormaps["viridis"](np.rint(255 * share).astype(int)))[:, :3]
    np.testing.assert_allclose(shown, expected[things.cells], atol=0.01)
    assert share[things.cells[surface]].min() > 0.8
    middle = np.linalg.norm(things.triangles.mean(axis=1), axis=1)
    assert np.corrcoef(middle[~surface], share[things.cells[~surface]])[0, 1] > 0.95
    assert chosen.key is not None
    assert chosen.key.words[1][2] == f"{distance.max():.3g}"


def test_keys_are_drawn_below(tmp_path: Path) -> None:
    """The room below the picture holds coloured pixels only where there is a key."""
    mesh = fibred(0.0)
    colored = []
    for color in ("grain", "ipf", "c-axis"):
        picture(mesh, tmp_path / "a.png", 300, color)  # type: ignore[arg-type]
        image = matplotlib.image.imread(tmp_path / "a.png")[..., :3]
        below = image[-int(0.08 * 300) :]
        colored.append(int((np.ptp(below, axis=2) > 0.1).sum()))
    assert colored[0] == 0
    assert min(colored[1:]) > 50
    picture(mesh, tmp_path / "a.png", 300, np.arange(len(mesh.cells)), "cells")


def test_phases_have_a_legend_of_those_that_are_there(tmp_path: Path) -> None:
    mesh = replace(voronoi(6, 4), info={"phases": {"electrolyte": [[5, 5]], "pore": [[9, 9]]}})
    key = paint(mesh, "phase").key
    assert key is not None
    assert [word for _, _, word in key.words] == ["grain", "electrolyte"]
    assert key.image[0].tolist() == [list(PHASE_COLORS[n]) for n in ("grain", "electrolyte")]
    picture(mesh, tmp_path / "a.png", 300, "phase")
    below = matplotlib.image.imread(tmp_path / "a.png")[-24:, :, :3]
    for shade in key.image[0]:
        assert (np.abs(below - shade).max(axis=2) < 0.02).sum() > 20


def test_walls_of_voids_have_a_place_in_the_legend() -> None:
    mesh = voronoi(6, 4)
    table = {"phases": {"pore": [[6, 6]]}}
    cells = np.array(mesh.cells), np.array(mesh.labels)
    mesh = without_voids(np.array(mesh.points), *cells, Phases({"pore": [6]}), table)
    key = paint(mesh, "phase").key
    assert key is not None
    assert [word for _, _, word in key.words] == ["grain", "pore"]


def test_colours_without_meaning_are_refused() -> None:
    plain = voronoi(5, 3)
    with pytest.raises(InputError, match=r"have no orientations; generate it from a model .*'ipf'"):
        paint(plain, "ipf")
    with pytest.raises(InputError, match="no colouring 'rainbow'"):
        paint(plain, "rainbow")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected a number per cell"):
        paint(plain, np.ones(3))
    with pytest.raises(InputError, match="no NaN"):
        paint(plain, np.full(len(plain.cells), np.nan))
