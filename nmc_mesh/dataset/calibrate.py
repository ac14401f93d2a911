"""Make a few particles aside, to know what a data set will cost on this machine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nmc_mesh.dataset.design import Item
from nmc_mesh.dataset.estimate import Cost, Estimator, Scale
from nmc_mesh.dataset.make import ASIDE, Record, make
from nmc_mesh.dataset.recipe import Recipe
from nmc_mesh.errors import NmcMeshError


def calibrated(
    recipe: Recipe,
    items: list[Item],
    folder: Path | None = None,
    report: Callable[[str, float], None] = lambda stage, done: None,
) -> tuple[Scale, list[Record]]:
    """Make some particles aside and compare what they cost with what was expected.

    Parameters
    ----------
    recipe
        The recipe.
    items
        Particles to make.
    folder
        Where temporary files may lie; default: the system's place.
    report
        Hears of the progress.

    Returns
    -------
    scale, records
        Ratios for `Estimator`, and what was measured.
    """
    estimator = Estimator(recipe)
    aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=folder))
    records, expected = [], Cost()
    try:
        for index, item in enumerate(items):
            report("calibrate", index / len(items))
            try:
                record = make(recipe, item, aside)
            except NmcMeshError:
                continue
            records.append(record)
            expected += estimator(item)
        report("calibrate", 1.0)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return _compared(records, expected) if records else Scale(), records


def probes(recipe: Recipe, count: int, budget: float) -> list[Item]:
    """Particles for a calibration: spread over the data set, together within ``budget`` seconds.

    At least one, the cheapest of those looked at.
    """
    estimator, designer = Estimator(recipe), recipe.designer
    some = np.unique(np.linspace(0, len(designer) - 1, 64).astype(int))
    ordered = sorted((designer[int(k)] for k in some), key=lambda item: estimator(item).seconds)
    chosen, spent = [ordered[0]], estimator(ordered[0]).seconds
    for index in np.linspace(0, len(ordered) - 1, max(count, 1)).astype(int)[1:]:
        cost = estimator(ordered[index]).seconds
        if spent + cost <= budget and ordered[index] not in chosen:
            chosen.append(ordered[index])
            spent += cost
    return chosen


def _compared(records: list[Record], expected: Cost) -> Scale:
    def seconds(*stages: str) -> float:
        return float(sum(record["seconds"].get(name, 0.0) for record in records for name in stages))

    def ratio(measured: float, wanted: float) -> float:
        return measured / wanted if wanted > 0 and measured > 0 else 1.0

    stored = sum(size for record in records for _, size in record["files"].values())
    return Scale(
        ratio(seconds("draw"), expected.draw),
        ratio(seconds("voxels"), expected.voxels),
        ratio(seconds("mesh", "surface"), expected.mesh),
        ratio(seconds("write"), expected.write),
        ratio(stored, expected.bytes),
    )
