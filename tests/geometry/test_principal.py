"""Principal axes against what they are."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.geometry.principal import principal_axes


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1.0, 1e140])
def test_axes_and_values_make_the_matrix_again(dim: int, scale: float) -> None:
    rng = np.random.default_rng(dim)
    raw = rng.standard_normal((500, dim, dim))
    raw[:100] = np.round(raw[:100])
    raw[0], raw[1] = 0.0, np.eye(dim)
    matrices = (raw + raw.transpose(0, 2, 1)) * scale
    values, vectors = principal_axes(matrices)
    made = np.einsum("nik,nk,njk->nij", vectors, values, vectors)
    assert np.abs(made - matrices).max() < 1e-13 * np.abs(matrices).max()
    unit = np.einsum("nki,nkj->nij", vectors, vectors)
    assert np.abs(unit - np.eye(dim)).max() < 1e-14
    assert (np.diff(values, axis=1) >= 0).all()
    assert np.abs(values - np.linalg.eigvalsh(matrices)).max() < 1e-13 * np.abs(matrices).max()


def test_what_is_given_stays_as_it_was() -> None:
    matrix = np.array([[[2.0, 1.0], [1.0, 2.0]]])
    matrix.flags.writeable = False
    values, vectors = principal_axes(matrix)
    assert values.tolist() == [[1.0, 3.0]]
    assert np.abs(vectors[0] @ [1.0, 1.0]).max() == pytest.approx(np.sqrt(2))
