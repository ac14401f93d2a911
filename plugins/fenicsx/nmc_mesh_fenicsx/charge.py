"""Lithium in a particle under a constant current: anisotropic diffusion, boundaries that conduct.

With x the content, V and A volume and outer surface:

    dx/dt = div(D grad x),   n . D grad x = -(x_max - x_min) rate / 3600 s * V / A  outside.

In time the two-stage method with gamma = 1 - sqrt(1/2), of order two and stable for any step; D is
that of the mean content of every cell at the start of a step.
"""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.mesh import meshtags
from petsc4py import PETSc

from nmc_mesh_fenicsx.algebra import assembled, integral, matrix_of, owned, set_values, solved
from nmc_mesh_fenicsx.algebra import solver as conjugate_gradients
from nmc_mesh_fenicsx.crystals import diffusivity
from nmc_mesh_fenicsx.material import diffusivities
from nmc_mesh_fenicsx.versions import function_space

GAMMA = 1 - 0.5**0.5


class Charge:
    """A particle full of lithium, from which a constant current takes it step by step.

    Parameters
    ----------
    particle
        What ``read`` gave.
    material
        What ``read_material`` gave.
    rate
        C-rate, 1/h.
    step
        Length of a step, s.
    degree
        Of the elements.

    Attributes
    ----------
    content
        Function of x, as of now.
    time
        Seconds since the start.
    """

    def __init__(self, particle, material, rate, step, degree=1):
        mesh, (low, high) = particle.mesh, material["concentration"]["range"]
        self.step, self.time, self.start = step, 0.0, high
        self.content = fem.Function(function_space(mesh, "CG", degree), name="x")
        self.content.x.array[:] = self.start
        space = self.content.function_space
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        _, outer = particle.names["outer_surface"]
        ds = ufl.Measure("ds", mesh, subdomain_data=particle.facet_tags)(outer)
        one = fem.Constant(mesh, PETSc.ScalarType(1))
        self.volume, area = (integral(one * measure, mesh.comm) for measure in (ufl.dx, ds))
        self.inflow = (low - high) * rate / 3600 * self.volume
        self._load = assembled(fem.Constant(mesh, PETSc.ScalarType(self.inflow / area)) * v * ds)
        self._material, flat = material, function_space(mesh, "DG", 0)
        # Diffusivities along and across the layers, and the mean content of cells they are of.
        self._local = [fem.Function(flat) for _ in range(2)]
        self._mean, w = fem.Function(flat), ufl.TestFunction(flat)
        self._sums, self._volumes = fem.form(self.content * w * ufl.dx), assembled(w * ufl.dx)
        layers, normal = diffusivity(particle, 1.0, 0.0), diffusivity(particle, 0.0, 1.0)
        tensor = self._local[0] * layers + self._local[1] * normal
        self._conduction = fem.form(
            ufl.inner(tensor * ufl.grad(u), ufl.grad(v)) * ufl.dx
            + along_boundaries(particle, material, u, v)
        )
        self._mass = matrix_of(u * v * ufl.dx)
        self._varies = any(np.ndim(material["diffusivity"][name]) for name in ("along", "across"))
        self._assemble()
        self._now = self._load.duplicate()
        self._now.set(self.start)

    def _assemble(self):
        means = assembled(self._sums)
        means.pointwiseDivide(means, self._volumes)
        set_values(self._mean, means)
        values = diffusivities(self._material, self._mean.x.array)
        for function, local in zip(self._local, values, strict=True):
            function.x.array[:] = local
        self._stiff = matrix_of(self._conduction)
        both = self._mass.copy()
        both.axpy(GAMMA * self.step, self._stiff)
        self._solver = conjugate_gradients(both, 1e-13)

    def advance(self):
        """Go one step on."""
        now, step = self._now, self.step
        if self._varies and self.time > 0:
            self._assemble()
        first = solved(self._solver, self._load - self._stiff * now)
        ahead = now + (1 - GAMMA) * step * first
        second = solved(self._solver, self._load - self._stiff * ahead)
        now += step * ((1 - GAMMA) * first + GAMMA * second)
        self.time += step
        set_values(self.content, now)

    def lost(self):
        """Lithium there against what was there and what has flowed, relative, minus one."""
        there = integral(self.content * ufl.dx, self.content.function_space.mesh.comm)
        return there / (self.start * self.volume + self.inflow * self.time) - 1

    def beyond(self, low, high):
        """Share of the nodes whose content lies outside a range."""
        space = self.content.function_space
        own = self.content.x.array[: owned(space)]
        count = np.count_nonzero((own < low) | (own > high))
        return space.mesh.comm.allreduce(count) / space.dofmap.index_map.size_global


def along_boundaries(particle, material, u, v):
    """Conduction along grain boundaries: their width times their diffusivity, on their facets."""
    mesh, boundary = particle.mesh, material.get("boundary", {})
    kappa = boundary.get("width", 0.0) * boundary.get("diffusivity", 0.0)
    tags = particle.facet_tags
    inner = tags.indices[tags.values != particle.names["outer_surface"][1]]
    marked = meshtags(mesh, mesh.topology.dim - 1, inner, np.ones(len(inner), dtype=np.int32))
    n = ufl.FacetNormal(mesh)("+")
    g, h = ufl.grad(u)("+"), ufl.grad(v)("+")
    slide = ufl.inner(g, h) - ufl.inner(g, n) * ufl.inner(h, n)
    return fem.Constant(mesh, PETSc.ScalarType(kappa)) * slide * ufl.dS(1, subdomain_data=marked)
