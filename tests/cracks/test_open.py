"""Open cracks: cells between two grains, as wide as they shall be; thin ones have no thickness."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.cracks.cells import open_cracks
from nmc_mesh.cracks.law import CrackLaw
from nmc_mesh.cracks.opening import crack
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import phase_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.pipeline.particles import generate

SIZE = 0.1


@pytest.fixture(scope="module")
def dense() -> tuple[Particle, TetMesh]:
    particle = load_model("nmc-radial").sample(300, grains=30)
    return particle, tetrahedralize(particle, size=SIZE)


def bricks() -> Particle:
    """Eight cubes of edge 1 in the middle of a lattice of 64, but moved apart a little."""
    seeds = np.stack(np.indices((4, 4, 4)), axis=-1).reshape(-1, 3) - 1.5
    rng = np.random.default_rng(1)
    seeds = seeds + 0.02 * rng.standard_normal(seeds.shape)
    middle = np.flatnonzero((np.abs(seeds) < 1).all(axis=1))
    box = np.array([[-1.3] * 3, [1.3] * 3])
    diagram = GBPD(seeds, np.tile(np.eye(3), (64, 1, 1)), np.zeros(64))
    return Particle(StarShape.ball(1.2), diagram, middle, box=box)


@pytest.mark.parametrize("width", [0.1, 0.2])
def test_a_crack_between_cubes_is_a_slab(width: float) -> None:
    particle = bricks()
    law = CrackLaw(0.08, width=width)
    opened = open_cracks(particle, tetrahedralize(particle, size=0.2), law, 1, 0.1)
    cracked = opened.particle
    points = np.random.default_rng(2).uniform(-1, 1, (200_000, 3))
    labels = cracked.labels(points)
    label = int(
        np.argmax(np.bincount(labels) * cracked.phases.mask("crack", np.arange(labels.max() + 1)))
    )
    inside = labels == label
    low, high = np.argsort(np.bincount(particle.labels(points[inside])))[-2:]
    costs = [particle.tessellation.subset([int(particle.kept[k - 1])]) for k in (low, high)]
    way = costs[1].seeds[0] - costs[0].seeds[0]
    height = points @ way / np.linalg.norm(way)
    middle = 0.5 * (costs[0].seeds[0] + costs[1].seeds[0]) @ way / np.linalg.norm(way)
    off = np.abs(height[inside] - middle)
    assert off.max() == pytest.approx(0.5 * width, rel=0.03)
    volume = 8 * inside.mean()
    # A slab of edge 1 whose rim is a wedge that reaches w / 2 farther at most.
    assert width * 0.9 < volume < width * (1 + width) ** 2


def test_cracks_are_voids_with_walls(dense: tuple[Particle, TetMesh]) -> None:
    particle, whole = dense
    law = CrackLaw.named("radial", 0.15, width=SIZE)
    opened = open_cracks(particle, whole, law, 1, SIZE)
    mesh = tetrahedralize(opened.particle, size=SIZE)
    validate(mesh)
    assert np.degrees(quality(mesh).smallest_angle).min() > 20
    assert "crack_surface" in {group.name for group in groups(mesh)}
    facts = opened.facts
    assert facts["reached"] == pytest.approx(0.15, rel=0.01)
    walls = phase_table(mesh)["area"]["crack_surface"]
    assert 2 * facts["area"] < walls < 4 * facts["area"]
    kept = tetrahedralize(opened.particle, size=SIZE, keep_voids=True)
    volume = phase_table(kept)["volume"]["crack"]
    assert 0.6 * walls * SIZE / 2 < volume < 1.02 * walls * SIZE / 2
    assert facts["volume"] < volume < 2 * facts["volume"]
    lost = quality(whole).volume.sum() - quality(mesh).volume.sum()
    assert 0.6 * volume < lost < 1.01 * volume
    again = open_cracks(particle, whole, law, 1, SIZE)
    assert np.array_equal(again.particle.tessellation.rows, opened.particle.tessellation.rows)


def test_widths_scatter_and_thin_cracks_have_no_thickness(
    dense: tuple[Particle, TetMesh],
) -> None:
    particle, whole = dense
    law = CrackLaw.named("radial", 0.2, width=0.6 * SIZE, spread=0.6)
    opened = open_cracks(particle, whole, law, 3, SIZE)
    assert len(opened.thin) == opened.facts["boundaries"] - opened.facts["open"] > 0
    with pytest.warns(UserWarning, match=r"thinner than 0\.5 edges"):
        found, mesh = generate("nmc-radial", 300, SIZE, grains=30, cracks=law, coating=SIZE)
    validate(mesh)
    assert mesh.cracked.any()
    assert mesh.walls.any()
    assert {"crack", "coating"} <= set(found.phases.names)
    sides = np.unique(np.sort(mesh.facet_grains[mesh.cracked], axis=1), axis=0).tolist()
    assert all(pair in mesh.info["cracks"]["thin"] for pair in sides)
    assert mesh.info["cracks"]["width"] == law.width


def test_cracks_that_do_not_fit_are_refused(dense: tuple[Particle, TetMesh]) -> None:
    particle, whole = dense
    with pytest.raises(InputError, match="wider than half a grain"):
        open_cracks(particle, whole, CrackLaw(0.1, width=1.0), 0, SIZE)
    with pytest.raises(InputError, match="have a width"):
        open_cracks(particle, whole, CrackLaw(0.1), 0, SIZE)
    with pytest.raises(InputError, match="bare particle"):
        open_cracks(particle.coated(0.1), whole, CrackLaw(0.1, width=0.1), 0, SIZE)
    with pytest.raises(InputError, match="--crack-width"):
        crack(whole, CrackLaw(0.1, width=0.1))
    with pytest.raises(InputError, match="width of cracks"):
        CrackLaw(0.1, width=-1.0)
    with pytest.raises(InputError, match="spread of widths"):
        CrackLaw(0.1, width=0.1, spread=3.0)
    with pytest.raises(InputError, match="reach"):
        open_cracks(particle, whole, CrackLaw(0.95, width=0.1), 0, SIZE)
