"""Mesh many random inputs of every kind and say how each went; exit code 1 if one is lost or bad.

    python benchmarks/soak_mesher.py 1000 [first seed] [kinds ...]

Input n is of kind n mod 7: whole grains, clipped at the shell (of a shipped model), label image,
graded (by growth, by place, or finer at the outer surface), a size per grain, second order, coarse;
every other clipped one is graded, too. All but the clipped ones have 1 to 300 grains, marks
of a random spread up to D in [1, 10] and r in [0, 50] px^2, and a size of a half to an eighth of a
grain. Good: valid, every grain meshed or named as lost, and within the kind's bounds.
"""

from __future__ import annotations

import sys
import warnings
from typing import NamedTuple

import numpy as np
from rich.progress import track

from nmc_mesh import GBPD, LabelImage, Particle, StarShape, load_model, tetrahedralize
from nmc_mesh.errors import NmcMeshError
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.pieces import SMALL, pieces_of, without_small
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.particle.voxelize import voxelize

PIXEL = 0.05
GRAIN = 8.2 * PIXEL


def drawn(number: int) -> tuple[Particle, float]:
    """Draw particle ``number`` and the size to mesh it with."""
    rng = np.random.default_rng(number)
    grains = int(np.exp(rng.uniform(0, np.log(300))))
    radius = GRAIN * (grains * 3 / 4 / np.pi) ** (1 / 3)
    half = radius + 8 * GRAIN
    seeds = rng.uniform(-half, half, (rng.poisson((2 * half / GRAIN) ** 3), 3))
    count = len(seeds)
    spread = 10 ** rng.uniform(0, 1)
    gbpd = GBPD.radial(
        seeds,
        rng.uniform(1, spread, (count, 3)),
        rng.uniform(0, np.pi, count),
        rng.uniform(0, rng.uniform(0, 50), count) * PIXEL**2,
    )
    inside = np.linalg.norm(seeds, axis=1) < radius
    kept = np.flatnonzero(inside & (gbpd.labels(seeds) == np.arange(count)))
    if len(kept) == 0:
        kept = np.array([np.linalg.norm(seeds, axis=1).argmin()])
    particle = Particle(StarShape.ball(radius), gbpd, kept.astype(np.int32))
    return particle, float(GRAIN / 2 ** rng.uniform(1, 3 if grains < 40 else 2.3))


class Bounds(NamedTuple):
    """What holds for any mesh of a kind, and for most."""

    worst: float
    """Smallest dihedral angle in degrees of any."""
    usual: float
    """The same, of nine in ten."""
    off: float
    """Edge lengths that a vertex may be off the shell."""


BOUNDS = {
    "whole": Bounds(20.0, 25.0, 0.0),
    "clipped": Bounds(10.0, 24.0, 0.5),
    "labels": Bounds(22.0, 25.0, 0.0),
    "graded": Bounds(12.0, 24.0, 0.0),
    "grains": Bounds(15.0, 24.0, 0.0),
    "second-order": Bounds(20.0, 25.0, 0.0),
    "coarse": Bounds(15.0, 24.0, 0.0),
}
VOLUME = 0.03
"""Relative error that the volume of a label of 8 voxels or more of an image may have."""
MODELS = ("nmc-radial", "nmc-calibrated", "nmc-equiaxed")


class Row(NamedTuple):
    """How one input went: what went wrong (or nothing), angles, radius ratio, vertices off."""

    wrong: str
    least: float = np.nan
    most: float = np.nan
    ratio: float = np.nan
    off: float = 0.0


