"""Materials that change with place: profiles, cores and shells, lithium and stress in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.material import Material
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.profile import Profile, read_profile
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io.formats import read, write
from nmc_mesh.mechanics.chemo import galvanostatic, stressed
from nmc_mesh.mechanics.diffusion import charge, mass_matrix
from nmc_mesh.mechanics.graded import GradedMaterial, graded
from nmc_mesh.mesh.profiles import profile_of, with_profile
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.particle.model import load_model, load_table, model_of
from nmc_mesh.particle.schema import ProfileTable, parse_model
from nmc_mesh.particle.writer import format_model
from nmc_mesh.pipeline.particles import generate
from nmc_mesh.typing import Floats
from tests.meshes import ball

CORE, SHELL = 1.0, 0.25  # diffusivities, um^2/s
INNER = 0.5


def isotropic(name: str, diffusivity: float) -> Material:
    known = dict(load_material("nmc811").numbers)
    known |= {"diffusivity.along": diffusivity, "diffusivity.across": diffusivity}
    known.pop("diffusivity.x", None)
    return Material(name, "a trial", known)


def body(n: int) -> TetMesh:
    mesh = ball(n)
    return replace(mesh, info={"orientations": np.array([[1.0, 0.0, 0.0, 0.0]])})


def lag(mesh: TetMesh, tensors: Floats) -> float:
    """Surface content less the mean, per unit of flux, after a long time."""
    times = np.linspace(0.0, 6.0, 25)
    content = charge(mesh, lambda _: tensors, 0.0, 1.0, times)[-1]
    weights = np.asarray(mass_matrix(mesh.points, mesh.cells).sum(axis=0)).ravel()
    surface = np.unique(mesh.facets[mesh.outer])
    return float(content[surface].mean() - weights @ content / weights.sum())


def test_a_core_and_a_shell_lag_as_they_should() -> None:
    """Steady profile of a ball: D x' = r under the flux 1, by radius; mean of x over r < 1."""
    core = INNER**2 / 2 / CORE  # x(INNER) - x(0)
    mean_core = 3 * INNER**5 / 10 / CORE

    def in_shell(r: Floats) -> Floats:
        return core + (r**2 - INNER**2) / 2 / SHELL

    r = np.linspace(INNER, 1.0, 20001)
    mean = mean_core + float(np.trapezoid(3 * r**2 * in_shell(r), r))
    exact = float(in_shell(np.array(1.0))) - mean
    step = Profile((0.0, INNER, INNER, 1.0), (0.0, 0.0, 1.0, 1.0), radius=1.0)
    errors = []
    for n in (8, 16):
        mesh = with_profile(body(n), "shell", step)
        materials = {0.0: isotropic("core", CORE), 1.0: isotropic("shell", SHELL)}
        errors.append(lag(mesh, graded(mesh, "shell", materials).diffusion_tensor(0.5)) - exact)
    assert abs(errors[1]) < 0.03 * exact
    assert abs(errors[1]) < 0.6 * abs(errors[0])


def test_a_graded_material_of_one_material_is_that() -> None:
    mesh = with_profile(body(4), "nickel", Profile((0.0, 1.0), (0.5, 0.8)))
    material = load_material("nmc811")
    mixed = graded(mesh, "nickel", {0.5: material, 0.8: material})
    plain, both = (galvanostatic(mesh, part, 1.0, 0.3, 4) for part in (material, mixed))
    np.testing.assert_allclose(both.content, plain.content, rtol=1e-9)
    high = material.content_range[1]
    one, two = (stressed(mesh, part, plain.content[-1], high) for part in (material, mixed))
    np.testing.assert_allclose(two.stress, one.stress, atol=1e-4 * np.abs(one.stress).max())


def test_lithium_is_conserved_and_the_gradient_stresses() -> None:
    mesh = with_profile(body(4), "nickel", Profile((0.0, 1.0), (0.8, 0.5)))
    material = load_material("nmc811")
    numbers = dict(material.numbers)
    numbers["lattice.c"] = (float(material.lattice(1.0)[1]),) * len(material.numbers["lattice.x"])  # type: ignore[arg-type]
    mixed = graded(mesh, "nickel", {0.5: Material("rigid", "c stays", numbers), 0.8: material})
    run = galvanostatic(mesh, mixed, 0.5, 0.5, 6)
    weights = np.asarray(mass_matrix(mesh.points, mesh.cells).sum(axis=0)).ravel()
    held = run.content @ weights / weights.sum()
    low, high = mixed.content_range
    np.testing.assert_allclose(np.diff(held), -(high - low) * 0.5 / 6, rtol=1e-9)
    # The same content everywhere stresses where the lattices differ.
    uniform = np.full(len(mesh.points), 0.5 * (low + high))
    assert np.abs(stressed(mesh, mixed, uniform, high).stress).max() > 1.0


def test_profiles_travel_with_particles_and_files(tmp_path: Path) -> None:
    table = load_table("nmc-radial").model_copy(
        update={"profiles": {"nickel": ProfileTable(at=(0.0, 0.7, 1.0), values=(0.9, 0.9, 0.6))}}
    )
    again = parse_model(format_model(table), "there")
    assert again.profiles == table.profiles
    shell = StarShape.ball(0.6)
    name, more = read_profile("cobalt=z,-1:0.1,1:0.3")
    _, mesh = generate(model_of(again), 3, 0.1, shell=shell, profiles={name: more})
    values = profile_of(mesh, "nickel")
    away = np.linalg.norm(mesh.points[mesh.cells].mean(axis=1), axis=1) / 0.6
    np.testing.assert_allclose(values, np.interp(away, [0, 0.7, 1], [0.9, 0.9, 0.6]), atol=1e-12)
    for ending in ("vtu", "e", "msh", "xdmf"):
        write(tmp_path / f"p.{ending}", mesh)
        back = read(tmp_path / f"p.{ending}")
        assert np.sort(profile_of(back, "cobalt")) == pytest.approx(
            np.sort(profile_of(mesh, "cobalt"))
        )
    meshio = pytest.importorskip("meshio")
    found = meshio.read(tmp_path / "p.vtu").cell_data["nickel"][0]
    np.testing.assert_allclose(found, values)
    assert mesh.select(1).info["profiles"] == mesh.info["profiles"]


def test_bad_profiles_are_refused_in_a_line() -> None:
    for numbers, words in (
        (((0.0, 1.0), (0.5,)), "2 places and 1 values"),
        (((1.0, 0.0), (0.5, 0.6)), "ascend"),
        (((-1.0, 1.0), (0.5, 0.6)), "starts at 0"),
        (((), ()), "one at least"),
    ):
        with pytest.raises(InputError, match=words):
            Profile(*numbers)
    for text in ("nickel", "nickel=0.9", "Nickel=0:1", "grain_id=0:1", "nickel=0:a"):
        with pytest.raises(InputError, match="profile"):
            read_profile(text)
    materials = {0.5: load_material("nmc532"), 0.8: load_material("nmc811")}
    with pytest.raises(InputError, match="give materials at both ends"):
        GradedMaterial(materials, np.array([0.9]))
    with pytest.raises(InputError, match="two materials"):
        GradedMaterial({0.5: materials[0.5]}, np.array([0.5]))
    with pytest.raises(InputError, match="no profile 'nickel'"):
        graded(body(2), "nickel", materials)
    assert load_model("nmc-radial").profiles == {}
