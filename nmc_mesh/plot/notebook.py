"""What notebooks show of a value: its line, and a small picture where there is something to see."""

from __future__ import annotations

from base64 import b64encode
from functools import singledispatch
from html import escape
from io import BytesIO

import numpy as np

from nmc_mesh.arrays import places_in
from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.crystal.ipf import ipf_colors
from nmc_mesh.crystal.orientation import from_bunge
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.geometry.directions import directions, triangles
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.phases import ALL_GRAINS, Phases
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.mesh.surfaces import SurfaceMesh
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.particle.model import ParticleModel
from nmc_mesh.particle.particle import Particle
from nmc_mesh.plot.colors import PALETTE, grain_colors
from nmc_mesh.plot.render import render, render_scene
from nmc_mesh.plot.scene import Scene
from nmc_mesh.sections.section import Section
from nmc_mesh.shell.model import ShellModel
from nmc_mesh.typing import AnyArray, Floats, Ints

WIDTH = 240  # pixels across a picture
_MOST_CELLS = 3_000_000  # of a mesh that is drawn: about 3 s; larger ones have no picture
_GRAINS_ACROSS = 8  # of the particle that stands for a model
_LEVEL = 4  # of the icosphere that shows a shell


def html(value: object) -> str:
    """Return the line and the picture of a value; what cannot be drawn has the line alone.

    Parameters
    ----------
    value
        Anything; `thumbnail` says what is drawn.
    """
    try:
        picture = _embedded(thumbnail(value))
    except Exception:  # a notebook that shows a value never fails over its picture
        picture = ""
    return f"<div>{picture}<code>{escape(repr(value))}</code></div>"


def png(image: Floats) -> bytes:
    """Return a picture, shape (h, w, 3) in [0, 1], as the bytes of a .png."""
    from matplotlib.image import imsave

    target = BytesIO()
    imsave(target, np.clip(image, 0, 1), format="png")
    return target.getvalue()


def embedded(image: Floats, words: str = "") -> str:
    """Return a picture as an element of HTML that holds its bytes; ``words`` say what it shows."""
    data = b64encode(png(image)).decode()
    return f'<img alt="{escape(words)}" src="data:image/png;base64,{data}">'


def _embedded(image: Floats | None) -> str:
    return "" if image is None else f"{embedded(image)}<br>"


@singledispatch
def thumbnail(value: object) -> Floats | None:
    """Return a small picture of a value, shape (h, w, 3) in [0, 1]; None: nothing to see."""
    return None


@thumbnail.register
def _(mesh: TetMesh) -> Floats | None:
    return render(mesh, WIDTH)[0] if len(mesh.cells) <= _MOST_CELLS else None


@thumbnail.register
def _(split: CohesiveMesh) -> Floats | None:
    return thumbnail(split.mesh)


