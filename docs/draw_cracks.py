"""Draw docs/cracks.png: laws of cracks, and lithium past them (python docs/draw_cracks.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt
from scipy.spatial import cKDTree

import nmc_mesh
from nmc_mesh.cracks.drawn import cracked_section
from nmc_mesh.mechanics.diffusion import charge

SHARE, WIDTH, PIXEL = 0.15, 0.04, 0.01
LAWS = ("random", "short", "long", "radial")
DIFFUSIVITY, FLUX, SECONDS = 0.01, 0.004, 60.0  # um^2/s, um/s, s


def content(mesh: nmc_mesh.TetMesh) -> np.ndarray:
    """Content of every cell minus the mean, after charging through the outer surface."""
    tensors = np.tile(DIFFUSIVITY * np.eye(3), (int(mesh.labels.max()), 1, 1))
    times = np.linspace(0.0, SECONDS, 13)
    nodes = charge(mesh, tensors, 0.3, FLUX, times)[-1]
    values = nodes[mesh.cells].mean(axis=1)
    corners = mesh.points[mesh.cells]
    volumes = np.linalg.det(corners[:, 1:] - corners[:, :1])
    return values - volumes @ values / volumes.sum()


def column(axes: Any, particle: Any, mesh: Any, values: Any, title: str, **colors: Any) -> Any:
    """Draw the central section, and values of cells in it."""
    pairs = np.unique(np.sort(mesh.facet_grains[mesh.cracked], axis=1), axis=0)
    image = cracked_section(particle, pairs, WIDTH, PIXEL)
    n, m = image.labels.shape
    x, y = (image.origin[k] + PIXEL * np.arange(size) for k, size in enumerate((n, m)))
    flat = np.stack([*np.meshgrid(x, y, indexing="ij"), np.zeros((n, m))], axis=-1)
    grains = particle.labels(flat.reshape(-1, 3)).reshape(n, m)
    edge = np.zeros((n, m), dtype=bool)
    edge[1:] |= grains[1:] != grains[:-1]
    edge[:, 1:] |= grains[:, 1:] != grains[:, :-1]
    picture = np.ones((n, m, 3))
    picture[image.labels > 0] = (0.93, 0.9, 0.84)
    picture[edge] = (0.7, 0.66, 0.6)
    picture[image.labels == 2] = (0.65, 0.08, 0.08)
    extent = (x[0], x[-1], y[0], y[-1])
    axes[0].imshow(picture.transpose(1, 0, 2), origin="lower", extent=extent)
    axes[0].set_title(title, fontsize=9)
    _, near = cKDTree(mesh.points[mesh.cells].mean(axis=1)).query(flat[grains > 0])
    shown = np.full((n, m), np.nan)
    shown[grains > 0] = values[near]
    for axis in axes:
        axis.axis("off")
    return axes[1].imshow(shown.T, origin="lower", extent=extent, **colors)


def main() -> None:
    """Draw one particle, intact and cracked by every law."""
    particle, mesh = nmc_mesh.generate("nmc-radial", 7, diameter=4.0)
    figure, axes = plt.subplots(2, 5, figsize=(12.5, 5.4), layout="constrained")
    intact = content(mesh)
    drawn = column(axes[:, 0], particle, mesh, intact, "intact", cmap="viridis")
    figure.colorbar(drawn, ax=axes[1, 0], shrink=0.8, label="content minus mean")
    for place, name in enumerate(LAWS, 1):
        cracked = nmc_mesh.crack(mesh, nmc_mesh.CrackLaw.named(name, SHARE), 1)
        told = cracked.info["cracks"]
        title = f"{name}: {told['cracks']} cracks,\n{told['boundaries']} boundaries"
        change = content(cracked) - intact  # cells keep their numbers
        colors = {"cmap": "RdBu_r", "vmin": -0.2, "vmax": 0.2}
        drawn = column(axes[:, place], particle, cracked, change, title, **colors)
    figure.colorbar(drawn, ax=axes[1, -1], shrink=0.8, label="change by cracks")
    figure.savefig(Path(__file__).with_name("cracks.png"), dpi=100)


if __name__ == "__main__":
    main()
