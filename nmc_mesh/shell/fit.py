"""The shell model of measured particles: coefficients, laws per degree, independence.

What the fit can and cannot see (ours; 600 shells of 10 voxels radius with laws as in the preset
nmc111-ct, voxelized, turned and fitted): for l = 2 ... 9 tau comes out within 3 % of its value for
the turned exact shells; the voxel grid's error is 8 % of the coefficients at l = 2 and 40 % at
l = 9, so it rules at no degree. l = 1 tells mostly where the star point was put, so its law does
not come back. Independent Student t coefficients are not invariant under rotation: turned at
random they look more normal (tau up by a sixth, nu nearly twice), so the heavy tails of measured
particles, which are fitted after such a turn, belong in truth to particles that differ in
roughness. In the CT of the presets the powers of different degrees have rank correlations of 0.3
to 0.6, which the independent law of the paper leaves out and the joint one (`joint`) has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import degree_of, degrees, design_matrix
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.shell.distance_correlation import distance_correlation
from nmc_mesh.shell.joint import JointShellModel
from nmc_mesh.shell.joint_fit import fit_joint
from nmc_mesh.shell.likelihood import LawFit, fit_law, parameter_deviations
from nmc_mesh.shell.model import ShellModel
from nmc_mesh.shell.radius import radius_functions
from nmc_mesh.shell.segmentation import Segmentation
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

ShellLawName: TypeAlias = Literal["independent", "joint"]
"""Laws that are fitted: the paper's independent coefficients, or all of them jointly (ours)."""

MIN_SHARE = 0.9
"""Share of a particle's volume that its star shape captures, at least (ours)."""
MIN_VOXELS = 10
"""Voxels of a particle, at least (paper)."""


@dataclass(frozen=True, eq=False)
class ShellFit:
    """A fitted shell model with all that tells how good it is.

    Parameters
    ----------
    model
        The law, in um.
    fits
        The law of every degree's coefficients alone; the independent model is made of them.
    coefficients
        a_lm of every particle used, shape (n, (L + 1)^2), um.
    residuals
        Root mean square of P - X over the 642 directions, per particle used, um, shape (n,).
    edcc
        Distance correlation of a_00 with every a_lm, shape ((L + 1)^2,); entry 0 is 1.
    used
        Which particles of the image were used, shape (p,); the others capture too small a share.
    ids
        Labels of all particles, shape (p,).
    star_share
        Share of all particles' volume that star shapes capture.
    """

    model: ShellModel | JointShellModel
    fits: tuple[LawFit, ...]
    coefficients: Floats
    residuals: Floats
    edcc: Floats
    used: Bools
    ids: Ints
    star_share: float

    __repr__ = one_line

    def facts(self) -> dict[str, Any]:
        """Plain numbers for a provenance or a table."""
        other = degrees(degree_of(self.coefficients.shape[1])) > 0
        return {
            "particles": len(self.ids),
            "refused": int((~self.used).sum()),
            "star_share": self.star_share,
            "median_residual": float(np.median(self.residuals)),
            "largest_edcc": float(self.edcc[other].max()) if other.any() else 0.0,
            "mean_edcc": float(self.edcc[other].mean()) if other.any() else 0.0,
        }

    def deviations(self, rng: np.random.Generator, rounds: int = 50) -> list[dict[str, float]]:
        """Bootstrap deviation of every parameter of every degree's law."""
        of_column = degrees(self.model.degree)
        return [
            parameter_deviations(self.coefficients[:, of_column == k], fit.law, k > 0, rng, rounds)
            for k, fit in enumerate(self.fits)
        ]


