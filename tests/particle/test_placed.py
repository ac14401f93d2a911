"""Particles where a segmented volume has them: known places and shells, and measured ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io.formats import read
from nmc_mesh.io.label_images import write_labels
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.validate import validate
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.placed import drawn_in, placed_shells
from nmc_mesh.pipeline.packings import generate_packing
from nmc_mesh.shell.segmentation import segment_binary

EDGE = 0.06
CENTRES = np.array([[1.0, 1.0, 1.0], [2.7, 1.2, 1.1]])
ORIGIN = np.array([3.0, -1.0, 0.5])


def shells() -> tuple[StarShape, StarShape]:
    rough = load_model("nmc111-ct").shell.sample_sized(8.0, np.random.default_rng(4))
    return StarShape.ball(0.65), rough.scaled(1.4 / 8.0)


@pytest.fixture(scope="module")
def volume() -> LabelImage:
    """Two whole particles, a third that the border cuts and a ring, which is no star."""
    places = np.stack(np.indices((76, 52, 36)), axis=-1) * EDGE
    labels = np.zeros(places.shape[:3], dtype=np.int32)
    for label, (shell, centre) in enumerate(zip(shells(), CENTRES, strict=True), 1):
        inside = shell.contains((places - centre).reshape(-1, 3))
        labels[inside.reshape(labels.shape)] = label
    labels[:3] = 3
    x, y, z = np.moveaxis(places - [2.0, 2.5, 1.0], -1, 0)
    labels[(np.hypot(np.hypot(x, y) - 0.35, z) < 0.12) & (labels == 0)] = 4
    return LabelImage(labels, EDGE, ORIGIN)


def test_places_and_shells_are_found_again(volume: LabelImage) -> None:
    with pytest.warns(UserWarning, match=r"2 of 4 particles are left out.*\(3, 4\)"):
        placed = placed_shells(volume)
    assert placed.labels.tolist() == [1, 2]
    assert placed.left.tolist() == [3, 4]
    for shell, centre, known, place in zip(
        placed.shells, placed.centres, shells(), CENTRES, strict=True
    ):
        assert shell.volume == pytest.approx(known.volume, rel=0.02)
        # The origin of a drawn shell is not quite its centre of mass; surfaces are compared.
        ways = np.random.default_rng(1).standard_normal((400, 3))
        ways /= np.linalg.norm(ways, axis=1)[:, None]
        surface = place + ORIGIN + known.radius(ways)[:, None] * ways
        seen = surface - centre
        off = np.linalg.norm(seen, axis=1) - shell.radius(seen)
        assert np.sqrt((off**2).mean()) < 0.6 * EDGE
        assert abs(off.mean()) < 0.2 * EDGE


def test_particles_lie_in_their_measured_shells(volume: LabelImage) -> None:
    packing, mesh = generate_packing(
        "nmc-equiaxed", 3, volume=volume, keep=[1, 2], domain="box:1.2"
    )
    validate(mesh)
    assert packing.n_particles == 2
    assert [part["label"] for part in packing.provenance["particles"]] == [1, 2]
    assert np.degrees(quality(mesh).smallest_angle).min() > 15
    table = grain_table(mesh)
    for number, (shell, centre) in enumerate(zip(shells(), CENTRES + ORIGIN, strict=True), 1):
        own = table["particle"] == number
        grains = table["volume"][own]
        middle = grains @ table["centroid"][own] / grains.sum()
        # Whole grains: the particle scatters about its shell by part of a grain.
        assert grains.sum() == pytest.approx(shell.volume, rel=0.25)
        assert np.linalg.norm(middle - centre) < 0.5 * packing.grain_size


@pytest.mark.filterwarnings("ignore:a size of")
def test_the_command_takes_a_volume(volume: LabelImage, tmp_path: Path) -> None:
    image, mesh = tmp_path / "labels.tif", tmp_path / "bed.e"
    write_labels(image, volume)
    how = ["--model", "nmc-equiaxed", "--volume", str(image), "--keep", "1", "--size", "0.2"]
    how += ["--domain", "box:1.6"]
    assert run(["pack", "-q", *how, "-o", str(mesh)]) == 0
    assert read(mesh).particles.count == 1


@pytest.mark.parametrize(
    ("keep", "says"),
    [([9], "does not occur"), ([1, 4], "particle 4 has fewer"), ([], "no particle")],
)
def test_what_is_no_particle_is_refused(volume: LabelImage, keep: list[int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        placed_shells(volume, keep)


def test_shells_without_room_are_named(volume: LabelImage) -> None:
    placed = placed_shells(volume, [1])
    rng = np.random.default_rng(0)
    tiny = placed._replace(shells=(placed.shells[0].scaled(0.02),))
    with pytest.raises(InputError, match=r"particle 1 of 0\.0261 um cannot be filled"):
        drawn_in(tiny, load_model("nmc-radial"), [rng])
    with pytest.raises(InputError, match="leave grains, diameter"):
        generate_packing(volume=volume, keep=[1], grains=20)


@pytest.mark.realdata
def test_measured_particles_lie_side_by_side(measured: Path) -> None:
    """Two neighbours of a CT, scaled down to some tens of grains each."""
    tifffile = pytest.importorskip("tifffile")
    pytest.importorskip("skimage", reason="install nmc-mesh[calibrate] to run this test")
    stack = tifffile.imread(measured / "nmc_ct/nmc-1-cal_generatedCBD_bridge.tif")
    image = segment_binary(stack[:96, :96, :96].T == 1, 0.055).image
    whole = placed_shells(image)
    apart = np.linalg.norm(whole.centres[:, None] - whole.centres, axis=2)
    radii = np.array([0.5 * shell.equivalent_diameter for shell in whole.shells])
    close = apart - radii[:, None] - radii + 10 * np.eye(len(radii))
    pair = whole.labels[list(np.unravel_index(int(close.argmin()), close.shape))]
    packing, mesh = generate_packing("nmc-equiaxed", 1, volume=image, keep=pair.tolist())
    validate(mesh)
    assert packing.n_particles == 2
    table = grain_table(mesh)
    volumes = image.volumes()[np.sort(pair)]
    for number, volume in enumerate(volumes, 1):
        grains = table["volume"][table["particle"] == number].sum()
        assert grains == pytest.approx(volume, rel=0.25)
