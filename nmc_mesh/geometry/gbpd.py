"""Generalized balanced power diagrams: tessellations into grains with curved boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import frozen, given, keep
from nmc_mesh.errors import InputError
from nmc_mesh.geometry._tree import Tree, build_tree
from nmc_mesh.later import Shown
from nmc_mesh.numerics.functions import power
from nmc_mesh.numerics.products import symmetric_eigen
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Floats, Ints


@dataclass(frozen=True, eq=False)
class GBPD(Shown):
    """G_i = { x : q_i(x) <= q_j(x) for all j },  q_i(x) = (x - s_i)^T M_i (x - s_i) - r_i.

    Equation 8 of doi 10.1038/s43246-024-00728-5; the sign of r_i is ours: a larger r_i makes a
    larger grain. With equal matrices and offsets the diagram is the Voronoi diagram of the seeds.

    Parameters
    ----------
    seeds
        s_i in um, shape (n, d), d = 2 or 3, at least one.
    matrices
        M_i, symmetric and positive definite, without unit, shape (n, d, d).
    offsets
        r_i in um^2, shape (n,).

    Raises
    ------
    InputError
        If a shape is wrong, a number is not finite, or a matrix is not symmetric positive definite.

    Examples
    --------
    Where matrices are equal, an offset of r moves the plane between two seeds by r / (2 |s2 - s1|).

    >>> seeds = [[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    >>> diagram = nmc_mesh.GBPD(seeds, [np.eye(3)] * 2, [1.0, 0.0])
    >>> diagram.labels([[0.24, 0.0, 0.0], [0.26, 0.0, 0.0]])
    array([0, 1], dtype=int32)
    """

    seeds: Floats
    matrices: Floats
    offsets: Floats

    def __post_init__(self) -> None:
        seeds = np.array(given(self.seeds, "seeds", np.float64), order="C")
        if seeds.ndim != 2 or seeds.shape[1] not in (2, 3) or len(seeds) == 0:
            raise InputError(f"seeds need shape (n, 2) or (n, 3) with n >= 1, not {seeds.shape}")
        n, d = seeds.shape
        matrices = _owned(self.matrices, (n, d, d), "matrices")
        offsets = _owned(self.offsets, (n,), "offsets")
        for name, array in (("seeds", seeds), ("matrices", matrices), ("offsets", offsets)):
            if not np.isfinite(array).all():
                raise InputError(f"the {name} of a GBPD must be finite; remove NaN and infinity")
        keep(self, seeds=seeds, matrices=matrices, offsets=offsets)
        skew = np.abs(matrices - matrices.transpose(0, 2, 1)).max()
        if skew > 1e-9 * np.abs(matrices).max():
            raise InputError(f"the matrices of a GBPD must be symmetric; they differ by {skew:.3g}")
        if self.eigenvalues.min() <= 0:
            raise InputError(
                "the matrices of a GBPD must be positive definite; seed "
                f"{int(self.eigenvalues.argmin())} has an eigenvalue {self.eigenvalues.min():.3g}"
            )

    def __repr__(self) -> str:
        return f"GBPD({len(self):,} seeds in {self.dim} dimensions, in um)"

    @classmethod
    def radial(
        cls, seeds: AnyArray, diagonals: AnyArray, turns: AnyArray | None, offsets: AnyArray
    ) -> GBPD:
        """Return the diagram with M_i = Q_i^T D_i Q_i whose first axis points to the origin.

        In space Q_i = R_{e1, gamma_i} R_{s~_i + e1, pi}, s~_i = s_i / |s_i| (Eq. 12): a half turn
        takes s~_i to e1, then a turn by gamma_i about e1. In the plane Q_i is the turn that takes
        s~_i to e1. A seed at the origin has s~ = e1; for s~ = -e1 the half turn is about e2 (ours).

        Parameters
        ----------
        seeds
            s_i in um, shape (n, d).
        diagonals
            Diagonals of D_i, positive, shape (n, d); the first belongs to the radial direction, so
            a small first entry makes a grain that is long toward the origin.
        turns
            gamma_i in radians, shape (n,); ``None`` for no turn, and in the plane.
        offsets
            r_i in um^2, shape (n,).

        Examples
        --------
        A first entry of 1/4 makes the grain twice as long toward the origin as across.

        >>> diagram = nmc_mesh.GBPD.radial([[0.0, 2.0, 0.0]], [[0.25, 1.0, 1.0]], None, [0.0])
        >>> np.diag(diagram.matrices[0])
        array([1.  , 0.25, 1.  ])
        """
        points = given(seeds, "seeds", np.float64)
        if points.ndim != 2 or points.shape[1] not in (2, 3):
            raise InputError(f"seeds need shape (n, 2) or (n, 3), not {points.shape}")
        n, d = points.shape
        weights = _owned(diagonals, (n, d), "diagonals")
        if turns is not None and d == 2:
            raise InputError("turns have no meaning in the plane; pass None")
        angles = np.zeros(n) if turns is None else _owned(turns, (n,), "turns")
        matrices = np.empty((n, d, d))
        core.radial_matrices(np.ascontiguousarray(points), weights, angles, matrices)
        return cls(points, matrices, np.asarray(offsets))

    def __len__(self) -> int:
        return len(self.seeds)

    @property
    def dim(self) -> int:
        """Number of axes, 2 or 3."""
        return int(self.seeds.shape[1])

    @cached_property
    def mean_size(self) -> float:
        """Edge length in um of the cube (square) that one seed has on average; 0 if they lie flat.

        (volume of the box around the seeds / n)^(1/d).
        """
        extent = self.seeds.max(axis=0) - self.seeds.min(axis=0)
        return float(power(extent.prod() / len(self), 1.0 / self.dim))

    @cached_property
    def eigenvalues(self) -> Floats:
        """Smallest eigenvalue of every matrix, shape (n,)."""
        return np.array(symmetric_eigen(self.matrices).values[:, 0])

    @cached_property
    def rows(self) -> Floats:
        """What kernels read, shape (n, 10): s0 s1 s2 M00 M11 M22 M01 M02 M12 r.

        A diagram in the plane lies in z = 0 of space, with M22 = 1 and no mixed terms.
        """
        rows = np.zeros((len(self), 10))
        d = self.dim
        rows[:, :d] = self.seeds
        rows[:, 5] = 1.0
        rows[:, 3 : 3 + d] = np.diagonal(self.matrices, axis1=1, axis2=2)
        rows[:, 6] = self.matrices[:, 0, 1]
        if d == 3:
            rows[:, 7] = self.matrices[:, 0, 2]
            rows[:, 8] = self.matrices[:, 1, 2]
        rows[:, 9] = self.offsets
        return frozen(rows)

    @cached_property
    def tree(self) -> Tree:
        """Search tree over the seeds, made when first needed."""
        smallest = self.eigenvalues  # of the matrices of ``rows``, which have M22 = 1 in the plane
        return build_tree(self.rows, smallest if self.dim == 3 else np.minimum(smallest, 1.0))

    def costs(self, points: AnyArray, seeds: AnyArray) -> Floats:
        """Return q_i(x) in um^2, bit for bit as the labelling computes it.

        Parameters
        ----------
        points
            Points x in um, shape (..., d).
        seeds
            Seed indices i; their shape and the leading shape of ``points`` broadcast, so
            ``costs(points[:, None], arange(n))`` is the matrix of all costs.

        Examples
        --------
        >>> diagram = nmc_mesh.GBPD([[0.0, 0.0], [3.0, 4.0]], [np.eye(2)] * 2, [0.0, 1.0])
        >>> diagram.costs([[0.0, 0.0]], [0, 1])
        array([ 0., 24.])
        """
        position = np.asarray(points, dtype=np.float64)
        row = self.rows[np.asarray(seeds)]
        u = position[..., 0] - row[..., 0]
        v = position[..., 1] - row[..., 1]
        w = position[..., 2] - row[..., 2] if self.dim == 3 else 0.0 * u
        planar = (row[..., 3] * u + 2.0 * row[..., 6] * v) * u + row[..., 4] * v * v
        upright = (2.0 * (row[..., 7] * u + row[..., 8] * v) + row[..., 5] * w) * w
        values: Floats = planar + upright - row[..., 9]
        return values

    def labels(self, points: AnyArray) -> Ints:
        """Return argmin_i q_i(x), the lowest i among equals, for points (m, d) in um: int32 (m,).

        Exact: the same as comparing every point with every seed.

        Parameters
        ----------
        points
            Points x in um, shape (m, d).

        Raises
        ------
        InputError
            If ``points`` has another shape or holds NaN or infinity.

        Examples
        --------
        >>> diagram = nmc_mesh.GBPD([[0.0, 0.0], [2.0, 0.0]], [np.eye(2)] * 2, [0.0, 0.0])
        >>> diagram.labels([[0.9, 5.0], [1.0, 0.0], [1.1, 0.0]])
        array([0, 0, 1], dtype=int32)
        """
        places = given(points, "points", np.float64)
        if places.ndim != 2 or places.shape[1] != self.dim:
            raise InputError(f"points need shape (m, {self.dim}), not {places.shape}")
        if not np.isfinite(places).all():
            raise InputError("points must be finite; remove NaN and infinity")
        placed = np.zeros((len(places), 3))
        placed[:, : self.dim] = places
        labels = np.empty(len(places), dtype=np.int32)
        tree = self.tree
        for_chunks(len(places), 4096, lambda a, b: core.label_points(tree, placed, a, b, labels))
        return labels

    def subset(self, indices: AnyArray) -> GBPD:
        """Return the diagram of the chosen seeds alone, in the order given.

        Parameters
        ----------
        indices
            Seeds to keep, 0-based, shape (k,).

        Examples
        --------
        >>> diagram = nmc_mesh.GBPD([[0.0, 0.0], [2.0, 0.0]], [np.eye(2)] * 2, [0.0, 1.0])
        >>> diagram.subset([1]).offsets
        array([1.])
        """
        chosen = np.asarray(indices)
        return GBPD(self.seeds[chosen], self.matrices[chosen], self.offsets[chosen])


def _owned(values: AnyArray, shape: tuple[int, ...], name: str) -> Floats:
    array = np.array(given(values, name, np.float64), order="C")
    if array.shape != shape:
        raise InputError(f"{name} need shape {shape} for these seeds, not {array.shape}")
    return array
