"""Discharge cells whose particles are polycrystals; print JSON. Runs where PyBaMM is."""

import json
from dataclasses import replace

import numpy as np
import pybamm
from nmc_mesh_pybamm import nmc811_polycrystal, parameters
from scipy.spatial.transform import Rotation

from nmc_mesh import load_material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.homogenize import crystal_diffusivities, uptake
from tests.meshes import voronoi

NMC = load_material("nmc811")
D = "Positive particle diffusivity [m2.s-1]"


def volts(values, model=pybamm.lithium_ion.SPM):
    sim = pybamm.Simulation(model(), parameter_values=values)
    return sim.solve([0, 1200])["Terminal voltage [V]"].entries[[0, -1]].tolist()


def with_numbers(**numbers):
    own = {name.replace("_", "."): value for name, value in numbers.items()}
    return replace(NMC, numbers={**NMC.numbers, **own})


turns = np.roll(Rotation.random(13, rng=0).as_quat(), 1, axis=1)
mesh = replace(voronoi(12, 4), info={"orientations": turns})
even = with_numbers(diffusivity_along=0.004, diffusivity_across=0.004)
same = parameters(mesh, even)
plain = pybamm.ParameterValues("Chen2020")
plain.update({D: 4e-15, "Positive particle radius [m]": same["Positive particle radius [m]"]})
slow = parameters(mesh, with_numbers(diffusivity_along=0.004, diffusivity_across=4e-5))
whole = parameters(mesh, NMC, kinetics=True, points=5)
contents = np.linspace(*NMC.content_range, 5)
try:
    parameters(mesh, NMC, points=1)
except InputError as error:
    refusal = str(error)
print(
    json.dumps(
        {
            "radius": same["Positive particle radius [m]"],
            "even": volts(same),
            "plain": volts(plain),
            "slow": volts(slow),
            "whole": volts(whole, pybamm.lithium_ion.DFN),
            "found": [
                np.ravel(whole.evaluate(whole[D](pybamm.Scalar(x), 298.15)))[0] for x in contents
            ],
            "expected": [
                1e-12 * uptake(mesh, crystal_diffusivities(mesh, NMC, x)).value for x in contents
            ],
            "set": volts(pybamm.ParameterValues(nmc811_polycrystal())),
            "refusal": refusal,
        }
    )
)
