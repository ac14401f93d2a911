"""Steady diffusion on a written mesh in DOLFINx, 0.5 or 0.11; run by test_dolfinx.py.

    python3 dolfinx_diffusion.py FOLDER

reads FOLDER/particle.msh, .xdmf, _facets.xdmf and .json, and prints one line of JSON for each way
in. Mixed formulation: q = -D grad u, div q = 0, u = x on the outer surface, with D = 1 and with a
D that changes from grain to grain; lowest Raviart-Thomas elements conserve q cell by cell.
"""

import json
import sys
from pathlib import Path

import gmsh
import numpy as np
import ufl
from mpi4py import MPI

# isort: split
from dolfinx import fem
from dolfinx.fem.petsc import LinearProblem, assemble_vector
from dolfinx.io import XDMFFile

try:
    from dolfinx.io import gmshio
except ImportError:  # its name since 0.10
    from dolfinx.io import gmsh as gmshio

DIRECT = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}


def from_msh(folder):
    """What ``gmshio.read_from_msh`` does, which in Debian's 0.5.2 fails on every file."""
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.merge(str(folder / "particle.msh"))
    found = gmshio.model_to_mesh(gmsh.model, MPI.COMM_WORLD, 0)
    gmsh.finalize()
    if hasattr(found, "cell_tags"):  # since 0.10
        return found.mesh, found.cell_tags, found.facet_tags
    return found


def from_xdmf(folder):
    with XDMFFile(MPI.COMM_WORLD, str(folder / "particle.xdmf"), "r") as file:
        mesh = file.read_mesh(name="Grid")
        cell_tags = file.read_meshtags(mesh, name="Grid")
    mesh.topology.create_connectivity(2, 3)
    with XDMFFile(MPI.COMM_WORLD, str(folder / "particle_facets.xdmf"), "r") as file:
        facet_tags = file.read_meshtags(mesh, name="Grid")
    return mesh, cell_tags, facet_tags


def function_space(mesh, element):
    """Spaces are made by a function since 0.7."""
    return (getattr(fem, "functionspace", None) or fem.FunctionSpace)(mesh, element)


def raviart_thomas(mesh):
    """Lowest Raviart-Thomas elements and constants; basix makes them since 0.7."""
    if hasattr(fem, "functionspace"):
        from basix.ufl import element, mixed_element

        cell = mesh.basix_cell()
        return mixed_element([element("RT", cell, 1), element("DG", cell, 0)])
    cell = mesh.ufl_cell()
    return ufl.MixedElement(ufl.FiniteElement("RT", cell, 1), ufl.FiniteElement("DG", cell, 0))


def integral(form):
    return float(fem.assemble_scalar(fem.form(form)))


def volumes(mesh, cell_tags):
    """Volume of every cell tag: the masses of indicator functions, all in one assembly."""
    space = function_space(mesh, ("DG", 0))
    masses = assemble_vector(fem.form(ufl.TestFunction(space) * ufl.dx)).array
    by_cell = np.zeros(len(masses))
    by_cell[cell_tags.indices] = cell_tags.values
    sums = np.bincount(by_cell.astype(int), masses)
    return {int(tag): float(sums[tag]) for tag in np.unique(cell_tags.values)}


def diffusivity(mesh, cell_tags, spread):
    value = fem.Function(function_space(mesh, ("DG", 0)))
    value.x.array[cell_tags.indices] = 1 + spread * (cell_tags.values % 7)
    return value


def fluxes(mesh, facet_tags, outer, d):
    """Flux into and out of the particle through the facets tagged ``outer``."""
    space = function_space(mesh, raviart_thomas(mesh))
    q, u = ufl.TrialFunctions(space)
    p, v = ufl.TestFunctions(space)
    n = ufl.FacetNormal(mesh)
    ds = ufl.Measure("ds", mesh, subdomain_data=facet_tags)(outer)
    x = ufl.SpatialCoordinate(mesh)[0]
    a = ufl.inner(q, p) / d * ufl.dx - u * ufl.div(p) * ufl.dx - v * ufl.div(q) * ufl.dx
    prefix = {"petsc_options_prefix": "mixed_"} if hasattr(fem, "functionspace") else {}
    problem = LinearProblem(a, -x * ufl.inner(p, n) * ds, petsc_options=DIRECT, **prefix)
    through = ufl.inner(ufl.split(problem.solve())[0], n)
    return {
        "in": integral(ufl.max_value(-through, 0) * ds),
        "out": integral(ufl.max_value(through, 0) * ds),
    }


def report(way, mesh, cell_tags, facet_tags, groups):
    outer = next(group["id"] for group in groups if group["name"] == "outer_surface")
    ds = ufl.Measure("ds", mesh, subdomain_data=facet_tags)
    return {
        "way": way,
        "cells": int(mesh.topology.index_map(3).size_global),
        "facet_tags": np.unique(facet_tags.values).tolist(),
        "tagged_facets": len(facet_tags.indices),
        "volumes": volumes(mesh, cell_tags),
        "outer_area": integral(1 * ds(outer)),
        "whole_area": integral(1 * ufl.ds(mesh)),
        "uniform": fluxes(mesh, facet_tags, outer, diffusivity(mesh, cell_tags, 0.0)),
        "grains": fluxes(mesh, facet_tags, outer, diffusivity(mesh, cell_tags, 0.5)),
    }


def main(folder):
    groups = json.loads((folder / "particle.json").read_text())["groups"]
    for way, read in (("msh", from_msh), ("xdmf", from_xdmf)):
        print(json.dumps(report(way, *read(folder), groups)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
