"""Materials: every number has a source, strains and tensors mean what they say, gaps are errors."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.library import list_materials, load_material, material_text
from nmc_mesh.crystal.material import WHAT
from nmc_mesh.crystal.material_schema import parse_material, read_material
from nmc_mesh.crystal.symmetry import rotations
from nmc_mesh.crystal.tensors import (
    bond_matrices,
    isotropic_moduli,
    isotropic_stiffness,
    trigonal_stiffness,
    turned_stiffness,
    turned_tensors,
    voigt_strain,
)
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.typing import Floats

NMC = load_material("nmc811")
SMALL = """
name = "mine"
summary = "mine"
[lattice]
x = [0.5, 1.0]
a = [2.8, 2.9]
c = [14.4, 14.2]
[diffusivity]
along = 0.01
[provenance]
"lattice" = "doi 10.1000/xyz123"
"diffusivity" = "ours: a guess"
"""


def test_shipped_materials_have_sources() -> None:
    assert set(list_materials()) == {"alumina", "nmc111", "nmc532", "nmc811"}
    for name in list_materials():
        material = load_material(name)
        assert material.name == name
        for number in material.numbers:
            assert material.source(number) != "unknown"
    assert set(WHAT) >= set(NMC.numbers)


def test_the_lattice_breathes_as_measured() -> None:
    """Kondrakov et al., doi 10.1021/acs.jpcc.6b12885: 5.1 % and 1.2 % of the cell up to 4.3 V."""
    for name, content, loss in (("nmc811", 0.2, 0.051), ("nmc111", 0.35, 0.012)):
        strain = load_material(name).chemical_strain(content)
        assert 1 - (1 + strain[0]) ** 2 * (1 + strain[1]) == pytest.approx(loss, abs=3e-3)
    contents = np.linspace(0.2, 1, 200)
    strains = NMC.chemical_strain(contents)
    assert contents[strains[:, 1].argmax()] == pytest.approx(0.45, abs=0.01)
    assert (np.diff(strains[:, 0]) >= -1e-12).all()
    back = NMC.chemical_strain(0.3, 0.8)
    forth = NMC.chemical_strain(0.8, 0.3)
    np.testing.assert_allclose((1 + back) * (1 + forth), 1.0, rtol=1e-14)


def test_the_cell_holds_the_concentration() -> None:
    """Three formula units in a^2 c sqrt(3) / 2."""
    for name in ("nmc811", "nmc111"):
        material = load_material(name)
        a, c = material.lattice(1.0) * 1e-10
        cell = 3 / (6.02214076e23 * a * a * c * np.sqrt(3) / 2)
        assert material.maximum_concentration == pytest.approx(cell, rel=0.01)


def test_tensors_have_the_crystal_s_symmetry() -> None:
    group = rotations()
    for tensor in (NMC.stiffness, trigonal_stiffness(5, 2, 1, 0.7, 4, 2)):
        np.testing.assert_allclose(
            turned_stiffness(tensor, group), np.broadcast_to(tensor, (6, 6, 6)), atol=1e-9
        )
    np.testing.assert_allclose(
        turned_tensors(NMC.diffusion_tensor(0.5), group),
        np.broadcast_to(NMC.diffusion_tensor(0.5), (6, 3, 3)),
        atol=1e-15,
    )
    # A turn by 60 degrees about c changes the sign of C14: R-3m is not hexagonal.
    sixth = np.array([[np.cos(np.pi / 6), 0, 0, np.sin(np.pi / 6)]])
    assert turned_stiffness(NMC.stiffness, sixth)[0, 0, 3] == pytest.approx(-NMC.stiffness[0, 3])


def full(stiffness: Floats) -> Floats:
    """The fourth-order tensor of a stiffness."""
    place = np.array([[0, 5, 4], [5, 1, 3], [4, 3, 2]])
    return stiffness[place[:, :, None, None], place]


def test_turned_stiffness_is_the_turned_fourth_order_tensor() -> None:
    turns = Rotation.random(5, rng=0)
    quaternions = np.roll(turns.as_quat(), 1, axis=1)
    found = turned_stiffness(NMC.stiffness, quaternions)
    for r, one in zip(turns.as_matrix(), found, strict=True):
        expected = np.einsum("ia,jb,kc,ld,abcd", r, r, r, r, full(NMC.stiffness))
        np.testing.assert_allclose(full(one), expected, atol=1e-9)
    strain = np.array([[0.1, 0.2, 0.3], [0.2, -0.4, 0.5], [0.3, 0.5, 0.6]])
    np.testing.assert_array_equal(voigt_strain(strain), [0.1, -0.4, 0.6, 1.0, 0.6, 0.4])
    bond = bond_matrices(quaternions)
    stress = np.einsum("nij,j->ni", bond, [0.1, -0.4, 0.6, 0.5, 0.3, 0.2])
    turned = turned_tensors(strain, quaternions)
    np.testing.assert_allclose(stress * [1, 1, 1, 2, 2, 2], voigt_strain(turned), atol=1e-14)


def test_averages_of_all_turns_are_isotropic() -> None:
    young, poisson = 150.0, 0.23
    stiffness = isotropic_stiffness(young, poisson)
    bulk, shear = isotropic_moduli(stiffness)
    assert bulk == pytest.approx(young / (3 * (1 - 2 * poisson)))
    assert shear == pytest.approx(young / (2 * (1 + poisson)))
    quaternions = np.roll(Rotation.random(40_000, rng=1).as_quat(), 1, axis=1)
    mean = turned_stiffness(NMC.stiffness, quaternions).mean(axis=0)
    bulk, shear = isotropic_moduli(NMC.stiffness)
    np.testing.assert_allclose(isotropic_moduli(mean), [bulk, shear], rtol=1e-12)
    young = 9 * bulk * shear / (3 * bulk + shear)
    expected = isotropic_stiffness(young, 0.5 * young / shear - 1)
    np.testing.assert_allclose(mean, expected, atol=0.01 * bulk)


def test_a_missing_number_is_an_error_when_it_is_used() -> None:
    material = parse_material(SMALL, "a file")
    assert material.lattice(0.75).tolist() == pytest.approx([2.85, 14.3])
    assert pickle.loads(pickle.dumps(material)) == material
    for use, name in (
        (lambda: material.stiffness, "stiffness.C11"),
        (lambda: material.diffusivity(0.5), "diffusivity.across"),
        (lambda: material.maximum_concentration, "concentration.maximum"),
        (lambda: material.content_range, "concentration.range"),
        (lambda: material.number("cohesive.energy"), "cohesive.energy"),
        (lambda: NMC.number("boundary.diffusivity"), "boundary.diffusivity"),
    ):
        with pytest.raises(InputError, match=f"has no '{name}'.*with its source, into a copy"):
            use()
    with pytest.raises(InputError, match="is a row of numbers"):
        material.number("lattice.a")
    with pytest.raises(InputError, match="there is no number 'density'"):
        material.number("density")


def test_contents_out_of_the_table_are_refused() -> None:
    with pytest.raises(InputError, match=r"known for x from 0.11 to 1, not at 0.05 to 0.3"):
        NMC.lattice(np.array([0.3, 0.05]))
    assert NMC.content_range == (0.222, 0.942)
    assert load_material("nmc532").diffusivity(0.55)[0] == pytest.approx(0.008974, rel=1e-3)


SOFT = """[stiffness]
C11 = 1.0
C12 = 3.0
C13 = 0.0
C14 = 0.0
C33 = 1.0
C44 = 1.0
[diffusivity]"""
CHANGES = {
    "no source": ('"lattice" = "doi 10.1000/xyz123"', "", "'lattice.x' has no source; write a DOI"),
    "hearsay": ("doi 10.1000/xyz123", "a friend", "'lattice.x' has no source"),
    "unknown name": ("along =", "alnog =", "'diffusivity.alnog', perhaps you meant 'along'"),
    "not ascending": ("x = [0.5, 1.0]", "x = [1.0, 0.5]", "must ascend"),
    "wrong length": ("a = [2.8, 2.9]", "a = [2.8]", "'a' has 1 numbers for 2"),
    "negative": ("along = 0.01", "along = -0.01", "greater than 0"),
    "row without x": ("along = 0.01", "along = [0.01, 0.02]", "need the 'x'"),
    "soft": ("[diffusivity]", SOFT, "not positive definite"),
    "empty range": ("[diffusivity]", "[concentration]\nrange=[0.9, 0.3]\n[diffusivity]", "smaller"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_files_that_do_not_fit_are_refused(case: str) -> None:
    old, new, message = CHANGES[case]
    with pytest.raises(InputError, match=message):
        parse_material(SMALL.replace(old, new), "a file")


def test_materials_are_found_by_name_or_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="perhaps you meant 'nmc811'"):
        load_material("NMC-811")
    with pytest.raises(FileError, match="cannot read the material file"):
        load_material(tmp_path / "none.toml")
    with pytest.raises(FileError, match="not a TOML file"):
        parse_material("name = ", "a file")
    (tmp_path / "mine.toml").write_text(material_text("nmc811"))
    assert load_material(tmp_path / "mine.toml") == NMC
    assert read_material(tmp_path / "mine.toml").stiffness.tolist() == NMC.stiffness.tolist()
