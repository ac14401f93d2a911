"""What lies beside the particles of a data set: manifest, cards, shards; and what is not of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nmc_mesh.dataset.card import CARD, CROISSANT, TABLE, write_cards
from nmc_mesh.dataset.folder import LOCK, PLAN
from nmc_mesh.dataset.make import place, sha256, stem
from nmc_mesh.dataset.manifest import DONE, FAILED, NAME, TODO, Manifest
from nmc_mesh.dataset.pack import FOLDER, INDEX
from nmc_mesh.dataset.recipe import Recipe

_OURS = {PLAN, NAME, LOCK, CARD, TABLE, CROISSANT}


def recorded(recipe: Recipe, record: dict[str, Any]) -> str:
    """Say what in the manifest's line of a particle that was made does not fit the plan."""
    k, plan = record["k"], recipe.plan
    if record.get("seed") != [plan.seed, k]:
        return f"its seed in {NAME} is {record.get('seed')}, {PLAN} says {[plan.seed, k]}"
    if record.get("values") != recipe.designer[k].values():
        return f"its values in {NAME} are not those of {PLAN}"
    files = record.get("files")
    if not isinstance(files, dict) or not all(
        isinstance(facts, list) and len(facts) == 2 and Path(name).name == name
        for name, facts in files.items()
    ):
        return f"{NAME} has no list of its files"
    suffixes = (
        (*plan.meshes.formats, *([".json"] if plan.meshes.tables else [])) if plan.meshes else ()
    )
    wanted = {f"{stem(k)}.h5", *(f"{stem(k)}_mesh{suffix}" for suffix in suffixes)}
    if lost := sorted(wanted - set(files)):
        return f"{NAME} does not name its file {lost[0]}"
    if not isinstance(record.get("quality"), dict):
        return f"{NAME} has no quality of it"
    return ""


def faults_beside(root: Path, recipe: Recipe, manifest: Manifest) -> list[str]:
    """Say what is wrong with the files that are not a particle's, each with its name."""
    faults = [f"{NAME}: {problem}" for problem in manifest.problems]
    faults += [
        f"{NAME}: a run was of another recipe than {PLAN}"
        for run in manifest.runs
        if run.get("recipe", recipe.id) != recipe.id
    ][:1]
    for k in manifest.numbers(FAILED).tolist():
        if (root / place(k) / f"{stem(k)}.h5").exists():
            faults.append(f"{NAME}: particle {k} is marked as failed, its file is there")
    records = list(manifest.records(DONE))
    if not any(recorded(recipe, record) for record in records):
        faults += _cards(root, recipe, manifest)
    return faults + list(_shards(root, recipe))


def strange_files(root: Path, manifest: Manifest) -> list[str]:
    """Files in the folder that no run of ours wrote, or that the manifest does not name."""
    known = {root / name for name in _OURS}
    for record in manifest.records(DONE):
        known |= {root / place(record["k"]) / name for name in record.get("files") or ()}
    known |= {root / FOLDER / name for name in (INDEX, *_listed(root))}
    there = (path for path in sorted(root.rglob("*")) if not path.is_dir())
    return [str(path.relative_to(root)) for path in there if path not in known]


def _cards(root: Path, recipe: Recipe, manifest: Manifest) -> list[str]:
    """Cards that are not those of the manifest; while particles are missing they may be older."""
    if len(manifest.numbers(TODO)):
        return []
    with tempfile.TemporaryDirectory(prefix="nmc-mesh-") as aside:
        write_cards(Path(aside), recipe, manifest)
        return [
            f"{name} {fault}"
            for name in (TABLE, CARD, CROISSANT)
            if (fault := _compared(root / name, (Path(aside) / name).read_bytes()))
        ]


def _compared(path: Path, wanted: bytes) -> str:
    try:
        return "" if path.read_bytes() == wanted else "is not the one of the manifest"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _shards(root: Path, recipe: Recipe) -> Iterator[str]:
    folder = root / FOLDER
    if not folder.is_dir():
        return
    listed = _listed(root)
    if not listed:
        yield f"{FOLDER}/{INDEX} cannot be read, or names no shards"
    for name, wanted in listed.items():
        try:
            if sha256(folder / name) != wanted:
                yield f"{FOLDER}/{name} has other bytes than were written"
        except OSError as error:
            yield f"{FOLDER}/{name} cannot be read: {error.strerror}"
    if listed and _index(root).get("recipe") != recipe.id:
        yield f"{FOLDER}/{INDEX} is of another recipe than {PLAN}; pack again"


def _listed(root: Path) -> dict[str, str]:
    """SHA-256 of every shard that the index names."""
    try:
        return {str(shard["file"]): str(shard["sha256"]) for shard in _index(root)["shards"]}
    except (KeyError, TypeError):
        return {}


def _index(root: Path) -> dict[str, Any]:
    try:
        value = json.loads((root / FOLDER / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
