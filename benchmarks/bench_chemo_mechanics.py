"""Errors of chemo-mechanics on the ball, by size of the mesh, and seconds of a charge.

    python benchmarks/bench_chemo_mechanics.py [SIZE ...]

A ball of 1 um under a constant flux at D t / a^2 = 0.1, Poisson's ratio 0.3: relative L2 errors of
content, radial and hoop stress, and the lag of the surface, a / (5 D) in the limit. Then stress
that moves lithium: how far content is from the equation of Zhang, Shyy and Sastry, and how far that
without the coupling is, over the spread of content; and the particle of fifty grains of
`examples/chemo_mechanics_textures.py`, half charged with and without it.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import nmc_mesh
from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.texture import UniformTexture
from nmc_mesh.mechanics import chemo
from nmc_mesh.mechanics.coupled import charge_under_stress
from nmc_mesh.mechanics.diffusion import surface_lag
from nmc_mesh.mechanics.linear import gradients
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from tests.mechanics.test_coupled import in_ball
from tests.mechanics.test_sphere import errors
from tests.particles import ball


def main(sizes: list[float]) -> None:
    print("size   nodes   content   radial    hoop      lag * D / a   process s")
    rows = []
    for size in sizes:
        mesh = tetrahedralize(ball(), size)
        start = time.process_time()
        rows.append(errors(mesh))
        seconds = time.process_time() - start
        lag = surface_lag(mesh, np.eye(3)[None])
        far = "   ".join(f"{value:.5f}" for value in rows[-1])
        print(f"{size:.2f} {len(mesh.points):>7,}   {far}   {lag:.5f}       {seconds:.1f}")
    rates = np.polyfit(np.log(sizes), np.log(rows), 1)[0]
    print("rates: content {:.2f}, radial {:.2f}, hoop {:.2f}".format(*rates))
    print("size   coupled   uncoupled   process s")
    for size in sizes[:3]:
        start = time.process_time()
        found, exact, plain = in_ball(size, 12)
        spread = np.linalg.norm(exact - exact.mean())
        far = [np.linalg.norm(other - exact) / spread for other in (found, plain)]
        print(f"{size:.2f}   {far[0]:.4f}    {far[1]:.4f}      {time.process_time() - start:.1f}")
    particle()


def particle(factor: float = 4.0) -> None:
    """Print what stress that moves lithium does to a polycrystal; the factor is ours."""
    material = load_material("nmc811")
    mesh = nmc_mesh.tetrahedralize(nmc_mesh.load_model("nmc-radial").sample(1, diameter=1.9), 0.18)
    grains = grain_table(mesh)
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (mesh.labels.max(), 1))
    rng = np.random.default_rng(0)
    turns[grains["id"] - 1] = UniformTexture().sample(grains["centroid"], None, rng)
    mesh = replace(mesh, info={**mesh.info, "orientations": turns})
    volumes = gradients(mesh.points, mesh.cells)[0]
    start = time.process_time()
    nodes = chemo.galvanostatic(mesh, material, 0.5, 0.5, steps=20).content[-1]
    plain = chemo.stressed(mesh, material, nodes, material.content_range[1]).stress
    both = charge_under_stress(mesh, material, factor, rate=0.5, share=0.5, steps=20)
    for name, x, stress in (
        ("one way", nodes[mesh.cells].mean(axis=1), plain),
        (f"two ways, factor {factor:g}", both.content[-1], both.stress),
    ):
        size = np.sqrt((stress[:, :3] ** 2).sum(axis=1) + 2 * (stress[:, 3:] ** 2).sum(axis=1))
        mean = np.sqrt(volumes @ size**2 / volumes.sum())
        print(f"{name}: means of cells differ by {np.ptp(x):.3f} in x, stress {mean:.0f} MPa (rms)")
    print(f"{len(mesh.cells):,} cells, {time.process_time() - start:.0f} process s")


if __name__ == "__main__":
    main([float(word) for word in sys.argv[1:]] or [0.28, 0.2, 0.14, 0.1])
