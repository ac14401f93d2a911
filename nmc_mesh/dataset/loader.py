"""Read a data set: particles, stored voxels, or voxels and meshes made when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nmc_mesh.dataset.folder import read_folder
from nmc_mesh.dataset.make import place, stem
from nmc_mesh.dataset.manifest import DONE
from nmc_mesh.dataset.store import (
    Packed,
    Surface,
    load_particle,
    load_surface,
    load_tables,
    load_voxels,
)
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize


class DataSet:
    """The particles of a folder that have been made, by their number.

    ``particles[k]`` is an `Entry`; iteration passes over what failed or is still to be made.

    Parameters
    ----------
    folder
        A data set.

    Raises
    ------
    FileError
        If there is none.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.recipe, self._manifest = read_folder(self.folder)
        self.numbers = [int(k) for k in self._manifest.numbers(DONE)]

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[Entry]:
        return (self[k] for k in self.numbers)

    def __getitem__(self, k: int) -> Entry:
        if not 0 <= k < len(self._manifest.state) or self._manifest.state[k] != DONE:
            raise InputError(f"particle {k} is not in '{self.folder}': it has not been made")
        return Entry(self.folder, self._manifest.record(k))


class Entry:
    """One particle of a data set; nothing is read before it is asked for."""

    def __init__(self, folder: Path, record: dict[str, Any]) -> None:
        self.k: int = record["k"]
        self.values: dict[str, Any] = record["values"]
        self.quality: dict[str, Any] = record["quality"]
        self._folder = folder / place(self.k)
        self.files = [self._folder / name for name in record["files"]]

    @property
    def path(self) -> Path:
        """The HDF5 file."""
        return self._folder / f"{stem(self.k)}.h5"

    def particle(self) -> Particle:
        """Return the analytic form: the very bits that voxels and meshes were made from."""
        return load_particle(self.path)

    def voxels(self, spacing: float | None = None) -> LabelImage:
        """Return the stored voxels, or such of another spacing in um, made now."""
        return load_voxels(self.path) if spacing is None else voxelize(self.particle(), spacing)

    def mesh(self, size: float | None = None) -> TetMesh:
        """Mesh the particle now; ``size`` in um, default: a quarter of a grain."""
        return tetrahedralize(self.particle(), size)

    def surface(self) -> Surface:
        """Return the stored triangles."""
        return load_surface(self.path)

    def tables(self) -> dict[str, Packed]:
        """Return the stored tables: name -> column -> values."""
        return load_tables(self.path)
