"""Tables: what came out, how good it is, what it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table
from rich.text import Text

from nmc_mesh.cli.certificate import proven
from nmc_mesh.cli.cracks import crack_facts
from nmc_mesh.cli.tables import ending, owner_facts
from nmc_mesh.mesh.box import off_box
from nmc_mesh.mesh.periodic import periodic_pairs, periods_of
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats, Ints

if TYPE_CHECKING:
    from nmc_mesh.mesher.accuracy import Accuracy
    from nmc_mesh.mesher.certificate import Certificate


def report(
    mesh: TetMesh,
    title: str,
    seconds: Mapping[str, float],
    files: Sequence[Path],
    *,
    errors: Floats | None = None,
    accuracy: Accuracy | None = None,
    certificate: Certificate | None = None,
    split: Ints | None = None,
) -> Table:
    """Return a table of a mesh's size and quality, the seconds per stage and the files.

    Parameters
    ----------
    mesh, title
        The mesh and what stands above the table.
    seconds
        Wall time of every stage.
    files
        Files that were written or read.
    errors
        Relative error of every grain's volume.
    accuracy
        Distances and volumes against the particle, in place of ``errors``.
    certificate
        What is proven of the mesh, in place of both.
    split
        Grains that are in more than one piece.
    """
    if accuracy is not None:
        errors = accuracy.volumes
    facts = [*_size(mesh), *_pieces(split)]
    if certificate is None:
        facts += [*_quality(mesh, errors), *_distances(accuracy)]
    else:
        facts += [*_quality(mesh, certificate.volumes), *proven(certificate.facts())]
    return ending(title, [facts], seconds, files)


def _size(mesh: TetMesh) -> Iterator[tuple[str, str]]:
    lost = mesh.info.get("lost_grains", ())
    yield "grains", f"{len(mesh.grains):,}" + (f" ({len(lost)} lost: too thin)" if lost else "")
    yield from owner_facts(mesh)
    if mesh.phases:
        yield "phases", ", ".join(mesh.phases.names)
    yield "tetrahedra", f"{len(mesh.cells):,}"
    yield "vertices", f"{len(mesh.points):,}"
    yield "facets", f"{len(mesh.facets):,} on boundaries and the surface"
    yield from crack_facts(mesh)
    periods = periods_of(mesh)
    if periods is not None:
        pairs = len(periodic_pairs(mesh).slave)
        yield "period", f"{periods} µm; {pairs:,} pairs of nodes on the seam"
    off = off_box(mesh)
    if off is not None:
        yield (
            "faces of the box",
            (
                f"{len(off.nodes):,} nodes are off them, by up to {off.farthest:.2g} µm"
                if len(off.nodes)
                else "all nodes on them exactly"
            ),
        )
    if mesh.info.get("off_boundary"):
        yield (
            "off the border",
            f"{mesh.info['off_boundary']:,} vertices that their cells keep from it",
        )
    if "size" in mesh.info:
        yield "size", f"{mesh.info['size']:.3g} µm"
    if mesh.order == 2:
        kinds = mesh.info.get("second_order", {})
        counts = ", ".join(f"{count:,} {name}" for name, count in kinds.items())
        yield "second order", f"ten nodes per cell{': on boundaries ' if kinds else ''}{counts}"


def _pieces(split: Ints | None) -> Iterator[tuple[str, str]]:
    if split is not None:
        yield "grains in pieces", ", ".join(map(str, split[:8])) or "none"


def _quality(mesh: TetMesh, errors: Floats | None) -> Iterator[tuple[str, str]]:
    shape = quality(mesh)
    low, high = np.degrees(shape.smallest_angle), np.degrees(shape.largest_angle)
    yield (
        "dihedral angle",
        f"{low.min():.1f}° to {high.max():.1f}°; 99 % of cells above {np.percentile(low, 1):.1f}°",
    )
    ratio = shape.radius_ratio
    yield "radius ratio", f"{ratio.min():.2f} at least, {ratio.mean():.2f} on average (best: 1)"
    grains = grain_table(mesh)["volume"]
    yield "volume", f"{grains.sum():.4g} µm³"
    if errors is not None:
        total = grains.sum() / (grains / (1 + errors)).sum() - 1
        yield (
            "volume error",
            f"{100 * total:+.2f} %; of a grain: median {100 * np.median(np.abs(errors)):.2f} %, "
            f"worst {100 * np.abs(errors).max():.1f} %",
        )


def _distances(accuracy: Accuracy | None) -> Iterator[tuple[str, str]]:
    if accuracy is not None:
        middle, most, top = accuracy.percentiles(50, 90, 99)
        yield (
            "off the boundary",
            f"median {middle:.1g}, 90 % {most:.1g}, 99 % {top:.1g} edge lengths; "
            f"{100 * accuracy.off:.1f} % of facets farther than 0.15",
        )


def next_steps(folder: Path) -> Text:
    """Say what to do with the files of the demo."""
    return Text(
        f"The picture is {folder}/particle.png. Open {folder}/particle.vtu in ParaView,\n"
        f"read {folder}/particle.msh into FEniCSx or gmsh; the tables of grains and\n"
        f"boundaries are in {folder}/particle.json. Then make your own:\n\n"
        "  nmc-mesh generate --seed 7 -o mine.msh mine.png\n"
        "  nmc-mesh --help\n"
    )
