"""Laws of the depth below the shell: outlines, grains at the rim, a hidden truth in space."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.calibration import law, law_evidence
from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.calibration.law_evidence import Evidence, held_out
from nmc_mesh.calibration.law_outline import Outline
from nmc_mesh.calibration.law_problem import Problem
from nmc_mesh.calibration.law_sections import draws, measured_plane, region_of, simulated
from nmc_mesh.cli.grains_report import choice_lines
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.grains.depth import DepthMarkLaw
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.sections import Treatment, treated
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Bools, Floats
from nmc_mesh.validation.grains import draw_ball, joined
from nmc_mesh.validation.grains_cuts import draw_cuts

PIXEL = 0.05
LONG, FLAT = (1.4, 5.0, 5.0), (5.0, 2.0, 2.0)
AREA = PIXEL**2
DEEP = GradedMarkLaw(LONG, LONG, 1.0, 0.15, (0.0, 20 * AREA), 1.0, (1.0, 10.0), (0.0, 50 * AREA))
TRUTH = GrainModel(14.4, DepthMarkLaw(DEEP, FLAT, 0.9), 1.0)
RADII = (1.5, 1.9, 2.4)


def cut(model: GrainModel, radius: float, share: float, seed: list[int]) -> Section:
    (section,) = draw_cuts(model, radius, [share * radius], PIXEL, seed)
    return treated(section, Treatment(5, 4, 0.03))


def section_of(mask: Bools, height: float | None = None) -> Section:
    """One grain that fills a mask of pixels of 0.02 um, the centre in the middle."""
    labels = np.pad(mask, 3).astype(np.int32)
    image = LabelImage(labels, 0.02, np.zeros(2))
    middle = 0.02 * (np.array(labels.shape) - 1) / 2
    return Section(image, np.ones(labels.shape, bool), middle, height=height)


def grid(half: int) -> tuple[Floats, Floats]:
    x, y = (0.02 * (part - half) for part in np.indices((2 * half + 1,) * 2))
    return x, y


def test_the_outline_of_a_notched_ellipse() -> None:
    """1 / rho^2 = cos^2 / a^2 + sin^2 / b^2; notches and teeth of one area leave it as it is."""
    x, y = grid(120)
    angle, square = np.arctan2(y, x), (x / 2.0) ** 2 + (y / 1.6) ** 2
    rim = 1.0 + 0.15 * np.sign(np.sin(24 * angle))
    outline = Outline.of(section_of(square <= rim))
    ways = np.linspace(0.0, 2 * np.pi, 50)
    exact = 1.0 / np.sqrt((np.cos(ways) / 2.0) ** 2 + (np.sin(ways) / 1.6) ** 2)
    np.testing.assert_allclose(outline.radius(ways), exact, rtol=0.015)


def test_depths_below_a_ball_are_exact_at_any_height() -> None:
    x, y = grid(100)
    rng = np.random.default_rng(0)
    for height in (0.0, 1.2):
        disc = x * x + y * y <= 2.0**2 - height**2
        outline = Outline.of(section_of(disc, height))
        seeds = rng.uniform(-1.0, 1.0, (300, 3)) + [0.0, 0.0, height]
        exact = 2.0 - np.linalg.norm(seeds, axis=1)
        np.testing.assert_allclose(outline.depths(seeds), exact, atol=0.01)


def test_a_section_without_an_outline_is_refused() -> None:
    full = np.ones((20, 20), dtype=np.int32)
    beyond = Section(LabelImage(full, 0.1), full > 0, np.ones(2), "open")
    with pytest.raises(InputError, match="open goes on beyond the border of its map"):
        region_of(beyond, rim=True)
    region_of(beyond)
    x, y = grid(60)
    ring = section_of((np.hypot(x, y) < 1.1) & (np.hypot(x, y) > 0.5))
    far = replace(ring, center=ring.center + 1.15)
    with pytest.raises(InputError, match="centre of section lies outside its particle"):
        Outline.of(far)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_simulated_rims_have_the_measured_statistics(share: float) -> None:
    """The truth's own law: as many grains, as large and as long, at every depth, by five errors."""
    sections = [cut(TRUTH, radius, share, [k]) for radius in (1.5, 2.2) for k in range(8)]
    regions = [region_of(section, rim=True) for section in sections]
    rng, size = np.random.default_rng(0), TRUTH.grain_size
    one = [measured_plane(w).table for w in regions]
    two = [
        simulated(TRUTH.marks, size, w, draws(w, size, rng)).table  # type: ignore[arg-type]
        for w in regions
        for _ in range(3)
    ]
    measured, own = np.concatenate(one), np.concatenate(two)
    assert len(measured) == pytest.approx(len(own) / 3, rel=5 / np.sqrt(len(measured)))
    for low, high in ((-9.0, 0.3), (0.3, 0.7), (0.7, 9.0)):
        some, same = (
            table[(table[:, 4] >= low) & (table[:, 4] < high)] for table in (measured, own)
        )
        assert len(some) > 80
        for column in range(4):
            error = some[:, column].std() * np.sqrt(4 / 3 / len(some))
            assert abs(some[:, column].mean() - same[:, column].mean()) < 5 * error + 0.05


