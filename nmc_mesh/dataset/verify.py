"""Is a data set what its manifest says? Hash it, check it, make one particle again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.dataset.beside import faults_beside, recorded, strange_files
from nmc_mesh.dataset.environment import environment, mixture
from nmc_mesh.dataset.folder import read_folder, working
from nmc_mesh.dataset.make import make, place, sha256, stem
from nmc_mesh.dataset.manifest import DONE, FAILED, TODO, Manifest
from nmc_mesh.dataset.store import load_particle, load_voxels, opened
from nmc_mesh.errors import InputError, NmcMeshError
from nmc_mesh.io import FORMATS, read
from nmc_mesh.mesh.validate import validate
from nmc_mesh.parallel import get_threads

_AHEAD = 64


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Parameters
    ----------
    checked, missing, failed
        Particles looked at, not made yet, recorded as failed.
    wrong
        What is wrong with which particle.
    mixed
        Differences between the environments of the runs.
    faults
        What is wrong with the files beside the particles, each with its name.
    strange
        Files that are not of the data set.
    """

    checked: int
    missing: int
    failed: int
    wrong: dict[int, str]
    mixed: list[str]
    faults: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    __repr__ = one_line

    @property
    def sound(self) -> bool:
        """Whether everything is there, as it was written."""
        return not (self.wrong or self.faults or self.missing)


def verify_dataset(
    folder: str | Path,
    *,
    numbers: Iterable[int] | None = None,
    hashes_only: bool = False,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Verdict:
    """Hash all files again and check what is in them.

    Checked of every particle: the files are there with their hashes; the analytic form is a valid
    particle; its voxels hold its grains and nothing else; one of its meshes passes the validator.
    Checked besides, unless ``numbers`` are given: the manifest fits the plan, line by line; table,
    datacard and Croissant file are those of the manifest; packed shards have their hashes.

    Parameters
    ----------
    folder
        A data set.
    numbers
        Particles to look at; default: all.
    hashes_only
        Leave the contents alone.
    report
        Hears of the progress: particles done, and in all.

    Raises
    ------
    FileError
        If there is no data set.
    InputError
        If a number is not there.
    """
    root = Path(folder)
    recipe, manifest = read_folder(root)
    wanted = _wanted(manifest, numbers)
    done = [k for k in wanted if manifest.state[k] == DONE]

    def look(k: int) -> tuple[int, str]:
        record = manifest.record(k)
        fault = recorded(recipe, record) or _hashed(root, record)
        return k, fault or ("" if hashes_only else _checked(root, record, recipe.id))

    wrong: dict[int, str] = {}
    with ThreadPoolExecutor(get_threads()) as pool:
        for first in range(0, len(done), _AHEAD):
            for k, fault in pool.map(look, done[first : first + _AHEAD]):
                if fault:
                    wrong[k] = fault
            report(min(first + _AHEAD, len(done)), len(done))
    states = manifest.state[wanted]
    counts = (len(done), int((states == TODO).sum()), int((states == FAILED).sum()))
    faults = strange = []
    if numbers is None:
        faults, strange = faults_beside(root, recipe, manifest), strange_files(root, manifest)
    return Verdict(*counts, wrong, _mixed(manifest), faults, strange)


def forget(folder: str | Path, numbers: Iterable[int]) -> None:
    """Mark particles as not made, so that the next run of the data set makes them again."""
    root = Path(folder)
    recipe, _ = read_folder(root)
    with working(root, recipe) as manifest:
        manifest.append([{"k": int(k), "status": "todo"} for k in numbers])


def rebuild(folder: str | Path, k: int) -> dict[str, bool]:
    """Make particle k again, aside, and compare: file name -> whether it has the recorded hash.

    Parameters
    ----------
    folder
        The data set.
    k
        Number of the particle, from 0.

    Raises
    ------
    InputError
        If the particle has not been made.
    """
    root = Path(folder)
    recipe, manifest = read_folder(root)
    if not 0 <= k < recipe.plan.number or manifest.state[k] != DONE:
        raise InputError(
            f"particle {k} has not been made; there are {len(manifest.numbers(DONE))} of 0 to "
            f"{recipe.plan.number - 1}"
        )
    wanted = manifest.record(k)["files"]
    with tempfile.TemporaryDirectory(prefix="nmc-mesh-") as aside:
        fresh = make(recipe, recipe.designer[k], Path(aside))["files"]
    names = sorted({*wanted, *fresh})
    return {name: wanted.get(name, [None])[0] == fresh.get(name, [""])[0] for name in names}


def environments_differ(folder: str | Path) -> list[str]:
    """Say how this machine differs from the one the data set was begun on."""
    _, manifest = read_folder(Path(folder))
    return mixture(manifest.runs[0]["environment"], environment()) if manifest.runs else []


def _wanted(manifest: Manifest, numbers: Iterable[int] | None) -> np.ndarray:
    if numbers is None:
        return np.arange(len(manifest.state))
    wanted = np.array(sorted(set(numbers)), dtype=np.int64)
    if len(wanted) and (wanted[0] < 0 or wanted[-1] >= len(manifest.state)):
        raise InputError(f"particles are 0 to {len(manifest.state) - 1}, not {wanted.tolist()}")
    return wanted


def _hashed(root: Path, record: dict[str, Any]) -> str:
    here = root / place(record["k"])
    for name, (wanted, _) in record["files"].items():
        try:
            if sha256(here / name) != wanted:
                return f"{name} has other bytes than were written"
        except OSError as error:
            return f"{name} cannot be read: {error.strerror}"
    return ""


def _checked(root: Path, record: dict[str, Any], recipe_id: str) -> str:
    k = record["k"]
    here = root / place(k)
    path = here / f"{stem(k)}.h5"
    try:
        particle = load_particle(path)
        if particle.n_grains != record["quality"]["grains"]:
            return f"{path.name} holds {particle.n_grains} grains"
        with opened(path) as file:
            voxels = "voxels" in file
            if file.attribute("recipe", kind="text") != recipe_id:
                return f"{path.name} is of another recipe than plan.json"
        if voxels:
            seen = np.unique(load_voxels(path).labels)
            if seen[0] != 0 or seen[-1] > particle.n_labels:
                return f"{path.name}: voxels name grains that the particle has not"
            if len(seen) - 1 != record["quality"]["voxel_grains"]:
                return f"{path.name}: voxels hold {len(seen) - 1} grains"
        readable = {f"{stem(k)}_mesh{suffix}" for suffix, form in FORMATS.items() if form.read}
        meshes = [name for name in record["files"] if name in readable]
        for name in meshes[:1]:
            mesh = read(here / name)
            validate(mesh)
            cells = len(mesh.cells)
            if cells != record["quality"]["cells"]:
                return f"{name} has {cells} cells"
    except NmcMeshError as error:
        return str(error)
    return ""


def _mixed(manifest: Manifest) -> list[str]:
    environments = [run.get("environment", {}) for run in manifest.runs]
    lines = {line for environment in environments for line in mixture(environments[0], environment)}
    return sorted(lines.union(*(run.get("mixed", []) for run in manifest.runs)))
