"""Principal axes of symmetric matrices, the same bits on every machine."""

from __future__ import annotations

import numpy as np

from nmc_mesh.typing import AnyArray, Floats

_SWEEPS = 30


def principal_axes(matrices: AnyArray) -> tuple[Floats, Floats]:
    """Return (values, vectors) of symmetric matrices, as ``numpy.linalg.eigh`` does.

    Jacobi's cyclic method: each turn in the plane of two axes p, q takes the entry (p, q) to zero,
    t = tan of its angle is the smaller root of t^2 + 2 t (M_qq - M_pp) / (2 M_pq) - 1 = 0. It is
    made of sums, products and square roots alone, in one order. LAPACK goes through BLAS, whose
    last bits depend on the processor and on the number of threads.

    Parameters
    ----------
    matrices
        Symmetric, finite, shape (n, d, d), of few axes d.

    Returns
    -------
    values
        Shape (n, d), ascending.
    vectors
        Shape (n, d, d); column k belongs to value k and has length 1.
    """
    m = np.array(matrices, dtype=np.float64)
    n, d = m.shape[:2]
    vectors = np.zeros((n, d, d)) + np.eye(d)
    pairs = [(p, q) for p in range(d) for q in range(p + 1, d)]
    for _ in range(_SWEEPS):
        if not any(m[:, p, q].any() for p, q in pairs):
            break
        for p, q in pairs:
            _turn(m, vectors, p, q)
    values = np.stack([m[:, k, k] for k in range(d)], axis=1)
    order = np.argsort(values, axis=1, kind="stable")
    return (
        np.take_along_axis(values, order, axis=1),
        np.take_along_axis(vectors, order[:, None, :], axis=2),
    )


def _turn(m: Floats, vectors: Floats, p: int, q: int) -> None:
    """Take the entry (p, q) of every matrix to zero; one that no longer counts is dropped."""
    off, gap = m[:, p, q].copy(), m[:, q, q] - m[:, p, p]
    size = np.abs(m[:, p, p]) + np.abs(m[:, q, q])
    nothing = size + 100 * np.abs(off) == size
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        ratio = gap / (2.0 * off)
        tangent = np.where(ratio < 0, -1.0, 1.0) / (np.abs(ratio) + np.sqrt(ratio * ratio + 1.0))
    tangent = np.where(nothing, 0.0, tangent)
    cosine = 1.0 / np.sqrt(tangent * tangent + 1.0)
    sine = tangent * cosine
    m[:, p, p] -= tangent * off
    m[:, q, q] += tangent * off
    m[:, p, q] = m[:, q, p] = 0.0
    for r in range(m.shape[1]):
        if r not in (p, q):
            one, two = m[:, r, p].copy(), m[:, r, q].copy()
            m[:, r, p] = m[:, p, r] = cosine * one - sine * two
            m[:, r, q] = m[:, q, r] = sine * one + cosine * two
        one, two = vectors[:, r, p].copy(), vectors[:, r, q].copy()
        vectors[:, r, p] = cosine * one - sine * two
        vectors[:, r, q] = sine * one + cosine * two
