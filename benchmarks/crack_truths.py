"""Hidden laws of cracks in space, and what fits find in sections of their particles.

    python benchmarks/crack_truths.py [seeds] [particles] [planes] [others]

For three truths and every seed, cracks are drawn in so many particles of nmc-equiaxed of 2.8 um,
each is cut by so many central planes at random, cracks 0.09 um wide on pixels of 0.03 um, and the
law is fitted with other particles. Printed are share and width over those that are hidden, and the
error of the share that fits expect. Particles are the same for all seeds, cracks and planes are
not.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace

import numpy as np
from rich.progress import track

from nmc_mesh.cracks.drawn import cracked_section
from nmc_mesh.cracks.fit import fit_cracks
from nmc_mesh.cracks.images import CrackDescriptors, crack_descriptors
from nmc_mesh.cracks.law import CrackLaw, draw_cracks
from nmc_mesh.cracks.network import BoundaryNetwork, boundary_network
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle

PIXEL, WIDTH, NEAR = 0.03, 0.09, 0.1
TRUTHS = {
    "share 0.12, radial 5, outward 2": CrackLaw(0.12, radial=5.0, outward=2.0),
    "share 0.20, at random": CrackLaw(0.2),
    "share 0.10, long cracks": CrackLaw.named("long", 0.1),
}


def drawn(seed: list[int]) -> tuple[Particle, TetMesh]:
    """Return an intact particle and its mesh."""
    particle = load_model("nmc-equiaxed").sample(np.random.default_rng(seed), diameter=2.8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tiny grains are lost at this size, and do not matter
        return particle, tetrahedralize(particle, size=0.14)


def sections_of(
    particle: Particle,
    network: BoundaryNetwork,
    law: CrackLaw,
    planes: int,
    rng: np.random.Generator,
) -> tuple[float, float, list[CrackDescriptors]]:
    """Crack a particle and cut it; return areas of cracks and of boundaries, and its sections."""
    total = float(network.areas.sum())
    opened = draw_cracks(network, law, rng, law.share * total).boundaries
    pairs, shown = network.pairs[opened], []
    for _ in range(planes):
        turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
        shown.append(crack_descriptors(cracked_section(particle, pairs, WIDTH, PIXEL, turn)))
    return float(network.areas[opened].sum()), total, shown


def main(seeds: int = 6, particles: int = 12, planes: int = 6, others: int = 6) -> None:
    """Print what is found over what is hidden, two lines for every truth."""
    known = [drawn([901, number]) for number in range(others)]
    bodies = []
    for number in track(range(particles), "particles"):
        particle, mesh = drawn([2000, number])
        bodies.append((particle, boundary_network(mesh)))
    for number, (name, truth) in enumerate(TRUTHS.items()):
        base = replace(truth, share=0.1, radial=0.0, outward=0.0)
        ratios = []
        for seed in range(seeds):
            rng = np.random.default_rng([seed, number])
            cut = [sections_of(*body, truth, planes, rng) for body in bodies]
            share = sum(part[0] for part in cut) / sum(part[1] for part in cut)
            fit = fit_cracks([one for part in cut for one in part[2]], known, PIXEL, base)
            ratios.append((fit.law.share / share, fit.width / WIDTH, fit.error))
        shares, widths, errors = np.array(ratios).T
        print(f"{name}: expected error {np.median(errors):.3f}")
        for what, values in (("share", shares), ("width", widths)):
            low, middle, high = np.quantile(values, (0, 0.5, 1))
            inside = int((np.abs(values - 1) <= NEAR).sum())
            print(
                f"  {what} {low:.2f} to {high:.2f}, median {middle:.3f}, deviation "
                f"{values.std():.3f}, {inside} of {seeds} within 10 %",
                flush=True,
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
