"""Frozen: what every stage of the mesher makes of what the stage before it made.

So one stage can be looked at alone: fields, the cleaved mesh, its repairs, rounds of improvement,
larger cells, vertices projected to the domain boundary.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.edges import number_edges
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesher.boundary_projection import WORST, fill_pits, project_to_boundary, remove_spikes
from nmc_mesh.mesher.cleave import NO_ANCHORS, Soup, cleave_lattice
from nmc_mesh.mesher.clip import SETTLING, even_and_mend, even_out, project_to_shell
from nmc_mesh.mesher.coarsen import coarsen
from nmc_mesh.mesher.components import cell_volumes, face_areas, whole_grains
from nmc_mesh.mesher.field import Field, exact_field, image_field
from nmc_mesh.mesher.improve import MENDING, ROUNDS, improve
from nmc_mesh.mesher.lattice import cubic_over, lattice_in, lattice_over
from nmc_mesh.mesher.sizes import Size, read_sizes
from nmc_mesh.mesher.volume_correction import (
    VolumeKeeper,
    contacts,
    improve_with_volumes,
    improver,
)
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import silent
from nmc_mesh.typing import Floats
from tests.corpus.case import case, kept, series
from tests.corpus.inputs import clipped_particle, draw, volume, whole_particle

EDGE = 0.3
"""Edge length of the cells in grains of particles."""

KINDS = ("whole", "clipped", "image", "flat")
"""Particles of whole grains, cut off at a shell; images with outside around, without."""


class Start(NamedTuple):
    """What the mesher prepares: a field, its box, the edge, volumes to keep."""

    field: Field
    lower: Floats
    upper: Floats
    edge: float
    wanted: Floats | None
    bounded: bool


@kept
def start(kind: str, number: int) -> Start:
    """Prepare a particle or an image as the mesher does."""
    if kind in ("whole", "clipped"):
        return _of_particle((whole_particle if kind == "whole" else clipped_particle)(number))
    image = volume(number, 2 if kind == "image" else 0)
    lower = image.origin - image.spacing
    upper = image.origin + image.spacing * np.array(image.labels.shape)
    if kind == "flat":
        lower, upper = lower + 0.5 * image.spacing, upper - 0.5 * image.spacing
    edge = 2.0 * float(image.spacing.min())
    return Start(image_field(image), lower, upper, edge, image.volumes(), kind == "flat")


def _of_particle(particle: Particle) -> Start:
    lower, upper = particle.bounds()
    field = exact_field(particle, lower - 4.0 * EDGE, upper + 4.0 * EDGE, EDGE)
    return Start(field, lower, upper, EDGE, None, particle.surface == "shell")


@kept
def cleaved(kind: str, number: int) -> tuple[Field, Soup]:
    """The field and the cleaved mesh."""
    field, lower, upper, edge, _, bounded = start(kind, number)
    over = lattice_in if kind == "flat" else cubic_over if bounded else lattice_over
    return field, cleave_lattice(field, over(lower, upper, edge), NO_ANCHORS, silent)


@kept
def repaired(kind: str, number: int) -> Soup:
    """The cleaved mesh with pits filled and grains in one piece: what is improved."""
    field, soup = cleaved(kind, number)
    if kind in ("clipped", "flat"):
        soup = fill_pits(field, soup, start(kind, number).edge)
    return whole_grains(soup, kind == "clipped")[0] if kind in ("whole", "clipped") else soup


@kept
def improved(kind: str, number: int) -> Soup:
    """The mesh after all rounds."""
    field = cleaved(kind, number)[0]
    return improve(field, repaired(kind, number), start(kind, number).edge, silent)


def fields(number: int, kind: str) -> Any:
    """What kernels read of a source."""
    return start(kind, number).field


def cleaving(number: int, kind: str) -> Any:
    """The lattice warped and cut along one field."""
    return cleaved(kind, number)[1]


def keeping(number: int, kind: str) -> Any:
    """Improvement that keeps volumes: what touches, the weights, the mesh, what is left."""
    soup, (field, _, _, edge, wanted, _) = repaired(kind, number), start(kind, number)
    assert wanted is not None
    touching = contacts(soup, neighbours(soup.cells, len(soup.points)))
    keeper = VolumeKeeper(wanted, touching)
    field, soup = improve_with_volumes(field, soup, keeper, silent, improver(edge))
    errors = keeper.errors(*soup)
    return {"touching": touching, "weight": field.weight, "soup": soup, "errors": errors}


def filling(number: int, kind: str) -> Any:
    """Pits of a cleaved mesh given to grains, spikes cut off."""
    field, soup = cleaved(kind, number)
    edge = start(kind, number).edge
    return {
        "filled": fill_pits(field, soup, edge).labels,
        "good": fill_pits(field, soup, edge, WORST).labels,
        "shorn": remove_spikes(field, soup, edge).labels,
    }


def improving(number: int, kind: str, rounds: int) -> Any:
    """The first rounds of improvement."""
    field, soup = cleaved(kind, number)[0], repaired(kind, number)
    return improve(field, soup, start(kind, number).edge, silent, ROUNDS[:rounds])


def improvement(number: int, kind: str) -> Any:
    """All rounds."""
    return improved(kind, number)


def settling(number: int, kind: str) -> Any:
    """Of bounded fields: pits filled, rounds to settle, vertices put onto the domain boundary."""
    field, soup = cleaved(kind, number)[0], improved(kind, number)
    edge = start(kind, number).edge
    if kind == "clipped":
        settled = improve(field, even_out(field, soup, edge), edge, silent, SETTLING)
        soup = even_and_mend(field, settled, edge)
        return {"settled": settled, "rescued": soup, "seated": project_to_shell(field, soup, edge)}
    soup = fill_pits(field, soup, edge)
    settled = improve(field, soup, edge, silent, SETTLING)
    soup = remove_spikes(field, fill_pits(field, settled, edge, WORST), edge)
    return {
        "settled": settled,
        "trimmed": soup.labels,
        "pressed": project_to_boundary(field, soup, edge, kind == "flat"),
    }


def larger(points: Floats) -> Floats:
    """Edge length asked for at places: longer to one side."""
    return np.asarray(EDGE * (1.0 + 0.8 * np.abs(points[:, 0] + 0.2)))


def asked_sizes(name: str, grains: int) -> tuple[Size, float | None, float]:
    """Size, outer size and growth of a name."""
    if name == "growth":
        return EDGE, None, 0.5
    if name == "outer":
        return 2.0 * EDGE, EDGE, 0.0
    if name == "grains":
        return EDGE * (1.0 + 0.25 * (np.arange(grains) % 5)), None, 0.0
    return larger, EDGE, 0.1


def coarsening(number: int, kind: str, way: str) -> Any:
    """Lengths asked for at vertices, larger cells, and their mending."""
    found, field, soup = start(kind, number), cleaved(kind, number)[0], improved(kind, number)
    grains = int(soup.labels.max())
    sizes = read_sizes(*asked_sizes(way, grains), grains, found.lower, found.upper)
    coarse, longest = coarsen(field, soup, sizes, silent)
    mended = improve(field, coarse, sizes.least, silent, MENDING[:2], longest)
    return {"at": sizes.at(soup), "soup": coarse, "longest": longest, "mended": mended}


for _kind in KINDS:
    series(f"stages/field-{_kind}", 4, 1, kind=_kind)(fields)
    for _rounds in (2, 4, 5, 6, 8, 10):
        series(f"stages/improve-{_rounds:02d}-{_kind}", 1, 0, kind=_kind, rounds=_rounds)(improving)
    series(f"stages/cleave-{_kind}", 6, 2, kind=_kind)(cleaving)
    series(f"stages/improve-01-{_kind}", 4, 1, kind=_kind, rounds=1)(improving)
    series(f"stages/improve-03-{_kind}", 4, 1, kind=_kind, rounds=3)(improving)
    series(f"stages/improve-{_kind}", 6, 1, kind=_kind)(improvement)
for _kind in ("image", "flat"):
    series(f"stages/keep-{_kind}", 6, 1, kind=_kind)(keeping)
for _kind in ("clipped", "flat"):
    series(f"stages/fill-{_kind}", 6, 1, kind=_kind)(filling)
    series(f"stages/settle-{_kind}", 6, 1, kind=_kind)(settling)
for _name in ("growth", "outer", "grains", "place"):
    series(f"stages/coarsen-{_name}", 4, 1, kind="whole", way=_name)(coarsening)
series("stages/coarsen-clipped", 4, 1, kind="clipped", way="growth")(coarsening)


@series("stages/components", 6, short=2)
def components(number: int) -> Any:
    """Fragments given away, detached grains dropped: of a cleaved mesh with many of either."""
    soup = cleaved("whole", number)[1]
    labels = soup.labels.copy()
    rng = draw(50, number)
    where = rng.random(len(labels)) < 0.05
    labels[where] = rng.integers(-2, labels.max() + 1, int(where.sum()))
    soup = soup._replace(labels=labels)
    return {"outer": whole_grains(soup), "inner": whole_grains(soup, inner=True)}


@case("stages/slope")
def slope() -> Any:
    """How steep F is beyond a domain boundary: by the volume of a shell, which is a quadrature."""
    particle = clipped_particle(1)
    plain = replace(particle, shell=StarShape(particle.shell.coefficients))
    return exact_field(plain, *plain.bounds(), EDGE).slope


@case("stages/incidence")
def incidence() -> Any:
    """Cells across faces, edges, volumes and areas of a cleaved mesh."""
    points, cells, _ = cleaved("whole", 0)[1]
    number, ends = number_edges(cells, len(points))
    return {
        "across": neighbours(cells, len(points)),
        "number": number,
        "ends": ends,
        "volumes": cell_volumes(points, cells),
        "areas": face_areas(points, cells),
    }
