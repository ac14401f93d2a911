"""The examples of chemo-mechanics run; textures count, and two assemblies agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from nmc_mesh.crystal.library import load_material, material_text
from nmc_mesh.crystal.texture import UniformTexture
from nmc_mesh.mechanics import chemo
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from tests.scripts import load_script

EXAMPLES = Path(__file__).parents[2] / "examples"
TESTED = {"chemo_mechanics_textures.py", "chemo_mechanics_scikit_fem.py"}


def load(name: str) -> ModuleType:
    return load_script(f"examples/{name}")


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES.glob("chemo_mechanics_*.py")} == TESTED


def test_crystals_along_the_radius_bar_lithium_and_pull_boundaries_open(tmp_path: Path) -> None:
    found = load("chemo_mechanics_textures.py").main(tmp_path / "textures.png")
    table = {name: list(numbers.values()) for name, numbers in found.items()}
    across, random, along = (
        table[name] for name in ("c across the radius", "random", "c along the radius")
    )
    # Diffusivity: that of the layers is 0.0085 um^2/s, a hundredth of it across.
    assert 8.5e-3 > across[0] > 2 * random[0] > 2 * 5 * along[0] > 10 * 8.5e-5
    assert across[1] < random[1] < along[1]
    assert along[2] > 1.4 * max(across[2], random[2])
    assert (tmp_path / "textures.png").stat().st_size > 50_000


def test_boundaries_that_conduct_even_lithium_out(tmp_path: Path) -> None:
    text = material_text("nmc811") + '"boundary" = "ours: for this test"\n'
    table = "[boundary]\ndiffusivity = 1.0\nwidth = 0.001\n\n[provenance]"
    (tmp_path / "mine.toml").write_text(text.replace("[provenance]", table))
    main = load("chemo_mechanics_textures.py").main
    for name, numbers in main(source=str(tmp_path / "mine.toml"), diameter=1.3).items():
        plain, difference, *_, along = numbers.values()
        assert along > (1.02 if name == "c across the radius" else 1.2) * plain
        assert difference > 0


def test_scikit_fem_finds_what_our_own_assembly_finds(capsys: pytest.CaptureFixture[str]) -> None:
    """The same linear elements: content and stress agree but for rounding and lost supports."""
    found = load("chemo_mechanics_scikit_fem.py").main()
    assert float(capsys.readouterr().out.split()[-1]) < 1e-10
    mesh = tetrahedralize(load_model("nmc-equiaxed").sample(1, diameter=1.9), size=0.18)
    grains = grain_table(mesh)
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (int(mesh.labels.max()), 1))
    rng = np.random.default_rng(0)
    turns[grains["id"] - 1] = UniformTexture().sample(grains["centroid"], None, rng)
    mesh = replace(mesh, info={**mesh.info, "orientations": turns})
    material = load_material("nmc811")
    charge = chemo.galvanostatic(mesh, material, rate=0.5, share=1.0, steps=40)
    assert charge.times[-1] == pytest.approx(7200.0)
    for look, content in enumerate(charge.content[10::10]):
        stress = chemo.stressed(mesh, material, content, material.content_range[1]).stress
        expected = [content.min(), content.max(), np.abs(stress).max(), (stress**2).mean()]
        values = [numbers[look] for numbers in found.values()]
        np.testing.assert_allclose(values, expected, rtol=1e-7)
