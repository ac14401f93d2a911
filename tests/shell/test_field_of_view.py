"""What a scanner's circular field of view cuts off is no particle, and padding is no grey value."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from nmc_mesh.errors import InputError
from nmc_mesh.shell.field_of_view import field_of_view
from nmc_mesh.shell.segmentation import SegmentationOptions, measured
from nmc_mesh.shell.volume import segment
from nmc_mesh.typing import AnyArray, Bools, Floats

pytest.importorskip("skimage", reason="install nmc-mesh[calibrate] to run this test")

SIDE, HEIGHT = 72, 40


def cylinder() -> Bools:
    """The field of view: a cylinder along z that reaches the faces of the volume."""
    x, y, _ = np.indices((SIDE, SIDE, HEIGHT))
    middle = (SIDE - 1) / 2
    return np.asarray(np.hypot(x - middle, y - middle) < middle)


def packing() -> tuple[Floats, Bools, int]:
    """Grey values of balls on a lattice, where balls are, and how many the cylinder holds whole."""
    grid = np.stack(np.indices((SIDE, SIDE, HEIGHT)), axis=-1)
    solid = np.zeros(grid.shape[:3], dtype=bool)
    whole, middle = 0, (SIDE - 1) / 2
    for place in np.ndindex(5, 5, 3):
        centre = 4.0 + 16.0 * np.array(place)
        solid |= ((grid - centre) ** 2).sum(axis=-1) < 6.5**2
        far = np.hypot(*(centre[:2] - middle)) + 6.5
        whole += bool(far < middle - 1 and 7 < centre[2] < HEIGHT - 8)
    noise = np.random.default_rng(0).normal(0, 0.1, solid.shape)
    return ndimage.gaussian_filter(np.where(solid, 3.0, 1.2), 1.0) + noise, solid, whole


GREY, SOLID, WHOLE = packing()
AROUND = {
    "zero": (np.where(cylinder(), 1000 * GREY, 0)).astype(np.uint16),
    "bytes": (np.where(cylinder(), 60 * GREY, 0)).astype(np.uint8),
    "nan": np.where(cylinder(), GREY, np.nan).astype(np.float32),
    "mean": np.where(cylinder(), GREY, 1.2),
}


@pytest.mark.parametrize("name", AROUND)
@pytest.mark.parametrize("block", [0, 36])
def test_particles_that_a_cylinder_cuts_are_dropped_and_told(name: str, block: int) -> None:
    found = segment(AROUND[name], 0.1, block=block, margin=20)
    cut = found.counts["dropped, cut by the field of view"]
    assert found.counts["particles"] == WHOLE
    assert cut > 4
    assert found.counts["voxels outside the field of view"] == (~cylinder()).sum()
    outside = ndimage.binary_dilation(~cylinder())
    assert not found.image.labels[outside].any()
    assert (found.image.labels[found.image.labels > 0] > 0).sum() == pytest.approx(
        WHOLE * 4 / 3 * np.pi * 6.5**3, rel=0.1
    )
    kept = segment(AROUND[name], 0.1, SegmentationOptions(keep_border=True), block=block, margin=20)
    assert kept.counts["particles"] > WHOLE + cut


def test_dark_particles_have_no_padding_either() -> None:
    dark = np.where(cylinder(), (4.2 - GREY) * 1000, 0).astype(np.uint16)
    for block in (0, 36):
        found = segment(dark, 0.1, SegmentationOptions(dark=True), block=block, margin=20)
        assert found.counts["particles"] == WHOLE


def turned(shape: str) -> Bools:
    """Fields of view that are no cylinders along an axis, and reach the faces."""
    place = np.stack(np.indices(GREY.shape), axis=-1) - (np.array(GREY.shape) - 1) / 2
    if shape.startswith("tilted"):
        tilt = np.radians(float(shape.split()[1]))
        axis = np.array([np.sin(tilt), 0.0, np.cos(tilt)])
        far = np.linalg.norm(place - (place @ axis)[..., None] * axis, axis=-1)
        return np.asarray(far < 32)
    if shape == "ball":
        return np.asarray(np.linalg.norm(place, axis=-1) < 37)
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0]])
    return np.asarray((np.abs(place @ turn.T) < 26).all(axis=-1))


def whole_balls(inside: Bools) -> int:
    """Balls of the packing that a field of view, and the volume, hold whole."""
    deep = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1, 1:-1]
    centres = [(4 + 16 * np.array(k)).tolist() for k in np.ndindex(5, 5, 3)]
    return sum(bool(deep[tuple(c)] > 7.6) for c in centres if 7 < c[2] < HEIGHT - 8)


@pytest.mark.parametrize("shape", ["tilted 3", "tilted 10", "tilted 30", "ball", "box"])
def test_what_a_turned_field_of_view_cuts_is_dropped(shape: str) -> None:
    inside = turned(shape)
    padded = np.where(inside, 1000 * GREY, 0).astype(np.uint16)
    found = field_of_view(padded)
    assert found is not None
    assert (found != inside).mean() < 0.002
    parts = segment(padded, 0.1)
    assert parts.counts["particles"] == whole_balls(inside)
    assert parts.counts["dropped, cut by the field of view"] > 4
    edge = ndimage.binary_dilation(~inside)
    assert not parts.image.labels[edge].any()


def test_an_irregular_field_of_view_is_told() -> None:
    place = np.stack(np.indices(GREY.shape), axis=-1)
    bitten = cylinder() & (np.linalg.norm(place - [36, 0, 20], axis=-1) > 24)
    padded = np.where(bitten, 1000 * GREY, 0).astype(np.uint16)
    with pytest.warns(UserWarning, match="around an irregular field of view, hold 0: particles"):
        assert field_of_view(padded) is None
    assert measured(padded, SegmentationOptions(field_of_view=False)) is None


def test_padded_slices_are_no_part_of_the_volume() -> None:
    padded = np.pad((1000 * GREY[16:56, 16:56]).astype(np.uint16), ((0, 0), (6, 3), (0, 12)))
    inside = field_of_view(padded)
    assert inside is not None
    expected = np.zeros(padded.shape, bool)
    expected[:, 6:-3, :-12] = True
    np.testing.assert_array_equal(inside, expected)


def hull(solid: AnyArray) -> AnyArray:
    return ndimage.gaussian_filter(np.where(solid, 200.0, 20.0), 1.0).astype(np.uint8)


def test_bodies_in_an_empty_surrounding_are_no_field_of_view() -> None:
    ball = ((np.stack(np.indices((40, 40, 40)), -1) - 19.5) ** 2).sum(-1) < 17.0**2
    for grey in (GREY, hull(SOLID), hull(ball), (60 * GREY).astype(np.uint8), SOLID * 5.0):
        assert field_of_view(np.asarray(grey)) is None
    values = np.random.default_rng(0).integers(0, 3, (20, 20, 20)).astype(np.uint8)
    assert field_of_view(values) is None


def test_values_that_are_missing_within_the_field_of_view_are_told() -> None:
    holed = AROUND["nan"].copy()
    holed[36, 36, 20] = np.nan
    with pytest.raises(InputError, match="within its field of view"):
        segment(holed, 0.1)
    with pytest.raises(InputError, match="holds NaN or infinity"):
        segment(AROUND["nan"], 0.1, SegmentationOptions(field_of_view=False))
