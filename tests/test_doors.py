"""What is handed in by mistake is named, with what is taken; values print as one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh import LabelImage, Particle, ParticleModel, TetMesh
from nmc_mesh.arrays import one_line
from nmc_mesh.doors import positive, taken
from nmc_mesh.errors import InputError
from nmc_mesh.mesher.surface import surface_mesh
from nmc_mesh.typing import AnyArray
from tests.meshes import cube

ARRAY = np.ones((3, 4, 5), dtype=int)
MODEL = nmc_mesh.load_model("nmc-radial")


@pytest.fixture(scope="module")
def particle() -> Particle:
    return MODEL.sample(5, 1.2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: nmc_mesh.tetrahedralize(ARRAY), "a Particle or LabelImage, not an array of sha"),
        (lambda p: nmc_mesh.tetrahedralize("a.tif"), "not the text 'a.tif'; make an image of an"),
        (lambda p: nmc_mesh.surface_mesh(ARRAY), r"not an array of shape \(3, 4, 5\)"),
        (lambda p: nmc_mesh.voxel_mesh(ARRAY), r"LabelImage, .*LabelImage\(labels, spacing\)"),
        (lambda p: nmc_mesh.voxelize(ARRAY, 0.1), "voxelize takes a Particle, not an array"),
        (lambda p: nmc_mesh.picture(p, "a.png"), r"not a Particle; .* tetrahedralize\(particle\)"),
        (lambda p: nmc_mesh.write("a.msh", p), "CohesiveMesh, not a Particle; make one"),
        (lambda p: nmc_mesh.write_particle("a.h5", cube()), "takes a Particle, not a TetMesh"),
        (lambda p: nmc_mesh.write_labels("a.tif", ARRAY), "takes a LabelImage, not an array"),
        (lambda p: nmc_mesh.write_surface("a.stl", p), r"surface_mesh\(mesh\)"),
        (lambda p: nmc_mesh.second_order(p), "takes a TetMesh, not a Particle"),
        (lambda p: nmc_mesh.second_order(cube(), ARRAY), "what the mesh was made from"),
        (lambda p: nmc_mesh.split_boundaries(p), "or CohesiveMesh, not a Particle"),
        (lambda p: nmc_mesh.validate(p), "takes a TetMesh, not a Particle"),
        (lambda p: nmc_mesh.fit_particle(ARRAY), "takes a LabelImage, not an array"),
        (lambda p: nmc_mesh.fit_volume(ARRAY), "takes a LabelImage, not an array"),
        (lambda p: nmc_mesh.section_of_labels(ARRAY), "takes a LabelImage, not an array"),
        (lambda p: nmc_mesh.section_of_scan("a.ang"), r"an EbsdScan, .*read_scan\(path\)"),
        (lambda p: nmc_mesh.generate(7), r"a ParticleModel, not an int; .*list_models\(\)"),
        (lambda p: nmc_mesh.generate(diameter="2"), "the diameter must be .* um, not '2'"),
        (lambda p: nmc_mesh.generate(size="0.1"), "the size must be .* um, not '0.1'"),
        (lambda p: nmc_mesh.generate(outer="1"), "outer surface must be .* um, not '1'"),
        (lambda p: nmc_mesh.generate(growth="1"), "a positive number or 0, not '1'"),
        (lambda p: nmc_mesh.generate(order="2"), "is 1 or 2, not '2'"),
        (lambda p: nmc_mesh.tetrahedralize(p, True), "of um, not True"),
        (lambda p: nmc_mesh.voxelize(p, "0.1"), "the spacing must be .* um, not '0.1'"),
        (lambda p: nmc_mesh.set_threads("2"), "must be at least 1, not '2'"),
    ],
)  # fmt: skip
def test_what_is_of_the_wrong_kind_is_told(
    call: Callable[[Particle], Any], words: str, particle: Particle
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        call(particle)
    assert "\n" not in str(caught.value)


def test_numbers_of_any_kind_will_do() -> None:
    for value in (2, 2.0, np.float32(2), np.int64(2), np.array(2.0)):
        assert positive(value, "it") == 2
    for value in (0, -1, np.nan, np.inf, True, "2", None, [2.0], 2j):
        with pytest.raises(InputError, match="it must be a positive number of um, not"):
            positive(value, "it")
    taken(True, int, "this")


def test_a_picture_has_the_format_of_its_ending(particle: Particle, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    mesh = nmc_mesh.tetrahedralize(particle, 0.3)
    for name, first in (("a.png", b"\x89PNG"), ("a.jpg", b"\xff\xd8\xff"), ("A.JPEG", b"\xff\xd8")):
        nmc_mesh.picture(mesh, tmp_path / name, width=120)
        assert (tmp_path / name).read_bytes().startswith(first)
    for name in ("a.bmp", "a"):
        with pytest.raises(InputError, match=r"use one of \.png, \.jpg, \.jpeg, \.gif, \.mp4"):
            nmc_mesh.picture(mesh, tmp_path / name)
    with pytest.raises(InputError, match="at least 100 pixels, not 'wide'"):
        nmc_mesh.picture(mesh, tmp_path / "a.png", width="wide")  # type: ignore[arg-type]


def values(particle: Particle) -> dict[str, Any]:
    """Every value of ARCHITECTURE's table that is made quickly, and what contains them."""
    mesh = nmc_mesh.tetrahedralize(particle, 0.15)
    image = nmc_mesh.voxelize(particle, 0.05)
    flat = LabelImage(np.ascontiguousarray(image.labels[:, :, 12]), 0.05)
    section = nmc_mesh.section_of_labels(flat, name="s" * 300)
    calibrated = nmc_mesh.load_model("nmc-calibrated")
    made = {
        "particle": particle, "star": particle.shell, "diagram": particle.tessellation,
        "mesh": mesh, "image": image, "flat": flat, "section": section, "model": MODEL,
        "hexes": nmc_mesh.voxel_mesh(image), "surface": surface_mesh(mesh),
        "split": nmc_mesh.split_boundaries(mesh), "report": nmc_mesh.validate(mesh),
        "material": nmc_mesh.load_material("nmc811"), "shells": calibrated.shell,
        "network": calibrated.grains.marks, "calibrated": calibrated, "grains": calibrated.grains,
        "texture": calibrated.texture,
        "fit": nmc_mesh.fit_section(flat_numbered(flat), section.center, steps=2),
    }  # fmt: skip
    return made


