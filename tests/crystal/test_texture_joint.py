"""The joint law of crystal axes and grain shapes comes back from simulated sections."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from scipy.integrate import dblquad

from nmc_mesh.crystal.bingham import fibre_moments, sample_bingham
from nmc_mesh.crystal.frames import About
from nmc_mesh.crystal.orientation import c_axes
from nmc_mesh.crystal.section_shape import SectionGrains
from nmc_mesh.crystal.texture import FibreTexture
from nmc_mesh.crystal.texture_fit import TextureFit, angles_to_radius, fit_texture
from nmc_mesh.crystal.texture_joint import SHOWN, Candidates, candidates, fit_joint, shown
from nmc_mesh.errors import InputError
from nmc_mesh.particle import Particle, ParticleModel, load_model
from nmc_mesh.particle.sections import KnownGrains, grains_in_plane, known_grains
from nmc_mesh.sections import section_of_scan
from nmc_mesh.sections.crystals import section_crystals
from nmc_mesh.typing import Floats
from tests.crystal.test_texture_fit import mapped

RADIAL = load_model("nmc-radial")


def flat_grains() -> ParticleModel:
    """Plates: long toward the centre, thin in one direction across it."""
    marks = replace(cast(Any, RADIAL.grains.marks), diagonal=(1.5, 3.0, 9.0))
    return replace(RADIAL, grains=replace(RADIAL.grains, marks=marks))


@pytest.fixture(scope="module")
def known() -> KnownGrains:
    return known_grains(flat_grains(), np.random.default_rng(0), 5000)


@pytest.fixture(scope="module")
def particles() -> list[Particle]:
    return [flat_grains().sample(seed, diameter=4.0) for seed in range(8)]


def test_moments_are_integrals_over_the_sphere() -> None:
    for first, second in ((-3.0, 5.0), (4.0, -6.0), (20.0, 18.0)):

        def integral(power: Any, k: float = first, s: float = second) -> float:
            def value(phi: float, u: float) -> float:
                x, y = u * u, (1 - u * u) * np.cos(phi) ** 2
                return float(np.exp(k * x + s * y)) * power(x, y)

            return float(dblquad(value, 0, 1, 0, np.pi / 2)[0]) * 2 / np.pi

        total = integral(lambda x, y: 1.0)
        log_z, means = fibre_moments(first, second)
        assert log_z == pytest.approx(np.log(total), rel=1e-6)
        expected = [integral(lambda x, y: x) / total, integral(lambda x, y: y) / total]
        np.testing.assert_allclose(means, expected, rtol=1e-6)


def test_known_frames_give_the_law_back() -> None:
    """With the one true frame for every grain the fit is that of Bingham's law itself."""
    rng = np.random.default_rng(3)
    turns = np.linalg.qr(rng.standard_normal((4000, 3, 3)))[0]
    local = sample_bingham((-5.0, 4.0, 0.0), 4000, rng)
    axes = np.einsum("ni,nij->nj", local, turns)
    found = fit_joint(Candidates(axes, turns[:, None, :2]))
    for value, error, truth in zip(found.kappa, found.errors, (-5.0, 4.0), strict=True):
        assert abs(value - truth) < 3 * error
        assert error < 0.4
    assert found.gain > 1000


def fitted(
    truth: FibreTexture, known: KnownGrains, particles: list[Particle], about: About
) -> TextureFit:
    """Fit to maps of central sections with a degree of noise, equivalents at random."""
    axes: list[Floats] = []
    features: list[Floats] = []
    for seed, particle in enumerate(particles):
        diagram, kept = particle.tessellation, particle.kept
        rng = np.random.default_rng(seed)
        turns = truth.sample(diagram.seeds[kept], diagram.matrices[kept], rng)
        one = mapped(replace(particle, orientations=turns), seed)
        found = section_crystals(one, section_of_scan(one), "map")
        every = SectionGrains(found.places, found.spreads, found.radii, 0.0)
        held = every.clear()
        grains = every.only(held)
        turned = c_axes(found.quaternions[held])
        axes.append(np.einsum("gij,gj->gi", grains.frames(), turned))
        features.append(grains.features())
    every_axis = np.concatenate(axes)
    given = candidates(every_axis, np.concatenate(features), known.features, known.frames[about])
    theta = np.arccos(np.minimum(np.abs(every_axis[:, 0]), 1.0))
    return fit_texture(theta, "joint", about=about, given=given)


