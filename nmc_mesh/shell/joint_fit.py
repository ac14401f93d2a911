"""The joint law of measured shells: how many classes, their sizes, their shapes in their frames.

On the 1,164 particles of the preset's CT two classes are best by BIC and by the likelihood of
particles left out, and bring all four descriptors to the noise, of particles left out as well:
`docs/validation_shell.md` (ours).
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import degree_of, degrees, design_matrix
from nmc_mesh.geometry.turns import turned
from nmc_mesh.shell.frame import SLOPE, free_columns, parities
from nmc_mesh.shell.joint import JointShellModel, ShellClass
from nmc_mesh.shell.mixture import fit_mixture
from nmc_mesh.typing import AnyArray, Floats, Ints

FEWEST = 60  # particles; under that two in three sizes hang on single ones (ours)
_MOST_CLASSES = 4
_ROUND = 1e-9  # root power of a degree over a_00 that counts as none
_PRIOR = 5.0  # particles of uniform directions that the fit adds to each class (ours)


def fit_joint(coefficients: AnyArray, min_volume: float = 0.0) -> JointShellModel:
    """Fit the joint law to measured coefficients.

    The classes by maximum likelihood on ln a_00 and the relative root powers, as many as BIC
    chooses, 4 at most; the shapes of a class by the moments of its members, weighted by their
    chances to belong to it. Moments that a reflection of the frame changes are left out.

    Parameters
    ----------
    coefficients
        a_lm of measured shells, shape (n, (L + 1)^2), um. Rows whose radius is not positive
        everywhere are left out.
    min_volume
        Of the law, um^3.

    Raises
    ------
    InputError
        If L < 2, or fewer than 60 particles are left.

    Examples
    --------
    A law is found again in its own draws:

    >>> from nmc_mesh.shell.joint_fit import fit_joint
    >>> law = nmc_mesh.load_model("nmc111-ct-joint").shell
    >>> drawn = law.sample_many(1000, np.random.default_rng(0)).coefficients
    >>> [round(part.weight, 1) for part in fit_joint(drawn).classes]
    [0.2, 0.8]
    """
    table = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    degree = degree_of(table.shape[1])
    if degree < 2:
        raise InputError(f"a joint law of shells needs degree 2 or more, not {degree}")
    table = table[(table @ design_matrix(directions(), degree).T > 0).all(axis=1)]
    if len(table) < FEWEST:
        raise InputError(
            f"a joint law of shells needs {FEWEST} particles or more, there are {len(table)}; "
            "use a larger volume, or the law independent"
        )
    sizes, numbers = shape_numbers(table)
    most = min(_MOST_CLASSES, len(table) // FEWEST)
    mixtures = [fit_mixture(sizes, count) for count in range(1, most + 1)]
    best = min(mixtures, key=lambda mixture: mixture.bic)
    classes = []
    for k, weight in enumerate(best.weights):
        mean, covariance = _moments(numbers, best.shares[:, k], parities(degree))
        of_sizes = np.linalg.cholesky(best.covariances[k])
        of_shape = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
        classes.append(ShellClass(float(weight), best.means[k], of_sizes, mean, of_shape))
    return JointShellModel(tuple(classes), min_volume)


def shape_numbers(table: Floats) -> tuple[Floats, Floats]:
    """Sizes and shapes of shells, as ``in_frame`` takes them.

    Parameters
    ----------
    table
        Coefficients, shape (n, (L + 1)^2), um.

    Returns
    -------
    sizes, numbers
        Shapes (n, L + 1) and (n, (L + 1)^2 - 5); the directions of degree l are of length
        sqrt(2 l + 1), so that those of uniform ones have variance 1.
    """
    degree = degree_of(table.shape[1])
    of_column = degrees(degree)
    rows = turned(table, _angles(table[:, 4:9]))
    lengths = np.sqrt(
        np.stack([(rows[:, of_column == k] ** 2).sum(axis=1) for k in range(degree + 1)], axis=1)
    )
    lengths = np.maximum(lengths, _ROUND * lengths[:, :1])
    sizes = np.log(lengths)
    sizes[:, 1:] -= sizes[:, :1]
    columns = free_columns(degree)
    free = rows[:, columns] / lengths[:, of_column[columns]] * np.sqrt(2 * of_column[columns] + 1)
    kind = np.cos(3 * np.arctan2(-rows[:, 8], rows[:, 6]))
    score = np.arctanh(np.clip(kind, _ROUND - 1, 1 - _ROUND)) / SLOPE
    return sizes, np.column_stack([score, free])


def _angles(second: Floats) -> Floats:
    """Turns that bring the axes of degree 2 to x, y, z, the longest to z; of a_2m, m = -2 ... 2."""
    xy, yz, zz, xz, xx = second.T * np.array([0.5, 0.5, 1 / np.sqrt(3), 0.5, 0.5])[:, None]
    tensor = np.array([[xx - zz / 2, xy, xz], [xy, -xx - zz / 2, yz], [xz, yz, zz]])
    axes = np.linalg.eigh(tensor.transpose(2, 0, 1))[1].transpose(0, 2, 1)
    axes *= np.sign(np.linalg.det(axes))[:, None, None]
    return np.stack(
        [
            np.arctan2(axes[:, 1, 2], axes[:, 0, 2]),
            np.arccos(np.clip(axes[:, 2, 2], -1, 1)),
            np.arctan2(axes[:, 2, 1], -axes[:, 2, 0]),
        ],
        axis=1,
    )


def _moments(numbers: Floats, shares: Floats, parity: Ints) -> tuple[Floats, Floats]:
    """Mean and covariance that reflections leave, drawn a little to those of uniform directions."""
    total = shares.sum()
    mean = np.where(parity == 0, shares @ numbers / total, 0.0)
    away = numbers - mean
    covariance = (away * shares[:, None]).T @ away + _PRIOR * np.eye(len(parity))
    return mean, np.where(parity[:, None] == parity, covariance / (total + _PRIOR), 0.0)