class SmoothStep:
    """D from long in the inside to flat at the shell in a smooth step, which no law here holds."""

    def within(self, shell: object) -> SmoothStep:
        bound = SmoothStep()
        bound.shell = shell  # type: ignore[attr-defined]
        return bound

    def __call__(self, pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        away = np.linalg.norm(pattern.seeds, axis=1)
        depths = self.shell.radius(pattern.seeds) - away  # type: ignore[attr-defined]
        weight = 1.0 / (1.0 + np.exp((depths - 0.45) / 0.12))
        logs = np.log(LONG) + (np.log(FLAT) - np.log(LONG)) * weight[:, None]
        spread = 0.15 * rng.standard_normal((len(away), 3))
        offsets = rng.uniform(0.0, 20 * AREA, len(away))
        return Marks(np.clip(np.exp(logs + spread), 1.0, 10.0), offsets)


HIDDEN = GrainModel(14.4, SmoothStep(), 1.0)
QUICK = LawCalibrator(
    evaluations=60,
    rounds=2,
    polish_copies=1,
    replicates=12,
    seeds="poisson",
    sizes="power",
    depth=True,
)


def fitted(section: Section) -> Section:
    """The section with a diagram, as calibrators want it."""
    return replace(section, diagram=fit_section(section.image, section.center, 10).diagram)


def hidden_sections(seed: int) -> list[Section]:
    """Central sections of particles of 200 to 800 grains."""
    return [fitted(cut(HIDDEN, radius, 0.0, [seed, k])) for k, radius in enumerate(RADII)]


def angles(model: GrainModel, radius: float, balls: int, seed: int) -> Floats:
    """Mean angle of a grain to the radius: all grains, and those near the shell."""
    shapes = joined(
        [draw_ball(model, radius, np.random.default_rng([seed, k]), 5).shapes for k in range(balls)]
    )
    near = shapes.distances > radius - 0.5
    return np.array([shapes.angles.mean(), shapes.angles[near].mean()])


def test_a_hidden_layer_below_the_shell_is_found_in_small_and_large_particles() -> None:
    sections = hidden_sections(3)
    by_depth = QUICK(sections, 0).grains
    by_radius = replace(QUICK, depth=False, evaluations=36, rounds=1)(sections, 0).grains
    for radius, balls in ((1.5, 5), (2.4, 1)):
        true = angles(HIDDEN, radius, balls, 2)
        assert np.abs(angles(by_depth, radius, balls, 1) / true - 1).max() < 0.15
        assert np.abs(angles(by_radius, radius, balls, 1) / true - 1).max() > 0.3


def test_the_numbers_of_a_layer(sections: list[Section]) -> None:
    problem = Problem(sections, False, True, np.random.default_rng(0), depth=True)
    numbers = problem.numbers(problem.start)
    assert numbers.layer == pytest.approx(2.5 * problem.guess)
    assert numbers.bend == 1.0
    np.testing.assert_allclose(problem.point(numbers), problem.start, atol=1e-12)
    law = problem.law(numbers)
    assert isinstance(law, DepthMarkLaw)
    assert law.layer == numbers.layer
    assert Problem(sections, False, True, np.random.default_rng(0)).numbers(
        np.full(7, 0.5)
    ).layer == pytest.approx(0.0)
    with pytest.raises(InputError, match="one of isotropic and depth"):
        LawCalibrator(isotropic=True, depth=True)


SIZES = (1.4, 1.7, 2.0, 2.3)


def both(sections: list[Section]) -> tuple[Problem, Problem]:
    """Problems of a law of the distance and of one of the depth, grains at the rim in both."""
    rng = np.random.default_rng(0)
    flat = Problem(sections, False, True, rng, rim=True)
    return flat, Problem(sections, False, True, rng, depth=True)


@pytest.mark.parametrize("kind", ["distance", "depth"])
def test_held_out_sections_tell_depth_from_distance(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sections of either law, which go from long to flat grains alike in particles of one size."""
    monkeypatch.setattr(law_evidence, "_SIMULATED", 24)
    monkeypatch.setattr(law_evidence, "_OWN", 12)
    flat, deep = both([cut(TRUTH, radius, 0.0, [8]) for radius in SIZES])
    numbers = deep.numbers(deep.start)
    numbers = numbers._replace(aspect=1.2, surface_aspect=-0.9, layer=0.9)
    marks = (deep if kind == "depth" else flat).law(numbers)
    model = GrainModel(numbers.size**-3, marks, 1.0)
    flat, deep = both([cut(model, radius, 0.0, [9, k]) for k, radius in enumerate(SIZES)])
    evidence = held_out(flat, flat.point(numbers), deep, deep.point(numbers), 1, 8)
    assert evidence.laws == ("distance", "depth")
    assert evidence.sure == (kind == "depth")


@pytest.mark.parametrize("gain", [-5.0, 50.0])
def test_the_calibrator_takes_what_was_chosen(gain: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def judged(*_: object) -> Evidence:
        return Evidence(("distance", "depth"), gain, -3.0, 3.0, 40.0, 4)

    monkeypatch.setattr(law, "held_out", judged)
    sections = [fitted(cut(TRUTH, radius, 0.0, [9, k])) for k, radius in enumerate(SIZES)]
    quick = replace(QUICK, depth="chosen", evaluations=12, rounds=0, replicates=4)
    calibration = quick(sections, 0)
    assert isinstance(calibration.grains.marks, DepthMarkLaw) == (gain > 0)
    expected = "a law of the depth" if gain > 0 else "a law of the distance"
    assert choice_lines(calibration.facts)["depth"].startswith(expected)
    alone = replace(quick, depth=False)(sections, 0)
    assert (alone.grains == calibration.grains) == (gain < 0)
    assert "depth" not in quick(sections[:3], 0).facts
