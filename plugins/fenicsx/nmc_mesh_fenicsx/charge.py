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


class Current:
    """A particle full of lithium, from which a constant current takes it: what all charges share.

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
    content
        Function of x, which a charge changes.
    space
        Of what a charge solves for.
    dx
        Measure of the integrals: lithium is conserved in one rule of quadrature, and in curved
        cells rules differ.

    Attributes
    ----------
    content
        Function of x, as of now.
    time
        Seconds since the start.
    tensor
        Diffusivity for the mean content of every cell at the last ``renew``, um^2/s.
    load
        What flows in through the surface, um^3/s by nodes.
    """

    def __init__(self, particle, material, rate, step, content, space, dx=ufl.dx):
        mesh, (low, high) = particle.mesh, material["concentration"]["range"]
        self.step, self.time, self.start, self.content = step, 0.0, high, content
        self.dx = dx
        content.x.array[:] = high
        _, outer = particle.names["outer_surface"]
        ds = ufl.Measure("ds", mesh, subdomain_data=particle.facet_tags)(outer)
        one = fem.Constant(mesh, PETSc.ScalarType(1))
        self.volume = integral(one * dx, mesh.comm)
        self.inflow = (low - high) * rate / 3600 * self.volume
        self.load = assembled(one * ufl.TestFunction(space) * ds)
        self.load.scale(self.inflow / self.load.sum())
        self._material, flat = material, function_space(mesh, "DG", 0)
        # Diffusivities along and across the layers, and the mean content of cells they are of.
        self._local = [fem.Function(flat) for _ in range(2)]
        self.mean, w = fem.Function(flat, name="x"), ufl.TestFunction(flat)
        self._sums, self._volumes = fem.form(content * w * dx), assembled(w * dx)
        layers, normal = diffusivity(particle, 1.0, 0.0), diffusivity(particle, 0.0, 1.0)
        self.tensor = self._local[0] * layers + self._local[1] * normal
        self.varies = any(np.ndim(material["diffusivity"][name]) for name in ("along", "across"))

    def average(self):
        """Set the mean content of every cell to that of now."""
        means = assembled(self._sums)
        means.pointwiseDivide(means, self._volumes)
        set_values(self.mean, means)

    def renew(self):
        """Set the diffusivity to that of the content of now."""
        self.average()
        values = diffusivities(self._material, self.mean.x.array)
        for function, local in zip(self._local, values, strict=True):
            function.x.array[:] = local

    def lost(self):
        """Lithium there against what was there and what has flowed, relative, minus one."""
        there = integral(self.content * self.dx, self.content.function_space.mesh.comm)
        return there / (self.start * self.volume + self.inflow * self.time) - 1

    def beyond(self, low, high):
        """Share of the nodes, or of the corners of cells, whose content lies outside a range."""
        space = self.content.function_space
        own = self.content.x.array[: owned(space)]
        count = np.count_nonzero((own < low) | (own > high))
        return space.mesh.comm.allreduce(count) / space.dofmap.index_map.size_global


class Charge(Current):
    """A charge in which stress does not move lithium.

    Parameters
    ----------
    particle, material, rate, step
        As ``Current`` has them.
    degree
        Of the elements.
    """

    def __init__(self, particle, material, rate, step, degree=1):
        space = function_space(particle.mesh, "CG", degree)
        content = fem.Function(space, name="x")
        super().__init__(particle, material, rate, step, content, space)
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        self._conduction = fem.form(
            ufl.inner(self.tensor * ufl.grad(u), ufl.grad(v)) * ufl.dx
            + along_boundaries(particle, material, u, v)
        )
        self._mass = matrix_of(u * v * ufl.dx)
        self._assemble()
        self._now = self.load.duplicate()
        self._now.set(self.start)

    def _assemble(self):
        self.renew()
        self._stiff = matrix_of(self._conduction)
        both = self._mass.copy()
        both.axpy(GAMMA * self.step, self._stiff)
        self._solver = conjugate_gradients(both, 1e-13)

    def advance(self):
        """Go one step on."""
        now, step = self._now, self.step
        if self.varies and self.time > 0:
            self._assemble()
        first = solved(self._solver, self.load - self._stiff * now)
        ahead = now + (1 - GAMMA) * step * first
        second = solved(self._solver, self.load - self._stiff * ahead)
        now += step * ((1 - GAMMA) * first + GAMMA * second)
        self.time += step
        set_values(self.content, now)

    def fields(self):
        """What a series shows of lithium."""
        return (self.content,)


def along_boundaries(particle, material, u, v, weight=1):
    """Conduction along grain boundaries: their width times their diffusivity, on their facets.

    ``weight`` is an expression there.
    """
    mesh, boundary = particle.mesh, material.get("boundary", {})
    kappa = boundary.get("width", 0.0) * boundary.get("diffusivity", 0.0)
    tags = particle.facet_tags
    inner = tags.indices[tags.values != particle.names["outer_surface"][1]]
    marked = meshtags(mesh, mesh.topology.dim - 1, inner, np.ones(len(inner), dtype=np.int32))
    n = ufl.FacetNormal(mesh)("+")
    g, h = ufl.grad(u)("+"), ufl.grad(v)("+")
    slide = ufl.inner(g, h) - ufl.inner(g, n) * ufl.inner(h, n)
    kappa = fem.Constant(mesh, PETSc.ScalarType(kappa))
    return kappa * weight * slide * ufl.dS(1, subdomain_data=marked)
