"""Frozen: planes and windows of the calibrators, grains measured in space, triangles drawn."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np

from nmc_mesh import _core as compiled
from nmc_mesh.calibration.law_problem import Problem
from nmc_mesh.calibration.law_sections import measured_plane, measures, region_of
from nmc_mesh.calibration.sections import SIZE, Measured, Places
from nmc_mesh.calibration.windows import Draw, draw_seeds, hard_windows, measured_windows
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.neighbours import nearest
from nmc_mesh.particle.model import load_model
from nmc_mesh.plot.raster import rasterize
from nmc_mesh.plot.scene import scene
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Floats
from nmc_mesh.validation.grains import draw_ball
from tests.corpus.case import case, kept
from tests.corpus.inputs import at, diagram, draw, flat_diagram, uniform
from tests.corpus.of_grains import network
from tests.corpus.of_tags import stairs

PIXEL = 0.05


@kept
def section(number: int, height: float) -> Section:
    """A disc of grains of 0.3 um, with a few pixels unknown."""
    half = 2.0
    plane = flat_diagram(300 + number, 180, half)
    count = 2 * int(half / PIXEL) + 1
    labels = labels_on_grid(plane, at(-half, -half), PIXEL, (count, count)) + 1
    place = PIXEL * (np.arange(count) - count // 2)
    disc = (place * place)[:, None] + (place * place)[None] < 1.8 * 1.8
    known = draw(301, number).random(labels.shape) > 0.02
    seen, numbers = np.unique(np.where(disc & known, labels, 0), return_inverse=True)
    image = LabelImage(numbers.reshape(labels.shape), PIXEL, at(-half, -half))
    fitted = plane.subset(seen[seen > 0] - 1)
    return Section(image, known | ~disc, np.zeros(2), height=height, diagram=fitted)


def rows_of_plane(count: int) -> Floats:
    """Rows of a plane: place, matrix, least cost, root of the largest eigenvalue."""
    flat = flat_diagram(310, count, 2.5, 6.0)
    a, b, c = flat.matrices[:, 0, 0], flat.matrices[:, 0, 1], flat.matrices[:, 1, 1]
    half = 0.5 * (a - c)
    root = np.sqrt(0.5 * (a + c) + np.sqrt(half * half + b * b))
    return np.column_stack([flat.seeds, a, b, c, uniform(draw(311), 0.0, 0.3, count), root])


@case("calibration/planes")
def planes() -> Any:
    """Labels of a mask, sums over them, chords."""
    rows = rows_of_plane(400)
    index = np.indices((83, 77)) - 40
    wide = (index * index).sum(axis=0) < 38 * 38
    core = (index * index).sum(axis=0) < 20 * 20
    labels = np.empty(wide.shape, dtype=np.int32)
    compiled.label_mask(rows, PIXEL, -2.0, -1.9, wide, labels)
    return {
        "labels": labels,
        "moments": compiled.plane_moments(labels, len(rows)),
        "chords": np.concatenate([compiled.plane_chords(labels, core, x) for x in (False, True)]),
    }


@case("sections/pieces")
def pieces_of_planes() -> Any:
    """Connected pieces, unknown pixels filled, windows without small pieces."""
    labels = (draw(314).random((60, 47)) * 4.0).astype(np.int32) - np.int32(1)
    coarse = np.repeat(np.repeat(labels, 2, axis=0), 3, axis=1)
    holes = coarse.copy()
    holes[draw(315).random(holes.shape) < 0.3] = -2
    compiled.fill_plane(holes)
    wide = np.ascontiguousarray(coarse[:88, :88].reshape(2, 44, 2, 44).swapaxes(1, 2))
    wide = np.abs(wide.reshape(4, 44, 44))
    inner = np.empty((4, 32, 32), np.int32)
    compiled.close_windows(wide, np.array([1.0, 5.0, 10.0, 20.0]), inner)
    four, six = (compiled.plane_pieces(coarse, both) for both in (False, True))
    return {"four": four[0], "six": six[0], "counts": [four[1], six[1]], "filled": holes,
            "windows": inner}  # fmt: skip


@case("calibration/rows")
def rows_without_turns() -> Any:
    """Rows of a plane of radial grains that are not turned about their axes."""
    return compiled.planar_rows(*radial_seeds(0.0))


@case("calibration/rows-turned")
def turned_rows() -> Any:
    return compiled.planar_rows(*radial_seeds(3.0))


def radial_seeds(turn: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Seeds with their height over a plane, turns, marks; one in the centre, one opposite e1."""
    rng = draw(312)
    seeds = uniform(rng, -3.0, 3.0, 500, 4)
    seeds[0] = 0.0
    seeds[1] = -2.0, 0.0, 0.0, 0.1
    diagonals = uniform(rng, 1.0, 10.0, 500, 3)
    return seeds, turn * rng.random(500), diagonals, rng.random(500)


