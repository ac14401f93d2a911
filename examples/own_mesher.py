"""A mesher back end of one's own: six tetrahedra in every voxel.

`tetrahedralize` tags and validates what it makes. A package offers it by an entry point:

    [project.entry-points."nmc_mesh.meshers"]
    voxels = "own_mesher:six_per_voxel"
"""

from __future__ import annotations

import numpy as np

from nmc_mesh import (
    LabelImage,
    Particle,
    StarShape,
    TetMesh,
    load_model,
    tetrahedralize,
    voxel_mesh,
    voxelize,
)
from nmc_mesh.mesher.back_end import Tetrahedra
from nmc_mesh.mesher.sizes import Sizes
from nmc_mesh.progress import Progress

AROUND_A_DIAGONAL = [
    (0, 1, 2, 6),
    (0, 2, 3, 6),
    (0, 3, 7, 6),
    (0, 7, 4, 6),
    (0, 4, 5, 6),
    (0, 5, 1, 6),
]
"""Corners of a cube, in VTK order, of its six (Kuhn) tetrahedra: those of neighbours fit."""


def six_per_voxel(source: Particle | LabelImage, sizes: Sizes, progress: Progress) -> Tetrahedra:
    image = voxelize(source, sizes.least) if isinstance(source, Particle) else source
    cubes = voxel_mesh(image)
    cells = cubes.cells[:, AROUND_A_DIAGONAL].reshape(-1, 4)
    return Tetrahedra(cubes.points, cells, np.repeat(cubes.labels, 6))


def main() -> TetMesh:
    particle = load_model("nmc-radial").sample(3, shell=StarShape.ball(0.6))
    return tetrahedralize(particle, size=0.1, mesher=six_per_voxel)


if __name__ == "__main__":
    print(f"{len(main().cells)} cells")
