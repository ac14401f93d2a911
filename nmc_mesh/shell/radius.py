"""Radius functions of labelled particles: how far each direction stays inside (Eq. 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from nmc_mesh import _core as core
from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Floats, Ints

_CHUNK = 16


@dataclass(frozen=True, eq=False)
class RadiusFunctions:
    """Radius functions of many particles.

    Parameters
    ----------
    ids
        Label of every particle in the image, shape (n,).
    centres
        Star points (centres of mass) in um, shape (n, 3).
    radii
        P_p(R_p u_k) in um for the 642 ``directions()``, shape (n, 642).
    rotations
        The rotations R_p, shape (n, 3, 3).
    volumes
        Voxel volumes in um^3, shape (n,).
    shares
        Share of the particle's volume that its star shape captures, shape (n,): voxels whose centre
        sees the star point without leaving the particle. 0 if the star point lies outside.
    """

    ids: Ints
    centres: Floats
    radii: Floats
    rotations: Floats
    volumes: Floats
    shares: Floats

    __repr__ = one_line

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def total_share(self) -> float:
        """Share of the volume of all particles that their star shapes capture (paper: 96 %)."""
        return float(self.shares @ self.volumes / self.volumes.sum())

    def subset(self, keep: Bools) -> RadiusFunctions:
        """Return the particles for which ``keep`` (n,) is true."""
        fields = ("ids", "centres", "radii", "rotations", "volumes", "shares")
        return RadiusFunctions(*(getattr(self, name)[keep] for name in fields))


def radius_functions(
    image: LabelImage, rng: np.random.Generator | None = None, only: Ints | None = None
) -> RadiusFunctions:
    """P(u) = sup{r >= 0 : the voxel nearest to c + r'u is the particle's for all r' in [0, r]}.

    The path through the voxels is followed exactly, face by face; c is the centre of mass.

    Parameters
    ----------
    image
        Particles 1 ... n in space.
    rng
        Turns every particle by a random rotation of its own, which removes the anisotropy of the
        voxel grid; ``None``: no rotation.
    only
        Labels to look at; default: all that occur.

    Raises
    ------
    InputError
        If the image is 2D or holds no particle, or a label of ``only`` does not occur.

    References
    ----------
    Eq. 1 of doi 10.1038/s43246-024-00728-5.
    """
    if image.dim != 3:
        raise InputError("radius functions need a volume; this label image has two axes")
    boxes = ndimage.find_objects(image.labels)
    present = np.array([k + 1 for k, box in enumerate(boxes) if box is not None], dtype=np.int32)
    ids = present if only is None else np.asarray(only, dtype=np.int32).ravel()
    if len(ids) == 0:
        raise InputError("the label image holds no particle: all labels are 0")
    if not np.isin(ids, present).all():
        raise InputError(f"label {ids[~np.isin(ids, present)][0]} does not occur in the image")
    corners = np.array(
        [[(axis.start, axis.stop) for axis in boxes[k - 1]] for k in ids], dtype=np.int64
    )
    rotations = _rotations(len(ids), rng)
    unit = directions()
    centres, volumes = np.empty((len(ids), 3)), np.empty(len(ids))
    shares, radii = np.empty(len(ids)), np.empty((len(ids), len(unit)))

    def work(start: int, stop: int) -> None:
        part = slice(start, stop)
        turned = np.ascontiguousarray(np.einsum("pij,kj->pki", rotations[part], unit))
        core.measure_particles(
            image.labels, image.spacing, ids[part], corners[part], turned,
            centres[part], volumes[part], shares[part], radii[part],
        )  # fmt: skip

    for_chunks(len(ids), _CHUNK, work)
    return RadiusFunctions(ids, centres + image.origin, radii, rotations, volumes, shares)


def _rotations(count: int, rng: np.random.Generator | None) -> Floats:
    """Uniformly random rotations (quaternions of normal numbers), or the identity."""
    if rng is None:
        return np.tile(np.eye(3), (count, 1, 1))
    return np.asarray(Rotation.from_quat(rng.standard_normal((count, 4))).as_matrix())
