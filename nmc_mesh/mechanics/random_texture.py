"""Diffusivity of a polycrystal whose crystals lie at random, in closed form."""

from __future__ import annotations

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray, Floats


def random_diffusivity(along: AnyArray | float, across: AnyArray | float) -> Floats:
    """Return the diffusivity of equiaxed crystals that lie at random, self-consistently.

    A crystal is a ball of diag(along, along, across) in a medium of diffusivity e; the deviations
    of the flux vanish on the average over all directions (Bruggeman, doi
    10.1002/andp.19354160705):

        2 (along - e) / (along + 2 e) + (across - e) / (across + 2 e) = 0,
        e = along (1 + sqrt(1 + 8 across / along)) / 4.

    Even crystals that let nothing through across their layers leave half of what the layers
    conduct. Whole particles whose diffusivity is measured hold thousands of crystals, and are such
    a medium; a particle of fifty is not (see docs/chemo_mechanics.md).

    Parameters
    ----------
    along, across
        Diffusivity of the crystal along the layers and across them, um^2/s; shapes broadcast.

    Raises
    ------
    InputError
        If one along the layers is not positive, or one across them negative.

    Examples
    --------
    >>> from nmc_mesh.mechanics.random_texture import random_diffusivity
    >>> float(random_diffusivity(0.02, 0.0002).round(4))
    0.0102
    """
    layers, normal = np.asarray(along, dtype=np.float64), np.asarray(across, dtype=np.float64)
    if not ((layers > 0).all() and (normal >= 0).all()):
        raise InputError("a diffusivity along the layers is positive, across them 0 or more")
    return np.asarray(layers * (1 + np.sqrt(1 + 8 * normal / layers)) / 4)