def flat_numbered(image: LabelImage) -> LabelImage:
    numbers = np.unique(image.labels, return_inverse=True)[1].reshape(image.labels.shape)
    return LabelImage(numbers, image.spacing)


def test_every_value_prints_as_one_short_line(particle: Particle) -> None:
    for name, value in values(particle).items():
        text = repr(value)
        assert "\n" not in text, name
        assert len(text) <= 240, name
        assert "array(" not in text, name
        assert type(value).__name__ in text, name


def test_values_tell_counts_and_units(particle: Particle) -> None:
    found = values(particle)
    mesh: TetMesh = found["mesh"]
    assert f"{len(mesh.cells):,} cells of order 1" in repr(mesh)
    assert repr(mesh).endswith(" um)")
    assert repr(found["hexes"]).startswith("HexMesh(9 grains, ")
    image: LabelImage = found["image"]
    counts = " x ".join(map(str, image.labels.shape))
    assert repr(image) == f"LabelImage({counts} voxels of 0.05 x 0.05 x 0.05 um, labels up to 9)"
    assert "9 grains of " in repr(particle)
    assert "diameter 1.2 um" in repr(particle)
    assert "seed 5" in repr(particle)
    model: ParticleModel = found["model"]
    assert repr(model).startswith("ParticleModel('nmc-radial', shells by a ShellModel, grains of ")


def test_a_line_counts_what_is_long() -> None:
    from nmc_mesh.mesh.quality import Quality

    rows: AnyArray = np.arange(7.0)
    assert one_line(Quality(rows, rows, rows[:2], rows)) == (
        "Quality(volume=<7 float64>, smallest_angle=<7 float64>, largest_angle=[0, 1], "
        "radius_ratio=<7 float64>)"
    )


def test_a_long_part_is_cut_so_that_the_others_are_seen() -> None:
    class Told(NamedTuple):
        text: object
        number: float

    shown = one_line(Told(range(10**70), 2.5))
    assert shown.startswith("Told(text=range(0, 1000")
    assert shown.endswith(" ..., number=2.5)")
