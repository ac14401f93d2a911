"""Our mesher beside its peers: one table, all rows made in one run, or a reason why one is missing.

    python benchmarks/bench_peers.py 200 1000 --peers /path/to/venv/bin/python

Peers are asked in a Python of their own (``--peers``, default: this one), each in a new process:

CGAL through pygalmesh
    ``pip install pygalmesh meshio`` on a Debian with ``libcgal-dev`` and ``libeigen3-dev``. It
    meshes the same voxel labels as our row "labels"; more than 255 grains fit its 8-bit labels
    because grains that touch are given different colours.
MicroStructPy
    ``pip install microstructpy``: as many convex Laguerre cells in a cube, meshed by TetGen.
Neper
    The program ``neper``: as many convex Voronoi cells in a cube.

``off`` is the share of facets whose centre lies farther than 0.15 edge lengths from the exact
boundary, ``volume`` the median error of a grain's volume; both need the particle, so cells that a
peer makes itself have none. Memory is the most that the process held, less what it held before.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

MODEL = "nmc-radial"
HEAD = (
    f"{'grains':>6} {'program':<26} {'tets':>9} {'s':>7} {'CPU s':>7} {'ktets/s':>8} {'kB/tet':>7} "
    f"{'dihedral min, 1 %, max':>22} {'radius ratio':>13} {'off':>7} {'volume':>7} {'lost':>5}"
)
NONE = f"{'':>7} {'':>7} {'':>5}"


def memory(what: str) -> int:
    """Memory of this process in kB: VmRSS now, VmHWM at the most since it was last asked for."""
    status = dict(row.split(":", 1) for row in Path("/proc/self/status").read_text().splitlines())
    Path("/proc/self/clear_refs").write_text("5")
    return int(status[what].split()[0])


def clocks() -> tuple[float, float]:
    """Seconds on the wall, and of all processors for this process and its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(part.ru_utime + part.ru_stime for part in used)


def elapsed(start: tuple[float, float]) -> tuple[float, float]:
    """Seconds since ``clocks`` was read."""
    now = clocks()
    return now[0] - start[0], now[1] - start[1]


# What runs in the peers' Python: numpy and the peer only, files in and out.


def cgal(work: Path) -> None:
    """Refine only."""
    cgal_with(work, perturb=False, exude=False)


def cgal_improved(work: Path) -> None:
    """Refine, then perturb vertices and give them weights to get rid of slivers."""
    cgal_with(work, perturb=True, exude=True)


def cgal_with(work: Path, **ways: bool) -> None:
    import pygalmesh

    given = np.load(work / "labels.npz")
    size, spacing = float(given["size"]), float(given["spacing"])
    volume = given["colors"].astype(np.uint8)
    before, start = memory("VmRSS"), clocks()
    mesh = pygalmesh.generate_from_array(
        volume,
        (spacing, spacing, spacing),
        max_facet_distance=0.15 * size,
        max_radius_surface_delaunay_ball=0.75 * size,
        max_cell_circumradius=0.75 * size,
        min_facet_angle=25.0,
        max_circumradius_edge_ratio=2.0,
        verbose=False,
        seed=0,
        **ways,
    )
    seconds = elapsed(start)
    [labels] = [
        mesh.cell_data["medit:ref"][i] for i, c in enumerate(mesh.cells) if c.type == "tetra"
    ]
    # Voxels of the array are centred on multiples of the spacing.
    points = mesh.points + given["origin"]
    save(work, points, mesh.cells_dict["tetra"], labels, seconds, before)


def microstructpy(work: Path) -> None:
    import microstructpy as msp

    grains, size = (float(part) for part in np.load(work / "labels.npz")["wanted"])
    edge = size * grains ** (1 / 3) * 4
    rng = np.random.default_rng(1)
    radius = 0.62 * edge / grains ** (1 / 3)
    seeds = msp.seeding.SeedList(
        [
            msp.seeding.Seed.factory("sphere", r=radius, position=place)
            for place in rng.uniform(0, edge, (int(grains), 3)).tolist()
        ]
    )
    domain = msp.geometry.Cube(corner=(0, 0, 0), side_length=edge)
    before, start = memory("VmRSS"), clocks()
    cells = msp.meshing.PolyMesh.from_seeds(seeds, domain)
    mesh = msp.meshing.TriMesh.from_polymesh(cells, min_angle=15, max_volume=0.3 * size**3)
    seconds = elapsed(start)
    labels = np.array(mesh.element_attributes) + 1
    save(work, np.array(mesh.points), np.array(mesh.elements), labels, seconds, before)


