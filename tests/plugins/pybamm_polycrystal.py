"""Discharge cells whose particles are polycrystals; print JSON. Runs where PyBaMM is."""

import json
from dataclasses import replace

import numpy as np
import pybamm
from nmc_mesh_pybamm import cell, contents, nmc811_polycrystal, parameters
from scipy.spatial.transform import Rotation

from nmc_mesh import load_material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.chemo import grain_diffusivity
from nmc_mesh.mechanics.diffusion import charge, mass_matrix
from nmc_mesh.mechanics.homogenize import crystal_diffusivities, uptake
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from tests.meshes import voronoi
from tests.particles import ball

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
asked = np.linspace(*NMC.content_range, 5)
TIMES = np.linspace(30, 1200, 40)


def curve(model, values):
    """Terminal voltage at TIMES of a discharge at 1C, and the solution."""
    fine = {**model.default_var_pts, "r_p": 100}
    sim = pybamm.Simulation(model, parameter_values=values, C_rate=1, var_pts=fine)
    solution = sim.solve([0, 1200])
    return solution["Terminal voltage [V]"](TIMES), solution


# A homogeneous ball, meshed and reduced, against PyBaMM's own ball.
radius = "Positive particle radius [m]"
round_mesh = replace(tetrahedralize(ball(), 0.3), info={"orientations": [[1.0, 0.0, 0.0, 0.0]]})
apart = {}
for name in ("SPM", "DFN"):
    built, values, _ = cell(round_mesh, even, model=name)
    mirror = plain.copy()
    mirror.update({radius: values[radius]})
    own = getattr(pybamm.lithium_ion, name)()
    apart[name] = float(np.abs(curve(built, values)[0] - curve(own, mirror)[0]).max())

# A polycrystal of one D for every x at a constant current: the field in 3D is that of ``charge``.
hard = with_numbers(diffusivity_along=0.004, diffusivity_across=4e-5)
hard = replace(hard, numbers={k: v for k, v in hard.numbers.items() if k != "diffusivity.x"})
built, values, small = cell(mesh, hard)
grains, solution = curve(built, values)
times = np.linspace(0, 1200, 241)
nodes = contents(solution, small, times[[0, -1]])
volumes = np.asarray(mass_matrix(mesh.points, mesh.cells).sum(axis=0)).ravel()
rate = float((nodes[1] - nodes[0]) @ volumes / volumes.sum()) / 1200
flux = rate * small.volume / small.area
field = charge(mesh, grain_diffusivity(mesh, hard, 0.5), nodes[0, 0], flux, times)[-1]
built, values, _ = cell(mesh, NMC, model="SPMe", kinetics=True)
varied = curve(built, values)[0]
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
                np.ravel(whole.evaluate(whole[D](pybamm.Scalar(x), 298.15)))[0] for x in asked
            ],
            "expected": [
                1e-12 * uptake(mesh, crystal_diffusivities(mesh, NMC, x)).value for x in asked
            ],
            "set": volts(pybamm.ParameterValues(nmc811_polycrystal())),
            "refusal": refusal,
            "apart": apart,
            "grains": grains.tolist(),
            "field": float(np.abs(nodes[1] - field).max()),
            "spread": float(np.ptp(field)),
            "varied": varied.tolist(),
        }
    )
)
