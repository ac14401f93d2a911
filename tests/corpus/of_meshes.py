"""Frozen: whole meshes, and what is derived from them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from nmc_mesh.cohesive.nodes import linear_wedges, whole_wedges
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.cracks.law import LAWS, CrackLaw
from nmc_mesh.cracks.opening import crack
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.slab import Tally
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.periodic import tetrahedralize_periodic
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.stream import planned, slabs
from nmc_mesh.mesher.stream_components import Components
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.coating import Coating
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.periodic_draw import periodic_cell
from nmc_mesh.particle.pores import Pores
from nmc_mesh.progress import silent
from tests.corpus.case import case, kept, series
from tests.corpus.inputs import at, clipped_particle, draw, grain_image, volume, whole_particle
from tests.corpus.of_stages import EDGE, asked_sizes
from tests.particles import ball


def source(kind: str, number: int) -> Particle | LabelImage:
    """What is meshed."""
    if kind in ("whole", "clipped"):
        return (whole_particle if kind == "whole" else clipped_particle)(number)
    return volume(number, 2 if kind == "image" else 0)


@kept
def mesh_of(kind: str, number: int) -> TetMesh:
    """The mesh of one size."""
    found = source(kind, number)
    if isinstance(found, Particle):
        return tetrahedralize(found, EDGE)
    return of_image(found, 2.0 * float(found.spacing.min()))


def of_image(image: LabelImage, size: float, **options: Any) -> TetMesh:
    """The mesh of an image, without a word on its small pieces."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "[0-9,]+ labels of 1 to 7 voxels")
        return tetrahedralize(image, size, **options)


@kept
def quadratic(kind: str, number: int) -> TetMesh:
    """The mesh of second order."""
    return second_order(mesh_of(kind, number), source(kind, number))


def mesh(number: int, kind: str) -> Any:
    """The mesh with all its tags and what it tells of its making."""
    return mesh_of(kind, number)


@case("mesh/porous")
def porous_mesh() -> Any:
    """A mesh with pores, which have no cells."""
    porous = Pores(0.06).put_into(whole_particle(2), draw(31, 2))
    return tetrahedralize(porous, EDGE)


@case("mesh/coated", kind="whole")
@case("mesh/coated-shell", kind="clipped")
def coated_mesh(kind: str) -> Any:
    """A mesh with a coating in patches, on whole grains and on a shell."""
    bare = whole_particle(1) if kind == "whole" else clipped_particle(1)
    return tetrahedralize(bare.coated(Coating(EDGE, 0.6, seed=3)), 1.5 * EDGE)


@case("mesh/box", domain="box:1.3")
@case("mesh/sphere", domain="sphere:1.3")
def mesh_in_domain(domain: str) -> Any:
    """A mesh of a particle in electrolyte."""
    return tetrahedralize(whole_particle(1).in_domain(domain), 1.5 * EDGE)


@case("mesh/streamed")
def streamed_mesh() -> Any:
    """The slabs of a mesh that is streamed, and the labels of their components."""
    plan = planned(whole_particle(1), 0.5 * EDGE, 1.0, silent)
    components = Components()
    parts = [slab._asdict() for slab in slabs(plan, components, Tally())]
    return {"slabs": parts, "labels": components.settled()[0]}


def quadratic_mesh(number: int, kind: str) -> Any:
    """Nodes in the middle of edges, on curved boundaries."""
    return quadratic(kind, number)


def graded(number: int, kind: str) -> Any:
    """Cells of several sizes: by growth, outside, by grain, by place."""
    found = source(kind, number)
    grains = found.n_grains if isinstance(found, Particle) else int(found.labels.max())
    name = ("growth", "outer", "grains", "place")[number % 4]
    size, outer, growth = asked_sizes(name, grains)
    make = tetrahedralize if isinstance(found, Particle) else of_image
    return make(found, size, outer=outer, growth=growth)


