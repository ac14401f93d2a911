"""Fits of textures: known truths come back, from angles and from simulated maps of sections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.orientation import bunge_angles, c_axes, product
from nmc_mesh.crystal.symmetry import disorientation, rotations
from nmc_mesh.crystal.texture import FibreTexture, TabulatedTexture, Texture, UniformTexture
from nmc_mesh.crystal.texture_fit import angles_to_radius, fit_texture
from nmc_mesh.ebsd import EbsdScan, Phase
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.particle import Particle, load_model
from nmc_mesh.sections import section_of_scan
from nmc_mesh.sections.crystals import section_crystals
from nmc_mesh.typing import Floats
from tests.ebsd.maps import NICKEL, NMC, scan

PLACES = np.random.default_rng(0).normal(size=(3000, 3))


def drawn(law: Texture, count: int, seed: int = 1) -> Floats:
    turns = law.sample(PLACES[:count], None, np.random.default_rng(seed))
    return angles_to_radius(PLACES[:count], turns)


@pytest.mark.parametrize("kappa", [-8.0, -1.0, 0.5, 12.0, 300.0])
def test_concentrations_come_back_within_their_error(kappa: float) -> None:
    found = fit_texture(drawn(FibreTexture(kappa), 3000), "fibre")
    assert isinstance(found.texture, FibreTexture)
    assert abs(found.texture.radial - kappa) < 3 * found.error
    assert found.error < 0.06 * abs(kappa) + 0.15


def test_the_error_is_that_of_repeated_fits() -> None:
    law = FibreTexture(-6.0)
    fits = [fit_texture(drawn(law, 200, seed), "fibre") for seed in range(100)]
    values = [fit.texture.radial for fit in fits if isinstance(fit.texture, FibreTexture)]
    assert np.std(values) == pytest.approx(np.mean([fit.error for fit in fits]), rel=0.2)


@pytest.mark.parametrize(
    ("law", "name"),
    [
        (UniformTexture(), "uniform"),
        (FibreTexture(-5.0), "fibre"),
        (TabulatedTexture((0.0, 0.7, 0.9, np.pi / 2), (1.0, 8.0, 1.0)), "tabulated"),
    ],
)
def test_the_family_is_told(law: Texture, name: str) -> None:
    found = fit_texture(drawn(law, 2000))
    assert found.texture.law == name
    assert set(found.log_likelihood) == {"uniform", "fibre", "tabulated"}


def test_a_table_holds_the_shares() -> None:
    theta = drawn(FibreTexture(3.0), 3000)
    table = fit_texture(theta, "tabulated", bins=4).texture
    assert isinstance(table, TabulatedTexture)
    np.testing.assert_allclose(np.cos(table.edges), [1, 0.75, 0.5, 0.25, 0], atol=1e-12)
    assert table.weights[0] == pytest.approx((np.cos(theta) > 0.75).mean())


def test_limits_stay_finite() -> None:
    for theta, sign in ((np.zeros(20), 1), (np.full(20, np.pi / 2), -1)):
        texture = fit_texture(theta, "fibre").texture
        assert isinstance(texture, FibreTexture)
        assert sign * texture.radial == pytest.approx(1e4)


def mapped(particle: Particle, seed: int, pixel: float = 0.06) -> EbsdScan:
    """The map of the plane z = 0: equivalents at random, one degree of noise in every point."""
    lower, upper = particle.bounds()
    axes = [np.arange(lower[k] - 0.3, upper[k] + 0.3, pixel) for k in range(2)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    points = np.concatenate([grid, np.zeros((*grid.shape[:2], 1))], axis=-1).reshape(-1, 3)
    labels = particle.labels(points)
    rng = np.random.default_rng(seed)
    assert particle.orientations is not None
    turns = particle.orientations[labels - 1]
    noise = Rotation.from_rotvec(np.radians(1.0) * rng.normal(size=(len(points), 3)))
    turns = product(np.roll(noise.as_quat(), 1, axis=1), turns)
    turns = product(turns, rotations()[rng.integers(0, 6, len(points))])
    shape = grid.shape[:2]
    return EbsdScan(
        bunge_angles(turns).reshape(*shape, 3), (labels > 0).reshape(shape).astype(np.int32),
        np.ones(shape), (NMC,), np.array([pixel, pixel]), grid[0, 0],
    )  # fmt: skip


def test_mean_orientations_are_those_of_the_grains() -> None:
    particle = load_model("nmc-radial").sample(3, diameter=3.0)
    one = mapped(particle, 0)
    found = section_crystals(one, section_of_scan(one), "map")
    section = section_of_scan(one)
    places = np.column_stack([found.places + section.center, np.zeros(len(found.labels))])
    inside = particle.labels(places)
    assert (inside > 0).mean() > 0.9
    held = inside > 0
    assert particle.orientations is not None
    truth = particle.orientations[inside[held] - 1]
    angle = np.degrees(disorientation(found.quaternions[held], truth).angle)
    assert np.median(angle) < 0.3
    np.testing.assert_allclose(np.linalg.norm(found.quaternions, axis=1), 1.0)


@pytest.fixture(scope="module")
def particles() -> list[Particle]:
    return [load_model("nmc-radial").sample(seed, diameter=4.0) for seed in range(6)]


@pytest.mark.parametrize("truth", [FibreTexture(-7.3), FibreTexture(4.0)])
def test_the_texture_of_particles_is_found_on_their_sections(
    truth: FibreTexture, particles: list[Particle]
) -> None:
    angles = []
    for seed, particle in enumerate(particles):
        seeds = particle.tessellation.seeds[particle.kept]
        turns = truth.sample(seeds, None, np.random.default_rng(seed))
        one = mapped(replace(particle, orientations=turns), seed)
        found = section_crystals(one, section_of_scan(one), "map")
        held = np.linalg.norm(found.places, axis=1) > 2 * found.radii
        places = np.column_stack([found.places[held], np.zeros(held.sum())])
        angles.append(angles_to_radius(places, found.quaternions[held]))
    fitted = fit_texture(np.concatenate(angles))
    assert isinstance(fitted.texture, FibreTexture)
    assert len(fitted.angles) > 250
    # The law sees seeds, the section centroids and a centre of its own: that adds to the spread.
    assert abs(fitted.texture.radial - truth.radial) < 3 * fitted.error + 0.1 * abs(truth.radial)


def test_the_better_reference_is_told() -> None:
    """Grains long in directions of their own, c about these: the radius explains nothing."""
    law = FibreTexture(12.0, about="long axis")
    seen: dict[str, list[Floats]] = {"radius": [], "long axis": []}
    for seed in range(4):
        particle = tilted_grains(seed)
        turns = law.sample(
            particle.tessellation.seeds[particle.kept],
            particle.tessellation.matrices[particle.kept],
            np.random.default_rng(seed),
        )
        one = mapped(replace(particle, orientations=turns), seed)
        found = section_crystals(one, section_of_scan(one), "map")
        for name, arms in (("radius", found.places), ("long axis", found.long_axes)):
            flat = np.column_stack([arms, np.zeros(len(arms))])
            seen[name].append(angles_to_radius(flat, found.quaternions))
    about, radial = (
        fit_texture(np.concatenate(seen[name]), about=name)  # type: ignore[arg-type]
        for name in ("long axis", "radius")
    )
    assert isinstance(about.texture, FibreTexture)
    assert about.texture.about == "long axis"
    # The long axis of a section is not quite that of the grain: some of the 12 is lost.
    assert 5 < about.texture.radial < 14
    assert about.score < radial.score - 50


def tilted_grains(seed: int) -> Particle:
    """A particle of radius 2 um, its grains three times as long as wide, all in the plane."""
    rng = np.random.default_rng(seed)
    seeds = rng.uniform(-4.5, 4.5, (3000, 3))
    axes = Rotation.from_euler("z", rng.uniform(0, 2 * np.pi, (3000, 1))).as_matrix()
    matrices = np.einsum("nik,k,njk->nij", axes, [0.4, 4.0, 4.0], axes)
    kept = np.flatnonzero(np.linalg.norm(seeds, axis=1) < 2.0).astype(np.int32)
    diagram = GBPD(seeds, 0.5 * (matrices + matrices.transpose(0, 2, 1)), np.zeros(3000))
    return Particle(StarShape.ball(2.0), diagram, kept)


def test_frames_of_vendors_are_told_apart() -> None:
    """One grain whose c axis lies along the map's x by the map's own frame."""
    angles = np.broadcast_to(bunge_angles(np.array([[0.5, 0.5, 0.5, 0.5]]))[0], (8, 8, 3))
    one = scan(angles, phase=NMC)
    section = section_of_scan(one, min_pixels=1)
    expected = {"map": [1, 0, 0], "edax": [0, 1, 0], "oxford": [1, 0, 0], "auto": [0, 1, 0]}
    for frame, axis in expected.items():
        found = section_crystals(one, section, frame)  # type: ignore[arg-type]
        np.testing.assert_allclose(np.abs(c_axes(found.quaternions)), [axis], atol=1e-9)
    oxford = scan(angles, phase=Phase(NMC.name, NMC.laue, NMC.lattice, "a*"))
    found = section_crystals(oxford, section)
    np.testing.assert_allclose(np.abs(c_axes(found.quaternions)), [[1, 0, 0]], atol=1e-9)
    tilted = scan(bunge_angles(np.array([[0.6, 0.0, 0.8, 0.0]]))[0] * np.ones((8, 8, 1)), phase=NMC)
    axes = [c_axes(section_crystals(tilted, section, f).quaternions) for f in ("map", "oxford")]
    np.testing.assert_allclose(np.abs(axes[0]), np.abs(axes[1]), atol=1e-9)
    with pytest.raises(InputError, match="there is no frame 'tsl'"):
        section_crystals(one, section, "tsl")  # type: ignore[arg-type]


def test_what_makes_no_texture_is_refused() -> None:
    one = scan(np.zeros((8, 8, 3)), phase=NICKEL)
    with pytest.raises(InputError, match=r"Laue group -3m.*Nickel: m-3m"):
        section_crystals(one, section_of_scan(one, min_pixels=1))
    with pytest.raises(InputError, match="needs 10 grains or more with an orientation, not 3"):
        fit_texture(np.ones(3))
    with pytest.raises(InputError, match=r"lie in \[0, pi/2\]"):
        fit_texture(np.full(20, 2.0))
    with pytest.raises(InputError, match="no family 'watson'"):
        fit_texture(np.ones(20), "watson")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="two bins or more"):
        fit_texture(np.ones(20), bins=1)
    with pytest.raises(InputError, match="has no radius"):
        angles_to_radius(np.zeros((1, 3)), np.array([[1.0, 0, 0, 0]]))
