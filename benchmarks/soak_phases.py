"""Mesh particles with pores, cracks, a coating and electrolyte; exit code 1 if one is lost or bad.

    python benchmarks/soak_phases.py 100 [first seed] [shell] [rows.jsonl]

Every particle has 15 to 40 grains, 5 % of pores, a coating of a twentieth of a um, a tenth of its
boundaries cracked, and a box or a sphere of electrolyte around. Good: valid, no grain lost, no
angle below 15 degrees, and volumes, areas and fractions within 3 % of what was asked for.

With ``shell`` particles are cut off at their shells and have a coating alone, of all of the surface
or of patches on 60 % of it; its volume is compared with that of the exact layer, counted in cubes.
Every third is bare, one more in a box, one in a sphere of electrolyte.

A row per particle goes into ``rows.jsonl``, where one is given; particles that have a row there are
not meshed again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from nmc_mesh import generate
from nmc_mesh.errors import NmcMeshError
from nmc_mesh.geometry.radius_table import inside, radius_table
from nmc_mesh.mechanics.linear import triangle_areas
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import phase_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.particle.coating import Coating
from nmc_mesh.particle.particle import Particle

PORES, CRACKS, THICKNESS, SHARE = 0.05, 0.1, 0.05, 0.6
CUBES = 6  # across the thickness
ANGLE, NEAR = 15.0, 0.03
DOMAINS = (None, "box:1.3", "sphere:1.3")
MODELS = ("nmc-radial", "nmc-calibrated", "nmc-equiaxed")


def volume(mesh: TetMesh, phase: str) -> float:
    """Volume of a phase in um^3."""
    of_phase = mesh.phases.mask(phase, mesh.labels)
    corners = mesh.points[mesh.cells[of_phase]]
    return float(np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1])).sum() / 6)


def coat(mesh: TetMesh) -> float:
    """Volume of the coating over its thickness and the mean area of its two sides."""
    sides = mesh.phases.mask("coating", mesh.facet_grains)
    rim = sides[:, 0] != sides[:, 1]
    area = triangle_areas(mesh.points, mesh.facets[rim, :3]).sum() / 2
    return volume(mesh, "coating") / (THICKNESS * float(area))


def figures(number: int) -> dict[str, Any]:
    """Mesh particle ``number`` and return what came out over what was asked for."""
    rng = np.random.default_rng([number, 20])
    _, mesh = generate(
        MODELS[number % 3], number, grains=int(rng.integers(15, 41)), pores=PORES, cracks=CRACKS,
        coating=THICKNESS, domain=("box:1.3", "sphere:1.3")[number % 2], keep_voids=True,
    )  # fmt: skip
    pores = volume(mesh, "pore")
    return {
        "angle": float(np.degrees(quality(mesh).smallest_angle.min())),
        "pores": pores / (pores + volume(mesh, "grain")) / PORES,
        "coating": coat(mesh),
        "cracks": mesh.info["cracks"]["reached"] / CRACKS,
        "lost": len(mesh.info.get("lost_grains", ())),
    }


def layer_volume(particle: Particle) -> float:
    """Volume of the exact layer of a coating on a shell in um^3, by counting cubes."""
    low, high = particle.coated_bounds()
    edge = THICKNESS / CUBES
    x, y, z = (np.arange(low[k] + edge / 2, high[k], edge) for k in range(3))
    table, cubes = radius_table(particle.shell), 0
    for plane in x:
        places = np.stack(np.meshgrid([plane], y, z, indexing="ij"), axis=-1).reshape(-1, 3)
        places = places[particle.layer.layer.at(places) <= 0]
        cubes += int((~inside(particle.shell, table, places)).sum())
    return cubes * edge**3


def shell_figures(number: int) -> dict[str, Any]:
    """Do what `figures` does with a particle that is cut off at its shell."""
    rng = np.random.default_rng([number, 21])
    share = (1.0, SHARE)[number % 2]
    particle, mesh = generate(
        MODELS[number % 3], number, grains=int(rng.integers(15, 41)), surface="shell",
        coating=Coating(THICKNESS, share), domain=DOMAINS[number // 2 % 3],
    )  # fmt: skip
    area = phase_table(mesh)["area"]["particle_coating"]
    return {
        "angle": float(np.degrees(quality(mesh).smallest_angle.min())),
        "coating": volume(mesh, "coating") / layer_volume(particle),
        "share": area / particle.layer.area / share,
        "lost": len(mesh.info.get("lost_grains", ())),
    }


def good(row: dict[str, Any]) -> bool:
    """Whether one particle is as it should be."""
    off = np.abs(np.array([row[name] for name in row if name not in ("angle", "lost")]) - 1)
    return bool(row["angle"] >= ANGLE and not row["lost"] and (off <= NEAR).all())


def row_of(figures_of: Callable[[int], dict[str, Any]], number: int) -> dict[str, Any]:
    """Return the figures of a particle, or the error that it ended in."""
    try:
        return figures_of(number)
    except NmcMeshError as error:
        return {"error": str(error)}


def main(count: int, first: int, shell: bool, place: Path | None) -> int:
    lines = place.read_text().splitlines() if place and place.exists() else []
    known = {row.pop("seed"): row for row in map(json.loads, lines)}
    for number in track(range(first, first + count), "particles"):
        if number not in known:
            known[number] = row_of(shell_figures if shell else figures, number)
            if place:
                with place.open("a") as file:
                    file.write(json.dumps({"seed": number, **known[number]}) + "\n")
    rows = {number: known[number] for number in range(first, first + count)}
    whole = [row for row in rows.values() if "error" not in row]
    for number, row in rows.items():
        if "error" in row or not good(row):
            print(number, row)
    for name in sorted(set(whole[0]) - {"lost"}):
        low, middle, high = np.quantile([row[name] for row in whole], (0, 0.5, 1))
        print(f"{name:8} {low:8.3f} {middle:8.3f} {high:8.3f}  (least, median, largest)")
    print(f"{sum(map(good, whole))} of {count} good")
    return 0 if len(whole) == count and all(map(good, whole)) else 1


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "shell"]
    numbers = [int(word) for word in words if word.isdigit()]
    files = [Path(word) for word in words if not word.isdigit()]
    sys.exit(
        main(*numbers, *(100, 0)[len(numbers) :], "shell" in sys.argv, files[0] if files else None)
    )