def source(number: int, kind: str) -> tuple[Particle | LabelImage, TetMesh]:
    """Draw input ``number`` and mesh it."""
    if kind == "clipped":
        diameter = 0.8 + 0.04 * (number % 12)
        clipped = load_model(MODELS[number % 3]).sample(number, diameter=diameter, surface="shell")
        return clipped, tetrahedralize(clipped, growth=0.5 * (number // len(BOUNDS) % 2))
    particle, size = drawn(number)
    if kind == "labels":
        image = voxelize(particle, 2 * PIXEL)
        return image, tetrahedralize(image)
    if kind == "graded":
        return particle, graded(number, particle, size)
    if kind == "grains":
        sizes = size * np.random.default_rng(number).uniform(1, 2, particle.n_grains)
        return particle, tetrahedralize(particle, sizes)
    mesh = tetrahedralize(particle, GRAIN / 1.5 if kind == "coarse" else size)
    return particle, second_order(mesh, particle) if kind == "second-order" else mesh


def graded(number: int, particle: Particle, size: float) -> TetMesh:
    """Mesh with edges of several lengths: by growth, by place or finer at the outer surface."""
    rng = np.random.default_rng(number)
    if number % 3 == 0:
        return tetrahedralize(particle, size, growth=float(rng.uniform(0.1, 1.0)))
    times = float(rng.uniform(1.0, 4.0))
    if number % 3 == 1:
        return tetrahedralize(particle, times * size, outer=size)
    middle = rng.normal(0.0, GRAIN, 3)

    def wanted(points: np.ndarray) -> np.ndarray:
        far = np.linalg.norm(points - middle, axis=1) / GRAIN
        return size * np.clip(far, 1.0, times)

    return tetrahedralize(particle, wanted)


def off_shell(particle: Particle, mesh: TetMesh) -> float:
    """Farthest vertex of the outer surface off the shell, to first order, in edge lengths."""
    points = mesh.points[np.unique(mesh.facets[mesh.outer])]
    points = points[np.linalg.norm(points, axis=1) > PIXEL * 1e-3]

    def depth(x: np.ndarray) -> np.ndarray:
        return np.linalg.norm(x, axis=1) - particle.shell.radius(x)

    turns = 1e-6 * np.eye(3)
    slope = [(depth(points + step) - depth(points - step)) / 2e-6 for step in turns]
    far = np.abs(depth(points)) / np.linalg.norm(slope, axis=0)
    return float(far.max() / mesh.info["size"])


def off_volume(image: LabelImage, mesh: TetMesh) -> float:
    """Greatest relative error of a label's volume, of labels of 8 voxels or more.

    Against the image with pieces of 1 to 7 voxels merged, as it is meshed.
    """
    merged, _ = without_small(image, "merge")
    pieces = pieces_of(merged, image)
    wanted = np.bincount(pieces.label, pieces.volumes)
    corners = mesh.points[mesh.cells]
    sizes = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    made = np.bincount(mesh.labels, sizes, len(wanted))
    names, voxels = image.voxels()
    large = names[(names > 0) & (voxels >= SMALL)]
    return float(np.abs(made[large] / wanted[large] - 1).max(initial=0.0))


def mesh_one(number: int, kind: str) -> Row:
    """Mesh one input and judge it."""
    try:
        found, mesh = source(number, kind)
    except NmcMeshError as error:
        return Row(f"refused: {error}")
    told = ("lost_grains", "detached_grains", "merged_labels")
    named = {grain for name in told for grain in mesh.info.get(name, ())}
    if isinstance(found, Particle):
        wanted = set(range(1, found.n_grains + 1))
    else:  # voxels may pass over a grain
        wanted = set(found.voxels()[0].tolist()) - {0}
    if set(mesh.grains.tolist()) | named != wanted:
        return Row("a grain is lost and not named")
    shape = quality(mesh)
    low, high = np.degrees([shape.smallest_angle.min(), shape.largest_angle.max()])
    clipped = kind == "clipped" and isinstance(found, Particle)
    off = off_shell(found, mesh) if clipped else 0.0
    bounds = BOUNDS[kind]
    wrong = ""
    if low < bounds.worst or off > bounds.off:
        wrong = f"out of bounds: {low:.1f} degrees, {off:.2f} edge lengths off"
    if isinstance(found, LabelImage) and off_volume(found, mesh) > VOLUME:
        wrong = f"out of bounds: a label is {off_volume(found, mesh):.1%} off in volume"
    return Row(wrong, float(low), float(high), float(shape.radius_ratio.min()), off)


def main() -> None:
    """Run the soak and print the figures."""
    warnings.simplefilter("ignore")
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    kinds = sys.argv[3:] or list(BOUNDS)
    rows: dict[str, list[Row]] = {kind: [] for kind in kinds}
    for number in track(range(first, first + total), disable=not sys.stdout.isatty()):
        kind = kinds[number % len(kinds)]
        rows[kind].append(mesh_one(number, kind))
        if rows[kind][-1].wrong:
            print(f"{number} {kind}: {rows[kind][-1].wrong}", flush=True)
    bad = False
    print(f"{'kind':14s} {'inputs':>6s} {'none':>5s} {'worst':>6s} {'under':>6s} {'most':>6s} off")
    for kind, made in rows.items():
        figures = np.array([row[1:] for row in made if not np.isnan(row.least)])
        if len(figures) == 0:
            continue
        least, most, _, off = figures.T
        under = float((least < BOUNDS[kind].usual).mean())
        bad |= under > 0.1 or any(row.wrong and "refused" not in row.wrong for row in made)
        print(
            f"{kind:14s} {len(made):6d} {len(made) - len(figures):5d} {least.min():6.1f} "
            f"{under:6.1%} {most.max():6.1f} {off.max():.2f}"
        )
    raise SystemExit(int(bad))


if __name__ == "__main__":
    main()