def cracked(number: int, order: int) -> Any:
    """Cracks of every law, and one whose exponents are all at work."""
    mesh = mesh_of("whole", number) if order == 1 else quadratic("whole", number)
    laws = {name: CrackLaw.named(name, 0.15) for name in LAWS}
    laws["own"] = CrackLaw(0.1, radial=-2.0, outward=1.5, size=4.0, straight=3.0)
    return {name: crack(mesh, law, number) for name, law in laws.items()}


def cohesive(number: int, order: int) -> Any:
    """All boundaries opened, and half of them; wedges as files have them."""
    mesh = mesh_of("whole", number) if order == 1 else quadratic("whole", number)
    pairs = mesh.facet_grains[mesh.inner]
    every, some = split_boundaries(mesh), split_boundaries(mesh, pairs[: len(pairs) // 2])
    return {
        "all": every,
        "some": some,
        "whole": whole_wedges(some)[1],
        "linear": linear_wedges(some),
    }


for _kind in ("whole", "clipped", "image", "flat"):
    series(f"mesh/{_kind}", 20, 4, kind=_kind)(mesh)
    series(f"mesh/second-order-{_kind}", 20, 1, kind=_kind)(quadratic_mesh)
series("mesh/graded-whole", 20, 4, kind="whole")(graded)
series("mesh/graded-clipped", 8, 4, kind="clipped")(graded)
series("mesh/graded-image", 8, 2, kind="image")(graded)
series("mesh/graded-flat", 8, 2, kind="flat")(graded)
series("mesh/cohesive", 20, 2, order=1)(cohesive)
series("mesh/cohesive-second-order", 20, 1, order=2)(cohesive)
series("mesh/cracked", 6, 2, order=1)(cracked)
series("mesh/cracked-second-order", 6, 1, order=2)(cracked)


@case("mesh/periodic", period=1.1)
@case("mesh/periodic-slanted", period=((1.0, 0.1, 0.0), (0.4, 0.9, 0.0), (0.2, 0.3, 1.1)))
def periodic(period: Any) -> Any:
    """One period of a polycrystal, near its parallelepiped and along grains."""
    cell = periodic_cell("nmc-equiaxed", 5, grains=6, period=np.array(period))
    return {seam: tetrahedralize_periodic(cell, 0.12, seam=seam) for seam in ("box", "grains")}


@case("mesh/periodic-image")
def periodic_images() -> Any:
    """Grains and what is outside them, one period; pieces of few voxels as they are."""
    labels = grain_image(57, (14, 13, 12), 6, 0).labels
    image = LabelImage(np.where(labels == 3, 0, labels), at(0.1, 0.12, 0.09))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "[0-9,]+ labels of 1 to 7 voxels")
        return {
            "grains": tetrahedralize_periodic(image),
            "kept": tetrahedralize_periodic(image, small="keep"),
        }


@case("mesh/odd-particles")
def odd_particles() -> Any:
    """One grain in a ball; cells larger than some grains, which are lost; very small cells."""
    few = whole_particle(0)
    return {
        "ball": tetrahedralize(ball(), 0.3),
        "coarse": tetrahedralize(whole_particle(3), 0.8),
        "coarse_shell": tetrahedralize(clipped_particle(3), 0.8),
        "fine": tetrahedralize(few, 0.12),
    }


@case("mesh/odd-images")
def odd_images() -> Any:
    """One grain, a slice, a rod, noise, grains in pieces, one label that is missing."""
    rng = draw(55)
    solid = np.ones((6, 5, 4), np.int32)
    slice_ = grain_image(56, (14, 12), 6, 0).labels[:, :, None]
    noise = rng.integers(0, 3, (7, 6, 5))
    blob = np.array(grain_image(57, (14, 13, 12), 6, 2).labels)
    blob[rng.random(blob.shape) < 0.03] = 0
    blob[blob == 2] = 9
    return {
        "solid": of_image(LabelImage(solid, 0.1), 0.2),
        "slice": of_image(LabelImage(slice_, 0.1), 0.1),
        "rod": of_image(LabelImage(slice_[:, :1], 0.1), 0.1),
        "noise": of_image(LabelImage(noise, 0.1), 0.15),
        "blob": of_image(LabelImage(blob, at(0.1, 0.12, 0.09)), 0.2),
    }
