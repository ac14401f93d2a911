"""Cracks in images: drawn ones are measured as they are, and hidden laws in space are found."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nmc_mesh.cracks.drawn import cracked_section
from nmc_mesh.cracks.fit import fit_cracks
from nmc_mesh.cracks.images import CrackDescriptors, crack_descriptors, surface_factor
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
    assert found.surface == pytest.approx(2 * 1.0 * np.pi / 2, rel=0.06)  # 2 r g along 1 um
    assert found.crack_volume == pytest.approx(2 * width, rel=0.06)
    assert found.volume == pytest.approx(4 / 3 * np.pi * 2.9**3, rel=0.01)
    across = crack_descriptors(strip(angle, width, radial=False))
    assert across.tilt > 0.9
    assert across.surface == pytest.approx(2 * across.distance * 2.9 * across.length, rel=0.1)


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
    many = none._replace(length=9.0, tilt=0.5, distance=0.5, surface=9.0, crack_volume=0.9)
    with pytest.raises(InputError, match="particles of the grains"):
        fit_cracks([many], particles, 0.1)
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
    length, surface, volume = np.mean(cuts, axis=0)
    assert length == pytest.approx(seen.length.sum(), rel=0.04)
    assert surface == pytest.approx(seen.surface.sum(), rel=0.04)
    assert volume == pytest.approx(seen.volume.sum(), rel=0.04)
    if height == 0.0:
        areas = seen.network.areas.sum()
        assert seen.surface.sum() == pytest.approx(areas, rel=3e-3)
        assert seen.volume.sum() == pytest.approx(areas, rel=1e-9)


def test_boundaries_at_random_show_pi_over_four_of_their_area() -> None:
    """S_V = 4/pi L_A: of isotropic normals planes show pi/4 of the area per length that holds m."""
    mesh = drawn(903)[1]
    seen = traces(mesh)
    facets = BoundaryFacets(mesh)
    every = facets.areas @ (1 / (2 * facets.distances))
    assert seen.length.sum() / every == pytest.approx(np.pi / 4, rel=0.02)
    found = shown([(seen, np.ones(len(seen.length)))])
    assert found.slant == pytest.approx(1.0, rel=3e-3)
    assert found.tilt == pytest.approx(0.5, abs=0.05)


def test_the_factor_of_traces_makes_up_for_what_planes_do_not_show() -> None:
    """<g sin a> = 1 over the turns of a plane about the radius, for elements of any direction."""
    turns = 2 * np.pi * (np.arange(2000) + 0.5) / 2000
    for cosine in (0.0, 0.2, 0.6, 0.9, 1.0):
        seen = np.sqrt(1 - (1 - cosine**2) * np.cos(turns) ** 2)
        assert (seen * surface_factor(cosine**2 / seen**2)).mean() == pytest.approx(1.0, abs=1e-5)


def test_one_crack_tells_its_area_wherever_it_lies(
    particles: list[tuple[Particle, TetMesh]],
) -> None:
    """Lengths per area of cracks by the centre and at the rim differ by far, areas do not."""
    mesh = particles[0][1]
    network = boundary_network(mesh)
    seen = traces(mesh)
    order = np.argsort(network.distances)
    lengths, areas = [], []
    for part in (order[: len(order) // 5], order[-len(order) // 5 :]):
        area = network.areas[part].sum()
        lengths.append(seen.length[part].sum() / area)
        areas.append(seen.surface[part].sum() / area)
    assert lengths[0] > 1.8 * lengths[1]
    assert areas == pytest.approx([1.0, 1.0], rel=3e-3)


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
    assert 0.01 < fit.error < 0.15
    assert 2.5 < fit.law.radial < 9.0
    assert fit.drawn.tilt == pytest.approx(fit.measured.tilt, abs=0.02)
