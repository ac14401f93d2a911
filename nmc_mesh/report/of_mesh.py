"""Parts of a report that tell of a mesh: pictures, distributions, quality, certificate, tables."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.mesh.crystals import orientations_of, radii
from nmc_mesh.mesh.frames import flat_columns
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import boundary_table, grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.certificate import Certificate
from nmc_mesh.plot.distributions import distributions
from nmc_mesh.plot.draw import picture
from nmc_mesh.plot.turning import turning_page
from nmc_mesh.report.page import Part, SortTable
from nmc_mesh.typing import AnyArray

_MOST_TURNING = 2_400_000  # bytes of the picture to turn, half of what a page may have; ours
_WIDTH = 700
_SHOWN = ("id", "volume", "axis_lengths_1", "axis_lengths_2", "axis_lengths_3", "neighbours",
          "outer_area", "centroid_x", "centroid_y", "centroid_z")  # fmt: skip


def mesh_parts(mesh: TetMesh, proof: Certificate | None) -> Iterator[Part]:
    """Yield the parts that tell of a mesh, and of its certificate if there is one."""
    yield _pictures(mesh)
    yield Part("Distributions", pictures={"Line: the mean.": distributions(statistics(mesh))})
    yield Part("Quality of the mesh", facts=dict(_quality(mesh)))
    if proof is not None:
        words = "What holds of this mesh: checked, measured or proven. Lengths in edge lengths."
        yield Part("Certificate", words, facts=_plain(proof.facts()))
    yield Part("Tables", tables=_tables(mesh))


def statistics(mesh: TetMesh) -> dict[str, AnyArray]:
    """What is known of grains, boundaries and cells, by title."""
    grains, boundaries, shape = grain_table(mesh), boundary_table(mesh), quality(mesh)
    lengths = grains["axis_lengths"]
    columns: dict[str, AnyArray] = {
        "grains: volume (µm³)": grains["volume"],
        "grains: longest / shortest axis": lengths[:, 0] / np.maximum(lengths[:, 2], 1e-12),
        "grains: neighbours": grains["neighbours"],
        "boundaries: area (µm²)": boundaries["area"],
    }
    turns = orientations_of(mesh, mesh.grains)
    if turns is not None:
        arms = radii(mesh)
        cosine = np.abs((grains["c_axis"] * arms).sum(axis=1)) / np.linalg.norm(arms, axis=1)
        angle = np.degrees(np.arccos(np.minimum(cosine, 1.0)))
        columns["grains: c axis to the radius (°)"] = angle
        columns["boundaries: disorientation (°)"] = np.degrees(boundaries["disorientation"])
    columns["cells: smallest dihedral angle (°)"] = np.degrees(shape.smallest_angle)
    columns["cells: radius ratio (best: 1)"] = shape.radius_ratio
    return columns


def _pictures(mesh: TetMesh) -> Part:
    colors = ["grain"] if orientations_of(mesh, mesh.grains) is None else ["ipf", "c-axis"]
    colors = ["phase", *colors] if mesh.phases else colors
    page, _ = turning_page(mesh)
    text = "An octant is cut away; neighbouring grains differ in colour."
    if len(page) > _MOST_TURNING:
        page = ""
        text = "The mesh is too large for a picture to turn: still pictures, an octant cut away."
        colors = ["grain", *(color for color in colors if color != "grain")]
    words = {
        "grain": "Grains; dark lines are their boundaries.",
        "phase": "Phases.",
        "ipf": "Direction of the crystal along the radius.",
        "c-axis": "Angle between the c axis and the radius.",
    }
    stills = {words[color]: _still(mesh, color) for color in colors if not page or color != "grain"}
    instead = {words["grain"]: _still(mesh, "grain")} if page else {}
    return Part("Picture", text, turning=page, pictures=stills, instead=instead)


def _still(mesh: TetMesh, color: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "still.png"
        picture(mesh, file, _WIDTH, color)
        return file.read_bytes()


def _quality(mesh: TetMesh) -> Iterator[tuple[str, str]]:
    shape = quality(mesh)
    low, high = np.degrees(shape.smallest_angle), np.degrees(shape.largest_angle)
    yield "grains", f"{len(mesh.grains):,}"
    if mesh.phases:
        yield "phases", ", ".join(mesh.phases.names)
    yield "tetrahedra", f"{len(mesh.cells):,} of order {mesh.order}, {len(mesh.points):,} vertices"
    if "size" in mesh.info:
        yield "edge length", f"{mesh.info['size']:.3g} µm"
    yield "dihedral angles", f"{low.min():.1f}° to {high.max():.1f}°"
    yield "99 % of cells", f"smallest angle above {np.percentile(low, 1):.1f}°"
    ratio = shape.radius_ratio
    yield "radius ratio", f"{ratio.min():.2f} at least, {ratio.mean():.2f} on average (best: 1)"
    yield "volume", f"{shape.volume.sum():.4g} µm³"
    lost = mesh.info.get("lost_grains", ())
    yield "lost grains", f"{len(lost)}"


def _tables(mesh: TetMesh) -> dict[str, SortTable]:
    grains = flat_columns(grain_table(mesh))
    boundaries = boundary_table(mesh)
    pairs = {name: boundaries[name] for name in ("lower", "higher", "area", "flatness")}
    if "disorientation" in boundaries:
        pairs["disorientation (°)"] = np.degrees(boundaries["disorientation"])
    return {
        "Grains": SortTable({name: grains[name] for name in _SHOWN}),
        "Boundaries": SortTable(pairs),
    }


def _plain(facts: Mapping[str, Any]) -> dict[str, str]:
    """Facts as short texts."""
    texts: dict[str, str] = {}
    for name, value in facts.items():
        words = name.replace("_", " ")
        if isinstance(value, Mapping):
            texts |= {f"{words}: {part}": text for part, text in _plain(value).items()}
        elif name in ("smallest_angle", "largest_angle"):
            texts[words] = f"{np.degrees(value):.2f}°"
        elif isinstance(value, list):
            first = ", ".join(map(str, value[:6])) + (", ..." if len(value) > 6 else "")
            texts[words] = f"{len(value):,}: {first}" if value else "none"
        else:
            shown = f"{value:.4g}" if isinstance(value, float) else str(value)
            texts[words] = "not known" if value is None else shown
    return texts
