"""What meshing label images costs and how faithful it is, beside CGAL and Cleaver2 in one run.

    python benchmarks/bench_labels.py 64 128 --peers /path/to/venv/bin/python
    python benchmarks/bench_labels.py 256 --only particle

Images of about n^3 voxels: ``particle``, a voxelized particle whose grains are 8 voxels across;
``electrode`` and ``parts``, a cube out of a measured electrode (``NMC_MESH_DATA``), its materials
and its particles. Ours is asked on one thread; ``command`` is the whole of ``nmc-mesh mesh`` to a
.vtu, with what Python takes to start. Peers run in a Python of their own, and get the edge length
of our mesh: ``pip install pygalmesh meshio itk-cleaver "itk==5.3.0" "numpy<2"`` (with
``libcgal-dev`` and ``libeigen3-dev``). The wheel of ``itk-cleaver`` 1.3.1 takes any ITK from 5.3
on, but was built with 5.3: beside 5.4 it ends in a segmentation fault when it is loaded.

``off`` is the share of facets without both of their labels among the eight voxels around their
middle, in the image as it is or with pieces of 1 to 7 voxels merged; ``kept`` are labels in the
mesh of those in the image; volume errors are those of the labels
of 8 voxels or more, ``small`` the labels of fewer. Memory is the most that the process held, less
what it held before.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from bench_peers import clocks, elapsed, memory, save

MODEL = "nmc-radial"
VOXELS_PER_GRAIN = 8
KINDS = ("particle", "electrode", "parts")
CT = "nmc_ct/nmc-1-cal_generatedCBD_bridge.tif"
CT_VOXEL = 0.398
HEAD = (
    f"{'image':<26} {'program':<12} {'tets':>9} {'CPU s':>7} {'kt/CPU s':>8} {'kB/tet':>6} "
    f"{'dihedral min, 1 %, max':>22} {'off':>6} {'kept':>13} {'small':>6} "
    "volume worst, median"
)


# What runs in the peers' Python: numpy and the peer only, files in and out.


def cgal(work: Path) -> None:
    import pygalmesh

    given = np.load(work / "image.npz")
    labels, size = given["labels"], float(given["size"])
    if labels.max() > 255:
        raise ImportError(f"pygalmesh takes labels up to 255, here is {labels.max()}")
    before, start = memory("VmRSS"), clocks()
    mesh = pygalmesh.generate_from_array(
        labels.astype(np.uint8),
        tuple(given["spacing"].tolist()),
        max_facet_distance=0.15 * size,
        max_radius_surface_delaunay_ball=0.75 * size,
        max_cell_circumradius=0.75 * size,
        min_facet_angle=25.0,
        max_circumradius_edge_ratio=2.0,
        verbose=False,
        seed=0,
    )
    seconds = elapsed(start)
    [names] = [
        mesh.cell_data["medit:ref"][i] for i, c in enumerate(mesh.cells) if c.type == "tetra"
    ]
    save(work, mesh.points + given["origin"], mesh.cells_dict["tetra"], names, seconds, before)


def cleaver(work: Path) -> None:
    import itk

    given = np.load(work / "image.npz")
    names, labels = np.unique(given["labels"].transpose(2, 1, 0), return_inverse=True)
    if len(names) > 256:
        raise ImportError(f"Cleaver2 makes a field per label, which does not fit {len(names)}")
    image = itk.image_from_array(labels.reshape(given["labels"].T.shape).astype(np.uint8))
    before, start = memory("VmRSS"), clocks()
    step = itk.CleaverImageToMeshFilter.New(image)
    step.SetSigma(1.0)
    step.SetInputIsIndicatorFunction(False)
    step.Update()
    seconds = elapsed(start)
    mesh = step.GetOutput(0)
    cells = itk.array_from_vector_container(mesh.GetCellsArray()).reshape(-1, 6)[:, 2:]
    points = itk.array_from_vector_container(mesh.GetPoints()).astype(np.float64)
    points = (points - 0.5) * given["spacing"] + given["origin"]  # it begins at a corner of voxels
    material = itk.array_from_vector_container(mesh.GetCellData())
    save(work, points, cells, names[material], seconds, before)


PEERS = {"CGAL": cgal, "Cleaver2": cleaver}


# What runs in this Python: images, our mesh, and the measuring of all.


def give_image(work: Path, kind: str, n: int) -> str:
    """Write an image and the edge length to mesh it with; return what it is in words."""
    from nmc_mesh.mesher.sizes import default_size

    image = voxelized(n) if kind == "particle" else measured(n, kind == "parts")
    np.savez(
        work / "image.npz", labels=image.labels, spacing=image.spacing, origin=image.origin,
        size=default_size(image),
    )  # fmt: skip
    np.save(work / "labels.npy", image.labels)
    return f"{kind} {' x '.join(map(str, image.labels.shape))}"


def voxelized(n: int) -> Any:
    """A particle that fills about n^3 voxels."""
    from nmc_mesh import load_model, voxelize

    model = load_model(MODEL)
    spacing = model.grains.grain_size / VOXELS_PER_GRAIN
    particle = model.sample(1, diameter=0.93 * n * spacing)
    return voxelize(particle, spacing)


def measured(n: int, parts: bool) -> Any:
    """A cube out of the middle of the electrode: NMC and binder, or the particles of NMC."""
    import tifffile

    from nmc_mesh import LabelImage
    from nmc_mesh.shell.segmentation import segment_binary

    stack = tifffile.imread(Path(os.environ["NMC_MESH_DATA"]) / CT).transpose(2, 1, 0)
    first = [max((edge - n) // 2, 0) for edge in stack.shape]
    cube = stack[tuple(slice(start, start + n) for start in first)]
    return segment_binary(cube == 1, CT_VOXEL).image if parts else LabelImage(cube, CT_VOXEL)


def ours(work: Path) -> None:
    """Mesh the image on one thread."""
    import warnings

    from nmc_mesh import LabelImage, set_threads, tetrahedralize

    warnings.simplefilter("ignore")
    set_threads(1)
    given = np.load(work / "image.npz")
    image = LabelImage(given["labels"], given["spacing"], given["origin"])
    before, start = memory("VmRSS"), clocks()
    mesh = tetrahedralize(image)
    save(work, mesh.points, mesh.cells, mesh.labels, elapsed(start), before)


def command_seconds(work: Path) -> float:
    """Processor seconds of the whole command."""
    spacing = ",".join(map(str, np.load(work / "image.npz")["spacing"].tolist()))
    start = clocks()
    subprocess.run(
        [sys.executable, "-m", "nmc_mesh", "mesh", str(work / "labels.npy"), "--labels", "-q",
         "--spacing", spacing, "--no-tables", "-o", str(work / "mesh.vtu")],
        check=True, capture_output=True,
    )  # fmt: skip
    return elapsed(start)[1]


def line(work: Path, image: str, title: str) -> str:
    """Measure a mesh that was saved."""
    from nmc_mesh.mesh.quality import quality
    from nmc_mesh.mesh.tagging import tagged

    made, given = np.load(work / "mesh.npz"), np.load(work / "image.npz")
    inside = made["labels"] > 0
    points, cells = made["points"], np.array(made["cells"], dtype=np.int32)[inside]
    labels = np.array(made["labels"], dtype=np.int32)[inside]
    a, b, c, d = (points[cells[:, k]] for k in range(4))
    signed = np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a) / 6
    cells[signed < 0, :2] = cells[signed < 0, 1::-1]
    used, cells = np.unique(cells, return_inverse=True)
    mesh = tagged(points[used], cells.reshape(-1, 4), labels)
    shape = quality(mesh)
    low, high = np.degrees(shape.smallest_angle), np.degrees(shape.largest_angle)
    names, voxels = np.unique(given["labels"], return_counts=True)
    names, voxels = names[names > 0], voxels[names > 0]
    volume = np.bincount(np.searchsorted(names, labels), np.abs(signed), len(names))
    error = np.abs(volume / (voxels * given["spacing"].prod()) - 1.0)
    large = voxels >= 8
    worst, median = 100 * error[large].max(), 100 * np.median(error[large])
    count, cpu = len(cells) // 4 if cells.ndim == 1 else len(cells), float(made["cpu"])
    return (
        f"{image:<26} {title:<12} {count:9d} {cpu:7.1f} {count / cpu / 1e3:8.1f} "
        f"{float(made['memory']) / count:6.2f} {low.min():7.2f} {np.percentile(low, 1):6.1f} "
        f"{high.max():7.1f} {100 * off(mesh, given):5.2f}% "
        f"{(volume > 0).sum():6d}/{len(names):6d} {(~large).sum():6d} {worst:11.2f}% {median:6.2f}%"
    )


def off(mesh: Any, given: Any) -> float:
    """Share of facets without both of their labels among the eight voxels around their middle."""
    from nmc_mesh import LabelImage
    from nmc_mesh.mesher.pieces import without_small

    image = LabelImage(given["labels"], given["spacing"], given["origin"])
    images = [image.labels, without_small(image, "merge")[0].labels]
    middle = mesh.points[mesh.facets].mean(axis=1)
    middle = (middle - image.origin) / image.spacing
    right = np.zeros(len(middle), dtype=bool)
    for labels in images:
        right |= has_both(mesh, np.pad(labels, 1, mode="edge"), middle)
    return float((~right).mean())


def has_both(mesh: Any, labels: Any, middle: Any) -> Any:
    """Whether both labels of a facet are among the eight voxels around a place in voxels."""
    place = np.floor(middle).astype(int) + 1
    found = np.zeros(mesh.facet_grains.shape, dtype=bool)
    border = (place < 1).any(axis=1) | (place >= np.array(labels.shape) - 2).any(axis=1)
    found[:, 1] = border & (mesh.facet_grains[:, 1] == 0)
    for corner in np.ndindex(2, 2, 2):
        at = np.clip(place + corner, 0, np.array(labels.shape) - 1)
        found |= labels[tuple(at.T)][:, None] == mesh.facet_grains
    return found.all(axis=1)


def call(python: str, *arguments: str) -> str | None:
    """Run this file in a process of its own; return why it failed, if it did."""
    done = subprocess.run([python, __file__, *arguments], capture_output=True, text=True)
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        return f"it ended by {signal.Signals(-done.returncode).name}"
    return (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]


def table(kind: str, n: int, python: str) -> None:
    """Print the rows of one image."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        try:
            image = give_image(work, kind, n)
        except (KeyError, ImportError) as error:
            print(f"{kind:<26} skipped: {error!r}")
            return
        reason = call(sys.executable, "--ours", name)
        print(reason or line(work, image, "nmc_mesh"), flush=True)
        count, cpu = len(np.load(work / "mesh.npz")["cells"]), command_seconds(work)
        print(
            f"{'':<26} {'command':<12} {count:9d} {cpu:7.1f} {count / cpu / 1e3:8.1f}", flush=True
        )
        for title in PEERS:
            reason = call(python, "--peer", title, name)
            print(
                f"{'':<26} {title:<12} skipped: {reason}" if reason else line(work, "", title),
                flush=True,
            )


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--peer"]:
        PEERS[sys.argv[2]](Path(sys.argv[3]))
        return
    if sys.argv[1:2] == ["--ours"]:
        ours(Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("voxels", type=int, nargs="*", default=[64, 128])
    parser.add_argument("--peers", default=sys.executable, help="Python that has the peers")
    parser.add_argument("--only", choices=KINDS, action="append", help="images to mesh")
    chosen = parser.parse_args()
    print(HEAD)
    for n in chosen.voxels:
        for kind in chosen.only or KINDS:
            table(kind, n, chosen.peers)


if __name__ == "__main__":
    main()