def fit_shell(
    image: LabelImage,
    rng: np.random.Generator,
    degree: int = 9,
    min_share: float = MIN_SHARE,
    law: ShellLawName = "independent",
) -> ShellFit:
    """Fit the shell model on segmented particles (Eqs. 1-7).

    One random rotation per particle, one least-squares problem for all, one law per degree, or
    one for all of them.

    Parameters
    ----------
    image
        Particles 1 ... n, as ``segment_grey`` and its kin give them; spacing in um.
    rng
        Draws the rotations.
    degree
        Largest l (paper: 9).
    min_share
        Particles whose star shape captures a smaller share of their volume are refused (ours).
    law
        "independent", the paper's, or "joint", see `JointShellModel`.

    Raises
    ------
    InputError
        If fewer than eight particles are left, or 60 for the joint law.

    References
    ----------
    "Stochastic outer shell model" of doi 10.1038/s43246-024-00728-5.
    """
    measured = radius_functions(image, rng)
    used = measured.shares >= min_share
    if int(used.sum()) < 8:
        raise InputError(
            f"{int(used.sum())} of {len(used)} particles are star-shaped enough, a fit needs 8; "
            "use a larger volume, or one particle itself as the shell (measured_shell, --shell)"
        )
    radii = measured.radii[used]
    table = fit_coefficients(radii, degree)
    residuals = np.sqrt(((radii - table @ design_matrix(directions(), degree).T) ** 2).mean(axis=1))
    fits = fit_laws(table)
    least = MIN_VOXELS * image.voxel_volume
    model: ShellModel | JointShellModel = ShellModel(tuple(fit.law for fit in fits), least)
    if law == "joint":
        model = fit_joint(table, least)
    edcc = np.array([distance_correlation(table[:, 0], column) for column in table.T])
    return ShellFit(model, fits, table, residuals, edcc, used, measured.ids, measured.total_share)


def summary(segmentation: Segmentation, fitted: ShellFit) -> str:
    """What happened on the way from a volume to the laws, in one line for a provenance."""
    facts = fitted.facts()
    counts = ", ".join(f"{name}: {count}" for name, count in segmentation.counts.items())
    return (
        f"components {{{counts}}}; refused (star share < {MIN_SHARE}): {facts['refused']}; star "
        f"shapes capture {100 * facts['star_share']:.1f} % of the volume; median rms residual of "
        f"L = {fitted.model.degree} {facts['median_residual']:.3f} um; distance correlation of "
        f"a_00 with the others: mean {facts['mean_edcc']:.3f}, largest {facts['largest_edcc']:.3f}"
    )


def fit_coefficients(radii: AnyArray, degree: int = 9) -> Floats:
    """a_lm that minimise sum_k (P(u_k) - sum_lm a_lm Y_lm(u_k))^2, for all particles at once.

    ``radii``: P in the 642 ``directions()``, shape (n, 642), um; result (n, (degree + 1)^2), um
    (Eqs. 2 and 3).
    """
    array = np.atleast_2d(np.asarray(radii, dtype=np.float64))
    unit = directions()
    if array.ndim != 2 or array.shape[1] != len(unit):
        raise InputError(f"radius functions have shape (n, {len(unit)}), not {array.shape}")
    solution = np.linalg.lstsq(design_matrix(unit, degree), array.T, rcond=None)[0]
    return np.ascontiguousarray(solution.T)


def fit_laws(coefficients: AnyArray) -> tuple[LawFit, ...]:
    """One law per degree l from a_lm of shape (n, (L + 1)^2) in um; all m share it (Eqs. 5-7)."""
    table = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    degree = degree_of(table.shape[1])
    of_column = degrees(degree)
    return tuple(fit_law(table[:, of_column == k], centred=k > 0) for k in range(degree + 1))


def measured_shell(image: LabelImage, label: int, degree: int = 9) -> StarShape:
    """Return the star shape of one particle of a segmented volume, centred on its centre of mass.

    Raises
    ------
    InputError
        If the label does not occur, its centre of mass lies outside it, or its star shape captures
        less than 90 % of its volume.
    """
    measured = radius_functions(image, only=np.array([label], dtype=np.int32))
    if measured.shares[0] < MIN_SHARE:
        raise InputError(
            f"the star shape of particle {label} captures {100 * measured.shares[0]:.0f} % of its "
            f"volume, {100 * MIN_SHARE:.0f} % are needed; choose another particle, or segment the "
            "volume first (nmc-mesh segment)"
        )
    return StarShape(fit_coefficients(measured.radii, degree)[0])
