"""What callers hand in: an array, or words; a mask is never lost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nmc_mesh import GBPD, LabelImage, StarShape, load_model, tetrahedralize
from nmc_mesh.errors import InputError

SEEDS = np.random.default_rng(0).uniform(-1, 1, (5, 3))
DIAGRAM = GBPD(SEEDS, np.tile(np.eye(3), (5, 1, 1)), np.zeros(5))
DOORS: dict[str, tuple[Callable[[object], object], np.ndarray]] = {
    "labels": (lambda a: LabelImage(a, 0.1), np.ones((3, 3, 3), np.int32)),  # type: ignore[arg-type]
    "spacing": (lambda a: LabelImage(np.ones((3, 3, 3), int), a), np.ones(3)),  # type: ignore[arg-type]
    "points": (DIAGRAM.labels, SEEDS),  # type: ignore[dict-item]
    "seeds": (lambda a: GBPD(a, DIAGRAM.matrices, DIAGRAM.offsets), SEEDS),  # type: ignore[arg-type]
    "offsets": (lambda a: GBPD(SEEDS, DIAGRAM.matrices, a), np.zeros(5)),  # type: ignore[arg-type]
    "coefficients": (StarShape, np.array([3.0, 0.1, 0.1, 0.1])),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("name", DOORS)
def test_a_mask_is_refused_and_an_empty_one_taken(name: str) -> None:
    call, plain = DOORS[name]
    mask = np.zeros(plain.shape, bool)
    call(np.ma.masked_array(plain, mask))
    mask.flat[0] = True
    with pytest.raises(InputError, match="masked in part"):
        call(np.ma.masked_array(plain, mask))


@pytest.mark.parametrize("name", DOORS)
def test_what_is_no_array_is_refused_in_words(name: str) -> None:
    call, plain = DOORS[name]
    with pytest.raises(InputError):
        call(value for value in plain)
    torch = pytest.importorskip("torch", reason="install torch to run this")
    for wrong in (
        torch.tensor(plain, dtype=torch.float64, requires_grad=True),
        torch.tensor(plain).to(torch.bfloat16),
    ):
        with pytest.raises(InputError, match="pass a numpy array"):
            call(wrong)


def test_a_size_that_is_a_word_is_refused() -> None:
    particle = load_model("nmc-radial").sample(1, 1.5)
    for wrong in ("0.25", 0.25 + 0j):
        with pytest.raises(InputError):
            tetrahedralize(particle, wrong)  # type: ignore[arg-type]
