"""Input for DAMASK's grid solver: voxels, material and load, that run as written.

``particle.vti`` has a material number per voxel, the label of its grain; ``particle_material.yaml``
lists the materials by number, each of one crystal with its orientation; ``particle_load.yaml``
stretches the box by a mean strain in one step:

    DAMASK_grid --geom particle.vti --material particle_material.yaml --load particle_load.yaml

Units are m, Pa and s, DAMASK's. Voxels outside (label 0) are isotropic and a hundredth as stiff as
the grains' mean: the solver is periodic and has no voids, and with a thousandth it does not settle
within its hundred iterations (tried with 3.0.2, both of its spectral schemes and its elements). A
particle in such a box bears little: what outside is soft takes the strain. Its lattice hP has no
C14: that is left out.
DAMASK's quaternions turn the frame of the sample to that of the crystal (P = -1 in Rowenhorst et
al., doi 10.1088/0965-0393/23/8/083501), which are the components that turn vectors the other way,
ours; it wants the first one positive.
What its solver wants of a .vti (numbers on a line of their own, Int32, an extent from 0) is as its
source, src/VTI.f90 of DAMASK 3, reads it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import isotropic_moduli
from nmc_mesh.errors import InputError
from nmc_mesh.files import written
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io.vti import write_materials
from nmc_mesh.typing import AnyArray, Floats

_METRES, _PASCALS = 1e-6, 1e6
_SOFT = 1e-2
"""Stiffness outside against the mean of the grains, **ours**."""
_CONSTANTS = ("C11", "C12", "C13", "C33", "C44")


def damask_files_of(path: Path) -> list[Path]:
    """Places of the grid, the material and the load."""
    return [path, *(path.with_name(f"{path.stem}_{name}.yaml") for name in ("material", "load"))]


def write_damask_deck(
    path: Path, image: LabelImage, orientations: AnyArray, material: Material, strain: Floats
) -> None:
    """Write grid, material and load.

    Parameters
    ----------
    path
        Of the grid, ``.vti``; the others go beside.
    image
        Labels in three dimensions.
    orientations
        Quaternion of every grain 1 ... n, shape (n, 4).
    material
        Knows the stiffness.
    strain
        Mean over the box, a symmetric tensor, shape (3, 3).

    Raises
    ------
    InputError
        If a grain has no orientation, the image is flat, or the material has no stiffness.
    FileError
        If a file cannot be written.

    Warns
    -----
    UserWarning
        If the material has a C14.
    """
    last = int(image.labels.max())
    turns = np.asarray(orientations, dtype=np.float64)
    if image.dim != 3:
        raise InputError("DAMASK takes voxels of three dimensions; give a stack of slices")
    if turns.ndim != 2 or turns.shape[1] != 4 or len(turns) < last:
        raise InputError(
            f"orientations have shape {turns.shape}, expected ({last}, 4); take a particle of a "
            "model with a texture"
        )
    if (c14 := material.number("stiffness.C14")) != 0:
        warnings.warn(
            f"DAMASK has no trigonal lattice: C14 = {c14:g} MPa is left out", stacklevel=2
        )
    grid, stuff, load = damask_files_of(path)
    with written(path) as beside:
        write_materials(beside.name(grid), image, _METRES)
        text = "".join(_materials(_upper(turns[:last]), material))
        beside.name(stuff).write_text(text, encoding="utf-8")
        beside.name(load).write_text("".join(_load(strain)), encoding="utf-8")


def _upper(turns: Floats) -> Floats:
    """The same rotations with a first component that is not negative."""
    return np.where(turns[:, :1] < 0, -turns, turns)


def _materials(turns: Floats, material: Material) -> Iterator[str]:
    yield f"# {material.name}: {' '.join(material.source('stiffness.C11').split())}\n"
    yield "homogenization:\n  SX: {N_constituents: 1, mechanical: {type: pass}}\n\nphase:\n"
    ratio = float(np.divide(*material.lattice(1.0)[::-1]))
    constants = [(name, material.number(f"stiffness.{name}")) for name in _CONSTANTS]
    yield from _phase("crystal", f"hP\n    c/a: {ratio:.9g}", constants)
    bulk, shear = (_SOFT * isotropic_moduli(material.stiffness)).tolist()
    cubic = [("C11", bulk + 4 * shear / 3), ("C12", bulk - 2 * shear / 3), ("C44", shear)]
    yield from _phase("outside", "cI", cubic)
    yield "\nmaterial:\n"
    for phase, turn in [
        ("outside", [1.0, 0.0, 0.0, 0.0]),
        *(("crystal", t) for t in turns.tolist()),
    ]:
        numbers = ", ".join(map(repr, turn))
        yield "  - homogenization: SX\n    constituents:\n"
        yield f"      - {{phase: {phase}, v: 1.0, O: [{numbers}]}}\n"


def _phase(name: str, lattice: str, constants: list[tuple[str, float]]) -> Iterator[str]:
    yield f"  {name}:\n    lattice: {lattice}\n    mechanical:\n      output: [F, P]\n"
    yield "      elastic:\n        type: Hooke\n"
    for constant, value in constants:
        yield f"        C_{constant[1:]}: {_PASCALS * value:.9e}\n"


def _load(strain: Floats) -> Iterator[str]:
    """One increment of a second in which F grows from 1 to 1 + strain."""
    rows = ", ".join(
        "[" + ", ".join(f"{value:.9e}" for value in row) + "]" for row in strain.tolist()
    )
    yield "solver: {mechanical: spectral_polarization}\n\nloadstep:\n  - boundary_conditions:\n"
    yield f"      mechanical:\n        dot_F: [{rows}]\n"
    yield "    discretization: {t: 1.0, N: 1}\n    f_out: 1\n"