@thumbnail.register
def _(mesh: HexMesh) -> Floats | None:
    outer = mesh.facet_cells[:, 1] < 0
    halves = mesh.facets[outer][:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
    grains = np.repeat(mesh.facet_grains[outer, 0], 2)
    return _surface(mesh.points[halves], grains, mesh.facet_grains, mesh.phases)


@thumbnail.register
def _(surface: SurfaceMesh) -> Floats | None:
    outer = surface.outer if surface.outer.any() else np.ones_like(surface.outer)
    corners = surface.points[surface.triangles[outer]]
    return _surface(corners, surface.grains[outer, 0], surface.grains)


@thumbnail.register
def _(shape: StarShape) -> Floats | None:
    corners = (directions(_LEVEL) * shape.radius(directions(_LEVEL))[:, None])[triangles(_LEVEL)]
    things = _scene(corners, np.ones(len(corners), dtype=np.int32), pieces=False)
    return render_scene(things, np.tile(PALETTE[0], (len(corners), 1)), WIDTH, None)[0]


@thumbnail.register
def _(model: ShellModel) -> Floats | None:
    return thumbnail(model.sample(np.random.default_rng(0)))


@thumbnail.register
def _(particle: Particle) -> Floats | None:
    low, high = particle.bounds()
    return _plane(particle, low, high, particle.phases)


@thumbnail.register
def _(model: ParticleModel) -> Floats | None:
    return thumbnail(model.sample(0, diameter=_GRAINS_ACROSS * model.grains.grain_size))


@thumbnail.register
def _(model: GrainModel) -> Floats | None:
    half = 0.5 * _GRAINS_ACROSS * model.grain_size
    diagram = model.sample(half, np.random.default_rng(0))
    return _cells(diagram, np.full(3, -half), np.full(3, half))


@thumbnail.register
def _(image: LabelImage) -> Floats | None:
    labels = image.labels if image.dim == 2 else image.labels[:, :, image.labels.shape[2] // 2]
    return _map(labels, image.phases, float(image.spacing[1] / image.spacing[0]))


@thumbnail.register
def _(section: Section) -> Floats | None:
    colors = _map(section.image.labels)
    unknown = _map(np.where(section.known, 0, 1).astype(np.int32)).min(axis=2) < 1
    return np.where(unknown[..., None], 0.85, colors)


@thumbnail.register
def _(diagram: GBPD) -> Floats | None:
    low, high = diagram.seeds.min(axis=0), diagram.seeds.max(axis=0)
    flat = 0.5 * (np.ptp(diagram.seeds) or 1.0) * (high == low)  # um, where seeds lie in a plane
    return _cells(diagram, low - flat, high + flat)


def _cells(diagram: GBPD, low: Floats, high: Floats) -> Floats:
    points = _grid(low, high)
    labels = diagram.labels(points.reshape(-1, diagram.dim)).reshape(points.shape[:2])
    return _map(labels.astype(np.int32) + 1)


@thumbnail.register
def _(scan: EbsdScan) -> Floats | None:
    colors = np.ones((*scan.phase.shape, 3))
    known = scan.indexed
    colors[known] = ipf_colors(from_bunge(scan.angles[known]), np.array([0.0, 0.0, 1.0]))
    step = max(1, max(colors.shape[:2]) // WIDTH)
    return np.asarray(colors[::step, ::step].swapaxes(0, 1)[::-1])


def _plane(particle: Particle, low: Floats, high: Floats, phases: Phases) -> Floats:
    """The plane through the middle of a particle, across z."""
    points = _grid(low, high)
    points[..., 2] = 0.0
    labels = particle.labels(points.reshape(-1, 3)).reshape(points.shape[:2])
    return _map(labels, phases)


def _grid(low: Floats, high: Floats) -> Floats:
    """Points of a plane across z through the middle of a box, shape (WIDTH, n, dim)."""
    span = high - low
    middle = (low + high) / 2
    rows = max(1, round(WIDTH * float(span[1] / span[0])))
    points = np.tile(middle, (WIDTH, rows, 1))
    points[..., 0] = np.linspace(low[0], high[0], WIDTH)[:, None]
    points[..., 1] = np.linspace(low[1], high[1], rows)
    return points


def _map(labels: Ints, phases: Phases = ALL_GRAINS, aspect: float = 1.0) -> Floats:
    """Colour labels of a plane, [x, y], so that neighbours differ; outside is white, y is up."""
    columns = max(1, min(WIDTH, 4 * labels.shape[0]))
    rows = max(1, round(columns * labels.shape[1] / labels.shape[0] * aspect))
    x = np.arange(columns) * labels.shape[0] // columns
    y = np.arange(rows)[::-1] * labels.shape[1] // rows
    shown = np.asarray(labels[np.ix_(x, y)].T)
    across = np.stack([shown[:, 1:].ravel(), shown[:, :-1].ravel()], axis=1)
    along = np.stack([shown[1:].ravel(), shown[:-1].ravel()], axis=1)
    colors = _few_colors(np.concatenate([across, along]), shown, phases)
    edge = np.zeros(shown.shape, dtype=bool)
    edge[:, 1:] |= shown[:, 1:] != shown[:, :-1]
    edge[1:] |= shown[1:] != shown[:-1]
    colors[edge] *= 0.45
    return colors


def _few_colors(pairs: Ints, shown: AnyArray, phases: Phases) -> Floats:
    """Colours of the labels that are seen, of those alone: an image may have a million others."""
    seen = np.unique(shown)
    seen = seen[seen > 0]
    touching = pairs[pairs[:, 0] != pairs[:, 1]]
    table = np.concatenate([grain_colors(touching, seen, phases), np.ones((1, 3))])
    return np.asarray(table[places_in(seen, shown)])


def _surface(
    corners: Floats, grains: Ints, pairs: Ints, phases: Phases = ALL_GRAINS
) -> Floats | None:
    if not 0 < len(corners) <= _MOST_CELLS:
        return None
    there = np.unique(pairs[pairs > 0])
    colors = grain_colors(pairs, there, phases)[places_in(there, grains)]
    return render_scene(_scene(corners, grains), colors, WIDTH, None)[0]


def _scene(corners: Floats, grains: Ints, pieces: bool = True) -> Scene:
    """Triangles of a surface, nothing cut; their edges are drawn if they are pieces."""
    count = len(corners)
    numbers = np.arange(count, dtype=np.int32)
    parts = numbers if pieces else np.zeros(count, dtype=np.int32)
    whole = np.full(count, -1, dtype=np.int32)
    return Scene(corners, np.asarray(grains, dtype=np.int32), parts, numbers, whole)
