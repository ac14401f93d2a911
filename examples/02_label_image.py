"""Mesh labels of your own: a ball of two halves, given as voxels, and the tables of its grains."""

import numpy as np

import nmc_mesh
from nmc_mesh.mesh.tables import boundary_table, grain_table

RADIUS = 2.0  # um
SPACING = 0.1  # um


def main() -> tuple[nmc_mesh.TetMesh, dict[str, np.ndarray], dict[str, np.ndarray]]:
    axis = SPACING * (np.arange(48) - 23.5)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    labels = np.where(x**2 + y**2 + z**2 < RADIUS**2, np.where(z < 0, 1, 2), 0)
    mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, SPACING))
    return mesh, grain_table(mesh), boundary_table(mesh)


if __name__ == "__main__":
    mesh, grains, boundaries = main()
    print(f"{len(mesh.cells)} cells; volumes {grains['volume']} um^3")
    print(f"the halves touch on {boundaries['area'][0]:.3f} um^2")
