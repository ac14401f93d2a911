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
from mpi4py import MPI
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
    layer
        What ``layer_of`` gave.
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

    def __init__(self, particle, material, rate, step, content, space, layer, dx=ufl.dx):
        mesh, (low, high) = particle.mesh, material["concentration"]["range"]
        self.step, self.time, self.start, self.content = step, 0.0, high, content
        self.dx, self.layer = dx, layer
        content.x.array[:] = high
        _, outer = particle.names["outer_surface"]
        ds = ufl.Measure("ds", mesh, subdomain_data=particle.facet_tags)(outer)
        one = fem.Constant(mesh, PETSc.ScalarType(1))
        # What lithium there is at x = 1, and that of the grains, which C-rates count.
        self.holds = integral(layer.storage * dx, mesh.comm)
        self.inflow = (low - high) * rate / 3600 * integral(layer.grain * dx, mesh.comm)
        self.load = assembled(one * ufl.TestFunction(space) * ds)
        self.load.scale(self.inflow / self.load.sum())
        self._material, flat = material, function_space(mesh, "DG", 0)
        # Diffusivities along and across the layers, and the mean content of cells they are of.
        self._local = [fem.Function(flat) for _ in range(2)]
        self.mean, w = fem.Function(flat, name="x"), ufl.TestFunction(flat)
        v = ufl.TestFunction(content.function_space)
        # Of degree 2 some of these are below 0.
        self._in_grain = assembled(layer.grain * v * ufl.dx).array != 0
        self._sums, self._volumes = fem.form(content * w * dx), assembled(w * dx)
        layers, normal = diffusivity(particle, 1.0, 0.0), diffusivity(particle, 0.0, 1.0)
        self.tensor = self._local[0] * layers + self._local[1] * normal
        stuffs = [material, *([layer.material] if layer.material else [])]
        self.varies = any(np.ndim(stuff["diffusivity"]["along"]) for stuff in stuffs)
        self.varies |= bool(np.ndim(material["diffusivity"]["across"]))

    def average(self):
        """Set the mean content of every cell to that of now."""
        means = assembled(self._sums)
        means.pointwiseDivide(means, self._volumes)
        set_values(self.mean, means)

    def renew(self):
        """Set the diffusivity to that of the content of now."""
        self.average()
        values = diffusivities(self._material, self.mean.x.array)
        if self.layer.material:
            other = diffusivities(self.layer.material, self.mean.x.array)
            values = [
                np.where(self.layer.coated, *pair) for pair in zip(other, values, strict=True)
            ]
        for function, local in zip(self._local, values, strict=True):
            function.x.array[:] = local

    def lost(self):
        """Lithium there against what was there and what has flowed, relative, minus one."""
        held = self.layer.storage * self.content * self.dx
        there = integral(held, self.content.function_space.mesh.comm)
        return there / (self.start * self.holds + self.inflow * self.time) - 1

    def bounds(self):
        """Least and largest content of grains, on all ranks."""
        values, comm = self._own(), self.content.function_space.mesh.comm
        least, largest = np.min(values, initial=np.inf), np.max(values, initial=-np.inf)
        return comm.allreduce(least, MPI.MIN), comm.allreduce(largest, MPI.MAX)

    def _own(self):
        """Content at the nodes of grains, or the corners of their cells, that a rank owns."""
        return self.content.x.array[: owned(self.content.function_space)][self._in_grain]

    def beyond(self, low, high):
        """Share of the nodes, or corners of cells, of grains whose content is out of a range."""
        own, comm = self._own(), self.content.function_space.mesh.comm
        count = np.count_nonzero((own < low) | (own > high))
        return comm.allreduce(count) / comm.allreduce(len(own))


class Charge(Current):
    """A charge in which stress does not move lithium.

    Parameters
    ----------
    particle, material, rate, step, layer
        As ``Current`` has them.
    degree
        Of the elements.
    """

    def __init__(self, particle, material, rate, step, layer, degree=1):
        space = function_space(particle.mesh, "CG", degree)
        content = fem.Function(space, name="x")
        super().__init__(particle, material, rate, step, content, space, layer)
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        self._conduction = fem.form(
            ufl.inner(self.tensor * ufl.grad(u), ufl.grad(v)) * ufl.dx
            + along_boundaries(particle, material, u, v)
        )
        self._mass = matrix_of(layer.storage * u * v * ufl.dx)
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
    tags, names = particle.facet_tags, particle.names
    others = [names[name][1] for name in ("outer_surface", "particle_coating") if name in names]
    inner = tags.indices[~np.isin(tags.values, others)]
    marked = meshtags(mesh, mesh.topology.dim - 1, inner, np.ones(len(inner), dtype=np.int32))
    n = ufl.FacetNormal(mesh)("+")
    g, h = ufl.grad(u)("+"), ufl.grad(v)("+")
    slide = ufl.inner(g, h) - ufl.inner(g, n) * ufl.inner(h, n)
    kappa = fem.Constant(mesh, PETSc.ScalarType(kappa))
    return kappa * weight * slide * ufl.dS(1, subdomain_data=marked)
