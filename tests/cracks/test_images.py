"""Cracks in images: drawn ones are measured as they are, and hidden laws in space are found."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nmc_mesh.cracks.drawn import cracked_section
from nmc_mesh.cracks.fit import fit_cracks
from nmc_mesh.cracks.images import CrackDescriptors, crack_descriptors
from nmc_mesh.cracks.law import CrackLaw, draw_cracks
from nmc_mesh.cracks.network import BoundaryFacets, boundary_network
from nmc_mesh.cracks.stereology import cut_by_plane, shown, traces
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import AnyArray

PIXEL, WIDTH = 0.03, 0.09


def strip(angle: float, width: float, radial: bool = True) -> LabelImage:
    """A disc of radius 2.9 um with a crack 1 um long, 1 um from the centre."""
    x, y = (np.indices((301, 301)) - 150) * 0.02
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    u, v = cosine * x + sine * y - 1.0, -sine * x + cosine * y - 0.003
    along, across = (u, v) if radial else (v, u)
    labels = 1 * (np.hypot(x, y) < 2.9)
    labels[(np.abs(across) < width / 2) & (np.abs(along) < 0.5)] = 2
    return LabelImage(labels, 0.02)


@pytest.mark.parametrize("angle", [0, 10, 22, 45, 70])
@pytest.mark.parametrize("width", [0.06, 0.1, 0.2])
def test_a_straight_crack_has_its_length_width_and_direction(angle: float, width: float) -> None:
    found = crack_descriptors(strip(angle, width))
    assert found.length == pytest.approx(1.0, rel=0.05)
    assert found.width == pytest.approx(width, rel=0.08)
    assert found.tilt < 0.01
    assert found.pieces == 1
    assert found.distance == pytest.approx(1.0 / 2.9, rel=0.03)
    assert found.area == pytest.approx(np.pi * 2.9**2, rel=0.01)
    assert crack_descriptors(strip(angle, width, radial=False)).tilt > 0.9


def test_a_section_without_cracks_says_so() -> None:
    labels = np.pad(np.ones((9, 9), dtype=int), 2)
    found = crack_descriptors(LabelImage(labels, 0.1))
    assert found.length == 0
    assert found.pieces == 0
    assert np.isnan(found.width)


@pytest.mark.parametrize(
    ("labels", "spacing", "remedy"),
    [
        (np.full((5, 5), 3), 0.1, "2 crack"),
        (np.zeros((5, 5), dtype=int), 0.1, "1 grain"),
        (np.ones((5, 5, 5), dtype=int), 0.1, "two axes"),
        (np.ones((5, 5), dtype=int), [0.1, 0.2], "square"),
    ],
)
def test_what_is_no_segmented_section_is_refused(
    labels: AnyArray, spacing: float, remedy: str
) -> None:
    with pytest.raises(InputError, match=remedy):
        crack_descriptors(LabelImage(labels, spacing))


def drawn(seed: int) -> tuple[Particle, TetMesh]:
    model = load_model("nmc-equiaxed")
    particle = model.sample(seed, diameter=2.8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tiny grains are lost at this size, and do not matter
        return particle, tetrahedralize(particle, size=0.14)


@pytest.fixture(scope="module")
def particles() -> list[tuple[Particle, TetMesh]]:
    return [drawn(seed) for seed in (901, 902)]


def test_sections_without_cracks_or_with_too_many_are_refused(
    particles: list[tuple[Particle, TetMesh]],
) -> None:
    none = crack_descriptors(LabelImage(np.pad(np.ones((9, 9), dtype=int), 2), 0.1))
    with pytest.raises(InputError, match="no crack"):
        fit_cracks([none], particles, 0.1)
    with pytest.raises(InputError, match="particles of the grains"):
        fit_cracks([none._replace(length=9.0, width=0.1, tilt=0.5, distance=0.5)], particles, 0.1)
    with pytest.raises(InputError, match="one section or more"):
        fit_cracks([], particles, 0.1)


@pytest.mark.parametrize("height", [0.0, 0.5])
def test_planes_show_what_theory_says_in_the_mean(
    particles: list[tuple[Particle, TetMesh]], height: float
) -> None:
    """Traces of all boundaries, cut by many planes exactly, against the mean of the theory."""
    mesh = particles[0][1]
    seen = traces(mesh, height)
    facets = BoundaryFacets(mesh)
    corners = mesh.points[mesh.facets[facets.place]]
    volumes = np.linalg.det(mesh.points[mesh.cells[:, 1:]] - mesh.points[mesh.cells[:, :1]])
    corners = corners - volumes @ mesh.points[mesh.cells].mean(axis=1) / volumes.sum()
    rng = np.random.default_rng(0)
    cuts = [
        cut_by_plane(corners, np.linalg.qr(rng.standard_normal((3, 3)))[0], height)
        for _ in range(150)
    ]
    length, area = np.mean(cuts, axis=0)
    assert length == pytest.approx(seen.length.sum(), rel=0.04)
    assert area == pytest.approx(seen.area.sum(), rel=0.04)


def test_boundaries_at_random_show_pi_over_four_of_their_area() -> None:
    """S_V = 4/pi L_A: of isotropic normals planes show pi/4 of the area per length that holds m."""
    mesh = drawn(903)[1]
    seen = traces(mesh)
    found = shown([(seen, np.ones(len(seen.length)))])
    assert 1 / found.slant == pytest.approx(np.pi / 4, rel=0.02)
    assert found.tilt == pytest.approx(0.5, abs=0.05)


def hidden(law: CrackLaw) -> tuple[float, list[CrackDescriptors]]:
    """Sections of four particles, and the share of their boundaries that is open."""
    found, shares = [], []
    for place in range(4):
        particle, mesh = drawn(1000 + place)
        network = boundary_network(mesh)
        rng = np.random.default_rng(place)
        total = float(network.areas.sum())
        opened = draw_cracks(network, law, rng, law.share * total).boundaries
        shares.append(float(network.areas[opened].sum()) / total)
        for _ in range(6):
            turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
            image = cracked_section(particle, network.pairs[opened], WIDTH, PIXEL, turn)
            found.append(crack_descriptors(image))
    return float(np.mean(shares)), found


def test_a_hidden_law_in_space_is_found_in_sections(
    particles: list[tuple[Particle, TetMesh]],
) -> None:
    """Share and width within 10 %, with other particles than those that were cut."""
    share, sections = hidden(CrackLaw(0.2, radial=5.0))
    fit = fit_cracks(sections, particles, PIXEL)
    assert fit.law.share == pytest.approx(share, rel=0.1)
    assert fit.width == pytest.approx(WIDTH, rel=0.1)
    assert 2.5 < fit.law.radial < 9.0
    assert fit.drawn.tilt == pytest.approx(fit.measured.tilt, abs=0.02)