def neper(work: Path) -> None:
    import meshio

    program = shutil.which("neper")
    if program is None:
        raise ImportError("there is no program neper on the PATH")
    grains, size = np.load(work / "labels.npz")["wanted"].tolist()
    edge = size * grains ** (1 / 3) * 4
    domain = f"cube({edge},{edge},{edge})"
    start = clocks()
    for arguments in (
        ["-T", "-n", str(int(grains)), "-domain", domain, "-reg", "1", "-o", "cells"],
        ["-M", "cells.tess", "-cl", str(size), "-format", "msh", "-o", "cells"],
    ):
        subprocess.run([program, *arguments], cwd=work, check=True, capture_output=True)
    seconds = elapsed(start)
    mesh = meshio.read(work / "cells.msh")
    labels = mesh.cell_data_dict["gmsh:geometrical"]["tetra"]
    save(work, mesh.points, mesh.cells_dict["tetra"], labels, seconds, None)


def save(
    work: Path,
    points: Any,
    cells: Any,
    labels: Any,
    seconds: tuple[float, float],
    before: int | None,
) -> None:
    if before is None:
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    else:
        used = memory("VmHWM") - before
    facts = {"points": points, "cells": cells, "labels": labels}
    np.savez(work / "mesh.npz", seconds=seconds[0], cpu=seconds[1], memory=used, **facts)


PEERS = {
    "cgal": ("CGAL", cgal),
    "cgal+": ("CGAL, perturb and exude", cgal_improved),
    "microstructpy": ("MicroStructPy", microstructpy),
    "neper": ("Neper", neper),
}


# What runs in this Python: the particle, our meshes, and the measuring of all.


def diameter_for(grains: int) -> float:
    """Diameter in um of a ball that holds so many grains."""
    from nmc_mesh import load_model

    return float(load_model(MODEL).grains.grain_size * (6 * grains / np.pi) ** (1 / 3))


def ours(work: Path, grains: int, of_labels: bool) -> None:
    """Mesh the particle, or its voxels, and describe the mesh."""
    from nmc_mesh import load_model, tetrahedralize, voxelize

    model = load_model(MODEL)
    small = model.sample(1, diameter=diameter_for(20))
    tetrahedralize(voxelize(small, small.grain_size / 8) if of_labels else small)
    particle = model.sample(1, diameter=diameter_for(grains))
    size = particle.grain_size / 4
    source = voxelize(particle, size / 2) if of_labels else particle
    before, start = memory("VmRSS"), clocks()
    mesh = tetrahedralize(source, size)
    seconds = elapsed(start)
    save(work, mesh.points, mesh.cells, mesh.labels, seconds, before)


def give_labels(work: Path, grains: int) -> None:
    """Write what peers take: coloured voxels, and how many grains of what size."""
    from nmc_mesh import load_model, voxelize
    from nmc_mesh.mesh.coloring import proper_coloring
    from nmc_mesh.mesh.groups import boundary_pairs
    from nmc_mesh.mesh.hexes import voxel_mesh

    particle = load_model(MODEL).sample(1, diameter=diameter_for(grains))
    size = particle.grain_size / 4
    image = voxelize(particle, size / 2)
    pairs, _ = boundary_pairs(voxel_mesh(image))  # type: ignore[arg-type]
    color = proper_coloring(pairs, int(image.labels.max()) + 1) + 1
    color[0] = 0
    np.savez(
        work / "labels.npz",
        colors=color[image.labels],
        labels=image.labels,
        spacing=size / 2,
        size=size,
        origin=image.origin,
        wanted=[particle.n_grains, size],
    )


