"""What a mesh made slab by slab costs, and how good it is, against the same particle as a whole.

    python -m benchmarks.bench_stream 5000 20000
    python -m benchmarks.bench_stream --slab-cells 2e6 20000
    python -m benchmarks.bench_stream --middle 1e8

Each row is made in a process of its own, on one thread, after a small mesh that warms it up:
``whole`` by `tetrahedralize`, ``streamed`` by `stream_tetrahedra`, which writes its files too.
``kB/tet`` is the peak of memory over that of the particle, by the cells of the mesh; ``us/tet``
processor time. The last columns are the least dihedral angle, that of one cell in a hundred and the
greatest one in degrees, and the mean radius ratio. ``--middle`` plans a mesh of so many cells of a
particle of 20,000 grains, and makes three slabs at its middle, where they are largest: their peak
of memory is that of the whole mesh.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.bench_mesher import MODEL, diameter_for
from nmc_mesh import load_model, set_threads, stream_tetrahedra, tetrahedralize
from nmc_mesh.io.streams import files_of
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.slab import Tally
from nmc_mesh.mesher.layers import layers_of
from nmc_mesh.mesher.sizes import default_size
from nmc_mesh.mesher.stream import planned, slabs
from nmc_mesh.mesher.stream_components import Components
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import silent
from nmc_mesh.streaming import SLAB_CELLS

_PER_GRAIN = 870
"""Cells of a grain at the default size."""

HEAD = (
    f"{'':8} {'grains':>7} {'tets':>10} {'peak MB':>8} {'kB/tet':>7} {'CPU s':>7} {'us/tet':>7} "
    f"{'dihedral angle':>17} {'ratio':>6}"
)
Shapes = tuple[int, float, float, float, float]


def main() -> None:
    """Print the table."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--middle"]:
        print(middle(float(arguments[1])))
        return
    if arguments[:1] == ["--row"]:
        print(row(arguments[1], int(arguments[2]), float(arguments[3])))
        return
    slab_cells = str(SLAB_CELLS)
    if arguments[:1] == ["--slab-cells"]:
        slab_cells, arguments = arguments[1], arguments[2:]
    print(f"{MODEL}, {float(slab_cells):.2g} cells in work", HEAD, sep="\n")
    for grains in arguments or ["1000", "5000"]:
        for how in ("whole", "streamed"):
            command = [sys.executable, "-m", "benchmarks.bench_stream", "--row"]
            done = subprocess.run(
                [*command, how, grains, slab_cells], check=True, capture_output=True, text=True
            )
            print(done.stdout, end="", flush=True)


def row(how: str, grains: int, slab_cells: float) -> str:
    """Mesh a particle of about so many grains, and tell it in one line."""
    set_threads(1)
    model = load_model(MODEL)
    meshed(how, model.sample(1, diameter=diameter_for(20)), slab_cells)
    particle = model.sample(1, diameter=diameter_for(grains))
    particle.bounds()
    before, began = peak(), time.process_time()
    cells, *angles, ratio = meshed(how, particle, slab_cells)
    spent, took = time.process_time() - began, peak() - before
    low, p1, high = np.degrees(angles)
    return (
        f"{how:8} {particle.n_grains:7d} {cells:10d} {took / 1e6:8.0f} {took / cells / 1e3:7.3f} "
        f"{spent:7.1f} {1e6 * spent / cells:7.2f} {low:5.1f} {p1:5.1f} {high:5.1f} {ratio:6.3f}"
    )


def middle(cells: float, grains: int = 20_000, slab_cells: float = SLAB_CELLS) -> str:
    """Plan a mesh of so many cells, and make three slabs at its middle."""
    set_threads(1)
    particle = load_model(MODEL).sample(1, diameter=diameter_for(grains))
    size = default_size(particle) * float(cbrt(_PER_GRAIN * grains / cells))
    particle.bounds()
    before, began = peak(), time.process_time()
    plan = planned(particle, size, slab_cells, silent)
    ends = (0, *plan.fronts)
    half = len(plan.fronts) // 2
    first, last = ends[half - 2], ends[half + 1]
    grid = layers_of(plan.grid, plan.axis, first, last)
    fronts = (ends[half - 1] - first, ends[half] - first, last - first)
    small = plan._replace(grid=grid, fronts=fronts)
    made = 0
    with tempfile.TemporaryDirectory() as folder, files_of(Path(folder) / "m.xdmf") as stream:
        for slab in slabs(small, Components(), Tally()):
            stream.append(slab)
            made += len(slab.cells)
            del slab
    took, spent = peak() - before, time.process_time() - began
    return (
        f"{particle.n_grains:,} grains, {plan.cells:.3g} cells with those outside, {len(ends) - 1} "
        f"slabs, {plan.most:.3g} in work at most; three slabs of {made:.3g} cells: peak "
        f"{took / 1e6:,.0f} MB, {took / plan.most:.0f} bytes per cell in work, {spent:.0f} CPU s"
    )


def peak() -> int:
    """Bytes that this process held when it held most."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def meshed(how: str, particle: Particle, slab_cells: float) -> Shapes:
    """Number of cells, least angle, that of 1 %, greatest angle in radians, mean radius ratio."""
    if how == "streamed":
        with tempfile.TemporaryDirectory() as folder:
            report = stream_tetrahedra(particle, Path(folder) / "mesh.xdmf", slab_cells=slab_cells)
        return (
            report.cells, report.smallest_angle, report.smallest_angle_p1, report.largest_angle,
            report.mean_radius_ratio,
        )  # fmt: skip
    mesh = tetrahedralize(particle)
    shapes = quality(mesh)
    smallest, ratio = shapes.smallest_angle, float(shapes.radius_ratio.mean())
    p1 = float(np.percentile(smallest, 1))
    return len(mesh.cells), smallest.min(), p1, shapes.largest_angle.max(), ratio


if __name__ == "__main__":
    main()
