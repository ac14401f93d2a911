"""Polycrystals as parameters of PyBaMM's models: D over x of a whole particle, its radius, U, i0.

A DFN or SPM of PyBaMM has one ball per place, homogeneous. What a polycrystal puts into it is the
diffusivity with which the ball fills as fast ("uptake", see ``nmc_mesh.mechanics.homogenize``), at
several contents, and between them along a line.
"""

from __future__ import annotations

import numpy as np
import pybamm

from nmc_mesh import load_material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.homogenize import crystal_diffusivities, uptake
from nmc_mesh.mechanics.random_texture import random_diffusivity

UM2 = 1e-12
"""m^2/s in um^2/s."""


def parameters(mesh, material, base="Chen2020", points=9, kinetics=False):
    """Parameter values of a cell whose positive particles are this polycrystal.

    Parameters
    ----------
    mesh
        A mesh of ``nmc_mesh`` whose grains have orientations.
    material
        A material of ``nmc_mesh`` with diffusivities, a range of x and, for ``kinetics``, the
        open-circuit potential and exchange currents.
    base
        Name of a parameter set of PyBaMM, which gives the rest of the cell.
    points
        Contents at which the particle is solved for its diffusivity, in [x_min, x_max].
    kinetics
        Whether open-circuit potential, exchange current and largest concentration come from the
        material too. The cell then starts at the cathode's potential of the base set; its capacity
        is another one.

    Returns
    -------
    pybamm.ParameterValues

    Raises
    ------
    nmc_mesh.errors.InputError
        If the mesh has no orientations, the material lacks a number, or there are fewer than two
        points.
    """
    if points < 2:
        raise InputError("a diffusivity over x needs two points or more")
    contents = np.linspace(*material.content_range, points)
    whole = [uptake(mesh, crystal_diffusivities(mesh, material, float(x))).value for x in contents]
    corners = mesh.points[mesh.cells[:, :4]]
    volume = np.linalg.det(np.diff(corners, axis=1)).sum() / 6
    radius = float(np.cbrt(0.75 * volume / np.pi))
    values = pybamm.ParameterValues(base)
    own = positive_electrode(material, contents, np.array(whole), kinetics)
    own["Positive particle radius [m]"] = 1e-6 * radius
    if kinetics:
        own |= starting_content(values, material)
    values.update(own)
    return values


def positive_electrode(material, contents, whole, kinetics=False):
    """Entries of a parameter set, from the diffusivity of a whole particle at some contents.

    Parameters
    ----------
    material
        A material of ``nmc_mesh``.
    contents, whole
        x, ascending, and D of the particle there in um^2/s; beyond it is that of the ends.
    kinetics
        As for ``parameters``.
    """
    rows = [np.asarray(contents, dtype=float), UM2 * np.asarray(whole, dtype=float)]

    def diffusivity(sto, T):
        return table(rows, sto, "diffusivity of the polycrystal")

    entries = {"Positive particle diffusivity [m2.s-1]": diffusivity}
    if not kinetics:
        return entries
    curve, a = list(material.open_circuit_curve), material.number("kinetics.transfer")
    # The mean over facets of crystals at random, whose cos t is even in [0, 1].
    along = np.linspace(0, 1, 1001)
    edge, basal = (material.number(f"kinetics.{name}") for name in ("edge", "basal"))
    i0 = float(np.trapezoid(np.hypot(edge * np.sqrt(1 - along**2), basal * along), along))

    def potential(sto):
        return table(curve, sto, "open-circuit potential", linear=True)

    def exchange(c_e, c_s_surf, c_s_max, T):
        # Electrolyte acts by the anodic exponent, against what the cell starts with.
        electrolyte = c_e / pybamm.Parameter("Initial concentration in electrolyte [mol.m-3]")
        x = c_s_surf / c_s_max
        return i0 * electrolyte**a * x ** (1 - a) * (1 - x) ** a

    return entries | {
        "Maximum concentration in positive electrode [mol.m-3]": material.maximum_concentration,
        "Positive electrode OCP [V]": potential,
        "Positive electrode exchange-current density [A.m-2]": exchange,
        "Positive electrode charge transfer coefficient": 0.5,
    }


def nmc811_polycrystal():
    """Entries of the parameter set NMC811_polycrystal, which PyBaMM finds by this name.

    Chen2020 with particles of shipped NMC811, many crystals that lie at random.
    """
    material = load_material("nmc811")
    contents = np.asarray(material.numbers["diffusivity.x"])
    whole = random_diffusivity(*material.diffusivity(contents).T)
    values = pybamm.ParameterValues("Chen2020")
    own = positive_electrode(material, contents, whole, kinetics=True)
    values.update(own | starting_content(values, material))
    return dict(values)


def starting_content(values, material):
    """Where the material has the potential that the cathode of a parameter set starts with."""
    name = "Initial concentration in positive electrode [mol.m-3]"
    share = values[name] / values["Maximum concentration in positive electrode [mol.m-3]"]
    potential = float(values.evaluate(values["Positive electrode OCP [V]"](pybamm.Scalar(share))))
    x, curve = material.open_circuit_curve
    return {name: material.maximum_concentration * float(np.interp(-potential, -curve, x))}


def table(rows, sto, name, linear=False):
    """A table over x; beyond its ends constant, or along straight lines."""
    x, y = rows
    if not linear:
        sto = pybamm.maximum(pybamm.minimum(sto, x[-1]), x[0])
    return pybamm.Interpolant(x, y, sto, name=name, interpolator="linear", extrapolate=linear)
