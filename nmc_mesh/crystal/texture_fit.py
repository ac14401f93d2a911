"""Texture laws fitted to crystals that were seen: maximum likelihood, the family by AIC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.crystal.bingham import axial_moments
from nmc_mesh.crystal.frames import About
from nmc_mesh.crystal.orientation import c_axes
from nmc_mesh.crystal.texture import FibreTexture, TabulatedTexture, Texture, UniformTexture
from nmc_mesh.crystal.texture_joint import Candidates, fit_joint
from nmc_mesh.errors import InputError
from nmc_mesh.numerics.roots import bisect
from nmc_mesh.typing import AnyArray, Floats

Family = Literal["auto", "uniform", "fibre", "tabulated", "joint"]

_BINS = 6
_FEWEST = 10
_MOST = 1e4


@dataclass(frozen=True)
class TextureFit:
    """A fitted law, and how the families compare.

    Parameters
    ----------
    texture
        The law.
    error
        Standard error of the concentration ``radial``; NaN for other families.
    log_likelihood
        Of every family that was fitted; densities in 1/rad.
    parameters
        Free numbers of every family.
    angles
        The angles theta that were fitted, radians.
    short_error
        Standard error of the concentration ``short`` of the joint law; NaN for other families.
    """

    texture: Texture
    error: float
    log_likelihood: dict[str, float]
    parameters: dict[str, int]
    angles: Floats
    short_error: float = float("nan")

    __repr__ = one_line

    @property
    def score(self) -> float:
        """Least AIC = 2 k - 2 log L of the families, k free numbers: the smaller the likelier."""
        return min(
            2 * self.parameters[name] - 2 * self.log_likelihood[name] for name in self.parameters
        )


def angles_to_radius(places: AnyArray, quaternions: AnyArray) -> Floats:
    """Return theta in [0, pi/2], the angle between c axes and radii, or any other directions.

    Parameters
    ----------
    places
        Grains in um from the particle's centre, shape (n, 3); those in the centre have no radius.
        Long axes of any length for the angles to them.
    quaternions
        Their orientations, crystal -> sample, shape (n, 4).
    """
    points = np.asarray(places, dtype=np.float64)
    length = np.linalg.norm(points, axis=1)
    if not (length > 0).all():
        raise InputError("a grain lies in the very centre and has no radius; leave it out")
    cosine = np.abs(np.einsum("ni,ni->n", c_axes(quaternions), points)) / length
    return np.asarray(np.arccos(np.minimum(cosine, 1.0)))


def fit_texture(
    angles: AnyArray,
    family: Family = "auto",
    bins: int = _BINS,
    about: About = "radius",
    given: Candidates | None = None,
) -> TextureFit:
    """Fit a texture law to angles between c axes and the radius, or the long axes of grains.

    uniform
        Nothing to fit.
    fibre
        Watson's law about the radius: E_kappa[cos^2 theta] = mean of cos^2 theta, the only root;
        its standard error is 1 / sqrt(n Var_kappa[cos^2 theta]).
    tabulated
        Shares of ``bins`` zones of equal area.
    joint
        The fibre's two concentrations, about e_r and about the grain's short axis: see
        ``texture_joint``; only where frames of grains that look alike are given.
    auto
        The one with the least AIC = 2 k - 2 log L, k free numbers.

    Angles are counted from the traces of radii and long axes in the plane: where these are not
    those of the grains, the concentration of the fibre comes out too small, the joint law's not.

    Parameters
    ----------
    angles
        theta in [0, pi/2] of independent grains, radians, shape (n,).
    family
        Which one.
    bins
        Zones of the tabulated law.
    about
        What the angles are counted from.
    given
        The grains' c axes, and frames about the same that they may have.

    Raises
    ------
    InputError
        If there are fewer than 10 angles, one lies elsewhere, the family is unknown, or it is the
        joint law and no frames are given.
    """
    theta = np.asarray(angles, dtype=np.float64)
    if family not in get_args(Family):
        raise InputError(f"there is no family '{family}'; use one of {', '.join(get_args(Family))}")
    if len(theta) < _FEWEST:
        raise InputError(
            f"a texture needs {_FEWEST} grains or more with an orientation, not {len(theta)}; add "
            "maps, or choose a larger angle between grains"
        )
    if not ((theta >= 0) & (theta <= np.pi / 2 + 1e-12)).all():
        raise InputError("angles between c axes and the radius lie in [0, pi/2] radians")
    if bins < 2:
        raise InputError(f"a tabulated law has two bins or more, not {bins}")
    if family == "joint" and given is None:
        raise InputError(
            "the joint law needs the frames of grains that look alike; give candidates"
        )
    square = np.cos(theta) ** 2
    kappa = _concentration(float(square.mean()))
    laws: dict[str, Texture] = {
        "uniform": UniformTexture(),
        "fibre": FibreTexture(kappa, about=about),
        "tabulated": _table(theta, bins, about),
    }
    free = {"uniform": 0, "fibre": 1, "tabulated": bins - 1}
    seen = np.maximum(theta, 1e-9)
    likely = {name: float(np.log(law.density(seen)).sum()) for name, law in laws.items()}
    errors = float(1 / np.sqrt(len(theta) * axial_moments(kappa)[1])), np.nan
    joint = np.nan, np.nan
    if given is not None:
        joint_fit = fit_joint(given)
        laws["joint"], free["joint"] = FibreTexture(*joint_fit.kappa, about), 2
        likely["joint"] = joint_fit.gain + float(np.log(np.sin(seen)).sum())
        joint = joint_fit.errors
    best = min(laws, key=lambda name: 2 * free[name] - 2 * likely[name])
    chosen = best if family == "auto" else family
    error, short = {"fibre": errors, "joint": joint}.get(chosen, (np.nan, np.nan))
    return TextureFit(laws[chosen], error, likely, free, theta, short)


def _concentration(mean: float) -> float:
    """Root kappa of E_kappa[cos^2 theta] = mean, by bisection; limited where the mean is 0 or 1."""
    low, high = bisect(lambda kappa: axial_moments(kappa)[0] < mean, -_MOST, _MOST, 80)
    return 0.5 * (low + high)


def _table(theta: Floats, bins: int, about: About) -> TabulatedTexture:
    cosines = np.linspace(1, 0, bins + 1)
    edges = np.arccos(cosines)
    counts = np.histogram(np.cos(theta), cosines[::-1])[0][::-1]
    return TabulatedTexture(tuple(edges.tolist()), tuple((counts / counts.sum()).tolist()), about)
