"""Solve div grad u = 0 with u = x outside by PyBaMM; print volumes, area, error and flux.

python pybamm_diffusion.py MESH OUTER GRAIN ...: tags of the outer surface and of the grains.
"""

from __future__ import annotations

import sys

import numpy as np
import pybamm

path, outer, *grains = sys.argv[1:]
axes = [pybamm.SpatialVariable(axis, ["body"], coord_sys="cartesian") for axis in "xyz"]
generator = pybamm.UserSuppliedSubmesh3D(
    path, {"outer": int(outer)}, {f"g{tag}": int(tag) for tag in grains}, coord_sys="cartesian"
)
geometry = {"body": {axis: {"min": -9, "max": 9} for axis in axes}}
mesh = pybamm.Mesh(geometry, {"body": generator}, dict.fromkeys(axes, 1))
u = pybamm.Variable("u", domain="body")
model = pybamm.BaseModel()
model.algebraic = {u: pybamm.laplacian(u)}
model.boundary_conditions = {u: {"outer": (axes[0], "Dirichlet")}}
model.initial_conditions = {u: pybamm.Scalar(0)}
model.variables = {
    "u": u,
    "area": pybamm.BoundaryIntegral(pybamm.PrimaryBroadcast(pybamm.Scalar(1), "body"), "outer"),
}
pybamm.Discretisation(mesh, {"body": pybamm.ScikitFiniteElement3D()}).process_model(model)
solution = pybamm.AlgebraicSolver().solve(model, [0])
body = mesh["body"]._skfem_mesh
corners = body.p.T[body.t.T]
volume = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1])) / 6
for tag in grains:
    print("cell", tag, repr(float(volume[body.subdomains[f"g{tag}"]].sum())))
print("error", repr(float(np.abs(solution["u"].entries.ravel() - body.p[0]).max())))
print("area", repr(float(solution["area"].entries.ravel()[0])))
