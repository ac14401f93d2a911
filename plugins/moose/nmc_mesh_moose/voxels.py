"""Grain growth by phase fields, from voxels: the file of an EBSD map in space, and an input.

MOOSE's ``EBSDMeshGenerator`` makes a hexahedron per voxel, ``EBSDReader`` and ``PolycrystalEBSD``
share the grains out among a few order parameters, ``GrainTracker`` keeps them apart.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import nmc_mesh
from nmc_mesh.crystal.orientation import bunge_angles
from nmc_mesh.errors import InputError
from nmc_mesh_moose.hit import block

TRIGONAL = 32
"""The number that TSL's maps have for -3m; MOOSE wants one, and one per grain."""
PARAMETERS = 25
"""Order parameters that a polycrystal in space takes, as MOOSE's own message says."""
BOLTZMANN = 8.617343e-5  # eV/K
# Copper, as in MOOSE's own test of a reconstructed map: numbers of an oxide are to be put here.
MOBILITY, ACTIVATION, ENERGY, TEMPERATURE = 2.5e-6, 0.23, 0.708, 500.0
_WIDTH, _SHARE = (
    4,
    0.1,
)  # voxels of a diffuse boundary; of a voxel that boundaries go in a step; ours


def write_voxels(
    folder: Path,
    image: nmc_mesh.LabelImage,
    name: str = "voxels",
    orientations: np.ndarray | None = None,
    steps: int = 50,
) -> list[Path]:
    """Write ``name.txt``, the voxels, and ``name.i``.

    Parameters
    ----------
    folder, name
        Where.
    image
        In three dimensions. Outside (label 0) is a feature of its own, of phase 2: its boundaries
        move as others do, so take a particle's surface with care, or an image without outside.
    orientations
        Quaternions of the grains 1 ... n, (n, 4); without them all angles are 0. Isotropic grain
        growth does not look at them.
    steps
        In time, of such a length that a boundary of the mean curvature goes a tenth of a voxel.

    Raises
    ------
    InputError
        If the image is flat, or there are fewer orientations than grains.
    """
    labels = np.asarray(image.labels)
    if labels.ndim != 3:
        raise InputError("phase fields want voxels of three dimensions; give a stack of slices")
    last = int(labels.max())
    angles = np.zeros((last + 1, 3))
    if orientations is not None:
        if np.shape(orientations) != (len(orientations), 4) or len(orientations) < last:
            raise InputError(f"there are grains up to {last}; give a quaternion for each, (n, 4)")
        angles[1:] = bunge_angles(np.asarray(orientations)[:last])
    place = folder / f"{name}.txt"
    with place.open("w", encoding="utf-8") as file:
        file.write(_header(image))
        # z slowest, as MOOSE stores them.
        for k in range(labels.shape[2]):
            np.savetxt(file, _layer(image, k, angles, last), fmt=["%.9g"] * 6 + ["%d"] * 3)
    deck = folder / f"{name}.i"
    deck.write_text(_input(image, name, steps), encoding="utf-8")
    return [deck, place]


def _header(image: nmc_mesh.LabelImage) -> str:
    lines = []
    low = image.origin - image.spacing / 2
    for axis, step, count, least in zip(
        "XYZ", image.spacing.tolist(), image.labels.shape, low.tolist(), strict=True
    ):
        lines += [f"{axis}_STEP: {step!r}", f"{axis}_DIM: {count}", f"{axis}_MIN: {least!r}"]
    lines.append("phi1 Phi phi2 (radians) x y z (um) feature phase symmetry")
    return "".join(f"# {line}\n" for line in lines)


def _layer(image: nmc_mesh.LabelImage, k: int, angles: np.ndarray, last: int) -> np.ndarray:
    """Rows of a layer of voxels, x fastest; what lies outside is one more feature."""
    labels = np.asarray(image.labels)[:, :, k]
    x, y = (
        image.origin[axis] + image.spacing[axis] * np.arange(labels.shape[axis]) for axis in (0, 1)
    )
    z = image.origin[2] + image.spacing[2] * k
    own = labels.T.ravel()
    rows = np.empty((own.size, 9))
    rows[:, :3] = angles[own]
    rows[:, 3], rows[:, 4], rows[:, 5] = np.tile(x, len(y)), np.repeat(y, len(x)), z
    rows[:, 6] = np.where(own > 0, own, last + 1)
    rows[:, 7] = np.where(own > 0, 1, 2)
    rows[:, 8] = TRIGONAL
    return rows


def _input(image: nmc_mesh.LabelImage, name: str, steps: int) -> str:
    labels = np.asarray(image.labels)
    volumes = np.bincount(labels.ravel())[1:] * image.voxel_volume
    count = int((volumes > 0).sum()) + int((labels == 0).any())
    width = _WIDTH * float(image.spacing.max())
    # A sphere's boundary goes at M sigma 2 / R, here in um/s.
    radius = float(np.cbrt(0.75 * volumes[volumes > 0].mean() / np.pi))
    mobility = MOBILITY * np.exp(-ACTIVATION / (BOLTZMANN * TEMPERATURE))
    speed = 1e6 * mobility * ENERGY * 2 / (1e-6 * radius)
    step = float(f"{_SHARE * float(image.spacing.min()) / speed:.3g}")
    head = (
        f"# Grain growth from {labels.size} voxels of {count} features, by nmc_mesh.\n"
        "# Units: um, s. Wanted: a MOOSE application with the module phase_field:\n"
        f"#   mpirun -n 4 phase_field-opt -i {name}.i\n"
        "# Checked against MOOSE's lists of parameters; never run where this was written.\n"
    )
    both = ("initial", "timestep_end")
    parts = [
        block("Mesh", block("voxels", type="EBSDMeshGenerator", filename=f"{name}.txt")),
        block("GlobalParams", op_num=min(count, PARAMETERS), var_name_base="gr"),
        block(
            "UserObjects",
            block("map", type="EBSDReader"),
            block("polycrystal", type="PolycrystalEBSD", ebsd_reader="map"),
            block("tracker", type="GrainTracker", polycrystal_ic_uo="polycrystal"),
        ),
        block("Variables", block("PolycrystalVariables")),
        block(
            "ICs",
            block(
                "PolycrystalICs", block("PolycrystalColoringIC", polycrystal_ic_uo="polycrystal")
            ),
        ),
        block("Kernels", block("PolycrystalKernel")),
        block("AuxVariables", block("bnds"), block("feature", family="MONOMIAL", order="CONSTANT")),
        block(
            "AuxKernels",
            block("bnds", type="BndsCalcAux", variable="bnds", execute_on=both),
            block(
                "feature",
                type="EBSDReaderAvgDataAux",
                variable="feature",
                ebsd_reader="map",
                grain_tracker="tracker",
                data_name="feature_id",
                execute_on=both,
            ),
        ),
        block(
            "Materials",
            block(
                "boundaries",
                type="GBEvolution",
                T=TEMPERATURE,
                wGB=width,
                GBmob0=MOBILITY,
                Q=ACTIVATION,
                GBenergy=ENERGY,
                length_scale=1e-6,
                time_scale=1.0,
                note="m^4/(J s), eV and J/m^2 of copper, as in MOOSE's own test: put yours.",
            ),
        ),
        block(
            "Executioner",
            type="Transient",
            solve_type="PJFNK",
            nl_rel_tol=1e-8,
            dt=step,
            num_steps=steps,
            note="A boundary of the mean curvature goes a tenth of a voxel in a step.",
        ),
        block("Outputs", exodus=True),
    ]
    return "\n".join([head, *parts])
