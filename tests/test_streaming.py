"""Meshes written slab by slab, read back and judged as any other."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import h5py
import meshio
import numpy as np
import pytest
from scipy.io import netcdf_file

import nmc_mesh
from nmc_mesh.errors import FileError, InputError, MeshError, ResourceError
from nmc_mesh.io.netcdf import NetcdfLayout
from nmc_mesh.io.streams import files_of
from nmc_mesh.mesh.groups import groups, groups_of_labels
from nmc_mesh.mesh.slab import Slab, StreamReport
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.accuracy import boundary_distances
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import AnyArray
from tests.meshes import cube, voronoi
from tests.particles import ball, release_seeds

FILES = ["grains.h5", "grains.xdmf", "grains_facets.h5", "grains_facets.xdmf"]
FEW = 2e4
"""Cells in work: as few as slabs of eight layers have."""


def drawn(seed: int, diameter: float = 2.0) -> Particle:
    return nmc_mesh.load_model("nmc-radial").sample(seed, diameter=diameter)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def facets_of(path: Path) -> AnyArray:
    """Corners from the lowest on, and the two grains, in an order of their own."""
    with h5py.File(path) as file:
        facets, sides = file["facets"][()], file["facet_grains"][()]
    turn = (facets.argmin(axis=1)[:, None] + np.arange(3)) % 3
    rows = np.column_stack([np.take_along_axis(facets, turn, axis=1), sides])
    return rows[np.lexsort(rows.T)]


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Particle, StreamReport, Path]:
    """A particle of many slabs in files, and what was told of them."""
    particle = drawn(release_seeds(1)[0], 2.6)
    path = tmp_path_factory.mktemp("streamed") / "grains.xdmf"
    return particle, nmc_mesh.stream_tetrahedra(particle, path, slab_cells=FEW), path


def test_what_is_read_back_is_a_sound_mesh(streamed: tuple[Particle, StreamReport, Path]) -> None:
    particle, report, path = streamed
    mesh = nmc_mesh.read(path)
    assert isinstance(mesh, TetMesh)
    sound = nmc_mesh.validate(mesh)
    counts = (sound.grains, sound.cells, sound.points, sound.facets)
    assert counts == (report.grains, report.cells, report.points, report.facets)
    shapes = sound.quality
    assert report.volume == pytest.approx(shapes.volume.sum())
    assert np.radians(18) < report.smallest_angle <= shapes.smallest_angle.min()
    assert report.largest_angle >= shapes.largest_angle.max()
    assert report.mean_radius_ratio == pytest.approx(shapes.radius_ratio.mean())
    assert np.degrees(report.smallest_angle_p1) == pytest.approx(
        np.degrees(np.percentile(shapes.smallest_angle, 1)), abs=0.02
    )
    assert mesh.info["size"] == particle.grain_size / 4
    assert np.array_equal(mesh.info["orientations"], particle.orientations)


def test_the_files_are_those_of_the_mesh(
    streamed: tuple[Particle, StreamReport, Path], tmp_path: Path
) -> None:
    path = streamed[2]
    mesh = nmc_mesh.read(path)
    nmc_mesh.write(tmp_path / "grains.xdmf", mesh)
    assert sorted(bytes_of(path.parent)) == FILES
    for name in ("grains.xdmf", "grains_facets.xdmf"):
        assert (path.with_name(name)).read_text() == (tmp_path / name).read_text()
    with h5py.File(path.with_suffix(".h5")) as ours, h5py.File(tmp_path / "grains.h5") as whole:
        assert sorted(ours) == sorted(whole)
        for name in ("cells", "cell_tags", "grain_id", "points", "info"):
            assert ours[name].dtype == whole[name].dtype
            assert np.array_equal(ours[name][()], whole[name][()])
        for name in ("dim", "id", "name"):  # but those of lines and points
            assert np.array_equal(ours["groups"][name][()], whole["groups"][name][:-2])
    assert np.array_equal(
        facets_of(path.with_name("grains_facets.h5")), facets_of(tmp_path / "grains_facets.h5")
    )


def test_slabs_are_as_near_to_the_boundaries_as_a_whole_mesh(
    streamed: tuple[Particle, StreamReport, Path],
) -> None:
    particle, _, path = streamed
    mesh = nmc_mesh.read(path)
    assert isinstance(mesh, TetMesh)
    far = boundary_distances(mesh, particle) / mesh.info["size"]
    # A face at a seam that did not meet its other would be far from any boundary.
    assert np.mean(far > 0.15) < 0.02
    assert far.max() < 1.5


@pytest.mark.parametrize("seed", release_seeds(4))
def test_a_streamed_mesh_is_as_good_as_a_whole_one(seed: int, tmp_path: Path) -> None:
    particle = drawn(seed)
    report = nmc_mesh.stream_tetrahedra(particle, tmp_path / "grains.xdmf", slab_cells=FEW)
    whole = nmc_mesh.tetrahedralize(particle)
    good = nmc_mesh.validate(whole)
    assert np.degrees(report.smallest_angle) > 18
    assert report.mean_radius_ratio == pytest.approx(good.quality.radius_ratio.mean(), abs=0.005)
    assert report.volume == pytest.approx(good.quality.volume.sum(), rel=2e-3)
    assert report.cells == pytest.approx(good.cells, rel=0.03)
    assert abs(report.grains - good.grains) <= 1


def test_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    particle = drawn(11)
    seen = []
    try:
        for threads in (1, 3):
            folder = tmp_path / str(threads)
            folder.mkdir()
            nmc_mesh.set_threads(threads)
            nmc_mesh.stream_tetrahedra(particle, folder / "grains.xdmf", slab_cells=FEW)
            seen.append(bytes_of(folder))
    finally:
        nmc_mesh.set_threads(None)
    assert sorted(seen[0]) == FILES
    assert seen[0] == seen[1]


def test_one_slab_is_enough_for_a_small_particle(tmp_path: Path) -> None:
    report = nmc_mesh.stream_tetrahedra(ball(), tmp_path / "grains.xdmf", 0.2)
    assert report.grains == 1
    assert report.volume == pytest.approx(4 / 3 * np.pi, rel=0.02)


@pytest.mark.parametrize("low", [-5.0, -1.1])
@pytest.mark.parametrize("high", [1.1, 5.0])
def test_a_box_may_be_larger_than_its_particle(low: float, high: float, tmp_path: Path) -> None:
    corners = np.array([[-1.1, -1.1, low], [1.1, 1.1, high]])
    particle = replace(ball(), box=corners)
    report = nmc_mesh.stream_tetrahedra(particle, tmp_path / "grains.xdmf", 0.15, slab_cells=1)
    assert report.volume == pytest.approx(4 / 3 * np.pi, rel=0.02)
    nmc_mesh.validate(nmc_mesh.read(tmp_path / "grains.xdmf"))


def surroundings() -> dict[str, Particle]:
    whole = drawn(3, 1.2)
    model = nmc_mesh.load_model("nmc-radial")
    shape = nmc_mesh.StarShape.ball(0.6)
    return {
        "ends at its shell": model.sample(3, shell=shape, surface="shell"),
        "coating": whole.coated(0.1),
        "electrolyte": whole.in_domain("box:1.4"),
        "several particles": nmc_mesh.assemble([whole, whole], [[0, 0, 0], [9, 0, 0]]),
    }


@pytest.mark.parametrize("reason", list(surroundings()))
def test_what_is_more_than_whole_grains_is_refused(reason: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{reason}.*mesh it as a whole"):
        nmc_mesh.stream_tetrahedra(surroundings()[reason], tmp_path / "grains.xdmf")
    assert not list(tmp_path.iterdir())


def test_what_makes_no_sense_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    particle, path = drawn(3, 1.2), tmp_path / "grains.xdmf"
    image = nmc_mesh.LabelImage(np.ones((3, 3, 3), dtype=np.int32), 0.5)
    with pytest.raises(InputError, match="mesh an image whole"):
        nmc_mesh.stream_tetrahedra(image, path)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="the size must be a positive number"):
        nmc_mesh.stream_tetrahedra(particle, path, -1.0)
    with pytest.raises(InputError, match="cells in work must be a positive"):
        nmc_mesh.stream_tetrahedra(particle, path, slab_cells=0)
    with pytest.raises(InputError, match=r"streamed to \.xdmf and \.e"):
        nmc_mesh.stream_tetrahedra(particle, tmp_path / "grains.msh")
    with pytest.raises(FileError, match="does not exist"):
        nmc_mesh.stream_tetrahedra(particle, tmp_path / "no" / "grains.xdmf")
    with pytest.raises(MeshError, match="lost, too small or thin"):
        nmc_mesh.stream_tetrahedra(particle, path, 2.0)
    monkeypatch.setattr("nmc_mesh.mesher.stream.free_memory", lambda: 1e6)
    with pytest.raises(ResourceError, match="--slab-cells"):
        nmc_mesh.stream_tetrahedra(particle, path)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "grains.xdmf"
    path.write_text("before")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("xdmf_stream.XdmfStream.append", "xdmf_stream.fill", "exodus_stream.fill_at"):
        with monkeypatch.context() as patch:
            patch.setattr(f"nmc_mesh.io.{name}", full)
            target = path if name.startswith("xdmf") else path.with_suffix(".e")
            with pytest.raises(FileError, match="No space left on device"):
                nmc_mesh.stream_tetrahedra(ball(), target, 0.3)
    assert bytes_of(tmp_path) == {"grains.xdmf": b"before"}


def exodus(path: Path) -> dict[str, AnyArray]:
    """Variables of a file; without sets of nodes."""
    with netcdf_file(str(path), "r", mmap=False) as file:
        return {
            name: variable[:].copy()
            for name, variable in file.variables.items()
            if not name.startswith(("ns_", "node_ns"))
        }


@pytest.mark.parametrize("blocks", ["grain", "single"])
def test_exodus_is_the_file_that_the_whole_mesh_would_have(
    blocks: nmc_mesh.mesh.groups.Blocks, tmp_path: Path
) -> None:
    """Of several slabs, variable by variable; a side set lists its sides in an order of its own."""
    particle = drawn(release_seeds(1)[0], 1.4)
    for ending in ("e", "xdmf"):
        path = tmp_path / f"slabs.{ending}"
        made = nmc_mesh.stream_tetrahedra(particle, path, slab_cells=1e4, blocks=blocks)
    mesh, other = (nmc_mesh.read(tmp_path / f"slabs.{ending}") for ending in ("e", "xdmf"))
    assert made.cells == len(mesh.cells)
    for name in ("points", "cells", "labels"):
        assert np.array_equal(getattr(mesh, name), getattr(other, name))
    nmc_mesh.write(tmp_path / "whole.e", mesh, blocks=blocks)
    ours, whole = (exodus(tmp_path / f"{name}.e") for name in ("slabs", "whole"))
    assert ours.keys() == whole.keys()
    assert len(ours["ss_prop1"]) > 1
    for k in range(1, len(ours["ss_prop1"]) + 1):
        sides = [np.stack([f.pop(f"elem_ss{k}"), f.pop(f"side_ss{k}")]) for f in (ours, whole)]
        assert np.array_equal(*(part[:, np.lexsort(part)] for part in sides))
    for name, values in ours.items():
        assert np.array_equal(values, whole[name]), name


def test_meshio_reads_exodus_that_was_streamed(tmp_path: Path) -> None:
    pytest.importorskip("netCDF4", reason="pip install netCDF4, by which meshio reads Exodus")
    path = tmp_path / "slabs.e"
    made = nmc_mesh.stream_tetrahedra(drawn(3, 1.2), path, slab_cells=1e4)
    blocks = meshio.read(path)
    mesh = nmc_mesh.read(path)
    assert sum(len(block.data) for block in blocks.cells) == made.cells
    assert np.array_equal(blocks.points, mesh.points)
    labels = np.concatenate(blocks.cell_data["grain_id"])
    assert np.array_equal(np.sort(labels), np.sort(mesh.labels))


def test_an_array_that_exodus_cannot_hold_is_refused() -> None:
    layout = NetcdfLayout({})
    layout.later("fits", "i4", (2**30 - 1,), "n")
    with pytest.raises(InputError, match=r"larger than 4 GiB.*--blocks grain"):
        layout.later("connect1", "i4", (2**28, 4), "cells", "corners")


def slab_of(mesh: TetMesh) -> Slab:
    """Cells of a mesh as one slab: components are labels."""
    order = np.argsort(mesh.labels, kind="stable")
    runs, counts = np.unique(mesh.labels, return_counts=True)
    place = np.argsort(order)
    faces = np.full(mesh.facet_cells.shape, -1)
    for facet, side in np.argwhere(mesh.facet_cells >= 0):
        cell = mesh.facet_cells[facet, side]
        (corner,) = np.flatnonzero(~np.isin(mesh.cells[cell], mesh.facets[facet]))
        faces[facet, side] = 4 * place[cell] + corner
    return Slab(mesh.points, mesh.cells[order], runs, counts, mesh.facets, mesh.facet_grains, faces)


@pytest.mark.parametrize("ending", ["xdmf", "e"])
def test_components_without_a_label_are_dropped_with_their_points(
    ending: str, tmp_path: Path
) -> None:
    mesh = cube()
    labels = np.arange(9, dtype=np.int32)
    labels[[3, 5]] = 0
    labels[8] = 7
    with files_of(tmp_path / f"grains.{ending}") as stream:
        stream.append(slab_of(mesh))
        counts = stream.finish(labels, {})
    back = nmc_mesh.read(tmp_path / f"grains.{ending}")
    assert isinstance(back, TetMesh)
    sound = nmc_mesh.validate(back)
    assert back.labels_there.tolist() == [1, 2, 4, 6, 7]
    assert counts == (sound.grains, sound.cells, sound.points, sound.facets)
    if ending == "xdmf":
        nmc_mesh.write(tmp_path / "whole.xdmf", back)
        ours, whole = (tmp_path / f"{name}_facets.h5" for name in ("grains", "whole"))
        assert np.array_equal(facets_of(ours), facets_of(whole))


@pytest.mark.parametrize("blocks", ["grain", "color", "single"])
@pytest.mark.parametrize("boundaries", ["pairs", "one", "none"])
def test_groups_are_known_from_labels_and_what_touches_what(
    blocks: nmc_mesh.mesh.groups.Blocks, boundaries: nmc_mesh.mesh.groups.Boundaries
) -> None:
    mesh = voronoi(9, 5)
    pairs = np.unique(mesh.facet_grains, axis=0)
    small = groups_of_labels(mesh.labels_there, pairs, blocks, boundaries)
    known = [(group.dim, group.id, group.name) for group in small]
    whole = groups(mesh, blocks, boundaries)
    assert known == [(group.dim, group.id, group.name) for group in whole if group.dim > 1]
    for mine, group in zip(small, whole, strict=False):
        if group.dim == 3:
            named = mesh.labels[group.entities]
            assert np.array_equal(mesh.labels_there[mine.entities], np.unique(named))
        else:
            sides = np.unique(mesh.facet_grains[group.entities], axis=0)
            assert np.array_equal(pairs[mine.entities], sides)
