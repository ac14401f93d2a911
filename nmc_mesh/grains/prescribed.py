"""Grains of a prescribed size, elongation and scatter of sizes: the radial law's numbers for them.

The numbers below are measured, in space, on balls of 4,100 grains of the radial law, three for each
place, and six of 11,000 for each column, which its other places are scaled to
(`benchmarks/prescribed_grains.py` makes them; ours).
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.grains.marks import RadialMarkLaw
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.typing import Floats

SPREAD = 0.15
"""Standard deviation of log D, as in the model nmc-radial."""

RATIOS = (1.0, 1.3, 1.7, 2.2, 3.0, 4.5, 7.0, 11.0, 17.0, 25.0)
"""d_2 / d_1 of the rows below; d_2 = d_3 and d_1 d_2 d_3 = 1."""

OFFSETS = (0.0, 0.15, 0.35, 0.6, 0.9, 1.3, 2.0)
"""b of the columns: r is uniform on [0, b], where a seed has the volume 1."""

DIAMETERS = (
    (1.2152, 1.2102, 1.1922, 1.1693, 1.1509, 1.1577, 1.2159),
    (1.2148, 1.2098, 1.1925, 1.1695, 1.1498, 1.1578, 1.2146),
    (1.2142, 1.2091, 1.1919, 1.1684, 1.1496, 1.1594, 1.2162),
    (1.2136, 1.2085, 1.1914, 1.1668, 1.1483, 1.1592, 1.2137),
    (1.2129, 1.2076, 1.1898, 1.1651, 1.1485, 1.1565, 1.2132),
    (1.2119, 1.2068, 1.1892, 1.1647, 1.1467, 1.1564, 1.2113),
    (1.2103, 1.2051, 1.1875, 1.1614, 1.1430, 1.1580, 1.2119),
    (1.2089, 1.2036, 1.1853, 1.1597, 1.1420, 1.1530, 1.2076),
    (1.2068, 1.2017, 1.1827, 1.1576, 1.1394, 1.1510, 1.2067),
    (1.2042, 1.1988, 1.1796, 1.1548, 1.1363, 1.1459, 1.2038),
)  # fmt: skip
"""Mean volume-equivalent diameter."""

ASPECTS = (
    (1.3195, 1.3253, 1.3441, 1.3697, 1.3970, 1.4199, 1.4432),
    (1.3337, 1.3410, 1.3580, 1.3861, 1.4152, 1.4322, 1.4584),
    (1.3914, 1.3977, 1.4141, 1.4427, 1.4717, 1.4834, 1.5072),
    (1.4927, 1.4981, 1.5145, 1.5429, 1.5702, 1.5786, 1.5969),
    (1.6685, 1.6732, 1.6890, 1.7106, 1.7359, 1.7507, 1.7605),
    (1.9849, 1.9886, 2.0003, 2.0195, 2.0417, 2.0385, 2.0560),
    (2.4376, 2.4407, 2.4493, 2.4605, 2.4717, 2.4618, 2.4783),
    (3.0260, 3.0287, 3.0398, 3.0411, 3.0376, 3.0156, 3.0145),
    (3.7331, 3.7360, 3.7386, 3.7465, 3.7215, 3.6821, 3.6741),
    (4.4958, 4.4962, 4.4969, 4.4904, 4.4406, 4.4015, 4.3676),
)  # fmt: skip
"""Mean of sqrt(e1 / e2), e1 >= e2 the largest eigenvalues of a grain's covariance."""

SPREADS = (
    (0.1515, 0.1685, 0.2211, 0.2885, 0.3555, 0.4094, 0.4431),
    (0.1517, 0.1686, 0.2202, 0.2878, 0.3566, 0.4096, 0.4442),
    (0.1519, 0.1688, 0.2199, 0.2887, 0.3569, 0.4074, 0.4423),
    (0.1521, 0.1692, 0.2201, 0.2902, 0.3585, 0.4073, 0.4439),
    (0.1525, 0.1694, 0.2214, 0.2916, 0.3580, 0.4098, 0.4440),
    (0.1525, 0.1696, 0.2211, 0.2911, 0.3591, 0.4085, 0.4434),
    (0.1524, 0.1696, 0.2209, 0.2930, 0.3617, 0.4053, 0.4409),
    (0.1519, 0.1693, 0.2214, 0.2927, 0.3596, 0.4075, 0.4422),
    (0.1512, 0.1685, 0.2220, 0.2923, 0.3597, 0.4074, 0.4413),
    (0.1506, 0.1682, 0.2231, 0.2919, 0.3597, 0.4106, 0.4404),
)  # fmt: skip
"""Standard deviation of the volume-equivalent diameter over its mean."""

