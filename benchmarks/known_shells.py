"""Shells of known laws, voxelized, touching, and through the whole pipeline: what comes back.

    python benchmarks/known_shells.py 10 1000     radius in voxels, number of shells
    python benchmarks/known_shells.py 20 1000

The laws are those of the model ``nmc111-ct``, scaled. Shells stand in chains in which neighbours
touch. Columns: rms of the coefficients of degree l in voxels, drawn and found; the rms error of
single coefficients as a share of it (the voxel grid and the watershed; it rules where the share is
above 1); tau and nu of the law fitted to the drawn shells, turned at random, and to the found ones,
with bootstrap deviations.
"""

from __future__ import annotations

import sys
import time
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from nmc_mesh import load_model
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import degrees
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape, volumes
from nmc_mesh.shell.fit import fit_coefficients, fit_laws
from nmc_mesh.shell.likelihood import LawFit, parameter_deviations
from nmc_mesh.shell.radius import radius_functions
from nmc_mesh.shell.segmentation import SegmentationOptions
from nmc_mesh.shell.volume import segment
from nmc_mesh.typing import Bools, Floats, Ints

CHAIN = 10
OVERLAP = 1.0  # voxels by which neighbours in a chain overlap


class Found(NamedTuple):
    """Coefficients drawn and found in voxels, shape (n, 100), of shells that were found again."""

    truth: Floats
    exact_turned: Floats
    found: Floats
    found_turned: Floats
    share: float
    particles: int


def drawn(count: int, radius: float, rng: np.random.Generator) -> Floats:
    """Coefficients in voxels of shells whose mean volume is that of a ball of the radius."""
    table = load_model("nmc111-ct").shell.sample_many(count, rng).coefficients
    size = np.cbrt(volumes(table).mean() * 3 / (4 * np.pi))
    scaled: Floats = table * (radius / size)
    return scaled


def chains(table: Floats) -> tuple[Bools, Ints]:
    """Voxels of all shells, and the centre voxel of each, shape (n, 3)."""
    shapes = [StarShape(row) for row in table]
    reach = int(np.ceil(max(shape.max_radius for shape in shapes))) + 2
    rows = -(-len(shapes) // CHAIN)
    wide = int(np.ceil(np.sqrt(rows)))
    axis = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    places, longest = [], 0.0
    for start in range(0, len(shapes), CHAIN):
        along = float(reach)
        row = start // CHAIN
        for k, shape in enumerate(shapes[start : start + CHAIN]):
            ahead, behind = shape.radius(axis)
            along += behind - (OVERLAP if k else 0.0)
            places.append([along, (2 * (row % wide) + 1) * reach, (2 * (row // wide) + 1) * reach])
            along += ahead
        longest = max(longest, along)
    centres = np.rint(places).astype(np.int32)
    size = (int(longest) + reach + 2, 2 * reach * wide + 1, 2 * reach * -(-rows // wide) + 1)
    solid = np.zeros(size, dtype=bool)
    offsets = np.stack(np.indices((2 * reach + 1,) * 3), axis=-1).reshape(-1, 3) - reach
    for shape, centre in zip(shapes, centres, strict=True):
        inside = offsets[shape.contains(offsets)] + centre
        inside = inside[((inside >= 0) & (inside < size)).all(axis=1)]
        solid[tuple(inside.T)] = True
    return solid, centres


def turned(table: Floats, rng: np.random.Generator) -> Floats:
    """Coefficients of the shells after a random rotation each."""
    turns = Rotation.from_quat(rng.standard_normal((len(table), 4))).as_matrix()
    radii = [
        StarShape(row).radius(directions() @ turn.T) for row, turn in zip(table, turns, strict=True)
    ]
    return fit_coefficients(np.array(radii))


def recovered(radius: float, count: int, seed: int = 0, block: int = 0) -> Found:
    """Draw, voxelize, segment and measure."""
    rng = np.random.default_rng(seed)
    table = drawn(count, radius, rng)
    solid, centres = chains(table)
    margin = int(4 * radius)
    options = SegmentationOptions(keep_border=True, check_contrast=False)
    found = segment(solid, 1.0, options, kind="binary", block=block, margin=margin)
    labels = found.image.labels[tuple(centres.T)]
    sizes = np.bincount(found.image.labels.ravel())
    expected = volumes(table)
    own = (labels > 0) & (np.bincount(labels, minlength=len(sizes))[labels] == 1)
    own &= np.abs(sizes[labels] / expected - 1) < 0.2
    image = LabelImage(found.image.labels, 1.0)
    chosen = labels[own].astype(np.int32)
    plain = radius_functions(image, None, chosen)
    random = radius_functions(image, rng, chosen)
    return Found(
        table[own],
        turned(table[own], rng),
        fit_coefficients(plain.radii),
        fit_coefficients(random.radii),
        float(own.mean()),
        found.counts["particles"],
    )


def law(fit: LawFit, values: Floats, rng: np.random.Generator) -> str:
    numbers = vars(fit.law)
    spread = parameter_deviations(values, fit.law, True, rng, 20)
    told = [f"{name} {numbers[name]:6.3f}±{spread[name]:5.3f}" for name in spread if name != "loc"]
    return " ".join([f"{fit.law.family:7}", *told])


def main(arguments: list[str]) -> None:
    radius = float(arguments[0]) if arguments else 10.0
    count = int(arguments[1]) if len(arguments) > 1 else 1000
    start = time.process_time()
    result = recovered(radius, count, block=128 if radius > 12 else 0)
    print(
        f"{count} shells of {radius:g} voxels, touching: {result.particles} particles, "
        f"{100 * result.share:.1f} % of the shells found again; {time.process_time() - start:.0f} s"
    )
    of_column, rng = degrees(9), np.random.default_rng(1)
    laws = fit_laws(result.exact_turned), fit_laws(result.found_turned)
    for k in range(10):
        at = of_column == k
        real, seen = (np.sqrt((t[:, at] ** 2).mean()) for t in (result.truth, result.found))
        error = np.sqrt(((result.found[:, at] - result.truth[:, at]) ** 2).mean()) / real
        line = f"l {k}: rms {real:7.3f} {seen:7.3f}  error {error:5.2f}"
        if k > 0:
            line += "  drawn " + law(laws[0][k], result.exact_turned[:, at], rng)
            line += "  found " + law(laws[1][k], result.found_turned[:, at], rng)
        print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
