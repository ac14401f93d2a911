"""Cracks of no thickness: the share asked for, sides that come apart, a particle in one piece."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.cracks.law import LAWS, CrackLaw, draw_cracks
from nmc_mesh.cracks.network import BoundaryFacets, BoundaryNetwork, boundary_network
from nmc_mesh.cracks.opening import crack
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io import FORMATS, read, write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.phases import solids
from nmc_mesh.mesh.tables import facet_table, grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.model import load_model
from nmc_mesh.pipeline.particles import generate
from tests.meshes import cube, voronoi, with_middles


@pytest.fixture(scope="module")
def particle() -> TetMesh:
    return tetrahedralize(load_model("nmc-equiaxed").sample(11, diameter=2.5), size=0.14)


def sides(mesh: TetMesh) -> tuple[np.ndarray, np.ndarray]:
    """Facets of cracks, in pairs: by the places of their corners."""
    facets = np.flatnonzero(mesh.cracked)
    _, place = np.unique(mesh.points, axis=0, return_inverse=True)
    order = np.lexsort(np.sort(place.reshape(-1)[mesh.facets[facets]], axis=1).T)
    return facets[order[::2]], facets[order[1::2]]


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("share", [0.03, 0.1, 0.4])
def test_the_share_of_the_area_is_reached(particle: TetMesh, name: str, share: float) -> None:
    law = CrackLaw.named(name, share)
    cracked = crack(particle, law, 5)
    area = facet_table(cracked)["area"][cracked.cracked].sum() / 2
    total = BoundaryFacets(particle).areas.sum()
    assert area / total == pytest.approx(share, rel=0.03)
    assert cracked.info["cracks"]["reached"] == pytest.approx(area / total, rel=1e-12)
    assert validate(cracked).cells == len(particle.cells)
    np.testing.assert_allclose(
        grain_table(cracked)["volume"], grain_table(particle)["volume"], rtol=1e-12
    )
    assert cracked.outer.sum() == particle.outer.sum()
    kept = cracked.inner.sum() + cracked.cracked.sum() / 2
    assert kept == particle.inner.sum()


@pytest.mark.filterwarnings("ignore:.* labels are lost")
def test_small_particles_reach_the_share_too() -> None:
    """One facet is a percent of the share here, and may let others go with it."""
    off = []
    for seed in range(4):
        small = tetrahedralize(load_model("nmc-radial").sample(60 + seed, grains=12))
        for name in LAWS:
            cracked = crack(small, CrackLaw.named(name, 0.1), seed)
            off.append(abs(cracked.info["cracks"]["reached"] / 0.1 - 1))
    assert np.median(off) < 0.005
    assert max(off) < 0.03


def test_two_sides_lie_at_one_place_and_name_each_other(particle: TetMesh) -> None:
    cracked = crack(particle, 0.2, 1)
    one, other = sides(cracked)
    grains, cells = cracked.facet_grains, cracked.facet_cells
    assert np.array_equal(grains[one], grains[other][:, ::-1])
    assert (cells[one, 1] == -1).all()
    assert np.array_equal(cracked.labels[cells[one, 0]], grains[one, 0])
    normal = facet_table(cracked)["normal"]
    np.testing.assert_allclose(normal[one], -normal[other], atol=1e-12)
    assert (np.sort(cracked.facets[one]) != np.sort(cracked.facets[other])).any(axis=1).all()


def test_cracks_never_part_the_particle(particle: TetMesh) -> None:
    """Grains hang together by closed boundaries, however much is open."""
    network = boundary_network(particle)
    for seed, name in enumerate(LAWS):
        order = draw_cracks(network, CrackLaw.named(name, 0.5), np.random.default_rng(seed))
        closed = np.delete(network.pairs, order.boundaries, axis=0)
        graph = coo_array((np.ones(len(closed)), closed.T), shape=(closed.max() + 1,) * 2)
        assert len(np.unique(connected_components(graph, directed=False)[1][particle.grains])) == 1


def test_radial_cracks_hold_the_radius_and_outward_ones_lie_outside(particle: TetMesh) -> None:
    network = boundary_network(particle)

    def means(**numbers: float) -> tuple[float, float]:
        rows = []
        for seed in range(8):
            rng = np.random.default_rng(seed)
            law = CrackLaw(0.1, **numbers)  # type: ignore[arg-type]
            drawn = draw_cracks(network, law, rng, 0.1 * network.areas.sum()).boundaries
            weight = network.areas[drawn] / network.areas[drawn].sum()
            rows.append((weight @ network.tilts[drawn], weight @ network.distances[drawn]))
        return tuple(np.mean(rows, axis=0))  # type: ignore[return-value]

    tilt, distance = means()
    everywhere = network.areas / network.areas.sum()
    assert tilt == pytest.approx(everywhere @ network.tilts, abs=0.06)
    assert distance == pytest.approx(everywhere @ network.distances, abs=0.06)
    assert means(radial=8.0)[0] < 0.6 * tilt < tilt < means(radial=-8.0)[0]
    assert means(outward=-6.0)[1] < distance - 0.1 < distance + 0.1 < means(outward=6.0)[1]


def test_weights_are_the_odds_of_the_first_crack() -> None:
    """Over many draws boundaries come first as often as their weights say."""
    pairs = np.array([[1, 2], [1, 3], [2, 3], [1, 4], [2, 4], [3, 4]])
    one = np.ones(6)
    tilts = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    network = BoundaryNetwork(
        pairs, one, np.zeros((6, 3)), np.tile([0.0, 0, 1], (6, 1)), one, tilts, one > 0,
        np.empty((0, 2)), 1.0,
    )  # fmt: skip
    law = CrackLaw(0.1, radial=2.0)
    rng = np.random.default_rng(3)
    first = [draw_cracks(network, law, rng, 0.5).boundaries[0] for _ in range(4000)]
    odds = np.exp(-2.0 * tilts)
    np.testing.assert_allclose(np.bincount(first, minlength=6) / 4000, odds / odds.sum(), atol=0.03)


def test_cracks_have_as_many_boundaries_as_asked_and_hang_together(particle: TetMesh) -> None:
    network = boundary_network(particle)
    meets = {tuple(pair) for pair in network.meetings.tolist()}
    counts = []
    for seed in range(30):
        order = draw_cracks(
            network, CrackLaw(0.1, size=6.0), np.random.default_rng(seed), 0.1 * network.areas.sum()
        )
        counts.append(np.bincount(order.crack)[:-1])  # the last one may be cut off
        for own, parent in zip(order.boundaries, order.parents, strict=True):
            assert own == parent or (min(own, parent), max(own, parent)) in meets
    assert np.concatenate(counts).mean() == pytest.approx(6.0, rel=0.2)
    one = draw_cracks(network, CrackLaw(0.1, size=np.inf), np.random.default_rng(0), 20.0)
    assert (one.crack == 0).all()


def test_cracks_start_at_the_surface_or_never_come_there(particle: TetMesh) -> None:
    network = boundary_network(particle)
    for seed in range(5):
        law = CrackLaw.named("radial", 0.1)
        order = draw_cracks(network, law, np.random.default_rng(seed), 10.0)
        assert network.at_surface[order.boundaries[np.diff(order.crack, prepend=-1) > 0]].all()
        inside = CrackLaw(0.1, size=4.0, surface="isolated")
        order = draw_cracks(network, inside, np.random.default_rng(seed), 3.0)
        assert not network.at_surface[order.boundaries].any()
    cracked = crack(particle, replace(inside, share=0.05), 2)
    outside = np.unique(cracked.facets[cracked.outer])
    copies = np.unique(cracked.points[outside], axis=0)
    assert len(copies) == len(outside)  # no node of the surface is doubled


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(particle: TetMesh) -> None:
    meshes = []
    for count in (1, 3, 2):
        set_threads(count)
        meshes.append(crack(particle, CrackLaw.named("long", 0.1), 9))
    set_threads(None)
    for name in ("points", "cells", "facets", "facet_grains", "facet_cells", "edges"):
        assert len({getattr(mesh, name).tobytes() for mesh in meshes}) == 1
    other = crack(particle, CrackLaw.named("long", 0.1), 10)
    assert other.cells.tobytes() != meshes[0].cells.tobytes()


@pytest.mark.parametrize("suffix", [s for s, form in FORMATS.items() if form.read])
def test_every_format_keeps_cracks(suffix: str, tmp_path: Path) -> None:
    mesh = crack(voronoi(12, 5), 0.3, 2)
    write(tmp_path / f"cracked{suffix}", mesh)
    again = read(tmp_path / f"cracked{suffix}")
    assert again.cracked.sum() == mesh.cracked.sum() > 0
    assert len(again.points) == len(mesh.points)
    names = {group.name: len(group.entities) for group in groups(again)}
    assert names["crack_surface"] == mesh.cracked.sum()
    assert names["outer_surface"] == mesh.outer.sum()
    assert again.info["cracks"] == mesh.info["cracks"]


def test_cells_of_second_order_crack_where_those_of_first_order_do(particle: TetMesh) -> None:
    law = CrackLaw.named("long", 0.2)
    straight, curved = crack(particle, law, 4), crack(with_middles(particle), law, 4)
    assert np.array_equal(curved.facet_grains, straight.facet_grains)
    assert np.array_equal(curved.cracked, straight.cracked)
    assert validate(curved).cells == len(particle.cells)
    one, other = sides(curved)
    places = curved.points[curved.facets[:, 3:]].sum(axis=1)
    np.testing.assert_allclose(places[one], places[other], atol=1e-12)
    volumes = grain_table(curved)["volume"]
    np.testing.assert_allclose(volumes, grain_table(particle)["volume"], rtol=1e-9)


def test_a_particle_is_drawn_meshed_and_cracked_in_one_go() -> None:
    ball = StarShape.ball(0.7)
    particle, mesh = generate("nmc-radial", 3, 0.1, shell=ball, cracks=0.15)
    whole = generate("nmc-radial", 3, 0.1, shell=ball)[1]
    assert mesh.info["cracks"]["reached"] == pytest.approx(0.15, rel=0.03)
    assert np.array_equal(mesh.labels, whole.labels)
    stream = np.random.default_rng(3)
    again = generate("nmc-radial", stream, 0.1, shell=ball, cracks=0.15)[1]
    assert again.cells.tobytes() == mesh.cells.tobytes()
    assert particle.n_grains == len(mesh.grains)


def test_groups_hold_both_sides_once_and_ids_are_unique() -> None:
    mesh = crack(voronoi(12, 5), 0.3, 2)
    for layout in ("pairs", "one", "none"):
        found = groups(mesh, boundaries=layout)  # type: ignore[arg-type]
        assert len({group.id for group in found}) == len(found)
        own = next(group for group in found if group.name == "crack_surface")
        assert np.array_equal(own.entities, np.flatnonzero(mesh.cracked))
    facets = np.concatenate([g.entities for g in groups(mesh, boundaries="pairs") if g.dim == 2])
    assert np.array_equal(np.sort(facets), np.arange(len(mesh.facets)))


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"share": 1.0}, "such as 0.1"),
        ({"share": -0.1}, "such as 0.1"),
        ({"share": float("nan")}, "such as 0.1"),
        ({"share": 0.1, "radial": 100.0}, "0 is no preference"),
        ({"share": 0.1, "size": 0.5}, "one boundary or more"),
        ({"share": 0.1, "surface": "open"}, "connected"),
    ],
)
def test_a_wrong_number_is_refused(wrong: dict[str, float], remedy: str) -> None:
    with pytest.raises(InputError, match=remedy):
        CrackLaw(**wrong)  # type: ignore[arg-type]


def test_what_cannot_crack_is_refused(particle: TetMesh) -> None:
    with pytest.raises(InputError, match="ask for less"):
        crack(particle, CrackLaw(0.9), 0)
    with pytest.raises(InputError, match="no boundaries"):
        crack(cube(1), 0.1)
    with pytest.raises(InputError, match="split already"):
        crack(crack(particle, 0.1), 0.1)
    with pytest.raises(InputError, match="split already"):
        split_boundaries(crack(particle, 0.1))
    with pytest.raises(InputError, match="use one of random"):
        CrackLaw.named("radiall", 0.1)
    with pytest.raises(InputError, match="0 or more"):
        crack(particle, 0.1, -1)
    with pytest.raises(InputError, match="crack it afterwards"):
        second_order(crack(particle, 0.1), load_model("nmc-equiaxed").sample(11, diameter=2.5))
    assert crack(particle, 0.0) is particle


def test_cracks_of_a_particle_in_electrolyte_start_at_its_surface() -> None:
    ball = StarShape.ball(0.9)
    whole = generate("nmc-equiaxed", 3, 0.1, shell=ball, domain="box:1.3")[1]
    law = CrackLaw(0.1, surface="connected")
    mesh = crack(whole, law, 1)
    assert mesh.info["cracks"]["reached"] == pytest.approx(0.1, rel=0.03)
    names = {group.name: len(group.entities) for group in groups(mesh)}
    assert names["crack_surface"] == mesh.cracked.sum() > 0
    for name in ("particle_electrolyte", "domain_boundary"):
        assert names[name] == {g.name: len(g.entities) for g in groups(whole)}[name]
    # As without the electrolyte: the same boundaries reach the surface of the solids.
    alone = boundary_network(solids(whole))
    assert (boundary_network(whole).at_surface == alone.at_surface).all()
    assert validate(mesh).cells == len(whole.cells)


def test_pores_stay_where_they_are_when_a_particle_cracks() -> None:
    ball = StarShape.ball(0.9)
    mesh = generate("nmc-equiaxed", 3, 0.1, shell=ball, pores=0.05, cracks=0.15)[1]
    whole = generate("nmc-equiaxed", 3, 0.1, shell=ball, pores=0.05)[1]
    assert mesh.walls.sum() == whole.walls.sum() > 0
    assert mesh.info["cracks"]["reached"] == pytest.approx(0.15, rel=0.03)
    names = {group.name: len(group.entities) for group in groups(mesh)}
    assert names["crack_surface"] == mesh.cracked.sum()
    assert names["pore_surface"] == mesh.walls.sum()
    assert validate(mesh).cells == len(whole.cells)
    area = [float(facet_table(part)["area"][part.walls].sum()) for part in (whole, mesh)]
    assert area[1] == pytest.approx(area[0], rel=1e-12)


def test_cracks_of_several_particles_see_the_centre_of_their_own() -> None:
    """Two boxes of four grains on each other: planes x = 0, y = 0 hold the axis of either."""
    mesh = cube(8, 6)
    pair = replace(mesh, info={"particles": [[1, 4, 1], [5, 8, 2]]})
    facets, network = BoundaryFacets(pair), boundary_network(pair)
    assert (network.pairs // 4.5).astype(int).tolist() == [[0, 0]] * 4 + [[1, 1]] * 4
    np.testing.assert_allclose(network.areas, 1.0)
    np.testing.assert_allclose(facets.radii, np.cbrt(3 * 4 / (4 * np.pi)))
    # Centres at z = -1/2 and 1/2: so far at most in z, while x and y go to 1.
    assert np.abs(facets.places[:, 2]).max() < 0.5
    one, both = boundary_network(mesh), network.distances
    assert both.max() / both.min() == pytest.approx(1.0, rel=1e-6)
    assert len(one.pairs) == 12
    cracked = crack(pair, CrackLaw(0.2, surface="connected"), 1)
    sides = cracked.facet_grains[cracked.cracked]
    assert ((sides[:, 0] > 4) == (sides[:, 1] > 4)).all()  # contacts stay closed
    assert cracked.info["cracks"]["reached"] == pytest.approx(0.2, abs=0.03)
