"""Mesh many random particles and say how each went; exit code 1 if one is lost or bad.

    python benchmarks/soak_mesher.py 1000 [first seed]

Particle n has 1 to 300 grains, marks of a random spread up to D in [1, 10] and r in [0, 50] px^2,
and a size of a half to an eighth of a grain. Good: valid, every grain meshed or named as lost.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
from rich.progress import track

from nmc_mesh import GBPD, Particle, StarShape, tetrahedralize
from nmc_mesh.errors import NmcMeshError
from nmc_mesh.mesh.quality import quality

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


def mesh_one(number: int) -> tuple[str, float, float, float]:
    """Mesh one particle; return what went wrong (or nothing), angles and radius ratio."""
    particle, size = drawn(number)
    try:
        mesh = tetrahedralize(particle, size)
    except NmcMeshError as error:
        return f"refused: {error}", np.nan, np.nan, np.nan
    named = set(mesh.info["lost_grains"]) | set(mesh.info["detached_grains"])
    if set(mesh.grains.tolist()) | named != set(range(1, particle.n_grains + 1)):
        return "a grain is lost and not named", np.nan, np.nan, np.nan
    found = quality(mesh)
    low, high = found.smallest_angle.min(), found.largest_angle.max()
    return "", float(np.degrees(low)), float(np.degrees(high)), float(found.radius_ratio.min())


def main() -> None:
    """Run the soak and print the figures."""
    warnings.simplefilter("ignore")
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    rows = []
    for number in track(range(first, first + total), disable=not sys.stdout.isatty()):
        rows.append(mesh_one(number))
        if rows[-1][0]:
            print(f"{number}: {rows[-1][0]}", flush=True)
    figures = np.array([row[1:] for row in rows])
    print(f"{total} particles, {sum(bool(row[0]) for row in rows)} without a mesh")
    for name, values in zip(
        ("least angle", "largest angle", "radius ratio"), figures.T, strict=True
    ):
        worst = np.nanmax(values) if name == "largest angle" else np.nanmin(values)
        print(f"{name:14s} worst {worst:8.3f}  median of the worst {np.nanmedian(values):8.3f}")
    lost = any(row[0] and not row[0].startswith("refused") for row in rows)
    raise SystemExit(int(lost))


if __name__ == "__main__":
    main()
