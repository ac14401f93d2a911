"""An input file for Abaqus or CalculiX that runs as written: a particle stretched, or swollen.

``job.inp`` includes the mesh, ``job_mesh.inp``, whose grains have their orientations, and adds the
anisotropic stiffness of the material, a load and a static step. Either u = E x on every node of the
outer surface (the kinematic load of ``nmc_mesh.mechanics.homogenize``), with the reactions RF, of
which the mean stress is made: <sigma> = sum of x RF / V. Or every crystal swells by its chemical
strain, diag(e_a, e_a, e_c), which stands as the expansion of a temperature that rises from 0 to 1,
and three nodes hold the free particle without a force. Boundaries that are opened get the
traction-separation law of the material. Units are um, MPa and uN.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import VOIGT
from nmc_mesh.errors import InputError
from nmc_mesh.files import together, write_text
from nmc_mesh.io.formats import write
from nmc_mesh.mesh.crystals import need_orientations
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats

_CRYSTAL, _BOUNDARY = "crystal", "boundary"
_ORDER = (0, 1, 2, 5, 4, 3)
"""Voigt's components in the order of Abaqus: 11, 22, 33, 12, 13, 23."""
_PER_LINE = 8
_WHOLE, _STEPS = "1., 1., 1e-5, 1.", "0.02, 1., 1e-8, 0.05"
"""Increments: a linear body takes the load at once, boundaries that open in small steps (ours)."""
_HISTORY = (
    "*OUTPUT, FIELD, VARIABLE=PRESELECT\n*ELEMENT OUTPUT, ELSET=cohesive\nS, E, SDEG\n"
    "*OUTPUT, HISTORY, VARIABLE=PRESELECT\n*ENERGY OUTPUT\nALLSE, ALLDMD\n"
)
"""Damage of opened boundaries, elastic energy and what damage took of it, over the increments."""


def abaqus_mesh_of(path: Path) -> Path:
    """Place of the mesh that belongs to an input file."""
    return path.with_name(f"{path.stem}_mesh.inp")


def write_abaqus_deck(
    path: Path,
    mesh: TetMesh | CohesiveMesh,
    material: Material,
    strain: Floats | None = None,
    stiffness: float | None = None,
    content: float | None = None,
) -> None:
    """Write the input and the mesh that it includes.

    Parameters
    ----------
    path
        Of the input, ``.inp``; the mesh goes beside, to ``NAME_mesh.inp``.
    mesh
        Conforming, or split: then opened boundaries get ``COH3D6``, which Abaqus has and CalculiX
        has not.
    material
        Knows the stiffness; for a split mesh strengths and energies of boundaries too.
    strain
        Of the outer surface, a symmetric tensor, shape (3, 3).
    stiffness
        Of closed boundaries, MPa/um; for a split mesh.
    content
        In place of the strain: lithium content x that all crystals come to, from the upper end of
        the material's range.

    Raises
    ------
    InputError
        If the grains have no orientations, or the material lacks a number.
    FileError
        If a file cannot be written.
    """
    body = mesh.mesh if isinstance(mesh, CohesiveMesh) else mesh
    need_orientations(body, body.grains)
    if (stiffness is None) == isinstance(mesh, CohesiveMesh):
        raise InputError(
            "a stiffness of boundaries belongs to a split mesh, and a split mesh has one"
        )
    if (strain is None) == (content is None):
        raise InputError("a deck has one load; give a strain or a content, not both")
    options: dict[str, Any] = {"material": _CRYSTAL}
    if stiffness is not None:
        options["seam"] = _BOUNDARY
    load = "swollen" if strain is None else "stretched"
    text = [
        f"*HEADING\n{' '.join(material.name.split())[:40]}, a particle {load}; um, MPa, uN\n",
        f"*INCLUDE, INPUT={abaqus_mesh_of(path).name}\n",
        *_elastic(material),
        *([] if content is None else _expansion(material, content)),
        *([] if stiffness is None else _cohesive(material, stiffness)),
        *(_free(body) if strain is None else []),
        f"*STEP\n*STATIC\n{_WHOLE if stiffness is None else _STEPS}\n",
        *(["*TEMPERATURE\nnodes, 1.\n"] if strain is None else _displacements(body, strain)),
        "*NODE PRINT, NSET=outer_surface\nRF\n*NODE FILE\nU, RF\n*EL FILE\nS, E\n",
        *([] if stiffness is None else [_HISTORY]),
        "*END STEP\n",
    ]
    with together():
        write(abaqus_mesh_of(path), mesh, **options)
        write_text(path, "".join(text))


