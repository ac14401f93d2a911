"""Wicksell's corpuscle problem: sizes of spheres from sizes of their circles in a section."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

from nmc_mesh.arrays import in_one_line
from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray, Floats


@in_one_line
class SphereSizes(NamedTuple):
    """Sizes of spheres, by number.

    ``diameters`` (k,), middles of the classes in um; ``shares`` (k,), which sum up to 1 and may be
    negative where circles are few; ``mean`` and ``deviation`` of the diameter in um.
    """

    diameters: Floats
    shares: Floats
    mean: float
    deviation: float


def saltykov(
    diameters: AnyArray, classes: int = 12, weights: AnyArray | None = None
) -> SphereSizes:
    """Unfold the diameters of circles to those of the spheres that a random plane cut.

    Spheres of the diameter D = (j - 1/2) w, in numbers N_j per volume, give circles with diameters
    of (i - 1) w to i w in numbers per area

        n_i = sum_j N_j (sqrt(D^2 - (i - 1)^2 w^2) - sqrt(D^2 - i^2 w^2))

    (the last root 0 for i = j), which is solved from the largest class down.

    Parameters
    ----------
    diameters
        Of circles, um, shape (n,).
    classes
        How many of one width w; 12 by custom.
    weights
        Of the circles; default: all alike.

    Raises
    ------
    InputError
        If there are fewer than ten circles or three classes, or a diameter is not positive.

    References
    ----------
    Saltykov, Stereometric metallography (1958); middles of classes as in Goldsmith, doi
    10.1088/0508-3443/18/6/310.

    Examples
    --------
    Spheres of 1 um, cut at random:

    >>> from nmc_mesh.shell.corpuscles import saltykov
    >>> heights = (np.arange(2000) + 0.5) / 2000
    >>> spheres = saltykov(np.sqrt(1 - heights**2))
    >>> round(spheres.mean, 1), spheres.deviation < 0.1
    (1.0, True)
    """
    circles = np.asarray(diameters, dtype=np.float64)
    if len(circles) < 10 or classes < 3 or not (np.isfinite(circles) & (circles > 0)).all():
        raise InputError(
            "an unfolding of sizes takes ten circles or more with positive diameters, and three "
            "classes or more"
        )
    width = float(circles.max()) / classes
    edges = width * np.arange(classes + 1)
    counts = np.histogram(circles, edges, weights=weights)[0].astype(np.float64)
    middles = np.asarray(edges[1:] - width / 2, dtype=np.float64)
    reach = np.sqrt(np.maximum(middles**2 - edges[:, None] ** 2, 0.0))
    numbers = solve_triangular(reach[:-1] - reach[1:], counts)
    shares = numbers / numbers.sum()
    mean = float(shares @ middles)
    spread = float(shares @ (middles - mean) ** 2)
    return SphereSizes(middles, shares, mean, float(np.sqrt(max(spread, 0.0))))
