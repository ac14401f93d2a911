"""What a worker does: make some particles, one after the other, on one thread."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from nmc_mesh.dataset.design import Item
from nmc_mesh.dataset.folder import read_recipe
from nmc_mesh.dataset.make import Record, make
from nmc_mesh.dataset.recipe import Recipe
from nmc_mesh.errors import FileError, NmcMeshError
from nmc_mesh.parallel import set_threads

TROUBLE = "trouble"
"""Status of a record that tells why this worker cannot go on: a full disk, a lost folder."""


def work(folder: str, recipe_id: str, items: Sequence[Item]) -> list[Record]:
    """Make particles; one that fails is recorded with its error, and the others go on.

    A place that cannot be written stops the batch: its last record has the status `TROUBLE`.
    """
    set_threads(1)
    recipe = _recipe(folder, recipe_id)
    records: list[Record] = []
    for item in items:
        try:
            records.append(make(recipe, item, Path(folder)))
        except (FileError, OSError) as error:
            records.append({"k": item.k, "status": TROUBLE, "error": str(error)})
            break
        except Exception as error:
            records.append(failure(item, error))
    return records


def failure(item: Item, error: Exception) -> Record:
    """Record of a particle that could not be made."""
    message = f"{type(error).__name__}: {' '.join(str(error).split())}"
    record = {"k": item.k, "status": "failed", "values": item.values(), "error": message[:500]}
    if not isinstance(error, NmcMeshError):
        record["where"] = "".join(traceback.format_tb(error.__traceback__)[-2:])[:1000]
    return record


@lru_cache(maxsize=4)
def _recipe(folder: str, recipe_id: str) -> Recipe:
    recipe = read_recipe(Path(folder))
    if recipe.id != recipe_id:
        raise FileError(f"'{folder}' on this machine holds another data set; share the folder")
    return recipe
