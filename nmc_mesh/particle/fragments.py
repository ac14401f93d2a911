"""Fragments: the parts of a grain that do not hang together with its main part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import one_line
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.parallel import for_chunks
from nmc_mesh.particle._components import components, find_owners
from nmc_mesh.typing import Bools, Floats, Ints, Longs


@dataclass(frozen=True)
class FragmentReport:
    """What was found outside the main parts of the grains, and what became of it.

    Parameters
    ----------
    count
        Number of fragments.
    voxels
        Voxels in them.
    volume
        Volume in them, um^3 (area in um^2 for an image in the plane).
    share
        Their share of the volume of all grains.
    removed
        Voxels of those that touched no grain and became outside.
    """

    count: int
    voxels: int
    volume: float
    share: float
    removed: int

    __repr__ = one_line


def merge_fragments(image: LabelImage) -> tuple[LabelImage, FragmentReport]:
    """Give every fragment of a grain to the neighbouring grain with the longest common boundary.

    Two voxels hang together if they share a face. The largest component of a label (the first in
    C order among equals) is its main part, all others are fragments. The common boundary with a
    grain is the area of shared faces with its main part and with what already went to it; equal
    areas go to the lower label. A fragment among fragments waits until a neighbour has found its
    grain; one that reaches no grain becomes outside. Label 0 is never a fragment. Afterwards every
    grain is one component, none is lost, and volume leaves the grains only as ``removed``.
    Ours.

    Parameters
    ----------
    image
        Labels of grains, 0 outside, in two or three dimensions.
    """
    shape, spacing = image.labels.shape, image.spacing
    if image.dim == 2:
        shape, spacing = (1, *shape), np.array([1.0, *spacing])
    labels = np.array(image.labels).reshape(shape)
    runs, voxels, label = components(labels)
    main = _main_parts(voxels, label)
    fragment = (label > 0) & ~main
    areas: Floats = spacing.prod() / spacing
    pairs, sizes = core.run_contacts(runs, fragment, areas)
    owner = np.where(fragment, -1, label).astype(np.int32)
    find_owners(owner, pairs, sizes)
    lost = fragment & (owner < 0)
    owner[lost] = 0
    columns = labels.reshape(-1, shape[2])
    for_chunks(len(columns), 4096, lambda a, b: core.paint_runs(columns, runs, owner, a, b))
    moved = int(voxels[fragment].sum())
    inside = int(voxels[label > 0].sum())
    report = FragmentReport(
        int(fragment.sum()),
        moved,
        moved * image.voxel_volume,
        moved / max(inside, 1),
        int(voxels[lost].sum()),
    )
    whole = labels.reshape(image.labels.shape)
    return LabelImage(whole, image.spacing, image.origin, image.phases), report


def _main_parts(voxels: Longs, label: Ints) -> Bools:
    """Mark the first largest component of every label."""
    order = np.lexsort((np.arange(len(voxels)), -voxels, label))
    leads = np.ones(len(order), dtype=np.bool_)
    leads[1:] = label[order[1:]] != label[order[:-1]]
    main = np.zeros(len(order), dtype=np.bool_)
    main[order[leads]] = True
    return main
