"""What is drawn and stored: trimmed, rounded, and the same bits ever after."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import get_args

import h5py
import numpy as np
import pytest

from nmc_mesh.dataset.make import draw, make, surface_of
from nmc_mesh.dataset.store import (
    Contents,
    file_image,
    load_particle,
    load_surface,
    load_tables,
    load_voxels,
)
from nmc_mesh.dataset.trim import trimmed
from nmc_mesh.errors import FileError
from nmc_mesh.geometry.voxel_grains import voxel_grains
from nmc_mesh.io import read
from nmc_mesh.io.particle import Precision, arrays_of, particle_of
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.schema import ModelTable
from nmc_mesh.particle.voxelize import voxelize
from tests.dataset.plans import MESHES, ROOT, VOXELS, recipe_of


@pytest.fixture(scope="module")
def particle() -> Particle:
    drawn = load_model("nmc-radial").sample(7, 2.0)
    turns = np.tile([0.6, 0.0, 0.8, 0.0], (drawn.n_grains, 1))
    return replace(drawn, orientations=turns)


@pytest.mark.parametrize("model", ["nmc-radial", "nmc-equiaxed"])
def test_seeds_that_are_left_out_do_not_matter(model: str) -> None:
    whole = load_model(model).sample(5, 2.4)
    few = trimmed(whole)
    assert len(few.tessellation) < 0.6 * len(whole.tessellation)
    assert few.n_grains == whole.n_grains
    lower, upper = whole.bounds()
    size = whole.grain_size
    points = np.random.default_rng(0).uniform(lower - size, upper + size, (200_000, 3))
    before, after = (p.grain_of_seed()[p.tessellation.labels(points)] for p in (whole, few))
    np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(few.bounds(), whole.bounds())


def test_a_trimmed_particle_is_not_trimmed_further_by_much(particle: Particle) -> None:
    once = trimmed(particle)
    assert len(trimmed(once).tessellation) <= len(once.tessellation)


@pytest.mark.parametrize("precision", get_args(Precision))
def test_what_is_packed_comes_back_bit_for_bit(particle: Particle, precision: Precision) -> None:
    first = particle_of(arrays_of(particle, precision), {"a": 1})
    second = particle_of(arrays_of(first, precision), first.provenance)
    for name in ("rows", "matrices"):
        one, two = (getattr(p.tessellation, name) for p in (first, second))
        assert one.tobytes() == two.tobytes()
    assert first.shell.coefficients.tobytes() == second.shell.coefficients.tobytes()
    if precision == "single":
        off = np.abs(first.tessellation.seeds - particle.tessellation.seeds).max()
        assert 0 < off < 1e-6 * np.abs(particle.tessellation.seeds).max()
    else:
        assert first.tessellation.rows.tobytes() == particle.tessellation.rows.tobytes()


def test_bytes_per_seed_are_tens(particle: Particle) -> None:
    single, double = (
        sum(a.nbytes for a in arrays_of(particle, p).values()) for p in get_args(Precision)
    )
    seeds, grains = len(particle.tessellation), particle.n_grains
    assert single == 40 * seeds + (4 + 16) * grains + 4 * (100 + 6)
    assert double == 80 * seeds + (4 + 32) * grains + 8 * (100 + 6)


def test_orientations_are_kept(particle: Particle) -> None:
    turns = np.random.default_rng(0).standard_normal((particle.n_grains, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    turned = Particle(particle.shell, particle.tessellation, particle.kept, turns)
    once = particle_of(arrays_of(turned, "single"), {})
    found = once.orientations
    assert found is not None
    np.testing.assert_allclose(found, turns, atol=1e-7)
    again = particle_of(arrays_of(once, "single"), {}).orientations
    assert again is not None
    np.testing.assert_allclose(again, found, atol=1e-7)


def test_a_particle_is_the_same_whatever_was_made_before(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, VOXELS)
    forward = [make(recipe, recipe.designer[k], tmp_path / "a")["files"] for k in (0, 1, 2)]
    set_threads(1)
    try:
        backward = [make(recipe, recipe.designer[k], tmp_path / "b")["files"] for k in (2, 1, 0)]
    finally:
        set_threads(None)
    assert forward == backward[::-1]
    assert len({files[name][0] for files in forward for name in files}) == 3


def test_the_file_gives_back_what_it_was_made_from(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, VOXELS, MESHES, "[surfaces]\n")
    item = recipe.designer[0]
    record = make(recipe, item, tmp_path / "d")
    names = set(record["files"])
    base = "0000000"
    assert {f"{base}.h5", f"{base}_mesh.vtu", f"{base}_mesh.xdmf", f"{base}_mesh.json"} < names
    here = tmp_path / "d" / "items" / "00000"
    assert {path.name for path in here.iterdir()} == names
    assert not list((tmp_path / "d").glob(".partial*"))
    drawn, stored = draw(recipe, item), load_particle(here / f"{base}.h5")
    assert stored.tessellation.rows.tobytes() == drawn.tessellation.rows.tobytes()
    assert stored.provenance["seed"] == [1, 0]
    fresh, kept = voxelize(stored, 0.1), load_voxels(here / f"{base}.h5")
    np.testing.assert_array_equal(fresh.labels, kept.labels)
    np.testing.assert_array_equal(fresh.origin, kept.origin)
    mesh, written = tetrahedralize(stored, 0.15), read(here / f"{base}_mesh.vtu")
    assert mesh.points.tobytes() == written.points.tobytes()
    surface, tables = load_surface(here / f"{base}.h5"), load_tables(here / f"{base}.h5")
    own = surface_of(mesh)
    np.testing.assert_array_equal(surface.points, own.points)
    np.testing.assert_array_equal(surface.grains, own.grains)
    assert set(tables) == {"voxel_grains", "grains", "boundaries"}
    assert tables["grains"]["volume"].sum() == pytest.approx(record["quality"]["volume"])
    assert record["seed"] == [1, 0]
    assert record["seconds"].keys() == {"draw", "voxels", "mesh", "surface", "write"}


def test_a_plan_may_cut_particles_off_at_their_shell(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, VOXELS)
    particles = recipe.plan.particles.model_copy(update={"surface": "shell"})
    clipped = replace(recipe, plan=recipe.plan.model_copy(update={"particles": particles}))
    assert clipped.id != recipe.id
    item = clipped.designer[0]
    make(clipped, item, tmp_path)
    path = tmp_path / "items" / "00000" / "0000000.h5"
    drawn, stored = draw(clipped, item), load_particle(path)
    assert drawn.surface == stored.surface == "shell"
    lower, upper = drawn.bounds()
    points = np.random.default_rng(0).uniform(lower, upper, (20_000, 3))
    np.testing.assert_array_equal(stored.labels(points), drawn.labels(points))
    assert not stored.labels(points)[~drawn.shell.contains(points)].any()
    np.testing.assert_array_equal(voxelize(stored, 0.1).labels, load_voxels(path).labels)


def test_files_written_before_there_was_a_format_are_read(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path)
    make(recipe, recipe.designer[0], tmp_path)
    path = tmp_path / "items" / "00000" / "0000000.h5"
    new = load_particle(path)
    with h5py.File(path, "r+") as file:
        del file["particle"].attrs["format"], file["particle"].attrs["version"]
    assert load_particle(path).tessellation.rows.tobytes() == new.tessellation.rows.tobytes()


def test_surfaces_are_closed(tmp_path: Path) -> None:
    """Around every grain: the triangles' signed volumes add up to the grain's."""
    recipe = recipe_of(tmp_path, "[surfaces]\nsize = 0.15\n")
    make(recipe, recipe.designer[1], tmp_path)
    path = tmp_path / "items" / "00000" / "0000001.h5"
    points, triangles, grains = load_surface(path)
    a, b, c = (points[triangles[:, i]] for i in range(3))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    mesh = tetrahedralize(load_particle(path), 0.15)
    corners = mesh.points[mesh.cells]
    cells = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    wanted = np.bincount(mesh.labels, cells)
    count = len(wanted)
    found = np.bincount(grains[:, 0], volume, count) - np.bincount(grains[:, 1], volume, count)
    np.testing.assert_allclose(found[1:], wanted[1:], rtol=1e-9)


def test_voxel_grains_are_counted(particle: Particle) -> None:
    image = voxelize(particle, 0.1)
    table = voxel_grains(image)
    points, labels = image.points(), image.labels.ravel()
    np.testing.assert_allclose(table["volume"], image.volumes()[1:][table["id"] - 1])
    for row, grain in enumerate(table["id"][:5]):
        np.testing.assert_allclose(
            table["centroid"][row], points[labels == grain].mean(axis=0), atol=1e-9
        )


def test_double_precision_is_the_model_s_own_particle(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, '[analytic]\nprecision = "double"\n')
    item = recipe.designer[0]
    found = draw(recipe, item)
    seed = np.random.SeedSequence(1).spawn(1)[0].spawn(2)[1]
    own = recipe.models[item.model].sample(np.random.default_rng(seed), item.diameter)
    assert found.n_grains == own.n_grains
    grains = [p.tessellation.rows[p.kept].tobytes() for p in (found, own)]
    assert grains[0] == grains[1]


def test_whoever_holds_on_to_what_is_open_changes_no_byte(
    particle: Particle, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = voxelize(particle, 0.1)
    contents = Contents(particle, image, tables={"voxel_grains": voxel_grains(image)})
    alone = file_image(contents, "single", 4, {"k": 3})
    held, create = [], h5py.Group.create_dataset

    def holding(group: h5py.Group, *args: object, **values: object) -> h5py.Dataset:
        held.append(create(group, *args, **values))
        return held[-1]

    # As a profiler does that looks at frames: data sets stay open until the file is closed.
    monkeypatch.setattr(h5py.Group, "create_dataset", holding)
    assert file_image(contents, "single", 4, {"k": 3}) == alone
    assert len(held) > 3


def test_other_files_are_refused(tmp_path: Path, particle: Particle) -> None:
    with pytest.raises(FileError, match="no such file"):
        load_particle(tmp_path / "none.h5")
    image = file_image(Contents(particle), "single", 0, {"k": 3})
    assert image == file_image(Contents(particle), "single", 0, {"k": 3})
    path = tmp_path / "p.h5"
    path.write_bytes(image)
    assert load_particle(path).n_grains == particle.n_grains
    with pytest.raises(FileError, match="no voxels"):
        load_voxels(path)
    with pytest.raises(FileError, match="no surface"):
        load_surface(path)
    path.write_bytes(image[: len(image) // 2])
    with pytest.raises(FileError, match="damaged"):
        load_particle(path)


def test_textures_and_materials_come_from_the_plan(tmp_path: Path) -> None:
    text = (
        'texture = ["none", "model", "across"]\nmaterial = ["nmc811", "nmc111", "nmc532"]\n'
        '[textures.across]\nlaw = "fibre"\nradial = -5000.0\n[design]\nkind = "list"\n'
    )
    recipe = recipe_of(tmp_path, text, MESHES.replace('".xdmf"', '".inp"'), diameter="1.3")
    none, own, across = (recipe.designer[k] for k in range(3))
    assert draw(recipe, none).orientations is None
    model = recipe.models["tiny.toml"]
    assert (draw(recipe, own).orientations is None) == (model.texture is None)
    particle = draw(recipe, across)
    w, x, y, z = np.asarray(particle.orientations).T
    axes = np.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], axis=1)
    places = particle.tessellation.seeds[particle.kept]
    radial = places / np.linalg.norm(places, axis=1, keepdims=True)
    assert np.abs((axes * radial).sum(axis=1)).max() < 0.06
    record = make(recipe, across, tmp_path / "d")
    assert record["values"]["material"] == "nmc532"
    here = tmp_path / "d" / "items" / "00000"
    assert "MATERIAL=nmc532" in (here / "0000002_mesh.inp").read_text(encoding="utf-8")
    assert "bunge" in load_tables(here / "0000002.h5")["grains"]
    assert "C33" in recipe.materials["nmc532"]


@pytest.mark.parametrize("precision", ["single", "double"])
def test_another_processor_gives_the_same_bytes(tmp_path: Path, precision: str) -> None:
    """Whatever vector routines numpy takes, with the rounding to 32 bits and without."""
    features = import_module("numpy._core._multiarray_umath")
    others = [name for name in features.__cpu_dispatch__ if features.__cpu_features__.get(name)]
    analytic = f'[analytic]\nprecision = "{precision}"\n'
    recipe = recipe_of(tmp_path, VOXELS, MESHES, analytic, diameter="1.3", number=2)
    program = (
        "import sys; from pathlib import Path; from nmc_mesh.dataset.make import make; "
        "from nmc_mesh.dataset.recipe import load_recipe; r = load_recipe(Path(sys.argv[1])); "
        "print([make(r, i, Path(sys.argv[2]))['files'] for i in r.designer])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "plan.toml"), str(tmp_path / "other")],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NPY_DISABLE_CPU_FEATURES": " ".join(others),
            "OPENBLAS_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    own = [make(recipe, item, tmp_path / "own")["files"] for item in recipe.designer]
    assert done.stdout.strip() == str(own)


def test_a_data_set_draws_all_that_its_model_says(tmp_path: Path) -> None:
    """Pores, too, and they are stored."""
    recipe = recipe_of(tmp_path, VOXELS)
    table = recipe.tables["tiny.toml"].model_dump() | {"pores": {"fraction": 0.06}}
    porous = replace(recipe, tables={"tiny.toml": ModelTable.model_validate(table)})
    item = porous.designer[0]
    drawn = draw(porous, item)
    assert drawn.phases.names == ("pore",)
    assert draw(recipe, recipe.designer[0]).n_grains >= drawn.n_grains
    make(porous, item, tmp_path)
    (file,) = tmp_path.glob("items/*/*.h5")
    assert load_particle(file).phases == drawn.phases
    assert load_voxels(file).phases == drawn.phases
