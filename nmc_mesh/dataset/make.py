"""Make one particle of a data set and write its files."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.dataset.design import Item, streams
from nmc_mesh.dataset.recipe import Recipe
from nmc_mesh.dataset.store import Contents, Surface, file_image
from nmc_mesh.dataset.trim import trimmed
from nmc_mesh.errors import FileError
from nmc_mesh.geometry.voxel_grains import voxel_grains
from nmc_mesh.io.formats import FORMATS, TABLES, write
from nmc_mesh.io.particle import arrays_of, particle_of, tables_of
from nmc_mesh.memory import peak_memory
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import boundary_table, grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.progress import Stopwatch
from nmc_mesh.typing import AnyArray

PARTIAL, ASIDE = ".partial-", ".calibrate-"
PER_FOLDER = 1000

Record = dict[str, Any]
"""A line of the manifest: plain values."""


def stem(k: int) -> str:
    """Name of the files of particle k, without an ending."""
    return f"{k:07d}"


def place(k: int) -> Path:
    """Folder of the files of particle k inside the data set: a thousand particles each."""
    return Path("items") / f"{k // PER_FOLDER:05d}"


def draw(recipe: Recipe, item: Item) -> Particle:
    """Draw a particle of a data set: sampled, trimmed, and rounded to what the file holds.

    Whatever is stored or measured comes from this value, and `load_particle` gives back its bits.
    """
    seed = streams(recipe.plan.seed, item.k)[1]
    drawn = recipe.model(item).sample(
        np.random.default_rng(seed), item.diameter, surface=recipe.plan.particles.surface
    )
    facts = {**drawn.provenance, "seed": [recipe.plan.seed, item.k], "recipe": recipe.id}
    part = trimmed(drawn)
    arrays = arrays_of(part, recipe.plan.analytic.precision)
    return particle_of(arrays, facts, drawn.surface, **tables_of(part))


def make(recipe: Recipe, item: Item, folder: Path) -> Record:
    """Make a particle and put its files into the data set at ``folder``: whole, or not at all.

    Returns
    -------
    dict
        ``k``, ``seed``, ``values``, ``files`` (name -> SHA-256 and bytes), ``seconds`` per stage,
        ``cpu`` seconds of this thread in all, ``peak`` bytes of memory of the process so far,
        ``quality`` and ``warnings``.

    Raises
    ------
    NmcMeshError
        If the particle cannot be drawn or meshed.
    FileError
        If its files cannot be written.
    """
    cpu, watch = time.thread_time(), Stopwatch()
    watch("draw", 0.0)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        particle = draw(recipe, item)
        watch("draw", 1.0)
        contents, mesh = _derived(recipe, item, particle, watch)
    facts = {"k": item.k, "recipe": recipe.id, "values": item.values()}
    plan = recipe.plan
    level = plan.voxels.compression if plan.voxels else 0
    image = file_image(contents, plan.analytic.precision, level, facts)
    files = _put(folder, item, image, mesh, recipe)
    watch("write", 1.0)
    return {
        "k": item.k,
        "status": "done",
        "seed": [plan.seed, item.k],
        "values": item.values(),
        "files": files,
        "quality": _measured(contents, mesh),
        "warnings": sorted({str(warning.message) for warning in heard}),
        "seconds": {name: round(took, 4) for name, took in watch.seconds.items()},
        "cpu": round(time.thread_time() - cpu, 4),
        "peak": peak_memory(),
    }


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _derived(
    recipe: Recipe, item: Item, particle: Particle, watch: Stopwatch
) -> tuple[Contents, TetMesh | None]:
    """Voxels, mesh and surface of a particle, as the plan wants them."""
    plan = recipe.plan
    voxels = mesh = surface = None
    tables: dict[str, dict[str, AnyArray]] = {}
    if item.spacing is not None:
        watch("voxels", 0.0)
        voxels = voxelize(particle, item.spacing)
        tables["voxel_grains"] = voxel_grains(voxels)
        watch("voxels", 1.0)
    if plan.meshes is not None:
        watch("mesh", 0.0)
        mesh = tetrahedralize(particle, item.size, void_volumes=plan.meshes.order == 1)
        if plan.meshes.order == 2:
            mesh = second_order(mesh, particle)
        tables |= {"grains": grain_table(mesh), "boundaries": boundary_table(mesh)}
        watch("mesh", 1.0)
    if plan.surfaces is not None:
        watch("surface", 0.0)
        wanted = item.surface_size
        shared = mesh is not None and (wanted is None or wanted == item.size)
        source = mesh if shared else tetrahedralize(particle, wanted)
        assert source is not None
        surface = surface_of(source)
        watch("surface", 1.0)
    return Contents(particle, voxels, surface, tables), mesh


def surface_of(mesh: TetMesh) -> Surface:
    """Facets of a mesh with the vertices they use."""
    corners = mesh.facets[:, :3]
    used = np.unique(corners)
    triangles = np.searchsorted(used, corners).astype(np.int32)
    return Surface(mesh.points[used], triangles, np.asarray(mesh.facet_grains))


def _measured(contents: Contents, mesh: TetMesh | None) -> dict[str, Any]:
    """Size and quality in a few numbers."""
    particle = contents.particle
    figures: dict[str, Any] = {
        "grains": particle.n_grains,
        "seeds": len(particle.tessellation),
        "diameter": float(particle.shell.equivalent_diameter),
    }
    if contents.voxels is not None:
        labels = contents.voxels.labels
        figures["shape"] = list(labels.shape)
        figures["voxel_grains"] = len(contents.tables["voxel_grains"]["id"])
    if mesh is not None:
        shape = quality(mesh)
        figures |= {
            "cells": len(mesh.cells),
            "points": len(mesh.points),
            "volume": float(shape.volume.sum()),
            "smallest_angle": float(shape.smallest_angle.min()),
            "mean_radius_ratio": float(shape.radius_ratio.mean()),
            "lost_grains": len(mesh.info.get("lost_grains", ())),
        }
    if contents.surface is not None:
        figures["triangles"] = len(contents.surface.triangles)
    return figures


def _put(
    folder: Path, item: Item, image: bytes, mesh: TetMesh | None, recipe: Recipe
) -> dict[str, list[Any]]:
    """Write all files beside their places, then rename them; return their hashes and sizes."""
    k, target = item.k, folder / place(item.k)
    try:
        target.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=folder))
        try:
            (partial / f"{stem(k)}.h5").write_bytes(image)
            if mesh is not None:
                _write_mesh(partial / f"{stem(k)}_mesh", mesh, recipe, item)
            files: dict[str, list[Any]] = {}
            for path in sorted(partial.iterdir()):
                _settle(path)
                files[path.name] = [sha256(path), path.stat().st_size]
            for name in files:
                os.replace(partial / name, target / name)
            return files
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise FileError(
            f"cannot write to {folder}: {error.strerror or error}; make room or choose another "
            "folder, then call again: what is done stays done"
        ) from error


def _write_mesh(base: Path, mesh: TetMesh, recipe: Recipe, item: Item) -> None:
    wanted = recipe.plan.meshes
    assert wanted is not None
    layout = {"blocks": wanted.blocks, "boundaries": wanted.boundaries}
    for suffix in (*wanted.formats, *([TABLES] if wanted.tables else [])):
        options: dict[str, Any] = dict(layout)
        if "material" in FORMATS[suffix].options and item.material is not None:
            options["material"] = Path(item.material).stem
        write(base.with_suffix(suffix), mesh, **options)


def _settle(path: Path) -> None:
    """Bring a file to the disk before it gets its name."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
