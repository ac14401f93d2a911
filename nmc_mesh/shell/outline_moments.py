"""Outlines that a law of shells shows in random planes, and what is compared of them: means.

A law here has independent coefficients: a_00 log-normal, all a_lm with l >= 2 normal or of one t
law, degree by degree as wide as tau_l. Its numbers, in units of ``scale``, stand in one vector:

    mean of a_00, ln of its deviation, its shape, u = 1 / nu (0: normal), ln tau_2 ... ln tau_L

The same random numbers serve every vector, so that means are smooth in it. A plane hits a shell
with a chance that grows with its width along the normal: outlines count so often.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import degrees, design_matrix
from nmc_mesh.shell.laws import Law, LogNormal, Normal, Student
from nmc_mesh.shell.plane_cuts import plane_cuts
from nmc_mesh.typing import Complexes, Floats

PLANES = 4
"""Planes per drawn shell, one in each quarter of its height."""
SHAPE, TAIL, FIRST = 2, 3, 4
"""Where the shape of a_00, u and ln tau_2 stand in the vector."""
_FLAT = 1e-3  # shape and u below which a law is normal
_PIXEL_NOISE = 0.26
"""Error of q_k of a disc of a radius of one pixel; it falls with the radius to the power 3/2.

Each of the 8 r pixels that the outline passes errs by 1/12 of its area squared, in the mean:
8 r / 12 / (pi r^2)^2."""
_GRID = np.linspace(-6.0, 0.0, 1201)


class Draws(NamedTuple):
    """Random numbers of n shells.

    ``sizes`` (n,), ``rough`` (n, c), normal; ``turns`` (n, 3); ``heights`` (n, planes), shares of
    the reach; ``noise`` (n, planes, K - 1), normal.
    """

    sizes: Floats
    rough: Floats
    turns: Floats
    heights: Floats
    noise: Complexes

    def first(self, count: int) -> Draws:
        """Return every k-th shell, so that about ``count`` are left and sizes stay spread."""
        step = max(1, len(self.sizes) // count)
        sizes, rough, turns, heights, noise = self
        return Draws(sizes[::step], rough[::step], turns[::step], heights[::step], noise[::step])


def draws(count: int, degree: int, rng: np.random.Generator) -> Draws:
    """Draw the random numbers of so many shells; sizes are spread evenly over their law."""
    turns = rng.random((count, 3))
    turns[:, [0, 2]] *= 2 * np.pi
    turns[:, 1] = np.arccos(2 * turns[:, 1] - 1)
    places = (rng.permutation(count) + 0.5) / count
    rough = stats.norm.ppf(rng.random((count, (degree + 1) ** 2 - 4)))
    heights = (np.arange(PLANES) + rng.random((count, PLANES))) / PLANES
    noise = stats.norm.ppf(rng.random((2, count, PLANES, degree - 1))) / np.sqrt(2)
    return Draws(stats.norm.ppf(places), rough, turns, heights, noise[0] + 1j * noise[1])


def size_law(x: Floats, scale: float) -> Law:
    """Return the law of a_00, um."""
    mean, deviation = float(x[0]) * scale, float(np.exp(x[1])) * scale
    shape = float(x[SHAPE])
    if shape <= _FLAT:
        return Normal(mean, deviation)
    growth = float(np.exp(shape * shape))
    spread = deviation / np.sqrt(growth * (growth - 1))
    return LogNormal(shape, mean - spread * float(np.sqrt(growth)), float(spread))


def rough_laws(x: Floats, scale: float) -> list[Law]:
    """Return the laws of degrees 2 ... L, um."""
    widths = (np.exp(x[FIRST:]) * scale).tolist()
    if x[TAIL] <= _FLAT:
        return [Normal(0.0, width) for width in widths]
    return [Student(1 / float(x[TAIL]), width) for width in widths]


def root_powers(x: Floats) -> Floats:
    """Standard deviations of a_lm, l = 2 ... L, in units of the scale: tau sqrt(nu / (nu - 2))."""
    return np.asarray(np.exp(x[FIRST:]) / np.sqrt(1 - 2 * x[TAIL]))


def shells(x: Floats, numbers: Draws, scale: float) -> Floats:
    """Coefficients of the drawn shells, um, l = 1 being 0: outlines do not tell where 0 is."""
    degree = len(x) - FIRST + 1
    table = np.zeros((len(numbers.sizes), (degree + 1) ** 2))
    law = size_law(x, scale)
    if isinstance(law, LogNormal):
        table[:, 0] = law.loc + law.scale * np.exp(law.shape * numbers.sizes)
    else:
        table[:, 0] = x[0] * scale + np.exp(x[1]) * scale * numbers.sizes
    widths = np.exp(x[FIRST:])[degrees(degree)[4:] - 2] * scale
    table[:, 4:] = _tailed(numbers.rough, float(x[TAIL])) * widths
    return table


def _tailed(normal: Floats, u: float) -> Floats:
    """Bring normal numbers to the t law of 1 / u degrees of freedom, quantile by quantile."""
    if u <= _FLAT:
        return normal
    lower = stats.t.ppf(stats.norm.cdf(_GRID), 1 / u)
    table = np.concatenate([lower, -lower[-2::-1]])
    return np.interp(normal, np.concatenate([_GRID, -_GRID[-2::-1]]), table)


class Shown(NamedTuple):
    """Outlines of a law: ``features`` (m, f) and ``weights`` (m,), which sum up to 1."""

    features: Floats
    weights: Floats

    @property
    def means(self) -> Floats:
        """Means of the features, shape (f,)."""
        return np.asarray(self.weights @ self.features)


def shown(x: Floats, numbers: Draws, scale: float, least: float, pixel: float) -> Shown:
    """Cut the shells of a law.

    Parameters
    ----------
    x, scale
        The law, and its unit in um.
    numbers
        Its random numbers.
    least
        Diameter under which outlines are left out, um.
    pixel
        Edge of a pixel in um; 0 for none.
    """
    degree = len(x) - FIRST + 1
    table = shells(x, numbers, scale)
    sound = (table @ design_matrix(directions(), degree).T > 0).all(axis=1)
    cuts = plane_cuts(table[sound], numbers.turns[sound], numbers.heights[sound], degree)
    diameters = 2 * np.sqrt(cuts.areas / np.pi)
    # Heights are spread evenly up to the top; the other half of the shell is another turn of it.
    weights = np.where(diameters >= least, cuts.tops[:, None], 0.0)
    harmonics = cuts.harmonics
    if pixel > 0:
        error = _PIXEL_NOISE * (2 * pixel / np.maximum(diameters, pixel)) ** 1.5
        harmonics = harmonics + error[..., None] * numbers.noise[sound]
    weights = weights.ravel() / weights.sum()
    kept = weights > 0
    amplitudes = np.abs(harmonics).reshape(-1, degree - 1)
    return Shown(features(diameters.ravel()[kept], amplitudes[kept], scale), weights[kept])


def features(diameters: Floats, amplitudes: Floats, scale: float) -> Floats:
    """What is averaged of outlines: powers of the size d, and of the amplitudes a_k = |q_k|.

    A plane away from the centre shows a smaller circle and more roughness, a_k ~ 1 / d^2 to first
    order, so that a_k d^2 weighs all planes alike; a_k d tells small particles from such planes,
    logarithms and squares tell the tails of the law. More powers tell hardly more, but are so much
    alike that the noise of a simulation grows in them.

    Returns
    -------
    Floats
        Shape (n, 4 + 4 (K - 1)).
    """
    d, a = (diameters / scale)[:, None], np.maximum(amplitudes, 1e-6)
    weighed = a * d**2
    return np.concatenate([np.log(d), d, d**2, d**3, np.log(a), a * d, weighed, weighed**2], axis=1)


def central_powers(degree: int) -> Floats:
    """G with E |q_k|^2 = 4 / b^2 sum_l G_kl s_l^2 in central planes, (k, l), both from 2.

    There, X(pi/2, p) = b + sum a_lm Y_lm(pi/2, p) and q_k = 2 X_k / b to first order, X_k the k-th
    Fourier coefficient; a_lk and a_l(-k), of variance s_l^2, share Y_lk(pi/2, 0)^2 / 2 each in
    E |X_k|^2. Where l + k is odd, Y_lk is 0 on the equator: G is triangular.
    """
    values = design_matrix(np.array([[1.0, 0.0, 0.0]]), degree)[0]
    matrix = np.zeros((degree - 1, degree - 1))
    for l in range(2, degree + 1):  # noqa: E741
        k = np.arange(2, l + 1)
        matrix[k - 2, l - 2] = values[l * l + l + k] ** 2 / 2
    return matrix
