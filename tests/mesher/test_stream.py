"""Slab by slab: the same points on both sides of a seam, components that many slabs make up."""

from __future__ import annotations

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.mesh.slab import Tally
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesher import stream
from nmc_mesh.mesher.cleave import NO_ANCHORS, Soup, cleave_lattice
from nmc_mesh.mesher.field import exact_field
from nmc_mesh.mesher.layers import Layers, cleave_layers, exact_lattice, layers_of
from nmc_mesh.mesher.stream_components import Components
from nmc_mesh.mesher.stream_fragments import repaired
from nmc_mesh.mesher.window import NOTHING, Window, joined, written
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import silent
from nmc_mesh.typing import AnyArray, Floats, Ints
from tests.meshes import lattice
from tests.particles import release_seeds


def drawn(seed: int, diameter: float = 1.6) -> Particle:
    return nmc_mesh.load_model("nmc-radial").sample(seed, diameter=diameter)


def rows_of(soup: Soup) -> Floats:
    """Corners and label of every cell, in an order of their own."""
    rows = np.column_stack([soup.points[soup.cells].reshape(-1, 12), soup.labels])
    ordered: Floats = rows[np.lexsort(rows.T)]
    return ordered


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_layers_are_cleaved_as_in_the_whole(axis: int) -> None:
    particle = drawn(release_seeds(3)[axis])
    size = particle.grain_size / 4
    lower, upper = particle.bounds()
    field = exact_field(particle, lower - 4 * size, upper + 4 * size, size)
    grid = exact_lattice(lower, upper, size)
    whole = cleave_lattice(field, grid, NO_ANCHORS, silent)
    end = int(grid.shape[axis])
    soups, vertices = zip(
        *(
            cleave_layers(field, grid, axis, start, min(start + 5, end), particle.n_labels)
            for start in range(0, end, 5)
        ),
        strict=True,
    )
    parts = np.concatenate([rows_of(soup) for soup in soups])
    assert np.array_equal(parts[np.lexsort(parts.T)], rows_of(whole))
    plan = stream.planned(particle, size, 1e9, silent)
    assert np.array_equal(np.sum(vertices, axis=0), plan.vertices_of)


def test_a_halo_grows_where_vertices_are_taken_back_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    particle = drawn(5)
    size = particle.grain_size / 4
    lower, upper = particle.bounds()
    field = exact_field(particle, lower - 4 * size, upper + 4 * size, size)
    grid = exact_lattice(lower, upper, size)
    shapes = []

    class Restless(Layers):
        def flags(self, flags: AnyArray) -> None:
            super().flags(flags)
            self.turns += 10
            shapes.append(len(flags))

    usual, _ = cleave_layers(field, grid, 0, 8, 10, particle.n_labels)
    monkeypatch.setattr("nmc_mesh.mesher.layers.Layers", Restless)
    wide, _ = cleave_layers(field, grid, 0, 8, 10, particle.n_labels)
    assert len(set(shapes)) > 1
    assert np.array_equal(rows_of(usual), rows_of(wide))


def test_parts_of_a_lattice_lie_where_they_do_in_the_whole() -> None:
    grid = exact_lattice(np.full(3, -3.1), np.full(3, 2.7), 0.0731)
    for start in (1, 7, 40):
        part = layers_of(grid, 1, start, start + 3)
        for layer in (0, 2):
            for quarter in range(4):
                place = part.lower[1] + part.step[1] * (layer + 0.25 * quarter)
                assert place == grid.lower[1] + grid.step[1] * (start + layer + 0.25 * quarter)


AROUND = 9


def in_column(points: Floats, cells: Ints, n: int) -> tuple[AnyArray, Ints]:
    """Which cells are in the middle column of n^3 cubes, and how high."""
    place = np.floor(points[cells].mean(axis=1) + 0.5 * n).astype(int)
    return (place[:, :2] == n // 2).all(axis=1), place[:, 2]


def column(labels: AnyArray) -> Soup:
    """Cubes of six tetrahedra on top of each other, with a label each, amid a grain of cubes."""
    n = len(labels)
    points, cells = lattice(n, float(n))
    middle, height = in_column(points, cells, n)
    names = np.where(middle, np.asarray(labels)[height], AROUND).astype(np.int32)
    a, b, c, d = (points[cells[:, k]] for k in range(4))
    negative = np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a) < 0
    cells[negative, :2] = cells[negative, 1::-1]
    return Soup(points, cells.astype(np.int32), names)


def at_work(labels: AnyArray, front: float = np.inf) -> Window:
    return joined(NOTHING, column(labels), 2, front)


def cubes(soup: Soup, n: int) -> list[int]:
    """Labels of the cubes of a column from below."""
    middle, height = in_column(soup.points, soup.cells, n)
    return [int(soup.labels[middle & (height == k)].max()) for k in range(n)]


def beyond(**volumes: float) -> Floats:
    """Volumes behind the front by label."""
    table = np.zeros(AROUND + 1)
    for name, volume in volumes.items():
        table[int(name[1:])] = volume
    return table