def _told(material: Material, number: str) -> str:
    """Where a number is from, on one line of a comment."""
    return " ".join(material.source(number).split())[:120]


def _elastic(material: Material) -> Iterator[str]:
    """The 21 constants, column by column of the upper triangle."""
    own = material.stiffness[np.ix_(_ORDER, _ORDER)]
    constants = [own[i, j] for j in range(6) for i in range(j + 1)]
    yield f"** stiffness in the crystal's frame, MPa: {_told(material, 'stiffness.C11')}\n"
    yield f"*MATERIAL, NAME={_CRYSTAL}\n*ELASTIC, TYPE=ANISOTROPIC\n"
    for start in range(0, len(constants), _PER_LINE):
        yield ", ".join(f"{value:.9g}" for value in constants[start : start + _PER_LINE]) + "\n"


def _expansion(material: Material, content: float) -> Iterator[str]:
    """Chemical strain along a, a and c against that at the upper end of the range."""
    along, across = material.chemical_strain(content, material.content_range[1]).tolist()
    yield f"** chemical strain at x = {content:g}: {_told(material, 'lattice.c')}\n"
    yield f"*EXPANSION, TYPE=ORTHO, ZERO=0.\n{along:.9e}, {along:.9e}, {across:.9e}\n"


def _cohesive(material: Material, stiffness: float) -> Iterator[str]:
    """Bilinear law: it yields by squares of tractions, opens after Benzeggagh and Kenane (1996)."""
    normal, shear = (material.number(f"cohesive.{name}") for name in ("strength", "shear_strength"))
    energies = [material.number(f"cohesive.{name}") for name in ("energy", "shear_energy")]
    yield f"** grain boundaries, MPa, N/m: {_told(material, 'cohesive.strength')}\n"
    yield f"*MATERIAL, NAME={_BOUNDARY}\n*ELASTIC, TYPE=TRACTION\n"
    yield ", ".join([f"{stiffness:.9g}"] * 3) + "\n"
    yield f"*DAMAGE INITIATION, CRITERION=QUADS\n{normal:.9g}, {shear:.9g}, {shear:.9g}\n"
    yield "*DAMAGE EVOLUTION, TYPE=ENERGY, MIXED MODE BEHAVIOR=BK, POWER=2.\n"
    yield ", ".join(f"{value:.9g}" for value in (*energies, energies[1])) + "\n"


def _displacements(mesh: TetMesh, strain: Floats) -> Iterator[str]:
    yield "*BOUNDARY\n"
    nodes = np.unique(mesh.facets[mesh.outer])
    moved: AnyArray = np.einsum("ni,ij->nj", mesh.points[nodes], strain)
    for node, places in zip((nodes + 1).tolist(), moved.tolist(), strict=True):
        for axis, place in enumerate(places, 1):
            yield f"{node}, {axis}, {axis}, {place:.12e}\n"


def _free(mesh: TetMesh) -> Iterator[str]:
    """Hold a body against rigid motion: a in x y z, b far along x in y z, c off their line in z."""
    nodes = np.unique(mesh.facets[mesh.outer][:, :3])
    places = mesh.points[nodes]
    a, b = places[:, 0].argmin(), places[:, 0].argmax()
    slope = (places[b, 1] - places[a, 1]) / (places[b, 0] - places[a, 0])
    c = np.abs(places[:, 1] - places[a, 1] - slope * (places[:, 0] - places[a, 0])).argmax()
    held = [(a, 1, 3), (b, 2, 3), (c, 3, 3)]
    yield "*INITIAL CONDITIONS, TYPE=TEMPERATURE\nnodes, 0.\n*BOUNDARY\n"
    yield from (f"{nodes[place] + 1}, {first}, {last}\n" for place, first, last in held)


def strain_tensor(values: Sequence[float]) -> Floats:
    """Symmetric tensor of components xx, yy, zz, yz, xz, xy, shear not doubled.

    Raises
    ------
    InputError
        If there are not six finite numbers.
    """
    components = np.asarray(values, dtype=np.float64)
    if components.shape != (6,) or not np.isfinite(components).all():
        raise InputError("a strain has six finite components: xx,yy,zz,yz,xz,xy")
    tensor = np.empty((3, 3))
    for value, (i, j) in zip(components, VOIGT, strict=True):
        tensor[i, j] = tensor[j, i] = value
    return tensor
