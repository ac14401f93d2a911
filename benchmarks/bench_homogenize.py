"""Process seconds of what `nmc-mesh homogenize` solves for, and of one of it without the multigrid.

    python benchmarks/bench_homogenize.py [DIAMETER [SIZE]]

Diffusivity, uptake and stiffness of a particle with random crystals of NMC811, each with all its
loads; then the stiffness under a force at the surface by conjugate gradients scaled by the diagonal
alone: the share of it that the multigrid takes is the ratio that another machine can compare.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import nmc_mesh
from nmc_mesh.crystal.texture import UniformTexture
from nmc_mesh.mechanics import homogenize as verbs
from nmc_mesh.mechanics.elasticity import rigid_motions
from nmc_mesh.mechanics.homogenize_operator import Operator
from nmc_mesh.mechanics.iterate import iterated
from nmc_mesh.mechanics.linear import gradients
from nmc_mesh.mechanics.multigrid import VCycle
from nmc_mesh.mesh.tet_mesh import TetMesh

RESIDUAL = 1e-6


def body(diameter: float, size: float) -> TetMesh:
    """A particle whose crystals are turned at random."""
    mesh = nmc_mesh.tetrahedralize(
        nmc_mesh.load_model("nmc-equiaxed").sample(7, diameter=diameter), size
    )
    places = np.zeros((int(mesh.labels.max()), 3))
    turns = UniformTexture().sample(places, None, np.random.default_rng(0))
    return replace(mesh, info={**mesh.info, "orientations": turns})


def main(diameter: float = 3.0, size: float = 0.109) -> None:
    mesh, material = body(diameter, size), nmc_mesh.load_material("nmc811")
    print(f"{len(mesh.cells):,} tetrahedra, {len(mesh.points):,} nodes, {len(mesh.grains)} grains")
    tensors = verbs.crystal_diffusivities(mesh, material, 0.5)
    stiff = verbs.crystal_stiffnesses(mesh, material)
    whole = 0.0
    for name, work in (
        ("diffusivity", lambda: verbs.effective(mesh, tensors)),
        ("uptake", lambda: verbs.uptake(mesh, tensors)),
        ("stiffness", lambda: verbs.effective(mesh, stiff)),
    ):
        start = time.process_time()
        work()
        seconds = time.process_time() - start
        whole += seconds
        print(f"{name:<12}{seconds:6.1f} process s")
    print(f"{'all':<12}{whole:6.1f} process s")
    volumes, slopes = gradients(mesh.points, mesh.cells)
    operator = Operator(volumes, slopes, mesh.cells, len(mesh.points), stiff, mesh.labels)
    matrix, load = operator.matrix(), operator.unit_loads()
    spent = []
    for multigrid in (True, False):
        start = time.process_time()
        cycle = VCycle(matrix, rigid_motions(mesh.points), 3) if multigrid else None
        iterated(matrix, load, RESIDUAL, cycle)
        spent.append(time.process_time() - start)
    print(f"stiffness, force outside: {spent[0]:.1f} s with multigrid, {spent[1]:.1f} s without")


if __name__ == "__main__":
    main(*(float(word) for word in sys.argv[1:]))