@case("calibration/section", depends="machine")
def section_measures() -> Any:
    """What the law calibrator measures on a section."""
    one = section(0, 0.4)
    region = region_of(one)
    names = ("core", "wide", "origin", "pixel", "height", "radius", "treatment")
    labels = np.pad(one.image.labels - 1, 3, constant_values=-1)
    pad = (region.core.shape[0] - labels.shape[0]) // 2
    wide = np.pad(labels, pad, constant_values=-1)
    return {
        "window": {name: getattr(region, name) for name in names},
        "measured": measured_plane(region),
        "measures": measures(region, wide, len(one.fitted)),
    }


@case("calibration/law", depends="machine")
def law_differences() -> Any:
    """Simulated sections of some laws against measured ones."""
    sections = [section(0, 0.0), section(1, 0.0), section(2, 0.9)]
    problem = Problem(sections, False, True, draw(313))
    problem.redraw(1)
    points = [problem.start, problem.start + 0.5 * problem.steps]
    names = ("core", "wide", "origin", "pixel", "height", "radius", "treatment")
    regions = [{name: getattr(one, name) for name in names} for one in problem.regions]
    return {"windows": regions, "differences": problem.differences(points)}


def drawn_windows(turn: float) -> tuple[Draw, Marks]:
    """Seeds around windows, a fixed number for each, and their marks."""
    rng = draw(320)
    centers, heights = np.array([3.0, 40.0, 75.0]), np.array([0.0, 12.5, 30.0])
    each = 220
    local = uniform(rng, -1.0, 1.0, 3 * each, 3) * [32.0, 30.0, 16.0]
    window = np.repeat(np.arange(3), each)
    apart = local.copy()
    apart[:, 1] += 200.0 * window
    local[:, 0] += centers[window]
    local[:, 2] += heights[window]
    pattern = SeedPattern(local, rng.random((len(local), 2)), turn * rng.random(len(local)))
    asked = np.flatnonzero(rng.random(len(local)) < 0.8)
    ends = np.searchsorted(window[asked], np.arange(4))
    starts = np.stack([ends[:-1], ends[1:]], axis=1)
    drawing = Draw(pattern, asked, starts, nearest(apart, 12, asked), centers, heights)
    marks = Marks(uniform(rng, 1.0, 10.0, len(asked), 3), uniform(rng, 0.0, 50.0, len(asked)))
    return drawing, marks


def simulated(turn: float) -> Any:
    """Rows, axes and windows."""
    found = hard_windows(*drawn_windows(turn))
    return {
        "rows": found.rows,
        "axes": found.axes,
        "windows": found.windows,
        "channels": found.windows.channels(),
        "numbers": found.windows.numbers(4.0),
    }


@case("calibration/windows")
def windows_without_turns() -> Any:
    """Which seed owns which pixel of windows; grains are not turned about their axes."""
    return simulated(0.0)


@case("calibration/windows-turned")
def turned_windows() -> Any:
    return simulated(3.0)


