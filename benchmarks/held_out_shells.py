"""Laws of shells judged by particles that they were not fitted to.

``python benchmarks/held_out_shells.py CT.tif`` fits both laws to four fifths of the particles of
the presets' CT, five times, and prints the two-sample distances of every descriptor: to those
left out, and, of shells drawn from all five fits, to all. The noise is what 95 % of two
samples of one law stay below.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from scipy import stats

from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import design_matrix
from nmc_mesh.shell import JointShellModel, ShellModel
from nmc_mesh.shell.descriptors import Descriptors, descriptors
from nmc_mesh.shell.fit import fit_laws, fit_shell
from nmc_mesh.shell.joint_fit import fit_joint
from nmc_mesh.shell.segmentation import segment_binary
from nmc_mesh.typing import Floats

FOLDS = 5
DRAWN = 1600  # per fold


def independent(table: Floats) -> ShellModel:
    return ShellModel(tuple(fit.law for fit in fit_laws(table)))


LAWS: dict[str, Callable[[Floats], ShellModel | JointShellModel]] = {
    "independent": independent,
    "joint": fit_joint,
}


def described(table: Floats) -> Descriptors:
    return descriptors(table @ design_matrix(directions()).T)


def distances(one: Descriptors, two: Descriptors) -> list[float]:
    pairs = zip(one, two, strict=True)
    return [float(stats.ks_2samp(a, b).statistic) for a, b in pairs]


def noise(one: int, two: int) -> float:
    return 1.3581 * float(np.sqrt(1 / one + 1 / two))


def held_out(table: Floats, seed: int = 0) -> None:
    """Print the table of one law after the other for measured coefficients."""
    rng = np.random.default_rng(seed)
    table = table[(table @ design_matrix(directions()).T > 0).all(axis=1)]
    fold = rng.permutation(len(table)) % FOLDS
    measured = described(table)
    left = [Descriptors(*(values[fold == k] for values in measured)) for k in range(FOLDS)]
    rest = [Descriptors(*(values[fold != k] for values in measured)) for k in range(FOLDS)]
    print(f"{'':28}", *(f"{name:>12}" for name in Descriptors._fields))
    show(
        "particles, left out",
        np.mean([distances(*two) for two in zip(left, rest, strict=True)], axis=0),
    )
    for name, fit in LAWS.items():
        drawn = [
            described(fit(table[fold != k]).sample_many(DRAWN, rng).coefficients)
            for k in range(FOLDS)
        ]
        apart = [distances(one, other) for one, other in zip(left, drawn, strict=True)]
        show(f"{name}, left out", np.mean(apart, axis=0))
        together = Descriptors(*(np.concatenate(values) for values in zip(*drawn, strict=True)))
        show(f"{name}, all", distances(measured, together))
    print(f"noise: left out {noise(len(table) // FOLDS, DRAWN):.3f}, all ", end="")
    print(f"{noise(len(table), FOLDS * DRAWN):.3f}")


def show(name: str, row: Floats | list[float]) -> None:
    print(f"{name:28}", *(f"{value:12.3f}" for value in row), flush=True)


def main(ct: Path) -> None:
    """Find the particles of the NMC phase and judge the laws."""
    solid = tifffile.imread(ct).transpose(2, 1, 0) == 1
    found = segment_binary(solid, 0.398)
    held_out(fit_shell(found.image, np.random.default_rng(0)).coefficients)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
