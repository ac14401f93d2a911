"""Frozen: particles that the shipped models draw, orientations, and particles fitted to labels."""

from __future__ import annotations

from typing import Any

from nmc_mesh.crystal.texture import FibreTexture, TabulatedTexture, Texture, UniformTexture
from nmc_mesh.mesh.crystals import cell_columns
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import boundary_table, grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.checks import Surface
from nmc_mesh.particle.from_labels import fit_particle
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.sections import grains_in_plane
from nmc_mesh.particle.voxelize import voxelize
from tests.corpus.case import case
from tests.corpus.inputs import diagram, draw, grain_image, turns, whole_particle

MODELS = ("nmc-calibrated", "nmc-equiaxed", "nmc-radial", "nmc111-ct")
SURFACES: tuple[Surface, ...] = ("grains", "shell")
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
    for _surface in SURFACES:
        _given: dict[str, Any] = {"model": _name, "surface": _surface}

        def _make(model: str, surface: Surface, diameter: float) -> Any:
            return sampled(model, surface, diameter)

        case(f"models/{_name}-{_surface}", "arithmetic", True, diameter=6.0, **_given)(_make)
        case(f"models/{_name}-{_surface}-full", "arithmetic", False, diameter=20.0, **_given)(_make)


@case("models/textures", count=2000)
@case("models/textures-full", short=False, count=100_000)
def textures(count: int) -> Any:
    """Orientations by every law."""
    whole = diagram(340, count, 5.0)
    return {
        name: texture.sample(whole.seeds, whole.matrices, draw(341))
        for name, texture in TEXTURES.items()
    }


@case("models/meshed", short=False)
def meshed() -> Any:
    """Meshes of drawn particles in the size that the mesher takes by itself."""
    model = load_model("nmc-radial")
    size = 6.0 * model.grains.grain_size
    return {
        surface: tetrahedralize(model.sample(3, size, surface=surface)).cells
        for surface in ("grains", "shell")
    }


@case("models/whole-way")
def whole_way() -> Any:
    """Particles, their meshes in the size that the mesher takes by itself, tables, voxels."""
    found: dict[str, Any] = {}
    for place, name in enumerate(MODELS):
        model = load_model(name)
        size = 5.0 * model.grains.grain_size
        for surface in SURFACES:
            particle = model.sample(place, size, surface=surface)
            voxels = voxelize(particle, 0.2 * model.grains.grain_size).labels
            found[f"{name}-{surface}"] = {"particle": parts(particle), "voxels": voxels}
            if surface == "grains" or name == "nmc-equiaxed":
                found[f"{name}-{surface}"]["mesh"] = meshes(tetrahedralize(particle))
    return found


def meshes(mesh: TetMesh) -> Any:
    """A mesh, its tables and its quality."""
    return {
        "points": mesh.points,
        "cells": mesh.cells,
        "grains": grain_table(mesh),
        "boundaries": boundary_table(mesh),
        "columns": cell_columns(mesh),
        "quality": quality(mesh),
    }


@case("models/fitted", depends="machine")
def fitted() -> Any:
    """A particle fitted to a label image."""
    found = fit_particle(grain_image(42, (20, 18, 16), 12, 2), steps=15)
    return {"particle": parts(found.particle), "labels": found.labels, "share": found.star_share}


@case("models/cut")
def section_of_particle() -> Any:
    """A particle cut by a plane: which grains are seen."""
    turn = turns(whole_particle(2).orientations[:1])[0]  # type: ignore[index]
    return grains_in_plane(whole_particle(2), turn, 0.2, 0.05)
