"""libMesh's rule for .msh 4.1: no element has a node outside the bounding box of its entity."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io import write
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from tests.meshes import ball, voronoi

MESHES: dict[str, TetMesh | CohesiveMesh | HexMesh] = {
    "grains": voronoi(20, 6),
    "one grain": ball(4),
    "curved": second_order(voronoi(12, 4)),
    "split": split_boundaries(voronoi(12, 4)),
    "split and curved": split_boundaries(second_order(voronoi(12, 4))),
    "voxels": voxel_mesh(LabelImage(np.random.default_rng(0).integers(0, 4, (4, 5, 6)), 0.5)),
}


def numbers(lines: Iterator[str]) -> list[int]:
    return [int(word) for word in next(lines).split()]


def section(text: str, name: str) -> Iterator[str]:
    return iter(text.split(f"${name}\n")[1].split(f"$End{name}")[0].splitlines())


def boxes(text: str) -> dict[tuple[int, int], tuple[np.ndarray, np.ndarray]]:
    """Box of every entity (dimension, tag); libMesh takes the place of a point for both ends."""
    lines, found = section(text, "Entities"), {}
    for dim, count in enumerate(numbers(lines)):
        for _ in range(count):
            tag, *words = next(lines).split()
            ends = np.array(words[: 3 if dim == 0 else 6], dtype=float).reshape(-1, 3)
            assert (dim, int(tag)) not in found
            found[dim, int(tag)] = ends[0], ends[-1]
    return found


def outside(text: str) -> dict[tuple[int, int], int]:
    """Nodes of elements outside their entity's box, by libMesh's tolerance, of every entity."""
    lines, place = section(text, "Nodes"), {}
    for _ in range(numbers(lines)[0]):
        *_, count = numbers(lines)
        tags = [int(next(lines)) for _ in range(count)]
        place |= {tag: np.array(next(lines).split(), dtype=float) for tag in tags}
    lines, found, box = section(text, "Elements"), {}, boxes(text)
    for _ in range(numbers(lines)[0]):
        dim, entity, _, count = numbers(lines)
        low, high = box[dim, entity]
        slack = 1e-6 * (high - low).max()
        rows = np.array([numbers(lines)[1:] for _ in range(count)])
        nodes = np.array([place[tag] for tag in rows.ravel()])
        found[dim, entity] = int(((nodes < low - slack) | (nodes > high + slack)).any(axis=1).sum())
    return found


@pytest.mark.parametrize("name", MESHES)
def test_the_box_of_every_entity_holds_its_nodes(tmp_path: Path, name: str) -> None:
    write(tmp_path / "particle.msh", MESHES[name])
    text = (tmp_path / "particle.msh").read_text()
    found = outside(text)
    assert set(found) == set(boxes(text))
    assert {entity: count for entity, count in found.items() if count} == {}


def test_every_quadruple_point_is_an_entity(tmp_path: Path) -> None:
    mesh = voronoi(20, 6)
    write(tmp_path / "particle.msh", mesh)
    found = boxes((tmp_path / "particle.msh").read_text())
    places = [low for (dim, _), (low, _) in found.items() if dim == 0]
    np.testing.assert_array_equal(places, mesh.points[mesh.quadruple_points])


def test_a_node_that_leaves_its_box_is_found(tmp_path: Path) -> None:
    """The test above can fail: one box of a point that is elsewhere."""
    write(tmp_path / "particle.msh", voronoi(20, 6))
    text = (tmp_path / "particle.msh").read_text()
    head, _, rest = text.partition("$Entities\n")
    counts, first, more = rest.split("\n", 2)
    tag, _, *words = first.split()
    moved = "\n".join([counts, " ".join([tag, "9.0", *words]), more])
    found = outside(f"{head}$Entities\n{moved}")
    assert found[0, int(tag)] == 1
    assert sum(found.values()) == 1
