"""Joint law of c axes and grain shapes: known laws, and what sections give back.

    python benchmarks/bench_texture.py [SECTIONS]

Plates of grains, long toward the centre and thin in one direction across it, get crystals by known
laws; central sections of particles of 4 um are fitted, by the angle alone and by the joint law.
Prints concentrations with their standard errors, and the processor seconds of drawing stand-ins.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from nmc_mesh.crystal.orientation import c_axes
from nmc_mesh.crystal.texture import FibreTexture
from nmc_mesh.crystal.texture_fit import fit_texture
from nmc_mesh.crystal.texture_joint import candidates, shown
from nmc_mesh.particle import load_model
from nmc_mesh.particle.sections import grains_in_plane, known_grains

TRUTHS = (
    FibreTexture(-7.3),
    FibreTexture(-4.0, 6.0),
    FibreTexture(5.0, -3.0),
    FibreTexture(4.0, 5.0, about="long axis"),
)


def main(sections: int) -> None:
    radial = load_model("nmc-radial")
    marks = replace(radial.grains.marks, diagonal=(1.5, 3.0, 9.0))
    model = replace(radial, grains=replace(radial.grains, marks=marks))
    start = time.process_time()
    known = known_grains(model, np.random.default_rng(0))
    print(f"{len(known.features):,} grains drawn in {time.process_time() - start:.1f} s")
    told = shown(known.features, known.frames["radius"])
    print(f"sections tell the short axis: {told:.3f} of 0.5")
    particles = [model.sample(seed, diameter=4.0) for seed in range(1, sections + 1)]
    print("grains  about       truth            fibre   joint")
    for truth in TRUTHS:
        axes, features = [], []
        for seed, particle in enumerate(particles):
            rng = np.random.default_rng(seed)
            diagram, kept = particle.tessellation, particle.kept
            turns = truth.sample(diagram.seeds[kept], diagram.matrices[kept], rng)
            turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
            labels, every = grains_in_plane(particle, turn, 0.0, 0.05)
            held = every.clear()
            grains = every.only(held)
            own = c_axes(turns)[labels[held] - 1] @ turn.T
            axes.append(np.einsum("gij,gj->gi", grains.frames(), own))
            features.append(grains.features())
        every_axis, about = np.concatenate(axes), truth.about
        given = candidates(
            every_axis, np.concatenate(features), known.features, known.frames[about]
        )
        theta = np.arccos(np.minimum(np.abs(every_axis[:, 0]), 1.0))
        plain = fit_texture(theta, "fibre", about=about)
        joint = fit_texture(theta, "joint", about=about, given=given)
        one, both = plain.texture, joint.texture
        print(
            f"{len(theta):>6}  {about:<10}  {truth.radial:>4g}, {truth.short:>3g}  "
            f"{one.radial:>14.1f} ± {plain.error:.1f}   {both.radial:.1f} ± {joint.error:.1f}, "
            f"{both.short:.1f} ± {joint.short_error:.1f}"
        )


if __name__ == "__main__":
    main(int([*sys.argv, "24"][1]))
