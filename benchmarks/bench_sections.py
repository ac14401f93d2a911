"""What a fit of a diagram to a section or to a volume takes, and how much of it comes out right.

Run ``python benchmarks/bench_sections.py`` (add ``3d`` for the volume of 1,000 grains).
``python benchmarks/bench_sections.py torch [DEVICE]`` sets the fit by autograd in torch beside the
compiled one: both on one thread, seconds and the labels that both give.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.ndimage import gaussian_filter

from nmc_mesh.geometry import GBPD, LabelImage, labels_on_grid
from nmc_mesh.grains.fit_section import SectionFit, fit_section
from nmc_mesh.grains.fit_volume import VolumeFit, fit_volume
from nmc_mesh.parallel import set_threads
from nmc_mesh.typing import Floats, Ints

HEAD = f"{'what':>24} {'grains':>7} {'points':>9} {'s':>6} {'cpu s':>6} {'right':>7} {'hidden':>7}"


def warped(points: Floats, shape: tuple[int, ...], rms: float, rng: np.random.Generator) -> Floats:
    """Points moved by smooth noise of so many pixels rms: boundaries that are no quadrics."""
    parts = [gaussian_filter(rng.standard_normal(shape), 2).ravel() for _ in shape]
    shift = np.stack(parts, axis=-1)
    size = np.sqrt((shift**2).sum(axis=1).mean())
    return points + shift * (rms / size)


def numbered(labels: Ints) -> Ints:
    values, back = np.unique(labels, return_inverse=True)
    numbers: Ints = (back.reshape(labels.shape) + (values[0] > 0)).astype(np.int32)
    return numbers


def section(rms: float, radius: int = 104) -> LabelImage:
    """A disc of radial grains, 3 % of the pixels not indexed."""
    rng = np.random.default_rng(0)
    count = int(0.021 * np.pi * (1.25 * radius) ** 2)
    seeds = rng.uniform(-1.25 * radius, 1.25 * radius, (count, 2))
    diagonals = np.array([1.5, 4.0]) * np.exp(0.3 * rng.standard_normal((count, 2)))
    truth = GBPD.radial(seeds, diagonals, None, rng.uniform(0, 50, count))
    side = 2 * radius + 1
    grid = LabelImage(np.zeros((side, side), dtype=int), 1.0).points()
    places = warped(grid, (side, side), rms, rng) if rms else grid
    labels = truth.labels(places) + 1
    labels[(np.hypot(*grid.T) > radius) | (rng.random(len(labels)) < 0.03)] = 0
    return LabelImage(numbered(labels.reshape(side, side)), 0.05)


def volume(rms: float, count: int = 1000, side: int = 100) -> LabelImage:
    """A cube of grains with axes of any direction."""
    rng = np.random.default_rng(0)
    seeds = rng.uniform(-0.6 * side, 0.6 * side, (int(0.7 * count * 1.2**3), 3))
    frames = np.linalg.qr(rng.normal(size=(len(seeds), 3, 3)))[0]
    diagonals = np.exp(0.4 * rng.standard_normal((len(seeds), 3)))
    matrices = np.einsum("nki,nk,nkj->nij", frames, diagonals, frames)
    offsets = rng.uniform(0, 0.15, len(seeds)) * (side / count ** (1 / 3)) ** 2
    truth = GBPD(seeds, 0.5 * (matrices + matrices.transpose(0, 2, 1)), offsets)
    shape = (side,) * 3
    if rms:
        grid = LabelImage(np.zeros(shape, dtype=int), 1.0).points()
        labels = truth.labels(warped(grid, shape, rms, rng)).reshape(shape)
    else:
        labels = labels_on_grid(truth, np.full(3, -(side - 1) / 2), 1.0, shape)
    return LabelImage(numbered(labels + 1), 0.1)


def line(what: str, image: LabelImage) -> str:
    rng, wall, cpu = np.random.default_rng(1), time.perf_counter(), time.process_time()
    if image.dim == 2:
        found: object = fit_section(image, [0.0, 0.0], hide=0.02, rng=rng)
    else:
        found = fit_volume(image, hide=0.02, rng=rng)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    right, hidden = getattr(found, "right", 0.0), getattr(found, "held_out", 0.0)
    return (
        f"{what:>24} {image.labels.max():7,} {(image.labels > 0).sum():9,} {wall:6.2f} {cpu:6.2f} "
        f"{100 * right:6.2f}% {100 * hidden:6.2f}%"
    )


def beside_torch(device: str) -> None:
    """Print processor and wall seconds of both descents, their ratios, and how far they agree."""
    set_threads(1)
    fit_section(section(0.0, 30), [0.0, 0.0], 2, device=device)  # torch is loaded now
    jobs: dict[str, tuple[LabelImage, Callable[[str | None], SectionFit | VolumeFit]]] = {}
    for what, image in (("section", section(0.5)), ("volume", volume(0.5, 300, 60))):
        jobs[what] = (image, partial(_fit, image))
    for what, (image, fit) in jobs.items():
        times, labels = [], []
        for where in (None, device):
            wall, cpu = time.perf_counter(), time.process_time()
            diagram = fit(where).diagram
            times.append((time.process_time() - cpu, time.perf_counter() - wall))
            middle = image.points().mean(axis=0) if image.dim == 3 else np.zeros(2)
            labels.append(diagram.labels(image.points() - middle))
        (ours, our_wall), (theirs, their_wall) = times
        print(
            f"{what}, {image.labels.max()} grains: compiled {ours:.1f} s, torch on {device} "
            f"{theirs:.1f} s: {theirs / ours:.1f} times, on the clock {their_wall / our_wall:.1f}; "
            f"labels that agree {100 * (labels[0] == labels[1]).mean():.3f} %",
            flush=True,
        )


def _fit(image: LabelImage, device: str | None) -> SectionFit | VolumeFit:
    if image.dim == 2:
        return fit_section(image, [0.0, 0.0], device=device)
    return fit_volume(image, image.points().mean(axis=0), device=device)


def main(arguments: list[str]) -> None:
    if "torch" in arguments:
        beside_torch((*arguments, "cpu")[arguments.index("torch") + 1])
        return
    fit_section(section(0.0, 30), [0.0, 0.0])
    print(HEAD)
    for rms in (0.0, 0.5, 1.0):
        print(line(f"section, {rms:g} px warped", section(rms)), flush=True)
    if "3d" in arguments:
        for rms in (0.0, 0.5):
            print(line(f"volume, {rms:g} px warped", volume(rms)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
