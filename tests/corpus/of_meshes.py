"""Frozen: whole meshes, and what is derived from them."""

from __future__ import annotations

from typing import Any

from nmc_mesh.cohesive.nodes import linear_wedges, whole_wedges
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.particle import Particle
from tests.corpus.case import kept, series
from tests.corpus.inputs import clipped_particle, volume, whole_particle
from tests.corpus.of_stages import EDGE, asked_sizes


def source(kind: str, number: int) -> Particle | LabelImage:
    """What is meshed."""
    if kind in ("whole", "clipped"):
        return (whole_particle if kind == "whole" else clipped_particle)(number)
    return volume(number, 2 if kind == "image" else 0)


@kept
def mesh_of(kind: str, number: int) -> TetMesh:
    """The mesh of one size."""
    found = source(kind, number)
    return tetrahedralize(
        found, EDGE if isinstance(found, Particle) else 2.0 * float(found.spacing.min())
    )


@kept
def quadratic(kind: str, number: int) -> TetMesh:
    """The mesh of second order."""
    return second_order(mesh_of(kind, number), source(kind, number))


def mesh(number: int, kind: str) -> Any:
    """The mesh with all its tags and what it tells of its making."""
    return mesh_of(kind, number)


def quadratic_mesh(number: int, kind: str) -> Any:
    """Nodes in the middle of edges, on curved boundaries."""
    return quadratic(kind, number)


def graded(number: int) -> Any:
    """Cells of several sizes: by growth, outside, by grain, by place."""
    particle = whole_particle(number)
    name = ("growth", "outer", "grains", "place")[number % 4]
    size, outer, growth = asked_sizes(name, particle.n_grains)
    return tetrahedralize(particle, size, outer=outer, growth=growth)


def cohesive(number: int, order: int) -> Any:
    """All boundaries opened, and half of them; wedges as files have them."""
    mesh = mesh_of("whole", number) if order == 1 else quadratic("whole", number)
    pairs = mesh.facet_grains[mesh.facet_grains[:, 1] > 0]
    every, some = split_boundaries(mesh), split_boundaries(mesh, pairs[: len(pairs) // 2])
    return {
        "all": every,
        "some": some,
        "whole": whole_wedges(some)[1],
        "linear": linear_wedges(some),
    }


for _kind in ("whole", "clipped", "image", "flat"):
    series(f"mesh/{_kind}", 20, 3, kind=_kind)(mesh)
    series(f"mesh/second-order-{_kind}", 20, 1, kind=_kind)(quadratic_mesh)
series("mesh/graded", 20, 4)(graded)
series("mesh/cohesive", 20, 2, order=1)(cohesive)
series("mesh/cohesive-second-order", 20, 1, order=2)(cohesive)
