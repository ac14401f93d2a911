"""The folder of a data set: its plan, its lock, its files.

::

    plan.json        plan and models, resolved: any particle can be made again from it
    manifest.jsonl   what was made: hashes, quality, seconds, versions
    items/           00000/0000000.h5, 00000/0000000_mesh.vtu, ...: a thousand particles per folder
    particles.csv    a row per particle, README.md and croissant.json: the datacard
    packed/          shards for learning
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nmc_mesh.dataset.make import ASIDE, PARTIAL, place
from nmc_mesh.dataset.manifest import NAME, Manifest
from nmc_mesh.dataset.recipe import Recipe, differences, from_document
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.files import lock_alone, written

PLAN = "plan.json"
LOCK = ".lock"


@contextmanager
def working(folder: Path, recipe: Recipe) -> Iterator[Manifest]:
    """Work on a folder alone: made if it is not there, swept, its plan checked; the manifest.

    Raises
    ------
    InputError
        If the folder belongs to another plan, with the difference; or holds other things.
    FileError
        If it cannot be written, or somebody is working on it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("w")
    except OSError as error:
        raise FileError(
            f"cannot write to '{folder}': {error.strerror}; choose another folder"
        ) from error
    with lock:
        try:
            lock_alone(lock.fileno())
        except OSError:
            raise FileError(
                f"another nmc-mesh dataset is working on '{folder}'; wait for it, or stop it"
            ) from None
        _check_plan(folder, recipe)
        _sweep(folder)
        try:
            yield Manifest(folder, recipe.plan.number)
        finally:
            _sweep(folder)


def _sweep(folder: Path) -> None:
    """Remove what those who were killed left half-written."""
    for left in (*folder.glob(f"{PARTIAL}*"), *folder.glob(f"{ASIDE}*")):
        shutil.rmtree(left, ignore_errors=True)


def read_folder(folder: Path) -> tuple[Recipe, Manifest]:
    """Return the recipe and the manifest of a data set, to look at.

    Raises
    ------
    FileError
        If there is no data set.
    """
    recipe = read_recipe(folder)
    return recipe, Manifest(folder, recipe.plan.number)


def read_recipe(folder: Path) -> Recipe:
    """Return the recipe of a data set; FileError if there is none."""
    path = folder / PLAN
    try:
        return from_document(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise FileError(
            f"'{folder}' holds no data set ({PLAN}: {error.strerror}); make one with: "
            f"nmc-mesh dataset PLAN.toml -o '{folder}'"
        ) from None
    except ValueError as error:
        raise FileError(f"{path} is damaged ({str(error).splitlines()[0]})") from None


def present(folder: Path, record: dict[str, Any]) -> bool:
    """Whether all files of a record are there with their sizes; their bytes are not read."""
    here = folder / place(record["k"])
    for name, (_, size) in record["files"].items():
        try:
            if (here / name).stat().st_size != size:
                return False
        except OSError:
            return False
    return True


def write_document(path: Path, value: Any) -> None:
    """Write plain values as JSON, whole or not at all."""
    with written(path) as beside:
        text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        name = beside.name(path)
        name.write_text(text, encoding="utf-8")
        with name.open("rb+") as file:
            os.fsync(file.fileno())


def _check_plan(folder: Path, recipe: Recipe) -> None:
    path = folder / PLAN
    if not path.exists():
        strange = sorted(f.name for f in folder.iterdir() if f.name != LOCK)
        if [name for name in strange if not name.startswith(".")] or NAME in strange:
            raise InputError(
                f"'{folder}' holds other things ({', '.join(strange[:3])}); choose a new folder"
            )
        write_document(path, recipe.document)
        return
    old = read_recipe(folder)
    fewer = recipe.plan.number < old.plan.number
    if old.id != recipe.id or fewer:
        different = differences(old.making, recipe.making)
        raise InputError(
            f"'{folder}' holds the data set of another plan ({'; '.join(different[:4])}"
            f"{'; ...' if len(different) > 4 else ''}); choose another folder or its own plan"
        )
    if old.document != recipe.document:
        write_document(path, recipe.document)