_FINE = 801
_DIGITS = 6  # of what is solved for, so that no processor's last bits reach a particle
_HALF_WINDOW = 10.0  # in sizes of a seed's cube


def radial_law(ratio: float, offset: float, size: float) -> GrainModel:
    """Return the radial law of the table: seeds of volume size^3, D of product 1.

    Parameters
    ----------
    ratio
        d_2 / d_1 = d_3 / d_1.
    offset
        r is uniform on [0, offset size^2].
    size
        In um.
    """
    root = float(cbrt(ratio))
    least = 1.0 / (root * root)
    area = size * size
    marks = RadialMarkLaw(
        (least, least * ratio, least * ratio),
        SPREAD,
        (0.0, offset * area),
        (least / 100, least * ratio * 100),
        (0.0, offset * area),
    )
    return GrainModel(1.0 / (area * size), marks, _HALF_WINDOW * size)


def prescribed_grains(grain_size: float, aspect: float, size_cv: float) -> GrainModel:
    """Return the radial law whose grains have a prescribed size, elongation and scatter of sizes.

    Parameters
    ----------
    grain_size
        Mean volume-equivalent diameter (6 V / pi)^(1/3) of the grains in um.
    aspect
        Mean elongation sqrt(e1 / e2), with e1 >= e2 >= e3 the eigenvalues of the covariance of a
        grain's points; grains are long toward the particle's centre.
    size_cv
        Standard deviation over mean of the volume-equivalent diameter.

    Raises
    ------
    InputError
        If a number is not positive, or no radial law has the aspect or the scatter; it says which
        can be had. Poisson seeds scatter by 0.15 and are elongated by 1.3 at least.

    Examples
    --------
    >>> from nmc_mesh.grains.prescribed import prescribed_grains
    >>> model = prescribed_grains(grain_size=0.5, aspect=3.0, size_cv=0.4)
    >>> d1, d2, _ = model.marks.diagonal
    >>> 9 < d2 / d1 < 13
    True
    """
    positive(grain_size, "the grain size")
    low, high = max(row[0] for row in SPREADS), min(row[-1] for row in SPREADS)
    if not low <= size_cv <= high:
        raise InputError(
            f"a cv of {size_cv:g} of the grains' diameters is out of reach; the radial law has "
            f"{low:.3f} to {high:.3f}"
        )
    fine = np.linspace(0.0, OFFSETS[-1], _FINE)
    scatter, aspects, diameters = (
        _finer(np.array(table), np.array(OFFSETS), fine) for table in (SPREADS, ASPECTS, DIAMETERS)
    )
    offsets = np.array([np.interp(size_cv, row, fine) for row in scatter])
    along = [
        np.array([np.interp(b, fine, row) for b, row in zip(offsets, table, strict=True)])
        for table in (aspects, diameters)
    ]
    positions = np.arange(len(RATIOS), dtype=np.float64)
    finer = np.linspace(0.0, positions[-1], _FINE)
    ratios, lengths, sizes, widths = (
        _finer(row[None], positions, finer)[0] for row in (np.array(RATIOS), *along, offsets)
    )
    if not lengths[0] <= aspect <= lengths[-1]:
        raise InputError(
            f"a mean elongation of {aspect:g} is out of reach; with this cv the radial law has "
            f"{lengths[0]:.2f} to {lengths[-1]:.2f}"
        )
    position = float(np.interp(aspect, lengths, finer))
    ratio, unit, offset = (
        float(f"{np.interp(position, finer, row):.{_DIGITS}g}") for row in (ratios, sizes, widths)
    )
    return radial_law(ratio, offset, grain_size / unit)


def _finer(rows: Floats, positions: Floats, fine: Floats) -> Floats:
    """Values between those of rows at ``positions``, monotone where these are."""
    from scipy.interpolate import PchipInterpolator

    return np.asarray(PchipInterpolator(positions, rows, axis=1)(fine), dtype=np.float64)
