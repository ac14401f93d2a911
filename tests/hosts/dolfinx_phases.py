"""Lithium in a porous, coated particle in DOLFINx, 0.5 or 0.11; run by test_dolfinx.py.

    python3 dolfinx_phases.py FOLDER

reads FOLDER/particle.msh and .json and prints a line of JSON. x' = div(D grad x) with a flux
through the outer surface alone, linear elements, Crank and Nicolson's steps: the constant is among
the test functions, so lithium is conserved to rounding if no other facet lets any through.
"""

import json
import sys
from pathlib import Path

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import LinearProblem
from dolfinx_diffusion import DIRECT, diffusivity, from_msh, function_space, integral

FLUX, STEP, STEPS = -0.01, 0.2, 5


def main(folder):
    groups = json.loads((folder / "particle.json").read_text())["groups"]
    mesh, cell_tags, facet_tags = from_msh(folder)
    number = {group["name"]: group["id"] for group in groups if group["dim"] == 2}
    ds = ufl.Measure("ds", mesh, subdomain_data=facet_tags)
    d = diffusivity(mesh, cell_tags, 0.5)
    space = function_space(mesh, ("Lagrange", 1))
    now, x, v = fem.Function(space), ufl.TrialFunction(space), ufl.TestFunction(space)
    now.x.array[:] = 0.9
    held = [integral(now * ufl.dx)]
    middle = 0.5 * (x + now)
    form = (x - now) * v * ufl.dx + STEP * d * ufl.inner(ufl.grad(middle), ufl.grad(v)) * ufl.dx
    form -= STEP * FLUX * v * ds(number["outer_surface"])
    prefix = {"petsc_options_prefix": "step_"} if hasattr(fem, "functionspace") else {}
    problem = LinearProblem(ufl.lhs(form), ufl.rhs(form), petsc_options=DIRECT, **prefix)
    for _ in range(STEPS):
        now.x.array[:] = problem.solve().x.array
        held.append(integral(now * ufl.dx))
    through = -d * ufl.inner(ufl.grad(now), ufl.FacetNormal(mesh))
    report = {
        "areas": {name: integral(1 * ds(own)) for name, own in number.items()},
        "border": integral(1 * ufl.ds(mesh)),
        "held": held,
        "wall": integral(through * ds(number["pore_surface"])),
        "outer": integral(through * ds(number["outer_surface"])),
        "spread": float(np.ptp(now.x.array)),
    }
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