@pytest.mark.parametrize(
    "truth",
    [
        FibreTexture(-7.3),
        FibreTexture(-4.0, 6.0),
        FibreTexture(5.0, -3.0),
        FibreTexture(4.0, 5.0, about="long axis"),
    ],
)
def test_both_concentrations_come_back_from_maps(
    truth: FibreTexture, known: KnownGrains, particles: list[Particle]
) -> None:
    found = fitted(truth, known, particles, truth.about)
    texture = found.texture
    assert isinstance(texture, FibreTexture)
    assert texture.about == truth.about
    assert len(found.angles) > 400
    # Three standard errors, and a tenth for grains that are not quite like the drawn ones.
    assert abs(texture.radial - truth.radial) < 3 * found.error + 0.1 * abs(truth.radial)
    assert abs(texture.short - truth.short) < 3 * found.short_error + 0.1 * abs(truth.short)
    assert found.error < 2.0
    assert found.short_error < 2.0
    if truth.short:
        # What no law of the angle alone can tell.
        aic = {
            name: 2 * found.parameters[name] - 2 * value
            for name, value in found.log_likelihood.items()
        }
        assert aic["joint"] < min(aic["uniform"], aic["fibre"], aic["tabulated"]) - 6


def test_sections_tell_short_axes_or_they_do_not(known: KnownGrains) -> None:
    for frames in known.frames.values():
        assert shown(known.features, frames) > 1.5 * SHOWN
    order = np.random.default_rng(1).permutation(len(known.features))
    assert abs(shown(known.features, known.frames["radius"][order])) < 0.5 * SHOWN
    round_grains = known_grains(RADIAL, np.random.default_rng(0), 2000)
    for frames in round_grains.frames.values():
        assert shown(round_grains.features, frames) < SHOWN


def test_drawn_frames_are_those_of_the_grains(particles: list[Particle]) -> None:
    """Cut square to z the radius in the plane is nearly that of the seed."""
    particle = particles[0]
    labels, every = grains_in_plane(particle, np.eye(3), 0.0, 0.05)
    held = every.clear()
    section = every.only(held)
    seeds = particle.tessellation.seeds[particle.kept[labels[held] - 1]]
    radial = section.frames()[:, 0]
    cosine = np.einsum("gi,gi->g", seeds, radial) / np.linalg.norm(seeds, axis=1)
    assert np.median(cosine) > 0.98
    area = np.pi * (every.radii**2).sum()
    assert area == pytest.approx(np.pi * 4.0, rel=0.2)
    assert (np.linalg.eigvalsh(section.spreads) > 0).all()
    np.testing.assert_allclose(
        section.frames() @ np.swapaxes(section.frames(), 1, 2),
        np.tile(np.eye(3), (held.sum(), 1, 1)),
        atol=1e-12,
    )


def test_the_same_seed_gives_the_same_grains() -> None:
    one, two = (known_grains(RADIAL, np.random.default_rng(7), 300) for _ in range(2))
    assert np.array_equal(one.features, two.features)
    assert np.array_equal(one.frames["radius"], two.frames["radius"])


def test_refusals() -> None:
    with pytest.raises(InputError, match="meet no grains of nmc-radial"):
        known_grains(RADIAL, np.random.default_rng(0), 100, height=50.0)
    theta = angles_to_radius(np.eye(3)[[0] * 20], np.tile([1.0, 0, 0, 0], (20, 1)))
    with pytest.raises(InputError, match="needs the frames"):
        fit_texture(theta, "joint")
