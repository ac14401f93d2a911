"""Input for Elmer that runs as written: lithium in a particle, or a particle stretched.

``particle/case.sif`` stands beside the mesh in its folder (``mesh.header``, ...), and runs there
by ``ElmerSolver case.sif``. Every grain is a body with a material of its own: the tensor of its
crystal in the frame of the particle. Either lithium leaves at a constant current,

    dx/dt = div(D grad x),   n . D grad x = flux outside,

by the solver of heat, whose temperature is the content x, with the material's D over x as a table;
or u = E x on the outer surface, with the 36 constants of each crystal and the reactions
(``displacement loads``), of which the mean stress is made: <sigma> = sum of x RF / V. Units are um,
s, MPa and uN.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import turned_stiffness, turned_tensors
from nmc_mesh.errors import InputError
from nmc_mesh.files import together, write_text
from nmc_mesh.io.formats import write
from nmc_mesh.mesh.crystals import need_orientations
from nmc_mesh.mesh.groups import grain_name, groups
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats

_ORDER = (0, 1, 2, 5, 3, 4)
"""Voigt's components in the order of Elmer: 11, 22, 33, 12, 23, 13."""
_STEPS = 100
_FRAMES = 10


def elmer_files_of(path: Path) -> list[Path]:
    """Places of the input and of the mesh in its folder."""
    parts = ("header", "nodes", "elements", "boundary", "names")
    return [path, *(path.with_name(f"mesh.{part}") for part in parts)]


def write_elmer_deck(
    path: Path,
    mesh: TetMesh,
    material: Material,
    strain: Floats | None = None,
    flux: float | None = None,
    seconds: float | None = None,
) -> None:
    """Write the input and the mesh beside it.

    Parameters
    ----------
    path
        Of the input, ``.sif``, in a folder of its own; the mesh goes there too.
    mesh
        Conforming, its grains with orientations.
    material
        Knows the stiffness, or the diffusivity and the range of content.
    strain
        Of the outer surface, a symmetric tensor, shape (3, 3).
    flux, seconds
        In place of the strain: content into the particle through its outer surface, um/s, for a
        time in s, from the upper end of the material's range, or, where it flows in, the lower.

    Raises
    ------
    InputError
        If the grains have no orientations, the material lacks a number, or there is not one load.
    FileError
        If a file cannot be written.
    """
    if (strain is None) == (flux is None or seconds is None):
        raise InputError("a deck has one load; give a strain, or a flux and its time")
    turns = need_orientations(mesh, mesh.grains)
    outer = next(g.id for g in groups(mesh, "grain", "one") if g.name == "outer_surface")
    if strain is None:
        assert flux is not None
        assert seconds is not None
        parts = _diffusion(mesh, material, turns, outer, flux, seconds)
    else:
        parts = _stretched(mesh, material, turns, outer, strain)
    title = f"! {' '.join(material.name.split())[:40]}, {len(mesh.grains)} grains; um, s, MPa, uN\n"
    text = "".join([title, *parts])
    with together():
        write(path.with_name("mesh.header"), mesh, blocks="grain", boundaries="one")
        write_text(path, text)


def _section(title: str, **options: object) -> str:
    """Format a section; keywords have blanks for underscores, rows their length."""
    lines = []
    for key, value in options.items():
        word = key.replace("_", " ").title().replace("Bdf", "BDF").replace("Bc", "BC")
        row = value if isinstance(value, list) else [value]
        size = f"({len(row)})" if isinstance(value, list) else ""
        lines.append(f"  {word}{size} = {' '.join(map(str, row))}\n")
    return f"\n{title}\n{''.join(lines)}End\n"


def _diffusion(
    mesh: TetMesh, material: Material, turns: Floats, outer: int, flux: float, seconds: float
) -> Iterator[str]:
    low, high = material.content_range
    x = np.asarray(material.numbers.get("diffusivity.x", (low, high)), dtype=np.float64)
    tensors: AnyArray = np.stack([turned_tensors(material.diffusion_tensor(c), turns) for c in x])
    varies = bool(np.ptp(tensors, axis=0).any())
    yield "! Temperature is the content x of lithium.\n"
    yield from _head("Transient", seconds)
    yield _section("Initial Condition 1", temperature=f"{high if flux < 0 else low!r}")
    for number, (grain, own) in enumerate(
        zip(mesh.grains.tolist(), np.swapaxes(tensors, 0, 1), strict=True), 1
    ):
        yield _body(number, grain, initial_condition=1)
        yield f"\nMaterial {number}\n  Density = 1.0\n  Heat Capacity = 1.0\n"
        yield "  Heat Conductivity(3,3) = "
        yield (_over_content(x, own) if varies else f"Real {_numbers(own[0].ravel())}\n") + "End\n"
    yield _section("Equation 1", active_solvers=[1, 2, 3])
    yield _section(
        "Solver 1",
        equation='"Heat Equation"',
        variable="Temperature",
        procedure='"HeatSolve" "HeatSolver"',
        stabilize="False",
        **_linear(1),
        nonlinear_system_max_iterations=20 if varies else 1,
        nonlinear_system_convergence_tolerance=1e-9,
    )
    yield _scalars(2, [("Temperature", "int mean"), ("Temperature", "min"), ("Temperature", "max")])
    yield _frames(3)
    flows = {"heat_flux_bc": "True", "heat_flux": f"{flux!r}"}
    yield _section("Boundary Condition 1", target_boundaries=[outer], **flows)


