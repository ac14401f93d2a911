"""What the A15 lattice brings: the same particles cleaved from it and from the cubic lattice.

    python -m benchmarks.bench_lattice 20 [first seed]

Particles are those of ``soak_mesher.py`` and, every other one, of ``nmc-radial`` with 20 to 200
grains; both lattices have 12 tetrahedra per cube of the edge length, and the rounds of improvement
are the same. ``us`` are microseconds of a processor per tetrahedron; ``off`` is the share of facets
whose centroid lies farther than 0.15 edge lengths from the exact boundary, ``rms`` the root of the
mean square of all distances, in edge lengths.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

from benchmarks.soak_mesher import drawn
from nmc_mesh import Particle, load_model
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesher.accuracy import boundary_distances
from nmc_mesh.mesher.cleave import NO_ANCHORS, cleave_lattice
from nmc_mesh.mesher.components import whole_grains
from nmc_mesh.mesher.field import exact_field
from nmc_mesh.mesher.improve import improve
from nmc_mesh.mesher.lattice import Lattice, cubic_over, lattice_over
from nmc_mesh.mesher.sizes import default_size
from nmc_mesh.parallel import set_threads
from nmc_mesh.progress import silent

Over = Callable[[np.ndarray, np.ndarray, float], Lattice]


LATTICES: dict[str, Over] = {"cubic": cubic_over, "A15": lattice_over}


def source(number: int) -> tuple[Particle, float]:
    """Draw particle ``number`` and the size to mesh it with."""
    if number % 2:
        return drawn(number)
    model = load_model("nmc-radial")
    grains = 20 * 10 ** np.random.default_rng(number).uniform()
    diameter = model.grains.grain_size * (6 * grains / np.pi) ** (1 / 3)
    particle = model.sample(number, diameter=float(diameter))
    return particle, default_size(particle)


def figures(particle: Particle, a: float, over: Over) -> list[float]:
    """Mesh one particle: number of cells, seconds of each stage, angles, ratio, distances."""
    lower, upper = particle.bounds()
    field = exact_field(particle, lower - 4.0 * a, upper + 4.0 * a, a)
    start = time.process_time()
    soup = cleave_lattice(field, over(lower, upper, a), NO_ANCHORS, silent)
    cleft = time.process_time()
    soup, _ = whole_grains(soup, False)
    whole = time.process_time()
    soup = improve(field, soup, a, silent)
    done = time.process_time()
    inside = soup.labels > 0
    used, cells = np.unique(soup.cells[inside], return_inverse=True)
    mesh = tagged(soup.points[used], cells.reshape(-1, 4), soup.labels[inside], {"size": a})
    found = quality(mesh)
    low, high = np.degrees([found.smallest_angle, found.largest_angle])
    far = boundary_distances(mesh, particle) / a
    return [
        len(mesh.cells), cleft - start, done - whole, low.min(), np.percentile(low, 1), high.max(),
        found.radius_ratio.mean(), (far > 0.15).mean(), np.sqrt((far**2).mean()),
    ]  # fmt: skip


def main() -> None:
    """Print a row per lattice."""
    warnings.simplefilter("ignore")
    set_threads(1)
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    rows: dict[str, list[list[float]]] = {name: [] for name in LATTICES}
    for number in range(first, first + total):
        particle, a = source(number)
        for name, over in LATTICES.items():
            rows[name].append(figures(particle, a, over))
    print("lattice    tets  cleave us  improve us  angles: min  1 %   max  ratio    off    rms")
    for name, made in rows.items():
        cells, cleave, improved, low, p1, high, ratio, off, rms = np.array(made).T
        n = cells.sum()
        print(
            f"{name:8s} {n:8.0f} {1e6 * cleave.sum() / n:7.2f} {1e6 * improved.sum() / n:11.2f} "
            f"{low.min():13.1f} {p1.mean():5.1f} {high.max():5.1f} {ratio.mean():6.3f} "
            f"{100 * off.mean():5.2f}% {rms.mean():6.4f}"
        )


if __name__ == "__main__":
    main()
