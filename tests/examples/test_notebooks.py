"""The notebooks run from top to bottom, hold no output, and a number of each is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def cells(name: str) -> list[dict[str, Any]]:
    """Return the cells of code of a notebook."""
    notebook = json.loads((ROOT / "notebooks" / name).read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a notebook's code in an empty folder and return its names."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.chdir(tmp_path)

    def ran(name: str) -> dict[str, Any]:
        names: dict[str, Any] = {}
        for cell in cells(name):
            exec(compile("".join(cell["source"]), name, "exec"), names)
        pyplot.close("all")
        return names

    return ran


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_output_and_has_a_test(path: Path) -> None:
    for cell in cells(path.name):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
    assert path.name in Path(__file__).read_text(encoding="utf-8")


def test_grains_fill_the_particle_and_come_back_from_a_file(run: Any) -> None:
    names = run("01_particle.ipynb")
    volume = 4 / 3 * np.pi
    assert names["grains"]["volume"].sum() == pytest.approx(volume, rel=0.15)
    np.testing.assert_array_equal(names["again"].labels, names["mesh"].labels)


def test_grains_of_an_image_keep_the_volume_of_their_voxels(run: Any) -> None:
    names = run("02_your_image.ipynb")
    np.testing.assert_allclose(names["grains"]["volume"], names["voxels"], rtol=0.03)
    assert len(names["split"].mesh.points) > len(names["mesh"].points)


def test_layers_along_the_radius_let_lithium_in(run: Any) -> None:
    names = run("03_texture.ipynb")
    along, across = names["results"].values()
    assert along > 1.1 * across
    near, far = (np.median(values) for values in names["angles"].values())
    assert near > 60 > 40 > far
