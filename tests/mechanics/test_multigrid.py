"""The V-cycle is a symmetric, positive preconditioner, and saves most steps of a free body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.tensors import turned_stiffness, turned_tensors
from nmc_mesh.mechanics.homogenize_operator import Operator, corners
from nmc_mesh.mechanics.iterate import iterated
from nmc_mesh.mechanics.linear import gradients
from nmc_mesh.mechanics.multigrid import VCycle, rigid_motions
from nmc_mesh.mechanics.sparse_rows import SparseRows
from nmc_mesh.typing import Floats
from tests.meshes import voronoi

MESH = voronoi(12, 10)
TURNS = np.roll(Rotation.random(13, rng=1).as_quat(), 1, axis=1)
NMC = load_material("nmc811")


def problem(name: str) -> tuple[Any, Floats, Floats, int]:
    """Matrix of a free body, loads of its unit fluxes or stresses, what costs no energy, width."""
    stiff = name == "stiffness"
    tensors = (
        turned_stiffness(NMC.stiffness, TURNS)
        if stiff
        else turned_tensors(NMC.diffusion_tensor(0.5), TURNS)
    )
    points, cells, _, _ = corners(MESH, tensors)
    volumes, slopes = gradients(points, cells)
    kept = rigid_motions(points) if stiff else np.ones((len(points), 1))
    made = Operator(volumes, slopes, cells, len(points), tensors, MESH.labels)
    return made.matrix(), made.unit_loads(), kept, made.width


class Counted:
    """A preconditioner that counts the steps it is asked in."""

    def __init__(self, precondition: Callable[[Floats], Floats]) -> None:
        self.precondition, self.count = precondition, 0

    def __call__(self, residual: Floats) -> Floats:
        self.count += 1
        return self.precondition(residual)


@pytest.mark.parametrize("name", ["diffusivity", "stiffness"])
def test_a_free_body_takes_few_steps_to_the_same_energies(name: str) -> None:
    matrix, loads, kept, width = problem(name)
    scale = (1 / matrix.diagonal())[:, None]
    plain, coarse = Counted(lambda left: scale * left), Counted(VCycle(matrix, kept, width))
    expected = loads.T @ iterated(matrix, loads, 1e-9, plain)
    found = loads.T @ iterated(matrix, loads, 1e-9, coarse)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8 * np.abs(expected).max())
    assert coarse.count < plain.count / 2


@pytest.mark.parametrize("name", ["diffusivity", "stiffness"])
def test_the_cycle_is_symmetric_positive_and_the_same_every_time(name: str) -> None:
    matrix, _, kept, width = problem(name)
    cycle = VCycle(matrix, kept, width)
    r = matrix @ np.random.default_rng(2).normal(size=(len(kept), 5))
    gram = r.T @ cycle(r)
    np.testing.assert_allclose(gram, gram.T, rtol=1e-9, atol=1e-9 * np.abs(gram).max())
    assert (np.linalg.eigvalsh(gram) > 0).all()
    np.random.seed(5)  # noqa: NPY002 - the global generator must not matter
    np.testing.assert_array_equal(VCycle(matrix, kept, width)(r), cycle(r))


def test_rigid_motions_cost_no_energy() -> None:
    matrix, _, kept, _ = problem("stiffness")
    energies = np.einsum("ni,ni->i", kept, matrix @ kept)
    assert (np.abs(energies) < 1e-9 * matrix.diagonal().max()).all()
    assert np.linalg.matrix_rank(kept) == 6


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 6, 7, 11, 14])
def test_sparse_rows_times_columns_go_in_order(columns: int) -> None:
    """Bit by bit what a row gives, entry after entry; rows without entries give 0."""
    rng = np.random.default_rng(columns)
    dense = rng.normal(size=(37, 23)) * (rng.random((37, 23)) < 0.2)
    dense[5] = 0.0
    x = rng.normal(size=(23, columns))
    total = np.zeros((37, columns))
    for k in range(23):
        total = total + dense[:, k, None] * x[k]
    np.testing.assert_array_equal(SparseRows(csr_array(dense)) @ x, total)
    np.testing.assert_array_equal(SparseRows(csr_array(dense).tocsc()) @ x, total)
