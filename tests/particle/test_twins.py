"""Twins: slabs with plane faces inside grains that stay what they are, turned by the twin law."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.crystal.orientation import c_axes
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io import read, write
from nmc_mesh.io.particle import read_particle, write_particle
from nmc_mesh.io.sidecar import read_tables
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import boundary_table, grain_table, phase_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model, model_of
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pores import Pores
from nmc_mesh.particle.schema import parse_model
from nmc_mesh.particle.twins import Twins
from nmc_mesh.particle.writer import format_model
from nmc_mesh.pipeline.particles import generate
from nmc_mesh.typing import Ints

MODEL = load_model("nmc-radial")


def whole(seed: int = 3, **how: object) -> Particle:
    return MODEL.sample(seed, shell=StarShape.ball(0.6), **how)  # type: ignore[arg-type]


def grains_of(particle: Particle, labels: Ints) -> Ints:
    """The label of the grain that each label is part of."""
    parents = particle.parents.of(labels)
    return np.where(parents > 0, parents, labels)


@pytest.fixture(scope="module")
def twinned() -> tuple[Particle, Particle, TetMesh]:
    before = whole()
    after = Twins(0.5, thickness=0.4).divide(before, np.random.default_rng(1))
    return before, after, tetrahedralize(after)


@pytest.mark.parametrize("surface", ["grains", "shell"])
@pytest.mark.parametrize("share", [0.2, 0.8])
def test_grains_stay_what_they_are(surface: str, share: float) -> None:
    before = whole(5, surface=surface)
    after = Twins(share, 0.35).divide(before, np.random.default_rng(2))
    points = np.random.default_rng(0).uniform(-0.9, 0.9, (20_000, 3))
    assert (grains_of(after, after.labels(points)) == before.labels(points)).mean() > 0.995
    assert after.parents.count == round(share * before.n_grains)


def test_lamellae_are_slabs_between_planes(twinned: tuple[Particle, Particle, TetMesh]) -> None:
    """Every place of a lamella lies between the planes of its neighbours, along the grain's c."""
    before, after, _ = twinned
    points = np.random.default_rng(0).uniform(-0.8, 0.8, (60_000, 3))
    labels = after.labels(points)
    assert before.orientations is not None
    for parent in {owner for _, _, owner in after.parents.runs}:
        c = c_axes(before.orientations[parent - 1 : parent])[0]
        own = grains_of(after, labels) == parent
        along = points[own] @ c
        sorted_labels = labels[own][np.argsort(along)]
        changes = np.count_nonzero(np.diff(sorted_labels))
        assert changes == len(np.unique(sorted_labels)) - 1


def test_every_other_lamella_has_the_twin_s_orientation(
    twinned: tuple[Particle, Particle, TetMesh],
) -> None:
    _, after, mesh = twinned
    table = boundary_table(mesh)
    parents = grains_of(after, np.stack([table["lower"], table["higher"]], axis=1))
    same = parents[:, 0] == parents[:, 1]
    assert same.sum() >= after.parents.count
    np.testing.assert_allclose(np.degrees(table["disorientation"][same]), 60.0, atol=1e-5)
    axes = np.abs(table["disorientation_crystal_axis"][same])
    np.testing.assert_allclose(axes[:, 2], 1.0, atol=1e-9)


def test_another_law_by_numbers() -> None:
    law = Twins(0.5, 0.4, plane=(1.0, 0.0, 1.0), axis=(1.0, 0.0, 0.0), angle=0.5)
    after = law.divide(whole(), np.random.default_rng(1))
    assert after.orientations is not None
    parents = after.parents.of(np.arange(after.n_grains + 1))
    one, other = next(
        (grain, label)
        for label in range(1, after.n_grains + 1)
        if (grain := int(parents[label])) not in (0, label)
    )
    cosine = abs(float(after.orientations[one - 1] @ after.orientations[other - 1]))
    assert 2 * np.arccos(cosine) == pytest.approx(0.5)


def test_the_mesh_has_their_boundaries(twinned: tuple[Particle, Particle, TetMesh]) -> None:
    before, after, mesh = twinned
    validate(mesh)
    assert mesh.info["lost_grains"] == ()
    assert np.degrees(quality(mesh).smallest_angle.min()) > 20
    own = {group.name: group.entities for group in groups(mesh, boundaries="one")}
    sides = grains_of(after, mesh.facet_grains[own["twin_boundary"]])
    assert (sides[:, 0] == sides[:, 1]).all()
    sides = grains_of(after, mesh.facet_grains[own["grain_boundary"]])
    assert (sides[:, 0] != sides[:, 1]).all()
    table = grain_table(mesh)
    plain = grain_table(tetrahedralize(before, mesh.info["size"]))
    merged = np.bincount(table["parent"], table["volume"])[1:]
    np.testing.assert_allclose(merged, plain["volume"], rtol=0.05)
    assert merged.sum() == pytest.approx(plain["volume"].sum(), rel=0.005)
    assert phase_table(mesh)["area"]["twin_boundary"] > 0
    pairs = [group.name for group in groups(mesh, boundaries="pairs") if group.dim == 2]
    assert "twin_boundary" in pairs
    assert "grain_boundary" not in pairs


