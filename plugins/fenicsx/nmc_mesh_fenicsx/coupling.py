"""Lithium under a constant current that stress moves too: charge and stress solved together.

Under a stress sigma lithium has the chemical potential (Larche and Cahn,
doi 10.1016/0001-6160(85)90077-X)

    mu = theta R T ln x - sigma : (d eps*/dx) / c_max + const,   J = -D x grad mu / (theta R T),

theta the thermodynamic factor. For an isotropic strain of Omega c / 3 that is the flux of Zhang,
Shyy and Sastry, doi 10.1149/1.2759840,

    J = -D (grad c - Omega c / (theta R T) grad sigma_h),

theirs with theta = 1, in a ball D (1 + A c) grad c with A = 2 Omega^2 E / (9 (1 - nu) R T). With
w = sigma : (d eps*/dx) / (theta R T c_max) and the activity y = x exp(-w)

    d(exp(w) y)/dt = div(D exp(w) grad y),   n . D exp(w) grad y = the current's share outside,

where y is continuous across grain boundaries as mu is, x is not: a current holds the flux through
the surface, whose mu = theta R T ln y follows. Time as in ``charge``.
"""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from nmc_mesh_fenicsx.algebra import Projection, assembled, matrix_of, owned, set_values, solved
from nmc_mesh_fenicsx.algebra import solver as conjugate_gradients
from nmc_mesh_fenicsx.charge import GAMMA, Current, along_boundaries
from nmc_mesh_fenicsx.material import swelling_slopes
from nmc_mesh_fenicsx.mixing import Mixer
from nmc_mesh_fenicsx.stress import Stress
from nmc_mesh_fenicsx.versions import function_space

GAS = 8.31446261815324
"""J/(mol K)."""
SHARES = (0.6, 0.3, 0.1)
"""Of the way that w takes in an iteration; the next one where it does not settle: ours."""
MOST = 60
ENOUGH = 1e-6
"""Change of w that is taken for none: ours."""


class ChargeUnderStress(Current):
    """A charge in which stress moves lithium.

    Parameters
    ----------
    particle, material, rate, step, layer, degree
        As ``Charge`` has them.
    factor
        Thermodynamic factor theta = d ln a / d ln x, 1 in an ideal solution.
    temperature
        K.

    Attributes
    ----------
    content
        x, of degree ``degree`` in every cell, not continuous.
    activity
        Function of y.
    stress
        The ``Stress`` at this content.

    Raises
    ------
    ValueError
        If the material has no [concentration] maximum.
    """

    def __init__(self, particle, material, rate, step, layer, degree, factor, temperature):
        if "maximum" not in material["concentration"]:
            raise ValueError("the material has no concentration.maximum; add it, with its source")
        mesh = particle.mesh
        space = function_space(mesh, "CG", degree)
        content = fem.Function(function_space(mesh, "DG", degree), name="x")
        dx = ufl.dx(metadata={"quadrature_degree": 2 if degree == 1 else 6})
        super().__init__(particle, material, rate, step, content, space, layer, dx)
        self.stress = Stress(particle, material, content, layer)
        self.activity = fem.Function(space, name="activity")
        self.activity.x.array[:] = self.start
        self._energy = 1e-6 * factor * GAS * temperature * material["concentration"]["maximum"]
        local = function_space(mesh, "DG", degree - 1)
        # w, what a stress makes of it, exp(w), and the content at which the lattice's slopes are.
        self._drift, self._answer, self._weight, self._middle = (
            fem.Function(local) for _ in range(4)
        )
        self._weight.x.array[:] = 1
        self._slopes = [fem.Function(local) for _ in range(2)]
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        weight = self._weight
        both = ufl.sqrt(weight("+") * weight("-"))
        self._length = fem.Constant(mesh, PETSc.ScalarType(GAMMA * step))
        self._matrix = fem.form(
            layer.storage * weight * u * v * dx
            + self._length * weight * ufl.inner(self.tensor * ufl.grad(u), ufl.grad(v)) * dx
            + self._length * along_boundaries(particle, material, u, v, both)
        )
        self._held = fem.form(layer.storage * weight * self.activity * v * dx)
        self._projections = (
            Projection(content, weight * self.activity, dx),
            Projection(self._middle, content),
            Projection(self._answer, self._work(), self.stress.dx),
        )
        self._now = assembled(self._held)

    def _work(self):
        """Return sigma : (d eps*/dx) / (theta R T c_max), an expression."""
        s, c, (a_slope, c_slope) = self.stress.sigma, self.stress.c_axis, self._slopes
        tensor = ufl.as_tensor([[s[0], s[5], s[4]], [s[5], s[1], s[3]], [s[4], s[3], s[2]]])
        along = ufl.inner(c, tensor * c)
        work = a_slope * (ufl.tr(tensor) - along) + c_slope * along
        return self.layer.grain * work / self._energy  # a coating does not swell

    def advance(self):
        """Go one step on.

        Raises
        ------
        ValueError
            On every rank, if lithium and stress do not settle.
        """
        self.renew()
        stage = GAMMA * self.step
        first = self._settled(self._now + stage * self.load)
        start = self._now + (1 - GAMMA) / GAMMA * (first - self._now)
        self._now = self._settled(start + stage * self.load)
        self.time += self.step
        self.average()

    def _settled(self, load):
        """Solve a stage, by smaller shares where it does not settle; what is there at its end."""
        before = self._drift.x.array.copy()
        for share in SHARES:
            self._drift.x.array[:] = before
            if self._settles(load, share):
                return assembled(self._held)
        raise ValueError(
            f"lithium and stress do not settle in the step after {self.time:.0f} s; "
            "charge less (--share), or take a larger factor"
        )

    def _settles(self, load, share):
        comm, own = self.content.function_space.mesh.comm, owned(self._drift.function_space)
        drift, mixer = self._drift, Mixer(comm)
        for _ in range(MOST):
            self._weight.x.array[:] = np.exp(drift.x.array)
            solver = conjugate_gradients(matrix_of(self._matrix), 1e-13)
            set_values(self.activity, solved(solver, load))
            self._respond()
            change = self._answer.x.array[:own] - drift.x.array[:own]
            sizes = [np.abs(values).max(initial=0.0) for values in (change, drift.x.array)]
            largest, size = (comm.allreduce(value, MPI.MAX) for value in sizes)
            if largest <= ENOUGH * (1 + size):
                return True
            if not np.isfinite(largest):
                return False
            drift.x.array[:own] = mixer.next(drift.x.array[:own], share * change)
            drift.x.scatter_forward()
        return False

    def _respond(self):
        """Set content, displacement and what their stress makes of w."""
        content, middle, answer = self._projections
        content.update()
        middle.update()
        for slope, values in zip(
            self._slopes, swelling_slopes(self._material, self._middle.x.array), strict=True
        ):
            slope.x.array[:] = values
        self.stress.relax()
        answer.update()

    def fields(self):
        """What a series shows of lithium: mean x of cells, and the activity."""
        return self.mean, self.activity
