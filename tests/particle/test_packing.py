"""Several particles as one: each stays what it is, apart or in contact, as many as asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io import read, write
from nmc_mesh.io.particle import read_particle, write_particle
from nmc_mesh.io.sidecar import read_tables
from nmc_mesh.mechanics.diffusion import conduction_matrix
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.phases import solids
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import boundary_table, grain_table, phase_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.assembly import assemble
from nmc_mesh.particle.domain import Domain
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.outline import Body, clearance, outline_of
from nmc_mesh.particle.packing import pack
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize

MODEL = load_model("nmc-radial")
TURN = np.array([0.5, 0.5, 0.5, 0.5])
"""x to y, y to z, z to x."""


def dense(seed: int, radius: float = 0.6) -> Particle:
    return MODEL.sample(seed, shell=StarShape.ball(radius))


def ball(radius: float = 1.0) -> Particle:
    """One grain that is a ball exactly: 4 |x|^2 - 3 R^2 = |x|^2 on its surface."""
    diagram = GBPD(np.zeros((2, 3)), [4 * np.eye(3), np.eye(3)], [3 * radius * radius, 0.0])
    box = np.array([[-1.1 * radius] * 3, [1.1 * radius] * 3])
    return Particle(StarShape.ball(radius), diagram, [0], box=box)


def test_outlines_and_clearances_are_those_of_balls() -> None:
    outline = outline_of(ball(1.0))
    assert outline.radius == pytest.approx(1.0, rel=0.01)
    points = np.array([[0.5, 0.0, 0.0], [0.0, 1.2, 0.0], [0.0, 0.0, 3.0]])
    np.testing.assert_allclose(outline.signed(points), [-0.5, 0.2, 2.0], atol=0.13)
    one = Body(outline, np.zeros(3), np.eye(3))
    other = Body(outline, np.array([2.5, 0.0, 0.0]), np.eye(3))
    clear, way = clearance(one, other, 10.0)
    assert clear == pytest.approx(0.5, abs=0.12)
    np.testing.assert_allclose(way, [1.0, 0.0, 0.0], atol=0.13)
    assert clearance(one, other.moved(np.array([5.0, 0.0, 0.0])), 0.3)[0] == 0.3


def test_each_particle_stays_what_it_is() -> None:
    """Every place has the grain that it has in the one particle there, turned and moved back."""
    parts = [dense(3), dense(4)]
    centres = np.array([[-1.0, 0.0, 0.0], [1.0, 0.2, 0.0]])
    both = assemble(parts, centres, [[1.0, 0.0, 0.0, 0.0], TURN])
    points = np.random.default_rng(0).uniform(-2, 2, (8_000, 3)) * [1.0, 0.5, 0.5]
    first = parts[0].labels(points - centres[0])
    back = (points - centres[1])[:, [1, 2, 0]]  # x of it is y now
    second = parts[1].labels(back)
    expected = np.where(first > 0, first, np.where(second > 0, second + parts[0].n_grains, 0))
    assert (both.labels(points) != expected).mean() < 5e-4
    owners = both.particles.of(np.arange(both.n_grains + 1))
    assert owners.tolist() == [0] + [1] * parts[0].n_grains + [2] * parts[1].n_grains
    assert both.orientations is not None
    turned = both.orientations[parts[0].n_grains :]
    assert parts[1].orientations is not None
    assert np.abs(turned[:, 0]) == pytest.approx(
        np.abs(parts[1].orientations @ [1, -1, -1, -1]) / 2
    )


@pytest.fixture(scope="module")
def pair() -> tuple[Particle, TetMesh]:
    """Two balls of radius 1 whose centres are 1.6 apart, in a box."""
    both = assemble([ball(), ball()], [[-0.8, 0, 0], [0.8, 0, 0]])
    box = Domain("box", (-2.5, -1.7, -1.7), (2.5, 1.7, 1.7))
    both = both.in_domain(box)
    return both, tetrahedralize(both, 0.2)


def test_balls_that_overlap_are_in_contact(pair: tuple[Particle, TetMesh]) -> None:
    """Cut in the middle: a circle of radius sqrt(1 - 0.8^2), two balls less their caps."""
    _, mesh = pair
    validate(mesh)
    table = phase_table(mesh)
    assert table["area"]["particle_contact"] == pytest.approx(np.pi * 0.36, rel=0.12)
    cap = np.pi / 3 * 0.2**2 * (3 - 0.2)
    assert table["volume"]["grain"] == pytest.approx(2 * (4 / 3 * np.pi - cap), rel=0.03)
    assert "grain_boundary" not in table["area"]
    contact = next(group for group in groups(mesh) if group.name == "particle_contact")
    across = mesh.points[mesh.facets[contact.entities]][..., 0]
    assert np.abs(across).max() < 0.05
    assert boundary_table(mesh)["flatness"].min() > 0.98
    assert np.degrees(quality(mesh).smallest_angle.min()) > 15


def test_files_keep_particles_and_contacts(pair: tuple[Particle, TetMesh], tmp_path: Path) -> None:
    both, mesh = pair
    for ending in (".msh", ".vtu", ".e"):
        write(tmp_path / f"pair{ending}", mesh)
        back = read(tmp_path / f"pair{ending}")
        assert back.particles == mesh.particles
        assert phase_table(back)["area"] == pytest.approx(phase_table(mesh)["area"])
    write(tmp_path / "pair.json", mesh)
    assert read_tables(tmp_path / "pair.json")["grains"]["particle"].tolist() == [1, 2]
    write_particle(tmp_path / "pair.h5", both)
    stored = read_particle(tmp_path / "pair.h5")
    assert stored.particles == both.particles
    assert stored.n_particles == 2


def conductivity(mesh: TetMesh, axis: int) -> float:
    """Apparent conductivity of the electrolyte between two faces of a box, over its own."""
    from scipy.sparse.linalg import cg

    own = mesh.labels == mesh.phases.labels_of("electrolyte")[0]
    used, cells = np.unique(mesh.cells[own], return_inverse=True)
    cells = cells.reshape(-1, 4).astype(np.int32)
    points = mesh.points[used]
    matrix = conduction_matrix(points, cells, np.tile(np.eye(3), (len(cells), 1, 1))).tocsr()
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    place = (points[:, axis] - low[axis]) / (high - low)[axis]
    ends = (place < 1e-9) | (place > 1 - 1e-9)
    u = np.where(ends, place, 0.0)
    right = -(matrix @ u)[~ends]
    inner, flag = cg(matrix[~ends][:, ~ends], right, rtol=1e-9)
    assert flag == 0
    u[~ends] = inner
    edges = high - low
    return float(u @ (matrix @ u)) * edges[axis] ** 2 / edges.prod()


@pytest.fixture(scope="module")
def bed() -> tuple[Particle, TetMesh]:
    packed = pack([ball(1.0) for _ in range(4)], 0.15, seed=2, gap=0.25)
    return packed, tetrahedralize(packed, 0.25)


def test_a_bed_has_the_fraction_and_fills_its_box(bed: tuple[Particle, TetMesh]) -> None:
    packed, mesh = bed
    validate(mesh)
    assert packed.domain is not None
    volume = packed.domain.volume
    assert packed.provenance["fraction"] == pytest.approx(0.15, rel=0.03)
    table = phase_table(mesh)["volume"]
    assert sum(table.values()) == pytest.approx(volume, rel=1e-9)
    assert table["grain"] / volume == pytest.approx(packed.provenance["fraction"], rel=0.04)
    assert np.degrees(quality(mesh).smallest_angle.min()) > 15
    assert packed.n_particles == 4
    assert {group.name for group in groups(mesh)} >= {"electrolyte", "particle_electrolyte"}
    assert "particle_contact" not in phase_table(mesh)["area"]


def test_conduction_around_dilute_balls_is_maxwell_s(bed: tuple[Particle, TetMesh]) -> None:
    """Balls that conduct nothing: 2 (1 - f) / (2 + f), the upper bound of Hashin and Shtrikman.

    The box is finite and cuts balls off, so single axes scatter around it; Wiener's bound 1 - f
    holds for each.
    """
    packed, mesh = bed
    assert packed.domain is not None
    share = phase_table(mesh)["volume"]["grain"] / packed.domain.volume
    found = [conductivity(mesh, axis) for axis in range(3)]
    assert max(found) < 1 - share
    assert np.mean(found) == pytest.approx(2 * (1 - share) / (2 + share), rel=0.03)


def test_nothing_is_nearer_than_the_gap(bed: tuple[Particle, TetMesh]) -> None:
    packed, _ = bed
    assert packed.domain is not None
    centres = np.array(packed.provenance["centres"])
    edge = packed.domain.upper[0] - packed.domain.lower[0]
    away = centres[:, None] - centres
    away -= edge * np.rint(away / edge)
    distance = np.sqrt((away**2).sum(axis=2))[np.triu_indices(4, 1)]
    assert distance.min() > 2 + 0.9 * 0.25 - 0.15  # outlines are voxels of a fifth of a ball


def test_the_seed_gives_the_same_bed_on_any_number_of_threads() -> None:
    parts = [dense(3, 0.45), dense(4, 0.45)]
    beds = []
    for count in (1, 3):
        set_threads(count)
        beds.append(pack(parts, 0.08, seed=5))
    set_threads(None)
    first, second = beds
    for name in ("seeds", "matrices", "offsets"):
        assert getattr(first.tessellation, name).tobytes() == (
            getattr(second.tessellation, name).tobytes()
        )
    assert first.kept.tobytes() == second.kept.tobytes()
    image = voxelize(first, first.grain_size / 8)
    share = image.volumes()[1 : first.n_labels].sum() / image.volumes()[1:].sum()
    assert share == pytest.approx(0.08, rel=0.05)
    assert first.provenance["fraction"] == pytest.approx(0.08, rel=0.03)


def test_solids_of_a_bed_are_particles_alone(bed: tuple[Particle, TetMesh]) -> None:
    packed, mesh = bed
    body = solids(mesh)
    assert body.particles == mesh.particles
    assert len(grain_table(body)["particle"]) == packed.n_grains


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, float("nan"), "half"])
def test_fractions_that_are_none_are_refused(fraction: float) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        pack([ball()], fraction)


def test_what_has_no_room_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nmc_mesh.particle.packing._IDLE", 10)
    with pytest.raises(InputError, match="more than balls at random have"):
        pack([ball(), ball()], 0.7, gap=0.2)
    with pytest.raises(InputError, match="no room for all of 1 at"):
        pack([ball()], 0.6, gap=0.2)
    with pytest.raises(InputError, match="gap between particles"):
        pack([ball()], 0.1, gap=-1.0)


def test_what_cannot_be_put_together_is_refused() -> None:
    part = dense(3, 0.45)
    far = [[0.0, 0, 0], [9.0, 0, 0]]
    with pytest.raises(InputError, match="give one at least"):
        assemble([], np.empty((0, 3)))
    with pytest.raises(InputError, match="centres have shape"):
        assemble([part], far)
    with pytest.raises(InputError, match=r"overlap by .* move them apart"):
        assemble([part, part], [[0.0, 0, 0], [0.1, 0, 0]])
    with pytest.raises(InputError, match="not one of whole grains, with or without pores"):
        assemble([part, part.in_domain("box:1.2")], far)
    loose = replace(part, phases=Phases({"pore": [part.n_labels]}), orientations=None)
    with pytest.raises(InputError, match="not one of whole grains, with or without pores"):
        assemble([part, loose], far)
    with pytest.raises(InputError, match="draw all alike"):
        assemble([part, replace(part, orientations=None)], far)
    both = assemble([part, part], [[-0.8, 0, 0], [0.8, 0, 0]])
    with pytest.raises(InputError, match="several already"):
        assemble([both, part], far)
    with pytest.raises(InputError, match="does not hold"):
        both.in_domain(Domain("box", (-1, -1, -1), (1, 1, 1)))


@pytest.mark.parametrize("seed", [1, 3])
def test_particles_of_unlike_size_that_touch_stay_whole(seed: int) -> None:
    """Rough shells 0.12 um deep in one another: what is far from the contact counts too."""
    model, law = load_model("nmc-equiaxed"), load_model("nmc111-ct").shell
    rng = np.random.default_rng(seed)
    shells = [law.sample_sized(8.0, rng).scaled(share) for share in (0.2, 0.15)]
    pair = [model.sample(rng.spawn(1)[0], shell=shell) for shell in shells]
    way = np.array([1.0, 0.4, 0.2]) / np.sqrt(1.2)
    far = 0.5 * sum(one.shell.equivalent_diameter for one in pair) - 0.12
    both = assemble(pair, [-0.5 * far * way, 0.5 * far * way])
    volumes = voxelize(both, 0.05).volumes()[1:]
    whose = both.particles.of(np.arange(1, len(volumes) + 1))
    for number, one in enumerate(pair, 1):
        alone = voxelize(one, 0.05).volumes()[1:].sum()
        assert volumes[whose == number].sum() == pytest.approx(alone, rel=0.05)