@case("calibration/windows-measured")
def windows_of_sections() -> Any:
    """Windows of measured sections along the first axis."""
    found = measured_sections()
    places = Places(
        np.array([0, 1, 0, 1], dtype=np.int32), np.array([0.0, 10.0, 25.0, 70.0]), np.zeros(4)
    )
    return measured_windows(found, places, 0.0, 0)


@case("calibration/windows-varied")
def varied_windows() -> Any:
    """The same with marks varied, in any direction."""
    count = 80
    angle = 6.0 * draw(321).random(count)
    owner = (np.arange(count) % 2).astype(np.int32)
    places = Places(owner, 60.0 * draw(322).random(count), angle)
    return measured_windows(measured_sections(), places, 0.2, 5)


def measured_sections() -> Measured:
    """Two sections in units of a pixel."""
    pair = (section(0, 0.0), section(1, 0.0))
    rows = []
    for one in pair:
        part = one.fitted.rows.copy()
        part[:, :3] /= PIXEL
        part[:, 9] /= PIXEL * PIXEL
        rows.append(part)
    return Measured(PIXEL, tuple(rows), np.zeros(2), 4.0, np.zeros(2), pair)


@case("calibration/seeds")
def seeds_of_windows() -> Any:
    return draw_seeds(np.array([3.0, 60.0]), np.array([0.0, 20.0]), 0.0018, 12, draw(323))


@case("calibration/network")
def network_without_turns() -> Any:
    """Inputs and layers of the mark network for seeds that are not turned."""
    drawing = drawn_windows(0.0)[0]
    out = np.empty((len(drawing.asked), 64), np.float32)
    pattern, near = drawing.pattern, drawing.neighbours.copy()
    near[::7, 9:] = -1
    compiled.network_inputs(*pattern, near, drawing.asked, 10.0, 30.0, out)
    found = {"features": out, "layer_2": np.empty((len(out), 4), np.float32)}
    compiled.network_outputs(
        network(30.0)._packed, *pattern, near, drawing.asked, 10.0, 30.0, found["layer_2"]
    )
    assert SIZE == 32
    return found


class Fixed(NamedTuple):
    """A model of grains that gives one diagram."""

    grain_size: float
    given: GBPD

    def sample(self, half: float, rng: np.random.Generator) -> GBPD:
        """Return the diagram."""
        return self.given


def ball() -> Any:
    """Grains in a ball, measured."""
    whole = diagram(330, 3000, 7.2)
    return draw_ball(cast(GrainModel, Fixed(1.0, whole)), 2.5, draw(331))


@case("validation/grains")
def measured_grains() -> Any:
    """Which grains lie in a ball, their volumes, neighbours and distances."""
    found = ball()
    shapes = found.shapes
    return {
        "kept": found.kept,
        "seeds": found.seeds,
        "volumes": shapes.volumes,
        "neighbours": shapes.neighbours,
        "distances": shapes.distances,
    }


@case("validation/shapes", depends="machine")
def measured_shapes() -> Any:
    return ball().shapes


@case("validation/drawn", depends="machine")
def drawn_ball() -> Any:
    model = load_model("nmc-radial").grains
    return draw_ball(model, 2.5 * model.grain_size, draw(332))


@case("plot/raster", width=150)
@case("plot/raster-full", short=False, width=1500)
def raster(width: int) -> Any:
    """Triangles of a mesh with an octant taken away, seen along a diagonal; and flat ones."""
    mesh = stairs(1)
    centre = np.array([0.05, -0.1, 0.02])
    things = scene(mesh, centre)
    away = things.triangles - centre
    corners = np.empty((*away.shape[:2], 6))
    corners[..., 0] = (0.5 + 0.25 * (away[..., 0] - 0.6 * away[..., 1])) * width
    corners[..., 1] = (0.5 - 0.25 * (away[..., 2] - 0.3 * away[..., 0])) * width
    corners[..., 2] = away[..., 0] + away[..., 1] + away[..., 2]
    corners[..., 3:] = away
    corners[::50, 2] = corners[::50, 1]
    seen, nearness = rasterize(corners, things.walls, width, width - 7)
    return {"scene": things, "seen": seen, "nearness": nearness}
