"""Frozen: nearest seeds, the mark network, fits of diagrams to labels, drawn grains."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.grains.depth import DepthMarkLaw
from nmc_mesh.grains.fit_descent import Problem, Undecided, problem, summed, undecided
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.grains.fit_volume import fit_volume
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.marks import SeedPattern
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.neighbours import in_cells, nearest
from nmc_mesh.grains.network import NetworkMarkLaw
from nmc_mesh.grains.seeds import PerturbedLattice, ThomasProcess
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.particle.model import load_model
from nmc_mesh.typing import Floats
from tests.corpus.case import case
from tests.corpus.inputs import at, diagram, draw, flat_diagram, grain_image, uniform


@case("grains/nearest", count=5000)
@case("grains/nearest-full", short=False, count=200_000)
def neighbours(count: int) -> Any:
    """Twelve nearest seeds, among them seeds in a plane, in one place, and too few."""
    seeds = uniform(draw(30), -10.0, 10.0, count, 3)
    sheet = seeds[:500].copy()
    sheet[:, 1] = 3.0
    grid = np.stack(np.meshgrid(*[np.arange(8.0)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return {
        "all": nearest(seeds, 12),
        "wanted": nearest(seeds, 5, draw(31).integers(0, count, 300)),
        "order": in_cells(seeds),
        "sheet": nearest(sheet, 12),
        "grid": nearest(grid, 12),
        "few": nearest(seeds[:7], 12),
        "doubled": nearest(np.concatenate([seeds[:50]] * 3), 4),
        "one": nearest(seeds[:1], 3),
    }


def pattern(count: int) -> SeedPattern:
    """Seeds, noise and turns."""
    rng = draw(32)
    half = 0.5 * np.sqrt(count) / 4.0
    seeds = uniform(rng, -half, half, count, 3)
    seeds[0] = 0.0
    return SeedPattern(seeds, rng.random((count, 2)), 3.0 * rng.random(count))


def network(radius: float) -> NetworkMarkLaw:
    """A network of three layers, with or without the distance from the centre as an input."""
    rng = draw(33)
    sizes = (61 if radius else 60, 48, 37, 4)
    layers = tuple(
        (
            uniform(rng, -0.2, 0.2, one, two).astype(np.float32),
            uniform(rng, -0.1, 0.1, two).astype(np.float32),
        )
        for one, two in pairwise(sizes)
    )
    return NetworkMarkLaw(layers, 0.1, (1.0, 10.0), (0.0, 0.5), radius)


@case("grains/network", count=2000)
@case("grains/network-full", short=False, count=100_000)
def networks(count: int) -> Any:
    """What the mark network gives: the frames of the seeds need cosines."""
    given = pattern(count)
    return {
        "plain": network(0.0).outputs(given, np.arange(count)),
        "far": network(2.0).outputs(given, np.arange(0, count, 3)),
        "marks": network(2.0)(given, draw(34)),
        "few": network(0.0).outputs(pattern(8), np.arange(8)),
    }


def section_problem() -> tuple[Floats, Problem]:
    """Labelled points in the plane, and rows near the truth."""
    image = grain_image(40, (60, 60), 20, 0)
    points = image.points() / 0.125
    truth = image.labels.ravel() - np.int32(1)
    rows = flat_diagram(41, int(truth.max()) + 1, 30.0).rows.copy()
    rows[:, 3:9] *= 0.02
    return rows, problem(points, truth, 2)


def volume_problem() -> tuple[Floats, Problem]:
    """Labelled points in space; the last label has several seeds."""
    image = grain_image(42, (20, 18, 16), 12, 2)
    points = image.points() / 0.125
    count = int(image.labels.max())
    truth = (image.labels.ravel() - np.int32(1)) % np.int32(count + 1)
    owner = np.concatenate([np.arange(count), np.full(9, count)]).astype(np.int32)
    rows = diagram(43, len(owner), 9.0).rows.copy()
    rows[:, 3:9] *= 0.05
    return rows, problem(points, truth.astype(np.int32), 3, owner)


@case("grains/fit-candidates")
def fit_candidates() -> Any:
    """Which points pull at a seed, and at which seeds they look."""
    found = {}
    for name, (rows, given) in (("plane", section_problem()), ("space", volume_problem())):
        found[name] = {"problem": given, "undecided": undecided(rows, given)}
    return found


@case("grains/fit-slopes", depends="machine")
def fit_slopes() -> Any:
    """Moments of the slope of the likelihood: exponentials."""
    found = {}
    for name, (rows, given) in (("plane", section_problem()), ("space", volume_problem())):
        count = min(12, len(given.owner))
        chosen = np.arange(count, dtype=np.int32) + np.zeros((len(given.points), 1), np.int32)
        every = Undecided(given.points, given.truth, chosen)
        found[name] = summed(rows, given.owner, every)
    return found


@case("grains/fit-section", depends="machine", steps=30)
@case("grains/fit-section-full", depends="machine", short=False, steps=100)
def section_fit(steps: int) -> Any:
    """A planar diagram fitted to labels, some of them hidden."""
    image = grain_image(40, (60, 60), 20, 0)
    labels = np.array(image.labels)
    labels[10:14, 20:30] = 0
    given = LabelImage(labels, 0.125)
    return fit_section(given, at(0.3, -0.2), steps, hide=0.1, rng=draw(35))


@case("grains/fit-volume", depends="machine", steps=20)
@case("grains/fit-volume-full", depends="machine", short=False, steps=100)
def volume_fit(steps: int) -> Any:
    """Diagrams in space fitted to labels, free and radial, with and without an outside."""
    blob, full = grain_image(42, (20, 18, 16), 12, 2), grain_image(44, (14, 14, 14), 8, 0)
    return {
        "free": fit_volume(blob, steps=steps),
        "radial": fit_volume(blob, form="radial", steps=steps),
        "full": fit_volume(full, steps=steps, hide=0.1, rng=draw(36)),
    }


@case("grains/drawn", count=2000)
@case("grains/drawn-full", short=False, count=100_000)
def drawn(count: int) -> Any:
    """Grains of the shipped models."""
    found = {}
    for name in ("nmc-radial", "nmc-equiaxed", "nmc-calibrated"):
        model: GrainModel = load_model(name).grains
        half = 0.5 * float(cbrt(count / model.intensity))
        found[name] = GrainModel(model.intensity, model.marks, half).sample(half, draw(37)).rows
    return found


@case("grains/depth", count=2000)
def below_a_shell(count: int) -> Any:
    """Grains that change with their depth below a shell that is no ball."""
    long, half = (1.4, 5.0, 5.0), 0.5 * float(cbrt(count / 14.4))
    deep = GradedMarkLaw(long, long, 1.0, 0.1, (0.0, 0.05), 1.0, (1.0, 10.0), (0.0, 0.1))
    law = DepthMarkLaw(deep, (6.0, 2.0, 2.0), 0.9, 0.1, 1.5)
    shell = StarShape(at(8.0, 0.3, -0.5, 0.2, 0.4, 0.1, 0.6, -0.3, 0.2))
    return GrainModel(14.4, law, half).within(shell).sample(half, draw(39)).rows


@case("grains/seeds", half=6.0)
def other_seeds(half: float) -> Any:
    """Seeds of the processes that are not Poisson's, in a box that is no cube."""
    upper = half * at(1.0, 0.7, 1.3)
    processes = (PerturbedLattice(0.3), PerturbedLattice(0.001), ThomasProcess(0.6, 3.0))
    return {str(process): process(-upper, upper, draw(38)) for process in processes}
