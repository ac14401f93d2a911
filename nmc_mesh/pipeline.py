"""The stages in their order: objects in, objects out, no files."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.extensions import DEFAULT_MODEL
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.accuracy import Accuracy, boundary_distances, edge_length
from nmc_mesh.mesher.certificate import Certificate, compared_topology, proven_distances
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.sizes import Size
from nmc_mesh.mesher.tetrahedralize import EDGES_PER_GRAIN, tetrahedralize
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.particle.model import ParticleModel, load_model
from nmc_mesh.particle.particle import Particle, Surface
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import AnyArray, Floats

_VOXELS_PER_GRAIN = 16


class Stopwatch:
    """A progress that adds up the wall time of every stage and passes each report on.

    The time between two reports belongs to the stage of the later one, unless that one only
    announces its start.
    """

    def __init__(self, progress: Progress = silent) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._last = time.perf_counter()
        self._stage: str | None = None

    def __call__(self, stage: str, done: float) -> None:
        """Take the time and pass the report on."""
        now = time.perf_counter()
        owner = self._stage if done <= 0 else stage
        if owner is not None:
            self.seconds[owner] = self.seconds.get(owner, 0.0) + now - self._last
        self._last, self._stage = now, stage
        self._progress(stage, done)


def generate(
    model: str | ParticleModel = DEFAULT_MODEL,
    seed: int | np.random.Generator = 0,
    size: Size | None = None,
    *,
    diameter: float | None = None,
    shell: StarShape | None = None,
    surface: Surface = "grains",
    outer: float | None = None,
    growth: float = 0.0,
    order: int = 1,
    progress: Progress = silent,
) -> tuple[Particle, TetMesh]:
    """Draw a particle from a model and mesh it.

    Parameters
    ----------
    model
        A model, the name of a shipped one, or the path of a model file (.toml); default: the one
        that the command line draws from too.
    seed
        A whole number of 0 or more, or a generator; the same seed gives the same bytes.
    size
        Edge length of the mesh in um, or several: see `tetrahedralize`; default: a quarter of the
        mean grain's edge length.
    diameter
        Volume-equivalent diameter of the shell in um; default: as the model draws it.
    shell
        A measured shell in place of a drawn one.
    surface
        What the particle ends at: faces of whole "grains", or the smooth "shell", which cuts grains
        off.
    outer
        Edge length in um at the outer surface, where it should be smaller.
    growth
        By how much edges grow for each um of distance from boundaries: see `tetrahedralize`.
    order
        Order of the cells, 1 or 2: see `second_order`.
    progress
        Called with the name of the stage and the share of it that is done.

    Returns
    -------
    particle, mesh
        The drawn particle, and its mesh: tagged and checked.

    Raises
    ------
    InputError
        If the model is unknown, the seed negative, the size not positive, or the order neither 1
        nor 2.
    MeshError
        If no valid mesh could be made.

    Warns
    -----
    UserWarning
        If the size is too large for the grains.
    """
    _check_order(order)
    chosen = load_model(model) if isinstance(model, str) else model
    if isinstance(size, float | int):
        check_size(size, chosen.grains.grain_size)
    progress("sample", 0.0)
    particle = chosen.sample(seed, diameter, shell, surface)
    progress("sample", 1.0)
    mesh = tetrahedralize(particle, size, outer=outer, growth=growth, progress=progress)
    return particle, _of_order(mesh, order, particle, progress)


def mesh_labels(
    image: LabelImage,
    size: Size | None = None,
    *,
    keep: Iterable[int] | None = None,
    outer: float | None = None,
    growth: float = 0.0,
    order: int = 1,
    progress: Progress = silent,
) -> tuple[LabelImage, TetMesh]:
    """Mesh a label image, or some of its labels.

    Parameters
    ----------
    image
        Labels in three dimensions; 0 is outside.
    size
        Edge length of the mesh in um, or several: see `tetrahedralize`, as for the default.
    keep
        Labels to mesh, see `kept_labels`; default: all but 0.
    outer
        Edge length in um at the outer surface, where it should be smaller.
    growth
        By how much edges grow for each um of distance from boundaries: see `tetrahedralize`.
    order
        Order of the cells, 1 or 2; the edges of those of an image are straight.
    progress
        Called with the name of the stage and the share of it that is done.

    Returns
    -------
    image, mesh
        The labels that were meshed, and their mesh: tagged and checked.

    Raises
    ------
    InputError
        If the size is not positive, the image not 3D, or the same label everywhere, or a label to
        keep does not occur, or the order is neither 1 nor 2.
    MeshError
        If no valid mesh could be made.

    Warns
    -----
    UserWarning
        If the size is too large for the grains.
    """
    _check_order(order)
    if image.dim == 3 and image.labels.min() == image.labels.max():
        raise InputError(
            f"every voxel has the label {image.labels.flat[0]}, so there is no boundary to mesh; "
            "a label image needs at least two labels"
        )
    chosen = image if keep is None else kept_labels(image, keep)
    if isinstance(size, float | int):
        volumes = chosen.volumes()[1:]
        check_size(size, float(cbrt(volumes[volumes > 0].mean())))
    mesh = tetrahedralize(chosen, size, outer=outer, growth=growth, progress=progress)
    return chosen, _of_order(mesh, order, chosen, progress)


def _check_order(order: int) -> None:
    if order not in (1, 2):
        raise InputError(f"the order of the cells is 1 or 2, not {order}")


def _of_order(
    mesh: TetMesh, order: int, source: Particle | LabelImage, progress: Progress
) -> TetMesh:
    if order == 1:
        return mesh
    progress("second order", 0.0)
    curved = second_order(mesh, source)
    progress("second order", 1.0)
    return curved


def check_size(size: float, grain_size: float) -> None:
    """Refuse an edge length that is not positive; warn if it is too large for the grains.

    Parameters
    ----------
    size
        Edge length of the mesh in um.
    grain_size
        Edge length in um of the cube that has the volume of a mean grain.
    """
    if not (np.isfinite(size) and size > 0):
        raise InputError(f"the size must be a positive number of um, not {size:g}")
    if size > grain_size / EDGES_PER_GRAIN:
        warnings.warn(
            f"a size of {size:g} um is coarse for grains of {grain_size:.3g} um: their shapes and "
            f"volumes will suffer; rule of thumb: at most {grain_size / EDGES_PER_GRAIN:.2g} um",
            stacklevel=3,
        )


def volume_errors(
    source: Particle | LabelImage, mesh: TetMesh, progress: Progress = silent
) -> Floats:
    """Relative error of every grain's volume: (V_mesh - V_source) / V_source.

    The volume of a particle's grains comes from counting the voxels of a grid with sixteen to a
    mean grain's edge; that of a label image from its own voxels. A grain without a voxel counts as
    one voxel.

    Parameters
    ----------
    source
        What was meshed.
    mesh
        Its mesh.
    progress
        Called with the share that is done.

    Returns
    -------
    Floats
        One number per grain of `grain_table`, shape (g,).
    """
    progress("volumes", 0.0)
    fine = source.grain_size / _VOXELS_PER_GRAIN if isinstance(source, Particle) else 0.0
    image = voxelize(source, fine) if isinstance(source, Particle) else source
    table = grain_table(mesh)
    counts = np.bincount(image.labels.ravel(), minlength=int(table["id"].max()) + 1)[table["id"]]
    errors: Floats = table["volume"] / (np.maximum(counts, 1) * image.voxel_volume) - 1
    progress("volumes", 1.0)
    return errors


def accuracy(particle: Particle, mesh: TetMesh, progress: Progress = silent) -> Accuracy:
    """Tell how near a mesh comes to its particle: distances of facets, volumes of grains.

    Parameters
    ----------
    particle
        What was meshed.
    mesh
        Its mesh, of first or second order.
    progress
        Called with the share that is done.

    Returns
    -------
    Accuracy
        See there, `boundary_distances` and `volume_errors`.

    Raises
    ------
    InputError
        If the mesh has grains that the particle has not.
    """
    _check_grains(particle, mesh)
    errors = volume_errors(particle, mesh, progress)
    progress("distances", 0.0)
    distances = boundary_distances(mesh, particle)
    progress("distances", 1.0)
    return Accuracy(distances, edge_length(mesh), errors)


def certify(
    mesh: TetMesh,
    source: Particle | LabelImage | None = None,
    *,
    progress: Progress = silent,
) -> Certificate:
    """Validate a mesh and tell what is proven of it.

    Parameters
    ----------
    mesh
        Any mesh, fresh or read from a file, of first or second order.
    source
        What was meshed: of a particle, distances from its exact boundaries are proven
        (`proven_distances`), junctions set beside the exact ones (`compared_topology`) and volumes
        compared; of a label image, volumes; without either, what can be said of the mesh alone.
    progress
        Called with the name of the stage and the share of it that is done.

    Raises
    ------
    MeshError
        If the mesh is not valid: see `validate`.
    InputError
        If the mesh has grains that the particle has not.

    Examples
    --------
    >>> import nmc_mesh
    >>> particle, mesh = nmc_mesh.generate("nmc-radial", 3, diameter=1.0)
    >>> found = nmc_mesh.certify(mesh, particle)
    >>> found.smallest_angle > 0.2, found.distance(90) < 0.3
    (True, True)
    """
    progress("validate", 0.0)
    report = validate(mesh, whole=False)
    progress("validate", 1.0)
    distances = errors = topology = None
    if source is not None:
        if isinstance(source, Particle):
            _check_grains(source, mesh)
            progress("prove distances", 0.0)
            distances = proven_distances(mesh, source)[:, 1]
            progress("prove distances", 1.0)
            progress("prove topology", 0.0)
            topology = compared_topology(mesh, source)
            progress("prove topology", 1.0)
        errors = volume_errors(source, mesh, progress)
    return Certificate(
        edge_length(mesh),
        float(report.quality.smallest_angle.min()),
        float(report.quality.largest_angle.max()),
        report.split_grains,
        distances,
        mesh.facet_grains,
        errors,
        topology,
    )


def _check_grains(particle: Particle, mesh: TetMesh) -> None:
    """Refuse a mesh with grains that the particle has not."""
    if int(mesh.labels.max()) > particle.n_grains:
        raise InputError(
            f"the mesh has a grain {mesh.labels.max()}, the particle only {particle.n_grains}; "
            "name the particle that was meshed"
        )


def kept_labels(image: LabelImage, keep: Iterable[int]) -> LabelImage:
    """Keep some labels of an image; all others become 0, outside.

    Label 0 itself can be kept: it gets the number after the largest label.

    Raises
    ------
    InputError
        If a label does not occur in the image.
    """
    wanted = sorted(set(keep))
    present = np.flatnonzero(np.bincount(image.labels.ravel()))
    missing = [label for label in wanted if label not in present]
    if missing or not wanted:
        raise InputError(
            f"cannot keep {missing or 'no label at all'}; the image holds the labels "
            f"{_few(present)}"
        )
    table = np.zeros(int(present[-1]) + 1, dtype=np.int32)
    for label in wanted:
        table[label] = label if label > 0 else len(table)
    return LabelImage(table[image.labels], image.spacing, image.origin)


def _few(labels: AnyArray) -> str:
    head = ", ".join(map(str, labels[:8].tolist()))
    return f"{head}, ... {labels[-1]}" if len(labels) > 8 else head