def labels_at(work: Path, places: Any, colors: Any) -> Any:
    """Grains at places, told apart by colour: that of the voxel there, or of the nearest one."""
    given = np.load(work / "labels.npz")
    known, painted = given["labels"], given["colors"]
    at = np.rint((places - given["origin"]) / given["spacing"]).astype(int)
    found = np.zeros(len(places), dtype=np.int32)
    steps = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    for step in steps[np.argsort((steps**2).sum(axis=1), kind="stable")]:
        left = np.flatnonzero(found == 0)
        voxel = tuple(np.clip(at[left] + step, 0, np.array(known.shape) - 1).T)
        found[left] = np.where(painted[voxel] == colors[left], known[voxel], 0)
    return found


def line(work: Path, grains: int, title: str, exact: bool, colored: bool) -> str:
    """Measure a mesh that was saved."""
    from nmc_mesh import load_model
    from nmc_mesh.mesh.quality import quality
    from nmc_mesh.mesh.tagging import tagged
    from nmc_mesh.mesher.accuracy import boundary_distances, volume_errors

    made = np.load(work / "mesh.npz")
    points, cells, labels = made["points"], np.array(made["cells"], dtype=np.int32), made["labels"]
    if colored:
        labels = labels_at(work, points[cells].mean(axis=1), labels)
        cells, labels = cells[labels > 0], labels[labels > 0]
    a, b, c, d = (points[cells[:, k]] for k in range(4))
    negative = np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a) < 0
    cells[negative, :2] = cells[negative, 1::-1]
    used, cells = np.unique(cells, return_inverse=True)
    particle = load_model(MODEL).sample(1, diameter=diameter_for(grains))
    size = particle.grain_size / 4
    mesh = tagged(points[used], cells.reshape(-1, 4), labels, {"size": size})
    shape = quality(mesh)
    low, high = np.degrees(shape.smallest_angle), np.degrees(shape.largest_angle)
    tail = NONE
    if exact:
        off = (boundary_distances(mesh, particle) > 0.15 * size).mean()
        wrong = np.median(np.abs(volume_errors(particle, mesh)))
        lost = particle.n_grains - len(mesh.grains)
        tail = f"{100 * off:6.1f}% {100 * wrong:6.2f}% {lost:5d}"
    count, seconds = len(made["cells"]), float(made["seconds"])
    return (
        f"{len(mesh.grains):6d} {title:<26} {count:9d} {seconds:7.1f} {float(made['cpu']):7.1f} "
        f"{count / seconds / 1e3:8.1f} "
        f"{float(made['memory']) / count:7.2f} {low.min():7.2f} {np.percentile(low, 1):6.1f} "
        f"{high.max():7.1f} {shape.radius_ratio.min():6.3f} {shape.radius_ratio.mean():6.3f} {tail}"
    )


def call(python: str, *arguments: str) -> str | None:
    """Run this file in a process of its own; return why it failed, if it did."""
    done = subprocess.run([python, __file__, *arguments], capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]


def table(grains: int, python: str, chosen: list[str]) -> None:
    """Print the rows of one number of grains."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        give_labels(work, grains)
        rows = [("nmc_mesh, particle", "particle"), ("nmc_mesh, labels", "labels")]
        for title, way in rows:
            reason = call(sys.executable, "--ours", way, name, str(grains))
            print(reason or line(work, grains, title, True, False), flush=True)
        for peer in chosen:
            title = PEERS[peer][0]
            reason = call(python, "--peer", peer, name)
            if reason:
                print(f"{'':>6} {title:<26} skipped: {reason}", flush=True)
            else:
                print(line(work, grains, title, *2 * [peer.startswith("cgal")]), flush=True)


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--peer"]:
        PEERS[sys.argv[2]][1](Path(sys.argv[3]))
        return
    if sys.argv[1:2] == ["--ours"]:
        ours(Path(sys.argv[3]), int(sys.argv[4]), sys.argv[2] == "labels")
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("grains", type=int, nargs="*", default=[200, 1000])
    parser.add_argument("--peers", default=sys.executable, help="Python that has the peers")
    parser.add_argument("--only", choices=list(PEERS), action="append", help="peers to ask")
    chosen = parser.parse_args()
    print(HEAD)
    for grains in chosen.grains:
        table(grains, chosen.peers, chosen.only or list(PEERS))


if __name__ == "__main__":
    main()
