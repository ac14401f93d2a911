"""Every example runs, and one physical number of each is right."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.scripts import load_script

EXAMPLES = Path(__file__).parents[2] / "examples"
TESTED = {"01_particle.py", "02_label_image.py", "03_crystals.py"}


def load(name: str) -> ModuleType:
    return load_script(f"examples/{name}")


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES.glob("[0-9]*.py")} == TESTED


def test_the_first_one_is_short() -> None:
    text = (EXAMPLES / "01_particle.py").read_text(encoding="utf-8")
    assert sum(bool(line.strip()) for line in text.splitlines()) < 15


def test_grains_fill_the_volume_of_the_shell(tmp_path: Path) -> None:
    particle, mesh = load("01_particle.py").main(tmp_path / "demo")
    assert 400 < particle.n_grains < 600
    corners = mesh.points[mesh.cells]
    volume = np.linalg.det(corners[:, 1:] - corners[:, :1]).sum() / 6
    assert volume == pytest.approx(4 / 3 * np.pi * 2.0**3, rel=0.05)
    names = {path.name for path in (tmp_path / "demo").iterdir()}
    assert {"particle.msh", "particle.vtu", "particle.xdmf", "particle.png"} < names


def test_two_halves_of_a_ball_touch_on_a_disc() -> None:
    example = load("02_label_image.py")
    _, grains, boundaries = example.main()
    half = 2 / 3 * np.pi * example.RADIUS**3
    np.testing.assert_allclose(grains["volume"], half, rtol=0.02)
    assert boundaries["area"][0] == pytest.approx(np.pi * example.RADIUS**2, rel=0.02)


def test_layers_along_the_radius_let_lithium_through() -> None:
    """The order is that of theory; single crystals are the limits."""
    found = load("03_crystals.py").main()
    along, random, across = (result.value for result in found.values())
    assert along > 1.1 * random > 1.5 * across
    assert 0.0001 < across < along < 0.01
