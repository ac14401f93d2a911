"""How errors fall with the edge length: one table for a ball, one for a polycrystal.

    python benchmarks/bench_accuracy.py 100

The ball is a grain whose surface is known in closed form. ``loose`` are vertices that the mesher
let off the surface for the sake of the cells' shape; rates are over the rows without. In the
polycrystal, ``volume`` is the median of |V_mesh / V - 1| over the grains, V from counting the
points of a fine grid; ``off`` the share of facets whose centre is farther than 0.15 edge lengths
from the exact boundary. Distances are in edge lengths, so their rates are one less than in um.
Rates are slopes of log error over log edge length. Where grain edges are shorter than the mesh's,
the mesh takes another local topology, which second order cannot cure.
"""

from __future__ import annotations

import sys

import numpy as np

from nmc_mesh import Particle, TetMesh, load_model, second_order, tetrahedralize, voxelize
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.curved import jacobians
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesher.accuracy import Accuracy, boundary_distances
from nmc_mesh.typing import Floats

MODEL = "nmc-radial"
RATIOS = (3.0, 4.0, 5.0, 6.5, 8.0)
SIZES = (0.5, 0.4, 0.35, 0.28, 0.25, 0.2, 0.18, 0.14, 0.125)
FINE = 40


def ball() -> Particle:
    """Build one grain that is exactly the unit ball: 2 |x|^2 - 1 against |x|^2."""
    gbpd = GBPD(np.zeros((2, 3)), np.array([2 * np.eye(3), np.eye(3)]), np.array([1.0, 0.0]))
    box = np.array([[-1.2] * 3, [1.2] * 3])
    return Particle(StarShape.ball(1.0), gbpd, np.array([0], dtype=np.int32), box=box)


def rate(sizes: Floats, errors: list[float]) -> float:
    """Slope of log error over log size."""
    return float(np.polyfit(np.log(sizes), np.log(errors), 1)[0])


def of_ball() -> None:
    """Print volume, area and distance errors of the ball, of first and second order."""
    print(
        f"{'a / R':>6} {'tets':>8} {'loose':>5}   {'volume 1':>9} {'2':>9}   {'area 1':>9} {'2':>9}"
        f"   {'distance':>9} {'2':>9}"
    )
    sizes, rows = [], []
    for size in SIZES:
        flat = tetrahedralize(ball(), size)
        both = (flat, second_order(flat, ball()))
        row: list[float] = []
        for column, true in (("volume", 4 / 3 * np.pi), ("outer_area", 4 * np.pi)):
            row += [abs(grain_table(mesh)[column][0] / true - 1) for mesh in both]
        row += [float(np.median(boundary_distances(mesh, ball())) / size) for mesh in both]
        off = np.abs(np.linalg.norm(flat.points[np.unique(flat.facets)], axis=1) - 1)
        loose = int((off > 1e-6 * size).sum())
        print(f"{size:6.3f} {len(flat.cells):8d} {loose:5d}   " + pairs(row))
        if loose == 0:
            sizes.append(size)
            rows.append(row)
    rates = [rate(np.array(sizes), [row[k] for row in rows]) for k in range(6)]
    print(
        f"{'rate':>21}   " + "   ".join(f"{a:9.2f} {b:9.2f}" for a, b in np.reshape(rates, (3, 2)))
    )


def pairs(row: list[float]) -> str:
    """Numbers two by two."""
    return "   ".join(f"{a:9.1e} {b:9.1e}" for a, b in np.reshape(row, (3, 2)))


def describe(mesh: TetMesh, particle: Particle, true: Floats) -> tuple[float, str]:
    """Median volume error of a mesh, and its line."""
    volumes = grain_table(mesh)["volume"]
    errors = volumes / true[mesh.grains] - 1
    size = float(mesh.info["size"])
    near = Accuracy(boundary_distances(mesh, particle), size, errors)
    middle, most, top = near.percentiles(50, 90, 99)
    total = volumes.sum() / true[1:].sum() - 1
    median = float(np.median(np.abs(errors)))
    return median, (
        f"{100 * median:8.3f} {100 * np.percentile(np.abs(errors), 90):7.3f} {100 * total:7.3f} "
        f"{middle:9.1e} {most:8.1e} {top:8.1e} {100 * near.off:6.2f}"
    )


def of_grains(grains: int) -> None:
    """Print the errors of a polycrystal."""
    model = load_model(MODEL)
    diameter = model.grains.grain_size * (6 * grains / np.pi) ** (1 / 3)
    particle = model.sample(1, diameter=diameter)
    true = voxelize(particle, particle.grain_size / FINE).volumes()
    print(f"\n{MODEL}, {particle.n_grains} grains; errors of volumes and share off in percent")
    print(
        f"{'grain/a':>7} {'order':>5} {'tets':>8} {'volume':>8} {'90 %':>7} {'total':>7} "
        f"{'distance':>9} {'90 %':>8} {'99 %':>8} {'off':>6}   curved, flattened, straight; least "
        "det J of its mean"
    )
    found: dict[int, list[float]] = {1: [], 2: []}
    for ratio in RATIOS:
        flat = tetrahedralize(particle, particle.grain_size / ratio)
        for order, mesh in ((1, flat), (2, second_order(flat, particle))):
            median, text = describe(mesh, particle, true)
            found[order].append(median)
            if order == 2:
                told, bounds = mesh.info["second_order"], jacobians(mesh)
                text += f"   {told['curved']}, {told['flattened']}, {told['straight']}; "
                text += f"{(bounds[:, 0] / bounds[:, 2]).min():.2f}"
            print(f"{ratio:7.1f} {order:5d} {len(mesh.cells):8d} {text}", flush=True)
    sizes = 1 / np.array(RATIOS)
    print(
        f"rate of the median volume error: {rate(sizes, found[1]):.2f}, {rate(sizes, found[2]):.2f}"
    )


def main() -> None:
    """Print both tables."""
    of_ball()
    of_grains(int(sys.argv[1]) if len(sys.argv) > 1 else 100)


if __name__ == "__main__":
    main()
