"""Particles of a tomogram and their shells.

A drawn tomogram of eight particles, noise included, is segmented; every particle gets its series
of spherical harmonics, up to degree 9 (lines: where the shells cross the slice).
"""

import matplotlib.pyplot as plt
import numpy as np

import nmc_mesh
from nmc_mesh.shell.fit import measured_shell
from nmc_mesh.shell.volume import segment

rng = np.random.default_rng(4)
shells = nmc_mesh.load_model("nmc111-ct-joint").shell
voxels = np.argwhere(np.ones((50, 50, 50))) * 0.4  # their places in um
grey = rng.normal(60.0, 12.0, len(voxels))
for middle in np.argwhere(np.ones((2, 2, 2))) * 9.6 + 5.0:
    grey[shells.sample_sized(rng.uniform(5, 7), rng).contains(voxels - middle)] += 120
grey = grey.clip(0, 255).astype(np.uint8).reshape(50, 50, 50)
image = segment(grey, 0.4).image
plt.imshow(grey[:, :, 12].T, cmap="gray", extent=(-0.2, 19.8, -0.2, 19.8), origin="lower")
for label in np.unique(image.labels[:, :, 12])[1:]:
    centre = np.argwhere(image.labels == label).mean(axis=0) * 0.4
    plane = np.argwhere(np.ones((200, 200, 1))) * 0.1 + [0, 0, 4.8]
    inside = measured_shell(image, int(label)).contains(plane - centre).reshape(200, 200)
    plt.contour(inside.T, [0.5], colors="C1", extent=(0, 19.9, 0, 19.9))
plt.xlabel("µm")
plt.savefig("tomogram.png", dpi=120)
