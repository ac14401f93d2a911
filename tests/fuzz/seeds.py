"""Small files of every format that a reader takes, and the reader: what is damaged starts here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import nmc_mesh
from nmc_mesh.crystal.library import load_material, material_text
from nmc_mesh.dataset.make import surface_of
from nmc_mesh.dataset.recipe import load_recipe
from nmc_mesh.dataset.store import (
    Contents,
    file_image,
    load_particle,
    load_surface,
    load_tables,
    load_voxels,
)
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.particle.model import load_table
from nmc_mesh.particle.writer import format_model
from nmc_mesh.sections.files import read_sections, write_sections
from tests.dataset.plans import MESHES, VOXELS, plan_text, tiny_model, written_plan
from tests.ebsd.maps import columns, write_ang
from tests.ebsd.test_readers import write_cpr, write_ctf, write_h5, write_oina

Reader = Callable[[Path], Any]


def item(path: Path) -> Any:
    """All that the file of a particle of a data set holds."""
    return load_particle(path), load_voxels(path), load_surface(path), load_tables(path)


def mesh_of_xdmf(path: Path) -> Any:
    """A mesh whose arrays are in the HDF5 file that is damaged."""
    return nmc_mesh.read(path.with_suffix(".xdmf"))


def labels(path: Path) -> Any:
    """A label image; the size of a voxel may be damaged, so it is given."""
    return nmc_mesh.read_labels(path, 0.15)


def seeds(folder: Path) -> dict[Path, Reader]:
    """Write the files; return the reader of each."""
    made: dict[Path, Reader] = {}
    for name, write in (
        ("map.ang", write_ang),
        ("map.ctf", write_ctf),
        ("map.h5", write_h5),
        ("map.h5oina", write_oina),
        ("map.cpr", write_cpr),
    ):
        write(folder / name, columns())
        made[folder / name] = nmc_mesh.read_scan
    particle = nmc_mesh.load_model(_model(folder)).sample(1, 1.2)
    mesh = nmc_mesh.tetrahedralize(particle, 0.3)
    voxels = nmc_mesh.voxelize(particle, 0.15)
    nmc_mesh.write_particle(folder / "particle.h5", particle)
    made[folder / "particle.h5"] = nmc_mesh.read_particle
    tables = {"grains": grain_table(mesh)}
    whole = Contents(particle, voxels, surface_of(mesh), tables)
    (folder / "item.h5").write_bytes(file_image(whole, False, 4, {"k": 0}))
    made[folder / "item.h5"] = item
    flat = np.ascontiguousarray(voxels.labels[:, :, voxels.labels.shape[2] // 2])
    section = nmc_mesh.section_of_labels(nmc_mesh.LabelImage(flat, 0.15), name="s")
    count = int(section.image.labels.max())
    tables = {"labels": np.arange(count)}
    record = replace(section, height=0.0, tables=tables, facts={"cut": False})
    write_sections(folder / "sections.h5", [record])
    made[folder / "sections.h5"] = read_sections
    for ending in (
        "msh", "vtu", "e", "inp", "mesh", "vol", "med", "mphtxt", "bdf", "header", "xdmf",
    ):  # fmt: skip
        path = folder / f"mesh.{ending}"
        nmc_mesh.write(path, mesh)
        if ending == "xdmf":
            made[path.with_suffix(".h5")] = mesh_of_xdmf
        made[path] = nmc_mesh.read
    for ending in ("tif", "npy", "nrrd", "vti", "h5"):
        nmc_mesh.write_labels(folder / f"labels.{ending}", voxels)
        made[folder / f"labels.{ending}"] = labels
    made[folder / "tiny.toml"] = nmc_mesh.load_model
    (folder / "network.toml").write_text(format_model(load_table("nmc-calibrated")))
    made[folder / "network.toml"] = nmc_mesh.load_model
    (folder / "material.toml").write_text(material_text("nmc811"), encoding="utf-8")
    made[folder / "material.toml"] = load_material
    made[written_plan(folder, plan_text(VOXELS, MESHES))] = load_recipe
    return made


def _model(folder: Path) -> Path:
    path = folder / "tiny.toml"
    path.write_text(format_model(tiny_model()), encoding="utf-8")
    return path