def test_boundaries_of_twins_are_planes(twinned: tuple[Particle, Particle, TetMesh]) -> None:
    """Vertices on them lie there to a tenth of an edge, but for some at their rims."""
    before, after, mesh = twinned
    assert before.orientations is not None
    off = []
    parents = grains_of(after, mesh.facet_grains)
    same = (parents[:, 0] == parents[:, 1]) & mesh.inner
    for pair in np.unique(mesh.facet_grains[same], axis=0):
        c = c_axes(before.orientations[parents[(mesh.facet_grains == pair).all(axis=1)][:1, 0] - 1])
        rows = (mesh.facet_grains == pair).all(axis=1)
        along = mesh.points[np.unique(mesh.facets[rows])] @ c[0]
        off += (np.abs(along - np.median(along)) / mesh.info["size"]).tolist()
    assert np.median(off) < 1e-3
    assert np.percentile(off, 80) < 0.1


@pytest.mark.parametrize("ending", [".msh", ".vtu", ".xdmf", ".e", ".inp", ".mesh"])
def test_files_keep_them(
    twinned: tuple[Particle, Particle, TetMesh], tmp_path: Path, ending: str
) -> None:
    _, after, mesh = twinned
    path = tmp_path / f"twins{ending}"
    write(path, mesh)
    back = read(path)
    assert back.parents == after.parents
    assert any(group.name == "twin_boundary" for group in groups(back))


def test_particles_and_tables_keep_them(
    twinned: tuple[Particle, Particle, TetMesh], tmp_path: Path
) -> None:
    _, after, mesh = twinned
    write_particle(tmp_path / "twins.h5", after)
    back = read_particle(tmp_path / "twins.h5")
    assert back.parents == after.parents
    assert back.tessellation.offsets.tobytes() == after.tessellation.offsets.tobytes()
    write(tmp_path / "twins.json", mesh)
    parents = read_tables(tmp_path / "twins.json")["grains"]["parent"]
    np.testing.assert_array_equal(parents, grain_table(mesh)["parent"])


def test_pores_and_a_domain_go_together_with_them() -> None:
    porous = Pores(0.04).put_into(whole(), np.random.default_rng(3))
    both = Twins(0.3, 0.4).divide(porous, np.random.default_rng(1))
    mesh = tetrahedralize(both)
    validate(mesh)
    names = {group.name for group in groups(mesh)}
    assert {"twin_boundary", "pore_surface"} <= names
    bath = both.coated(0.05).in_domain("box:1.3")
    assert bath.phases.names == ("pore", "coating", "electrolyte")
    assert bath.bare().parents == both.parents


def test_a_model_file_says_it_and_particles_have_them() -> None:
    table = parse_model(Path("nmc_mesh/presets/nmc-radial.toml").read_text(), "nmc-radial")
    text = format_model(table).replace(
        "[provenance]",
        "[twins]\nshare = 0.4\nthickness = 0.35\nplane = [1, 0, 2]\nangle = 1.2\n\n[provenance]",
    )
    told = parse_model(text, "it")
    assert parse_model(format_model(told), "again") == told
    model = model_of(told)
    assert model.twins == Twins(0.4, 0.35, plane=(1, 0, 2), angle=1.2)
    assert pickle.loads(pickle.dumps(model)).twins == model.twins
    ball = StarShape.ball(0.6)
    particle = model.sample(4, shell=ball)
    plain = replace(model, twins=None).sample(4, shell=ball)
    assert particle.orientations is not None
    assert plain.orientations is not None
    assert particle.provenance["twins"]["grains"] == round(0.4 * plain.n_grains)
    np.testing.assert_array_equal(particle.orientations[: plain.n_grains], plain.orientations)
    assert particle.shell.coefficients.tobytes() == plain.shell.coefficients.tobytes()
    with pytest.raises(InputError, match="not all 0"):
        parse_model(text.replace("[1, 0, 2]", "[0, 0, 0]"), "it")


def test_second_order_and_the_seed_s_bytes() -> None:
    how = {"shell": StarShape.ball(0.6), "twins": 0.3, "size": 0.1}
    first, mesh = generate("nmc-radial", 4, **how)  # type: ignore[arg-type]
    second, other = generate("nmc-radial", 4, **how)  # type: ignore[arg-type]
    assert first.tessellation.seeds.tobytes() == second.tessellation.seeds.tobytes()
    assert mesh.points.tobytes() == other.points.tobytes()
    curved = second_order(mesh, first)
    validate(curved)
    assert curved.parents == mesh.parents


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"share": 1.5}, "share of grains"),
        ({"share": 0.2, "thickness": 2.0}, "thickness of lamellae"),
        ({"share": 0.2, "plane": (0, 0, 0)}, "plane of twins is a direction"),
        ({"share": 0.2, "axis": (1, 2)}, "axis of twins is a direction"),
        ({"share": 0.2, "angle": 7.0}, "angle of a twin law"),
    ],
)
def test_laws_that_are_none_are_refused(numbers: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Twins(**numbers)  # type: ignore[arg-type]


def test_what_cannot_be_divided_is_refused() -> None:
    rng = np.random.default_rng(1)
    law, particle = Twins(0.3), whole()
    with pytest.raises(InputError, match="no orientations"):
        law.divide(replace(particle, orientations=None), rng)
    twinned = law.divide(particle, rng)
    with pytest.raises(InputError, match="has twins already"):
        law.divide(twinned, rng)
    with pytest.raises(InputError, match="before lamellae"):
        Pores(0.02).put_into(twinned, rng)
    with pytest.raises(InputError, match="bare particle"):
        law.divide(particle.in_domain("box:1.2"), rng)
    with pytest.raises(InputError, match="take thinner ones or a smaller share"):
        Twins(1.0, 1.0, spread=0.0).divide(particle, rng)
