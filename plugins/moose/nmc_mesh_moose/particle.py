"""Inputs for a meshed particle: charge with stress, diffusion, stress; cohesive boundaries.

Units are um, s and MPa, so stresses come in MPa and energies of boundaries in N/m.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

import nmc_mesh
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.cohesive_zone import STIFFNESS
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh_moose import crystals
from nmc_mesh_moose.hit import block

DECKS = ("charge", "diffusion", "stress")
AXES = "xyz"
_STRETCH = np.diag([0.0, 0.0, 1e-3])


@dataclass(frozen=True)
class Load:
    """What happens to the particle.

    Parameters
    ----------
    rate
        C-rate of the charge, 1/h, negative to discharge.
    share
        Of the material's range of content that is gone through.
    steps
        In time.
    strain
        Of the outer surface, for the deck "stress": a symmetric tensor, (3, 3).
    """

    rate: float = 0.5
    share: float = 1.0
    steps: int = 50
    strain: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not (self.rate != 0 and 0 < self.share <= 1 and self.steps >= 1):
            raise InputError(
                "a load has a rate that is not 0, a share of at most 1, a step or more"
            )


def write_moose(
    folder: Path,
    mesh: nmc_mesh.TetMesh,
    name: str = "particle",
    material: nmc_mesh.Material | None = None,
    deck: Literal["charge", "diffusion", "stress"] = "charge",
    load: Load | None = None,
    cohesive: bool = False,
) -> list[Path]:
    """Write mesh, input and, if the mesh knows orientations, the table of its crystals.

    Parameters
    ----------
    folder, name
        Where ``name.i``, ``name.e`` and ``name_crystals.csv`` go.
    mesh
        A mesh of first or second order, conforming.
    material
        Of the crystals; default: shipped nmc811.
    deck
        "charge": lithium leaves through the surface, crystals swell and press on each other;
        "diffusion": that without stress; "stress": u = E x on the outer surface.
    load
        How much and how fast.
    cohesive
        Whether all boundaries are split (``BreakMeshByBlockGenerator``) and held by the material's
        cohesive law; lithium passes them.

    Returns
    -------
    list of Path
        The files, the input first.

    Raises
    ------
    InputError
        If the material lacks a number, or there is no such deck.

    Warns
    -----
    UserWarning
        If the mesh knows no orientations: all grains are isotropic then.
    """
    if deck not in DECKS:
        raise InputError(f"there is no deck '{deck}'; there are {', '.join(DECKS)}")
    material, load = material or nmc_mesh.load_material("nmc811"), load or Load()
    table = grain_table(mesh)
    turned = "orientation" in table
    if not turned:
        warnings.warn(
            "the mesh knows no orientations: all grains get the same isotropic material; take a "
            "particle of a model with a texture, with its tables (.json) beside the mesh",
            UserWarning,
            stacklevel=2,
        )
    plan = _Plan(name, mesh, table, material, deck, load, cohesive, turned)
    text = "\n".join(part for part in plan.parts() if part)
    pairs: Literal["auto", "none"] = "none" if cohesive else "auto"
    nmc_mesh.write(folder / f"{name}.e", mesh, blocks="grain", boundaries=pairs)
    files = [folder / f"{name}.i", folder / f"{name}.e"]
    if turned:
        files.append(folder / f"{name}_crystals.csv")
        lines = (",".join(map(repr, row)) + "\n" for row in crystals.rows_of(table).tolist())
        files[-1].write_text("".join(lines), encoding="utf-8")
    files[0].write_text(text, encoding="utf-8")
    return files


@dataclass(frozen=True)
class _Plan:
    name: str
    mesh: nmc_mesh.TetMesh
    table: dict
    material: nmc_mesh.Material
    deck: str
    load: Load
    cohesive: bool
    turned: bool

    @property
    def flows(self) -> bool:
        """Whether lithium moves."""
        return self.deck != "stress"

    @property
    def presses(self) -> bool:
        """Whether there are displacements."""
        return self.deck != "diffusion"

    def parts(self) -> Iterator[str]:
        """Top of the input to its end."""
        yield self._head()
        if self.presses:
            yield block("GlobalParams", displacements=[f"disp_{axis}" for axis in AXES])
        yield self._mesh()
        if self.turned:
            yield crystals.reader(f"{self.name}_crystals.csv", int(self.table["id"][-1]))
            if self.flows:
                yield crystals.fields()
        if self.flows:
            yield from self._diffusion()
        if self.presses:
            yield from self._mechanics()
        yield block("Materials", *self._materials())
        yield block("BCs", *self._conditions())
        yield block("Postprocessors", *self._results())
        yield from self._solver()

    def _head(self) -> str:
        what = {
            "charge": "Charge and stress of one particle",
            "diffusion": "Diffusion in one particle",
            "stress": "Stress in one particle, whose surface is moved by u = E x",
        }[self.deck]
        lines = [
            f"{what} of {len(self.table['id'])} grains of {self.material.name}, by nmc_mesh.",
            "Units: um, s, MPa. Wanted: a MOOSE application with the modules solid_mechanics and",
            f"phase_field, such as combined-opt:   mpirun -n 4 combined-opt -i {self.name}.i",
            "Checked against MOOSE's lists of parameters; never run where this was written.",
        ]
        if not self.flows:
            return "".join(f"# {line}\n" for line in lines)
        low, high = self.material.content_range
        start = high if self.load.rate > 0 else low
        volume, area = float(self.table["volume"].sum()), float(self.table["outer_area"].sum())
        seconds = 3600 * self.load.share / abs(self.load.rate)
        lines.append("c is the content x of Li_x; it leaves at a constant current. Stress does not")
        lines.append("act back on it.")
        return "".join(f"# {line}\n" for line in lines) + (
            f"\nc_start = {start!r} # content before\n"
            f"rate = {(low - high) * self.load.rate / 3600:.12g} # dc/dt of the mean, 1/s\n"
            f"volume = {volume!r} # um^3, of the mesh\n"
            f"area = {area!r} # um^2, of the side set outer_surface\n"
            "flux = ${fparse rate * volume / area} # um/s, so that the mean changes at the rate\n"
            f"end_time = {seconds!r}\n"
            f"steps = {self.load.steps}\n"
        )

    def _mesh(self) -> str:
        parts, last = (
            [block("particle", type="FileMeshGenerator", file=f"{self.name}.e")],
            "particle",
        )
        if self.cohesive:
            kind = "BreakMeshByBlockGenerator"
            parts.append(block("opened", type=kind, input=last, split_interface=False))
            last = "opened"
        if self.deck == "charge":
            parts += _pins(self.mesh, last)
        note = "Blocks grain_00001, ...; side sets outer_surface"
        if not self.cohesive:
            note += " and grain_00001_grain_00002, ..."
        return block("Mesh", *parts, note=note)

    def _diffusion(self) -> Iterator[str]:
        yield block("Variables", block("c", initial_condition="${c_start}"))
        yield block(
            "Kernels",
            block("storage", type="TimeDerivative", variable="c"),
            block("diffusion", type="MatAnisoDiffusion", variable="c", diffusivity="D", args="c"),
        )
        if self.cohesive:
            # So that a boundary resists a thousandth of what a grain does: ours.
            size = float(np.cbrt(self.table["volume"].mean()))
            fastest = float(self.material.diffusivity(self.material.content_range).max())
            passage = block(
                "passage",
                type="PenaltyInterfaceDiffusion",
                variable="c",
                neighbor_var="c",
                boundary="interface",
                penalty=float(f"{1e3 * fastest / size:.3g}"),
                note="Lithium passes: a penalty, um/s, keeps c equal on both sides.",
            )
            yield block("InterfaceKernels", passage)

    def _mechanics(self) -> Iterator[str]:
        asked = ["vonmises_stress", "hydrostatic_stress", "max_principal_stress"]
        if self.deck == "stress":
            asked += [f"stress_{pair}" for pair in crystals.PAIRS]
        yield block(
            "Physics/SolidMechanics/QuasiStatic",
            block(
                "all",
                strain="SMALL",
                add_variables=True,
                eigenstrain_names="lithiation" if self.flows else None,
                generate_output=asked,
            ),
            note="Before 2024 this block was [Modules/TensorMechanics/Master].",
        )
        if self.cohesive:
            yield block(
                "Physics/SolidMechanics/CohesiveZone",
                block("seams", strain="SMALL", boundary="interface"),
                note="Before 2024 this block was [Modules/TensorMechanics/CohesiveZoneMaster].",
            )

    def _materials(self) -> Iterator[str]:
        if self.flows:
            yield from crystals.diffusivity(self.material, self.turned)
        if self.deck == "charge":
            low, high = self.material.content_range
            start = high if self.load.rate > 0 else low
            yield from crystals.swelling(self.material, start, self.turned)
        if self.presses:
            yield from crystals.stiffness(self.material, self.turned)
        if self.presses and self.cohesive:
            number = self.material.number
            yield block(
                "seams",
                type="BiLinearMixedModeTraction",
                boundary="interface",
                penalty_stiffness=STIFFNESS,
                normal_strength=number("cohesive.strength"),
                shear_strength=number("cohesive.shear_strength"),
                GI_c=number("cohesive.energy"),
                GII_c=number("cohesive.shear_energy"),
                eta=2.0,
                viscosity=1e-3,
                note="MPa and N/m. The stiffness, MPa/um, the exponent of Benzeggagh and Kenane\n"
                "and the viscosity, s, which eases convergence, are ours.",
            )

    def _conditions(self) -> Iterator[str]:
        if self.flows:
            yield block(
                "current", type="NeumannBC", variable="c", boundary="outer_surface", value="${flux}"
            )
        if self.deck == "charge":
            yield from _holds()
        if self.deck == "stress":
            strain = _STRETCH if self.load.strain is None else np.asarray(self.load.strain)
            for axis, row in zip(AXES, strain.tolist(), strict=True):
                place = " + ".join(
                    f"{value!r}*{other}" for value, other in zip(row, AXES, strict=True)
                )
                yield block(
                    f"moved_{axis}",
                    type="FunctionDirichletBC",
                    variable=f"disp_{axis}",
                    boundary="outer_surface",
                    function=f"t*({place})",
                )

    def _results(self) -> Iterator[str]:
        if self.flows:
            average = "ElementAverageValue"
            note = "has to be c_start + rate * time"
            yield block("content", type=average, variable="c", note=note)
            yield block(
                "content_at_surface",
                type="SideAverageValue",
                variable="c",
                boundary="outer_surface",
            )
        if self.deck == "stress":
            for pair in crystals.PAIRS:
                variable = f"stress_{pair}"
                yield block(f"mean_{variable}", type="ElementAverageValue", variable=variable)
        if self.presses:
            yield block(
                "largest_principal_stress",
                type="ElementExtremeValue",
                variable="max_principal_stress",
            )

    def _solver(self) -> Iterator[str]:
        yield block("Preconditioning", block("all", type="SMP", full=True))
        note = "A direct solver; for more than some 300,000 nodes take: -pc_type hypre\n"
        note += "-pc_hypre_type boomeramg"
        steps = self.load.steps if self.cohesive else 1
        yield block(
            "Executioner",
            type="Transient",
            solve_type="NEWTON",
            petsc_options_iname=["-pc_type", "-pc_factor_mat_solver_type"],
            petsc_options_value=["lu", "mumps"],
            nl_rel_tol=1e-8,
            nl_abs_tol=1e-10,
            end_time="${end_time}" if self.flows else 1.0,
            dt="${fparse end_time / steps}" if self.flows else 1.0 / steps,
            note=note,
        )
        yield block("Outputs", exodus=True, csv=True)


def _pins(mesh: nmc_mesh.TetMesh, before: str) -> Iterator[str]:
    """Node sets pin_a, pin_b, far apart in x, and pin_c, off the line between them in y."""
    outer = np.unique(mesh.facets[mesh.outer][:, :3])
    places = mesh.points[outer]
    a, b = places[places[:, 0].argmin()], places[places[:, 0].argmax()]
    line = a[1] + (b[1] - a[1]) * (places[:, 0] - a[0]) / (b[0] - a[0])
    c = places[np.abs(places[:, 1] - line).argmax()]
    for letter, place in zip("abc", (a, b, c), strict=True):
        yield block(
            f"pin_{letter}",
            type="ExtraNodesetGenerator",
            input=before,
            new_boundary=f"pin_{letter}",
            coord=place.tolist(),
            use_closest_node=True,
        )
        before = f"pin_{letter}"


def _holds() -> Iterator[str]:
    """Six conditions at three nodes hold the particle without a force: it swells freely."""
    for pin, axes in (("a", "xyz"), ("b", "yz"), ("c", "z")):
        for axis in axes:
            yield block(
                f"hold_{pin}_{axis}",
                type="DirichletBC",
                variable=f"disp_{axis}",
                boundary=f"pin_{pin}",
                value=0,
            )
