"""Commands for code_aster that run as written: a particle whose outer surface is stretched.

``case.comm`` reads the mesh beside it, ``case.med``, and ``case.export`` names all files for
``run_aster case.export`` (``as_run`` in older releases). Every grain has its orientation, by
nautical angles, and the stiffness of its crystal; u = E x on the outer surface (the kinematic load
of ``nmc_mesh.mechanics.homogenize``). Results go to ``case.rmed``, the mean stress over the
particle (``MOYE_SIXX`` and so on) to ``case.resu``. Units are um, MPa and uN.

code_aster's own crystals are orthotropic or transversely isotropic: C14 of a trigonal one is left
out, and with C66 = (C11 - C12) / 2 the five constants of ``ELAS_ISTR`` are what remains,

    E_L = 1 / S11, E_N = 1 / S33, NU_LT = -S12 / S11, NU_LN = -S13 / S11, G_LN = C44,  S = C^-1,

as ``matrHooke3d.F90`` of code_aster turns them back into C; N is the c axis. Its angles turn the
axes of the particle to those of the crystal (``matrot.F90``): by alpha about z, by beta about y, by
gamma about x, in degrees.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.orientation import crystal_axes
from nmc_mesh.files import together, write_text
from nmc_mesh.io.formats import write
from nmc_mesh.mesh.crystals import need_orientations
from nmc_mesh.mesh.groups import grain_name
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats

_FILES = (("comm", "comm", "D", 1), ("mmed", "med", "D", 20), ("rmed", "rmed", "R", 80),
          ("resu", "resu", "R", 8), ("mess", "mess", "R", 6))  # fmt: skip
"""Kind, ending, whether it is read (D) or written (R), and unit of every file of the study."""


def aster_files_of(path: Path) -> list[Path]:
    """Places of the commands, the mesh and the list of files."""
    return [path, path.with_suffix(".med"), path.with_suffix(".export")]


def write_aster_deck(path: Path, mesh: TetMesh, material: Material, strain: Floats) -> None:
    """Write commands, mesh and the list of files.

    Parameters
    ----------
    path
        Of the commands, ``.comm``; the others go beside.
    mesh
        Conforming, its grains with orientations.
    material
        Knows the stiffness.
    strain
        Of the outer surface, a symmetric tensor, shape (3, 3).

    Raises
    ------
    InputError
        If the grains have no orientations, or the material has no stiffness.
    FileError
        If a file cannot be written.

    Warns
    -----
    UserWarning
        If the material has a C14.
    """
    turns = need_orientations(mesh, mesh.grains)
    if (c14 := material.number("stiffness.C14")) != 0:
        warnings.warn(
            f"code_aster has no trigonal crystal: C14 = {c14:g} MPa is left out", stacklevel=2
        )
    names = [grain_name(grain) for grain in mesh.grains.tolist()]
    text = "".join([*_head(material, names), *_turned(names, turns), *_solved(strain)])
    _, body, export = aster_files_of(path)
    rows = ["P actions make_etude\n", "P version stable\n", "A memjeveux 512\n"]
    rows += [f"F {kind} {path.stem}.{end} {way} {unit}\n" for kind, end, way, unit in _FILES]
    with together():
        write(body, mesh, blocks="grain", boundaries="one")
        write_text(path, text)
        write_text(export, "".join(rows))


def transverse_constants(material: Material) -> dict[str, float]:
    """Constants of ``ELAS_ISTR`` without C14, MPa.

    Examples
    --------
    >>> from nmc_mesh.io.deck_aster import transverse_constants
    >>> crystal = transverse_constants(nmc_mesh.load_material("nmc811"))
    >>> round(crystal["E_L"]), round(crystal["E_N"])
    (251351, 209949)
    """
    stiff = material.stiffness[:3, :3]
    flexible = np.linalg.inv(stiff)
    along = 1 / flexible[0, 0]
    return {
        "E_L": float(along),
        "E_N": float(1 / flexible[2, 2]),
        "NU_LT": float(-along * flexible[0, 1]),
        "NU_LN": float(-along * flexible[0, 2]),
        "G_LN": material.number("stiffness.C44"),
    }


def nautical_angles(turns: Floats) -> Floats:
    """Angles alpha, beta, gamma of orientations, degrees, shape (g, 3)."""
    axes = np.swapaxes(crystal_axes(turns), 1, 2)  # rows: axes of the crystal in the particle
    beta = -np.arcsin(np.clip(axes[:, 0, 2], -1.0, 1.0))
    alpha = np.arctan2(axes[:, 0, 1], axes[:, 0, 0])
    gamma = np.arctan2(axes[:, 1, 2], axes[:, 2, 2])
    return np.asarray(np.degrees(np.stack([alpha, beta, gamma], axis=1)))


def _head(material: Material, names: list[str]) -> Iterator[str]:
    yield f"# {' '.join(material.name.split())[:40]}, {len(names)} grains; um, MPa, uN\n"
    yield "DEBUT(LANG='EN')\n\nmesh = LIRE_MAILLAGE(FORMAT='MED', UNITE=20)\n"
    every = ",\n    ".join(repr(name) for name in [*names, "outer_surface"])
    yield "model = AFFE_MODELE(MAILLAGE=mesh, AFFE=_F(\n    PHENOMENE='MECANIQUE', "
    yield f"MODELISATION='3D', GROUP_MA=(\n    {every})))\n\n"
    yield f"# in the crystal's frame: {' '.join(material.source('stiffness.C11').split())[:120]}\n"
    values = ", ".join(f"{k}={v:.9e}" for k, v in transverse_constants(material).items())
    yield f"crystal = DEFI_MATERIAU(ELAS_ISTR=_F(\n    {values}))\n"
    yield "matter = AFFE_MATERIAU(MAILLAGE=mesh, AFFE=_F(TOUT='OUI', MATER=crystal))\n"


def _turned(names: list[str], turns: Floats) -> Iterator[str]:
    yield "turned = AFFE_CARA_ELEM(MODELE=model, MASSIF=(\n"
    for name, angles in zip(names, nautical_angles(turns).tolist(), strict=True):
        row = ", ".join(f"{angle:.12g}" for angle in angles)
        yield f"    _F(GROUP_MA={name!r}, ANGL_REP=({row})),\n"
    yield "))\n\n"


def _solved(strain: Floats) -> Iterator[str]:
    for axis, row in zip("xyz", strain.tolist(), strict=True):
        sums = " + ".join(f"({v:.12e}) * {c}" for v, c in zip(row, "XYZ", strict=True))
        yield f"u{axis} = FORMULE(NOM_PARA=('X', 'Y', 'Z'), VALE='{sums}')\n"
    yield "load = AFFE_CHAR_MECA_F(MODELE=model, DDL_IMPO=_F(\n"
    yield "    GROUP_MA='outer_surface', DX=ux, DY=uy, DZ=uz))\n"
    yield "result = MECA_STATIQUE(MODELE=model, CHAM_MATER=matter, CARA_ELEM=turned,\n"
    yield "    EXCIT=_F(CHARGE=load))\n"
    yield "result = CALC_CHAMP(reuse=result, RESULTAT=result, CONTRAINTE='SIGM_ELNO',\n"
    yield "    FORCE='REAC_NODA')\n"
    yield "means = POST_ELEM(RESULTAT=result, MODELE=model, INTEGRALE=_F(TOUT='OUI',\n"
    yield "    NOM_CHAM='SIEF_ELGA', TYPE_MAILLE='3D',\n"
    yield "    NOM_CMP=('SIXX', 'SIYY', 'SIZZ', 'SIXY', 'SIXZ', 'SIYZ')))\n"
    yield "IMPR_TABLE(TABLE=means, UNITE=8)\n"
    yield "IMPR_RESU(FORMAT='MED', UNITE=80, RESU=_F(RESULTAT=result))\nFIN()\n"