def test_a_fragment_in_the_window_is_given_away_before_its_grain_is_whole() -> None:
    window = at_work([1, 1, 2, 1, 3, 3])
    assert cubes(repaired(window, beyond(), Components()).soup, 6) == [1, 1, 2, 9, 3, 3]


def test_what_reaches_the_front_may_be_more_than_a_fragment() -> None:
    window = at_work([1, 1, 1, 2, 2, 1], front=2.5)
    assert cubes(repaired(window, beyond(), Components()).soup, 6) == [1, 1, 1, 2, 2, 1]


def test_a_grain_that_has_more_behind_the_front_leaves_its_first_piece() -> None:
    window = at_work([1, 2, 2, 2, 2, 2], front=2.5)
    assert cubes(repaired(window, beyond(_1=0.5), Components()).soup, 6)[0] == 1
    assert cubes(repaired(window, beyond(_1=2.0), Components()).soup, 6)[0] == 9


def test_components_of_two_slabs_are_one_where_their_cells_touch() -> None:
    components, tally = Components(), Tally()
    first, window = written(at_work([1, 2, 2, 2, 1, 1]), 2, 0.0, components, tally)
    second, _ = written(window, 2, np.inf, components, tally)
    labels, repairs = components.settled()
    assert components.volumes.sum() == pytest.approx(6**3)
    assert repairs.fragments == 1
    points = np.concatenate([first.points, second.points])
    cells = np.concatenate([first.cells, second.cells])
    runs = np.concatenate([first.components, second.components])
    names = np.repeat(labels[runs], np.concatenate([first.counts, second.counts]))
    assert len(np.unique(cells)) == len(points)
    # The lower cube of label 1 is the smaller component of it, and goes to what is around.
    assert cubes(Soup(points, cells, names), 6) == [9, 2, 2, 2, 1, 1]
    mesh = nmc_mesh.validate(tagged(points, cells, names))
    assert (mesh.grains, mesh.cells) == (3, 6**4)
    sides = labels[np.concatenate([first.sides, second.sides])]
    assert int((sides[:, 0] != sides[:, 1]).sum()) == mesh.facets


def test_components_that_meet_later_are_one() -> None:
    components = Components()
    left_leg, right_leg, other = components.add(np.array([1, 1, 2], dtype=np.int32)).tolist()
    components.measure(np.array([left_leg, right_leg, other]), np.array([1.0, 1.0, 1.0]))
    bridge = int(components.add(np.array([1], dtype=np.int32))[0])
    components.unite(np.array([[left_leg, bridge], [right_leg, bridge]]))
    components.touch(np.array([[left_leg, other], [right_leg, other]]), np.array([1.0, 1.0]))
    labels, repairs = components.settled()
    assert labels.tolist() == [0, 1, 1, 2, 1]
    assert repairs.fragments == 0


def test_fragments_go_to_most_of_their_surface_and_what_hangs_on_nothing_goes() -> None:
    components = Components()
    numbers = components.add(np.array([1, 1, 2, 3, 4], dtype=np.int32))
    grain, fragment, second, third, lonely = numbers.tolist()
    components.measure(numbers, np.array([5.0, 1.0, 5.0, 5.0, 2.0]))
    sides = [(fragment, second), (fragment, third), (second, third), (grain, third)]
    components.touch(np.array([*sides, (fragment, 0), (lonely, 0)]), np.array([2, 3, 1, 1, 2.5, 9]))
    components.touch(np.array([(second, fragment)]), np.array([2.0]))  # in a later slab
    labels, repairs = components.settled()
    assert labels[[grain, fragment, second, third, lonely]].tolist() == [1, 2, 2, 3, 0]
    assert (repairs.fragments, repairs.fragment_volume, repairs.detached) == (1, 1.0, (4,))


def test_a_fragment_beside_a_fragment_waits_for_it() -> None:
    components = Components()
    numbers = components.add(np.array([1, 2, 1, 2], dtype=np.int32))
    one, two, inner, outer = numbers.tolist()
    components.measure(numbers, np.array([5.0, 5.0, 1.0, 1.0]))
    components.touch(np.array([(one, two), (inner, outer), (outer, one)]), np.ones(3))
    labels, _ = components.settled()
    assert labels[[one, two, inner, outer]].tolist() == [1, 2, 1, 1]


def test_no_more_cells_are_in_work_than_were_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    plain = stream.improve

    def counted(field: object, soup: Soup, *more: object, **named: object) -> Soup:
        counts.append(len(soup.cells))
        return plain(field, soup, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(stream, "improve", counted)
    particle = drawn(release_seeds(1)[0], 2.0)
    plan = stream.planned(particle, particle.grain_size / 7, 5e4, silent)
    total = sum(len(slab.cells) for slab in stream.slabs(plan, Components(), Tally()))
    assert len(plan.fronts) > 2
    # The surface of a small particle has more cells outside than were reckoned with.
    assert max(counts) < 1.25 * plan.most
    assert plan.most < 0.7 * plan.cells
    assert 0.7 * plan.cells < total < plan.cells
