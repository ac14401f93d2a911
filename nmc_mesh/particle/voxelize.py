"""From a particle to a label image."""

from __future__ import annotations

import numpy as np

from nmc_mesh.doors import positive, taken
from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.radius_table import radius_table
from nmc_mesh.memory import total_memory
from nmc_mesh.particle.clip import clip_labels
from nmc_mesh.particle.fragments import merge_fragments
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.surroundings import label_surroundings
from nmc_mesh.typing import Floats, Ints, Longs


def voxelize(particle: Particle, spacing: float, *, merge: bool = True) -> LabelImage:
    """Return the label image of a particle: label 1 ... n of every voxel, 0 outside.

    The label of a voxel is exact at its centre. The voxels are those of the infinite grid with a
    corner at the origin, cut to the kept grains with one layer of outside around them, so two
    images of equal spacing lie on one grid.

    Parameters
    ----------
    particle
        The particle.
    spacing
        Edge length of a voxel in um; a grain smaller than that may have no voxel.
    merge
        Give fragments to their neighbours (see ``merge_fragments``, which also reports them).

    Raises
    ------
    InputError
        If the spacing is not positive, or so large that no grain has a voxel.
    ResourceError
        If the image would not fit in memory.

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> image = nmc_mesh.voxelize(particle, spacing=0.05)
    >>> int(image.labels.max()) == particle.n_grains
    True
    >>> round(float(image.volumes()[1:].sum() / particle.shell.volume), 1)
    1.0
    """
    taken(particle, Particle, "voxelize")
    positive(spacing, "the spacing")
    first, last = _index_box(particle, spacing)
    _check_memory(last - first, spacing)
    origin: Floats = np.float64(spacing) * (first + 0.5)
    shape = tuple(int(n) for n in last - first)
    labels = _grains(particle, origin, spacing, shape)
    used = [np.flatnonzero(labels.any(axis=tuple({0, 1, 2} - {k}))) for k in range(3)]
    if any(len(line) == 0 for line in used):
        raise InputError(
            f"no grain has a voxel of {spacing:g} um; choose a spacing below "
            f"{particle.grain_size / 4:.2g} um, a quarter of the mean grain"
        )
    low = np.array([line[0] for line in used])
    cut = labels[tuple(slice(line[0], line[-1] + 1) for line in used)]
    image = LabelImage(np.pad(cut, 1), spacing, origin + (low - 1) * spacing, particle.phases)
    return merge_fragments(image)[0] if merge else image


def _index_box(particle: Particle, spacing: float) -> tuple[Longs, Longs]:
    """Return the half-open range of grid indices whose voxel centres lie in the particle's box."""
    lower, upper = particle.bounds()
    first = np.ceil(lower / spacing - 0.5).astype(np.int64)
    last = np.floor(upper / spacing + 0.5).astype(np.int64)
    return first, np.maximum(last, first + 1)


def _check_memory(shape: Longs, spacing: float) -> None:
    """Refuse an image whose three copies would not fit the machine."""
    need = 12.0 * float(np.prod(shape.astype(np.float64)))
    have = total_memory()
    if need > have:
        raise ResourceError(
            f"{need / 12:.3g} voxels of {spacing:g} um need {need / 1e9:.3g} GB of memory, this "
            f"machine has {have / 1e9:.3g} GB; choose a larger spacing"
        )


def _grains(particle: Particle, origin: Floats, spacing: float, shape: tuple[int, ...]) -> Ints:
    labels = labels_on_grid(particle.tessellation, origin, spacing, shape)
    grain_of_seed = particle.grain_of_seed()
    for plane in labels:
        plane[:] = grain_of_seed[plane]
    around = 0 if particle.domain is None else particle.n_labels
    if particle.surface == "shell":
        clip_labels(particle.shell, radius_table(particle.shell), origin, spacing, labels, around)
    if particle.domain is not None or particle.coating is not None:
        axes = [origin[k] + spacing * np.arange(shape[k]) for k in range(3)]
        for x, plane in zip(axes[0], labels, strict=True):
            places = np.stack(np.meshgrid([x], axes[1], axes[2], indexing="ij"), axis=-1)
            label_surroundings(particle, places.reshape(-1, 3), plane.reshape(-1))
    return labels
