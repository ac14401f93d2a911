"""How many cells and how much time other sizes save on a particle of grains 20 edges across.

    python benchmarks/bench_sizes.py [diameter in um]

Every row is a mesh of the same particle whose smallest edge is a twentieth of a grain; ``volume``
is the median over the grains of |V / V_uniform - 1|, ``seconds`` are a processor's, of the whole
mesher; cells and seconds of the first row are those that the others' shares are of.
"""

from __future__ import annotations

import sys
import time
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh import Particle, load_model, tetrahedralize
from nmc_mesh.mesh.quality import quality
from nmc_mesh.typing import Floats

EDGES = 20


class Made(NamedTuple):
    """What a mesh cost, and the volumes of its grains."""

    cells: int
    seconds: float
    volume: Floats


def row(name: str, particle: Particle, whole: Made | None, **sizes: Any) -> Made:
    """Mesh and print a row."""
    start = time.process_time()
    mesh = tetrahedralize(particle, **sizes)
    seconds = time.process_time() - start
    shape = quality(mesh)
    low, high = np.degrees(shape.smallest_angle.min()), np.degrees(shape.largest_angle.max())
    volume = np.bincount(mesh.labels, shape.volume, particle.n_grains + 1)[1:].astype(float)
    made = Made(len(mesh.cells), seconds, volume)
    whole = made if whole is None else whole
    error = float(
        np.nanmedian(np.abs(volume / np.where(whole.volume > 0, whole.volume, np.nan) - 1))
    )
    print(
        f"{name:38} {made.cells:9,} {made.cells / whole.cells:5.0%} {len(mesh.facets):8,} "
        f"{seconds:7.1f} {seconds / whole.seconds:5.0%}   "
        f"{low:4.1f} {high:5.1f}   {shape.radius_ratio.min():.3f} {shape.radius_ratio.mean():.3f}"
        f"   {100 * error:5.2f} %",
        flush=True,
    )
    return made


def main(diameter: float) -> None:
    """Print the table."""
    particle = load_model("nmc-radial").sample(3, diameter)
    size = particle.grain_size / EDGES
    tetrahedralize(particle, np.full(particle.n_grains, 8 * size))  # warms up
    print(f"{particle.n_grains} grains, {EDGES} edges across")
    print(
        f"{'':38} {'tets':>9} {'':5} {'facets':>8} {'seconds':>7} {'':5}   {'dihedral':>10}   "
        f"{'radius ratio':>12}   {'volume':>7}"
    )
    whole = row("the same size everywhere", particle, None, size=size)
    for growth in (0.25, 0.5, 1.0):
        row(f"growth {growth:g} from boundaries", particle, whole, size=size, growth=growth)
    row("four times as long but outside", particle, whole, size=4 * size, outer=size)
    wanted = np.full(particle.n_grains, 4 * size)
    wanted[::5] = size
    row("four times as long but in a fifth", particle, whole, size=wanted)
    row(
        "four times as long but near the centre",
        particle,
        whole,
        size=lambda x: size * np.clip(8 * np.linalg.norm(x, axis=1) / diameter, 1, 4),
    )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.8)
