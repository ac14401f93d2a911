"""What a data set will cost, before it is made.

The laws say how cost grows (with the seeds of the window, the grains, the voxels, the cells);
their constants were measured on one core of a virtual machine (see docs/datasets.md) and are ours.
``calibrate`` makes one particle or a few and scales every stage by measured over expected.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, cast

import numpy as np

from nmc_mesh.dataset.design import Item
from nmc_mesh.dataset.recipe import Recipe
from nmc_mesh.io.formats import FORMATS, TABLES
from nmc_mesh.mesher.sizes import EDGES_PER_GRAIN
from nmc_mesh.particle.model import ParticleModel

_SHELLS = 400
_WINDOW_MARGIN = 4.0  # grains, as in ParticleModel
_PROCESS = 260e6
"""Bytes of a process that has loaded everything and drawn a small particle."""


@dataclass(frozen=True)
class Cost:
    """Expected cost of one particle, or the sum over many.

    Parameters
    ----------
    draw, voxels, mesh, write
        Seconds of one core per stage.
    bytes
        Of its files.
    memory
        Bytes at the peak, of the process included; of a sum: the largest.
    grains, cells, voxel_count, files
        How many.
    """

    draw: float = 0.0
    voxels: float = 0.0
    mesh: float = 0.0
    write: float = 0.0
    bytes: float = 0.0
    memory: float = 0.0
    grains: float = 0.0
    cells: float = 0.0
    voxel_count: float = 0.0
    files: float = 0.0

    @property
    def seconds(self) -> float:
        """Seconds of one core."""
        return self.draw + self.voxels + self.mesh + self.write

    def __add__(self, other: Cost) -> Cost:
        sums = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Cost)}
        return Cost(**{**sums, "memory": max(self.memory, other.memory)})

    def scaled(self, scale: Scale) -> Cost:
        """Return the cost with every stage times what calibration found."""
        return replace(
            self,
            draw=self.draw * scale.draw,
            voxels=self.voxels * scale.voxels,
            mesh=self.mesh * scale.mesh,
            write=self.write * scale.write,
            bytes=self.bytes * scale.bytes,
        )


@dataclass(frozen=True)
class Scale:
    """Measured over expected, per stage and for the bytes."""

    draw: float = 1.0
    voxels: float = 1.0
    mesh: float = 1.0
    write: float = 1.0
    bytes: float = 1.0


class Estimator:
    """Expected cost of the particles of a recipe."""

    def __init__(self, recipe: Recipe, scale: Scale | None = None) -> None:
        self.recipe = recipe
        self.scale = scale or Scale()
        self._cached = lru_cache(maxsize=4096)(self._of)

    def __call__(self, item: Item) -> Cost:
        """Return the expected cost of one particle."""
        return self._cached(item._replace(k=0))

    def total(self, items: Iterator[Item]) -> Cost:
        """Return the sum over many particles."""
        total = Cost()
        for item in items:
            total = total + self(item)
        return total

    def _of(self, item: Item) -> Cost:
        model, plan = self.recipe.models[item.model], self.recipe.plan
        diameter, largest = diameters(model, item.diameter)
        grain = model.grains.grain_size
        cost = _analytic(model, diameter, plan.analytic.precision == "single")
        memory = _PROCESS + 2000.0 * _window(model, largest)
        if item.spacing is not None:
            count = _box(diameter, grain) / item.spacing**3
            cost += Cost(
                voxels=7e-8 * count,
                write=6e-8 * count,
                bytes=0.9 * count * min(item.spacing / grain, 1.0) + 44 * cost.grains,
                voxel_count=count,
            )
            memory = max(memory, _PROCESS + 32.0 * _box(largest, grain) / item.spacing**3)
        if plan.meshed:
            size = item.size if plan.meshes else item.surface_size
            cost += self._mesh(diameter, grain, size)
            cells = _cells(largest, size or grain / EDGES_PER_GRAIN)
            memory = max(memory, _PROCESS + 1e8 + 500.0 * cells)
        return replace(cost, memory=memory).scaled(self.scale)

    def _mesh(self, diameter: float, grain: float, size: float | None) -> Cost:
        plan = self.recipe.plan
        edge = size or grain / EDGES_PER_GRAIN
        cells = _cells(diameter, edge)
        volume = np.pi / 6 * diameter**3
        area = 2.9 * volume / grain + 1.3 * np.pi * diameter**2
        triangles = 3.2 * area / edge**2
        cost = Cost(mesh=2.6e-5 * cells, cells=cells)
        if plan.surfaces is not None:
            cost += Cost(bytes=32 * triangles)
        if plan.meshes is not None:
            written = [FORMATS[suffix] for suffix in plan.meshes.formats]
            per_cell = sum(form.bytes_per_cell for form in written)
            per_cell *= 2.4 if plan.meshes.order == 2 else 1.0
            if plan.meshes.tables:
                written.append(FORMATS[TABLES])
                per_cell += FORMATS[TABLES].bytes_per_cell
            files = sum(1 + len(form.others) for form in written)
            cost += Cost(write=3e-6 * cells, bytes=per_cell * cells, files=files)
        return cost


@lru_cache(maxsize=64)
def _drawn(law: Hashable) -> tuple[float, float]:
    shell: Any = law
    rng = np.random.default_rng(0)
    many = getattr(shell, "sample_many", None)  # ShellModel's; faster than one by one
    shapes = many(_SHELLS, rng).shapes() if many else [shell.sample(rng) for _ in range(_SHELLS)]
    diameters = np.array([shape.equivalent_diameter for shape in shapes])
    mean = float(np.cbrt((diameters**3).mean()))
    return mean, float(mean + 1.3 * (diameters.max() - mean))


def diameters(model: ParticleModel, diameter: float | None) -> tuple[float, float]:
    """Diameter in um to reckon cost with, and one that is hardly ever passed, for memory."""
    return (diameter, diameter) if diameter is not None else _drawn(cast(Hashable, model.shell))


def _window(model: ParticleModel, diameter: float) -> float:
    """Seeds that are drawn: those of the window."""
    grains = model.grains
    least = getattr(grains, "window_half", 0.0)  # GrainModel's; other laws need not have one
    half = max(0.6 * diameter + _WINDOW_MARGIN * grains.grain_size, least)
    return float((2 * half / grains.grain_size) ** 3)


def _box(diameter: float, grain: float) -> float:
    """Volume in um^3 of the box around the grains."""
    return (1.05 * diameter + 1.7 * grain) ** 3


def _cells(diameter: float, size: float) -> float:
    return 13.4 * np.pi / 6 * diameter**3 / size**3


def _analytic(model: ParticleModel, diameter: float, single: bool) -> Cost:
    size = model.grains.grain_size
    grains = np.pi / 6 * (diameter / size) ** 3
    seeds = np.pi / 6 * (diameter / size + 5.6) ** 3
    return Cost(
        draw=0.05 + 8e-6 * _window(model, diameter) + 4e-4 * grains,
        write=0.006,
        bytes=9000 + (40 if single else 80) * seeds + 4 * grains,
        grains=grains,
        files=1,
    )
