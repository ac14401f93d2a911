"""Hidden truth of the fit to outlines: shells of a known law, cut at random, and found again."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import degrees, design_matrix
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import volumes
from nmc_mesh.geometry.turns import turned
from nmc_mesh.progress import Progress, silent
from nmc_mesh.shell.joint import JointShellModel
from nmc_mesh.shell.model import ShellModel
from nmc_mesh.shell.outline_fit import FEWEST, OutlineFit, fit_outlines
from nmc_mesh.shell.outlines import Outlines, outlines_of, together
from nmc_mesh.typing import Floats

_ACROSS = 64  # pixels of the mean diameter
_TRUTH = 20_000  # shells that tell what the law has
_FINE = 4  # level of the directions that tell how wide a shell is


@dataclass(frozen=True, eq=False)
class OutlineTrial:
    """A law found from outlines of shells of a known one.

    Parameters
    ----------
    fit
        What was found.
    roots
        Standard deviations of a_lm of the truth, l = 2 ... L, um, shape (L - 1,).
    widths
        Its tau_l, where its laws have some; else NaN.
    size
        Mean and standard deviation of its volume-equivalent diameters, um.
    """

    fit: OutlineFit
    roots: Floats
    widths: Floats
    size: tuple[float, float]

    __repr__ = one_line

    def errors(self) -> dict[str, Any]:
        """Relative errors of what was found."""
        found_widths = _widths(self.fit.model)
        return {
            "root_power": (self.fit.roots / self.roots - 1).tolist(),
            "tau": [
                None if np.isnan(error) else float(error)
                for error in found_widths / self.widths - 1
            ],
            "diameter_mean": self.fit.size[0] / self.size[0] - 1,
            "diameter_deviation": self.fit.size[1] / self.size[1] - 1,
            "spheres_mean": self.fit.spheres.mean / self.size[0] - 1,
            "spheres_deviation": self.fit.spheres.deviation / self.size[1] - 1,
        }


def outline_trial(
    model: ShellModel | JointShellModel,
    count: int = 1000,
    seed: int = 0,
    progress: Progress = silent,
    shells: int = 3000,
) -> OutlineTrial:
    """Cut shells of a law at random, and fit a law to their outlines.

    Parameters
    ----------
    model
        The truth.
    count
        Outlines, each of another shell.
    seed
        Draws shells, planes and the fit's simulation.
    progress
        Told after every step.
    shells
        Of the fit.

    Raises
    ------
    InputError
        If fewer than 100 outlines are asked for, or the model's degree is under 2.
    """
    if count < FEWEST or model.degree < 2:
        raise InputError(
            f"a trial needs {FEWEST} outlines or more, of shells of degree 2 or more; ask for more"
        )
    rng = np.random.default_rng([seed, 1])
    seen = random_outlines(model, count, rng, progress)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the misfit is among the figures
        fitted = fit_outlines(seen, seed, shells, progress)
    table = model.sample_many(_TRUTH, np.random.default_rng([seed, 2])).coefficients
    sizes = np.cbrt(6 * volumes(table) / np.pi)
    of_column = degrees(model.degree)
    roots = [np.sqrt((table[:, of_column == k] ** 2).mean()) for k in range(2, model.degree + 1)]
    size = float(sizes.mean()), float(sizes.std())
    return OutlineTrial(fitted, np.array(roots), _widths(model), size)


def table_of(trials: Sequence[OutlineTrial]) -> dict[str, list[float]]:
    """Relative errors of several trials, by the name of what was sought.

    Parameters
    ----------
    trials
        Of one truth.
    """
    rows = [trial.errors() for trial in trials]
    single = ("diameter_mean", "diameter_deviation", "spheres_mean", "spheres_deviation")
    table = {name.replace("_", " "): [row[name] for row in rows] for name in single}
    for name, word in (("root_power", "deviation"), ("tau", "tau")):
        for k in range(len(rows[0][name])):
            values = [row[name][k] for row in rows]
            if None not in values:
                table[f"{word} of l = {k + 2}"] = values
    return table


def random_outlines(
    model: ShellModel | JointShellModel,
    count: int,
    rng: np.random.Generator,
    progress: Progress = silent,
) -> Outlines:
    """Outlines of shells in random planes, in pixels: 64 to the mean diameter.

    A plane hits a shell with a chance that grows with its width along the normal; then all heights
    over that width are alike. Pixels whose middle lies in the shell are its section, which is not
    how the fit cuts its own shells.

    Parameters
    ----------
    model
        Draws the shells.
    count
        How many outlines.
    rng
        Draws shells and planes.
    progress
        Told now and then.
    """
    unit = directions(_FINE)
    columns = design_matrix(unit, model.degree).T
    parts: list[Outlines] = []
    pixel = 0.0
    while len(parts) < count:
        table = model.sample_many(2 * count, rng).coefficients
        pixel = pixel or 2 * float(table[:, 0].mean()) / np.sqrt(4 * np.pi) / _ACROSS
        angles = rng.random((len(table), 3)) * [2 * np.pi, 2.0, 2 * np.pi]
        angles[:, 1] = np.arccos(angles[:, 1] - 1)
        table = turned(table, angles)
        radii = table @ columns
        heights = radii * unit[:, 2]
        low, width = heights.min(axis=1), np.ptp(heights, axis=1)
        hit = rng.random(len(table)) * width.max() < width
        for row in np.flatnonzero(hit)[: count - len(parts)]:
            height = low[row] + width[row] * rng.random()
            mask = _section(table[row], height, float(radii[row].max()), pixel, rng.random(2))
            if mask.any():
                parts.append(outlines_of(LabelImage(mask.astype(np.int32), pixel), model.degree))
            progress("cut", len(parts) / count)
    joined = together(parts)
    return joined._replace(weights=np.ones(len(joined.areas)))  # each had an image of its own


def _section(
    coefficients: Floats, height: float, reach: float, pixel: float, shift: Floats
) -> Floats:
    """Mask of the largest piece of a section, with a rim of pixels outside."""
    from scipy import ndimage

    steps = int(1.1 * reach / pixel) + 2
    line = pixel * np.arange(-steps, steps + 1)
    x, y = np.meshgrid(line + pixel * shift[0], line + pixel * shift[1], indexing="ij")
    points = np.stack([x.ravel(), y.ravel(), np.full(x.size, height)], axis=1)
    degree = int(np.sqrt(len(coefficients))) - 1
    radius = design_matrix(points, degree) @ coefficients
    inside = (radius >= np.sqrt((points * points).sum(axis=1))).reshape(x.shape)
    pieces, number = ndimage.label(inside)
    if number > 1:
        inside = pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])
    return np.asarray(inside)


def _widths(model: ShellModel | JointShellModel) -> Floats:
    """Return tau_l, or the deviation, of degrees 2 ... L; NaN where laws have none."""
    if not isinstance(model, ShellModel):
        return np.full(model.degree - 1, np.nan)
    return np.array(
        [getattr(law, "tau", getattr(law, "deviation", np.nan)) for law in model.laws[2:]]
    )
