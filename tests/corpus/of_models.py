"""Frozen: particles that the shipped models draw, orientations, and particles fitted to labels."""

from __future__ import annotations

from typing import Any

from nmc_mesh.crystal.texture import FibreTexture, TabulatedTexture, Texture, UniformTexture
from nmc_mesh.mesh.mesher import tetrahedralize
from nmc_mesh.particle.from_labels import fit_particle
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle, Surface
from nmc_mesh.particle.sections import cut
from tests.corpus.case import case
from tests.corpus.inputs import diagram, draw, grain_image, turns, whole_particle

MODELS = ("nmc-calibrated", "nmc-equiaxed", "nmc-radial", "nmc111-ct")
TEXTURES: dict[str, Texture] = {
    "uniform": UniformTexture(),
    "along": FibreTexture.along_radius(0.2),
    "across": FibreTexture.across_radius(0.3),
    "short": FibreTexture(-4.0, 2.0, "long axis"),
    "tabulated": TabulatedTexture((0.0, 0.4, 1.0, 1.5707963267948966), (0.2, 0.3, 0.5)),
}


def parts(particle: Particle) -> Any:
    """The arrays of a particle."""
    return {
        "shell": particle.shell.coefficients,
        "rows": particle.tessellation.rows,
        "kept": particle.kept,
        "orientations": particle.orientations,
        "box": particle.box,
    }


def sampled(name: str, surface: Surface, diameter: float) -> Any:
    """A particle of a model, of a given diameter in grains."""
    model = load_model(name)
    return parts(model.sample(7, diameter * model.grains.grain_size, surface=surface))


for _name in MODELS:
    for _surface in ("grains", "shell"):
        _given: dict[str, Any] = {"model": _name, "surface": _surface}

        def _make(model: str, surface: Surface, diameter: float) -> Any:
            return sampled(model, surface, diameter)

        case(f"models/{_name}-{_surface}", "sampling", True, diameter=6.0, **_given)(_make)
        case(f"models/{_name}-{_surface}-full", "sampling", False, diameter=20.0, **_given)(_make)


@case("models/textures", depends="sampling", count=2000)
@case("models/textures-full", depends="sampling", short=False, count=100_000)
def textures(count: int) -> Any:
    """Orientations by every law."""
    whole = diagram(340, count, 5.0)
    return {
        name: texture.sample(whole.seeds, whole.matrices, draw(341))
        for name, texture in TEXTURES.items()
    }


@case("models/meshed", depends="sampling", short=False)
def meshed() -> Any:
    """Meshes of drawn particles in the size that the mesher takes by itself."""
    model = load_model("nmc-radial")
    size = 6.0 * model.grains.grain_size
    return {
        surface: tetrahedralize(model.sample(3, size, surface=surface)).cells
        for surface in ("grains", "shell")
    }


@case("models/fitted", depends="machine")
def fitted() -> Any:
    """A particle fitted to a label image."""
    found = fit_particle(grain_image(42, (20, 18, 16), 12, 2), steps=15)
    return {"particle": parts(found.particle), "labels": found.labels, "share": found.star_share}


@case("models/cut", depends="machine")
def section_of_particle() -> Any:
    """A particle cut by a plane: which grains are seen."""
    turn = turns(whole_particle(2).orientations[:1])[0]  # type: ignore[index]
    return cut(whole_particle(2), turn, 0.2, 0.05)