def _stretched(
    mesh: TetMesh, material: Material, turns: Floats, outer: int, strain: Floats
) -> Iterator[str]:
    yield from _head("Steady State", None)
    stiff = turned_stiffness(material.stiffness, turns)[:, _ORDER][:, :, _ORDER]
    for number, (grain, own) in enumerate(zip(mesh.grains.tolist(), stiff, strict=True), 1):
        yield _body(number, grain)
        yield f"\nMaterial {number}\n  Density = 1.0\n  Poisson Ratio = 0.0\n"
        rows = "\\\n    ".join(_numbers(row) + " " for row in own)
        yield f"  Youngs Modulus(6,6) = Real \\\n    {rows.rstrip()}\nEnd\n"
    yield _section("Equation 1", active_solvers=[1, 2])
    yield _section(
        "Solver 1",
        equation='"Linear elasticity"',
        variable="-dofs 3 Displacement",
        procedure='"StressSolve" "StressSolver"',
        calculate_loads="True",
        calculate_stresses="True",
        displace_mesh="False",
        **_linear(2),
        nonlinear_system_max_iterations=1,
    )
    yield _frames(2)
    yield f"\nBoundary Condition 1\n  Target Boundaries(1) = {outer}\n"
    for axis, row in enumerate(strain.tolist(), 1):
        place = " + ".join(f"({value:.12e})*tx({k})" for k, value in enumerate(row))
        yield f'  Displacement {axis} = Variable Coordinate\n    Real MATC "{place}"\n'
    yield "End\n"


def _head(kind: str, seconds: float | None) -> Iterator[str]:
    yield '\nHeader\n  Mesh DB "." "."\nEnd\n'
    steps: dict[str, object] = {}
    if seconds is not None:
        steps = {
            "timestepping_method": "BDF",
            "bdf_order": 2,
            "timestep_intervals": [_STEPS],
            "timestep_sizes": [repr(seconds / _STEPS)],
            "output_intervals": [_STEPS // _FRAMES],
        }
    yield _section(
        "Simulation",
        coordinate_system="Cartesian 3D",
        simulation_type=kind,
        steady_state_max_iterations=1,
        max_output_level=4,
        **steps,
    )


def _body(number: int, grain: int, **options: object) -> str:
    own = {"target_bodies": [grain], "name": f'"{grain_name(grain)}"', "equation": 1}
    return _section(f"Body {number}", **own, material=number, **options)


def _linear(fill: int) -> dict[str, object]:
    """Conjugate gradients, with the incomplete factors of this level."""
    return {
        "linear_system_solver": "Iterative",
        "linear_system_iterative_method": "CG",
        "linear_system_preconditioning": f"ILU{fill}",
        "linear_system_max_iterations": 5000,
        "linear_system_convergence_tolerance": 1e-12,
    }


def _scalars(number: int, wanted: list[tuple[str, str]]) -> str:
    rows = {
        f"{key}_{k}": value
        for k, pair in enumerate(wanted, 1)
        for key, value in zip(("variable", "operator"), pair, strict=True)
    }
    return _section(
        f"Solver {number}",
        equation='"SaveScalars"',
        exec_solver="After Timestep",
        procedure='"SaveData" "SaveScalars"',
        filename='"content.dat"',
        **rows,
    )


def _frames(number: int) -> str:
    return _section(
        f"Solver {number}",
        equation='"ResultOutput"',
        exec_solver="After Saving",
        procedure='"ResultOutputSolve" "ResultOutputSolver"',
        output_file_name='"case"',
        vtu_format="True",
    )


def _over_content(x: Floats, tensors: Floats) -> str:
    """A table of tensors over the temperature, flat beyond its ends, where Elmer would go on."""
    rows = [(x[0] - 1, tensors[0]), *zip(x, tensors, strict=True), (x[-1] + 1, tensors[-1])]
    lines = "".join(f"      {value:.9g} {_numbers(own.ravel())}\n" for value, own in rows)
    return f"Variable Temperature\n    Real\n{lines}    End\n"


def _numbers(values: AnyArray) -> str:
    return " ".join(f"{value:.9e}" for value in values.tolist())
