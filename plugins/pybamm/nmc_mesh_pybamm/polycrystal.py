"""A meshed polycrystal in the place of the ball in PyBaMM's models.

The 3D particle is reduced to a few modes (``nmc_mesh.mechanics.reduced``), ordinary differential
equations that PyBaMM solves with the cell's: one particle in an SPM or SPMe, one at every place of
the electrode in a DFN. Lithium enters evenly over the particle's surface; D is that of its mean
content; the potential feels the mean content of the surface.
"""

from __future__ import annotations

import numpy as np
import pybamm
from pybamm.models.submodels.particle.base_particle import BaseParticle

from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.reduced import Reduced, reduced
from nmc_mesh_pybamm.parameters import positive_electrode, starting_content, table

MODELS = {
    "SPM": pybamm.lithium_ion.SPM,
    "SPMe": pybamm.lithium_ion.SPMe,
    "DFN": pybamm.lithium_ion.DFN,
}
_SAME = 1e-6


def cell(mesh, material, base="Chen2020", model="SPM", modes=12, kinetics=False, options=None):
    """A cell whose positive particles are this polycrystal.

    Parameters
    ----------
    mesh, material, base, kinetics
        As for ``parameters``.
    model
        "SPM", "SPMe" or "DFN".
    modes
        Of the particle, see ``nmc_mesh.mechanics.reduced.reduced``.
    options
        Of PyBaMM's model, but for the positive particle.

    Returns
    -------
    model
        Of PyBaMM, built.
    values : pybamm.ParameterValues
        The particle's radius is 3 V / A of the mesh, so that its surface is; its diffusivity that
        of a ball with this radius that lags as much, for output only.
    small : Reduced
        The particle; see ``contents``.

    Raises
    ------
    nmc_mesh.errors.InputError
        If there is no such model, the mesh has no orientations, or the material lacks a number.
    """
    if model not in MODELS:
        raise InputError(f"there is no model '{model}' for a polycrystal; use {', '.join(MODELS)}")
    small = reduced(mesh, material, modes)
    radius = 3 * small.volume / small.area
    x = np.asarray(material.numbers.get("diffusivity.x", material.content_range), dtype=float)
    lags = np.array([small.lag(*d) for d in material.diffusivity(x)])
    values = pybamm.ParameterValues(base)
    own = positive_electrode(material, x, radius**2 / (15 * lags), kinetics)
    own["Positive particle radius [m]"] = 1e-6 * radius
    if kinetics:
        own |= starting_content(values, material)
    values.update(own)
    particle = ("Fickian diffusion", "quadratic profile")
    built = MODELS[model]({**(options or {}), "particle": particle}, build=False)
    built.name = f"{model} with a polycrystal"
    built.submodels["positive primary particle"] = Polycrystal(
        built.param, built.options, small, material, averaged=model != "DFN"
    )
    built.build_model()
    return built, values, small


def contents(solution, small: Reduced, times):
    """Content x at the nodes of the mesh at times of a solution of an SPM or SPMe, (t, n)."""
    mean = np.ravel(solution["Positive particle mean content"](times))
    modes = [np.ravel(solution[_mode(k)](times)) for k in range(len(small.gain))]
    return mean[:, None] + np.stack(modes, axis=1) @ small.basis.T


def _mode(k):
    return f"Positive particle mode {k}"


class Polycrystal(BaseParticle):
    """The positive particle as a reduced polycrystal.

    What PyBaMM wants to know between centre and surface is a parabola with the right mean and the
    right value at the surface.
    """

    def __init__(self, param, options, small, material, averaged):
        super().__init__(param, "positive", options)
        self.small, self.averaged = small, averaged
        x = np.linspace(*material.content_range, 257)
        if "diffusivity.x" in material.numbers:
            x = np.union1d(x, material.numbers["diffusivity.x"])
            x = x[(x >= material.content_range[0]) & (x <= material.content_range[1])]
        self._rows = x, material.diffusivity(x)

    def get_fundamental_variables(self):
        """Mean concentration and modes."""
        place = self._place()
        c_max, mean = self.phase_param.c_max, "Average" if self.averaged else "R-averaged"
        c_av = pybamm.Variable(
            f"{mean} positive particle concentration [mol.m-3]",
            **place, bounds=(0, c_max), scale=c_max,
        )  # fmt: skip
        modes = [pybamm.Variable(_mode(k), **place) for k in range(len(self.small.gain))]
        ahead = sum(float(g) * z for g, z in zip(self.small.gain, modes, strict=True))
        c_surf = c_av + c_max * ahead
        r, radius = self._radial(), self.phase_param.R_typ
        inner = pybamm.PrimaryBroadcast(2.5 * c_av - 1.5 * c_surf, ["positive particle"])
        outer = pybamm.PrimaryBroadcast(2.5 * (c_surf - c_av), ["positive particle"])
        c_s = inner + outer * r**2 / radius**2
        known = {"c_s_rav": c_av}
        if self.averaged:
            c_s = pybamm.SecondaryBroadcast(c_s, ["positive electrode"])
            c_surf = pybamm.PrimaryBroadcast(c_surf, ["positive electrode"])
            known = {"c_s_av": c_av}
        variables = dict(zip(map(_mode, range(len(modes))), modes, strict=True))
        variables["Positive particle mean content"] = c_av / c_max
        return variables | self._get_standard_concentration_variables(c_s, c_s_surf=c_surf, **known)

    def get_coupled_variables(self, variables):
        """Diffusivity and flux of the ball that lags as much, for output."""
        c_s = variables["Positive particle concentration [mol.m-3]"]
        heat = pybamm.PrimaryBroadcast(
            variables["Positive electrode temperature [K]"], ["positive particle"]
        )
        current = variables["Total current density [A.m-2]"]
        spread = self._get_effective_diffusivity(c_s, heat, current)
        flux = -spread * pybamm.grad(c_s) if not self.averaged else None
        variables.update(self._get_standard_diffusivity_variables(spread))
        if flux is not None:
            variables.update(self._get_standard_flux_variables(flux))
        return variables

    def set_rhs(self, variables):
        """d<x>/dt = r, dz/dt = -(D_a A_a + D_c A_c) z + V g r."""
        mean, modes = self._unknowns(variables)
        current, radius = (
            variables[name]
            for name in (
                ("X-averaged positive electrode interfacial current density [A.m-2]",
                 "X-averaged positive particle radius [m]")
                if self.averaged
                else ("Positive electrode interfacial current density [A.m-2]",
                      "Positive particle radius [m]")
            )
        )  # fmt: skip
        c_max = self.phase_param.c_max
        rate = -3 * current / self.param.F / radius / c_max
        # D_a (A_a + q A_c) is diagonal by choice of the modes; the rest is 0 where D_c = q D_a.
        x, d = self._rows
        ratio = float(np.median(d[:, 1] / d[:, 0]))
        values, turn = np.linalg.eigh(self.small.along + ratio * self.small.across)
        across = turn.T @ self.small.across @ turn
        content = mean / c_max
        along = table([x, d[:, 0]], content, "diffusivity along the layers")
        rest = d[:, 1] - ratio * d[:, 0]
        turned = [sum(float(t) * z for t, z in zip(row, modes, strict=True)) for row in turn.T]
        slopes = [-along * float(v) * z for v, z in zip(values, turned, strict=True)]
        if np.abs(rest).max() > _SAME * d.max():
            more = table([x, rest], content, "what is left of the diffusivity across them")
            for k, row in enumerate(across):
                slopes[k] -= more * sum(float(a) * z for a, z in zip(row, turned, strict=True))
        self.rhs = {mean: pybamm.source(c_max * rate, mean) if self.averaged else c_max * rate}
        for k, z in enumerate(modes):
            slope = sum(float(t) * s for t, s in zip(turn[k], slopes, strict=True))
            slope += float(self.small.volume * self.small.gain[k]) * rate
            self.rhs[z] = pybamm.source(slope, z) if self.averaged else slope

    def set_initial_conditions(self, variables):
        """No gradients."""
        mean, modes = self._unknowns(variables)
        start = pybamm.r_average(self.phase_param.c_init)
        self.initial_conditions = {mean: pybamm.x_average(start) if self.averaged else start}
        self.initial_conditions |= {z: pybamm.Scalar(0) for z in modes}

    def _unknowns(self, variables):
        name = "Average" if self.averaged else "R-averaged"
        mean = variables[f"{name} positive particle concentration [mol.m-3]"]
        return mean, [variables[_mode(k)] for k in range(len(self.small.gain))]

    def _place(self):
        if self.averaged:
            return {"domain": "current collector"}
        return {
            "domain": "positive electrode",
            "auxiliary_domains": {"secondary": "current collector"},
        }

    def _radial(self):
        outer = {"secondary": "current collector"}
        if not self.averaged:
            outer = {"secondary": "positive electrode", "tertiary": "current collector"}
        return pybamm.SpatialVariable(
            "r_p",
            domain=["positive particle"],
            auxiliary_domains=outer,
            coord_sys="spherical polar",
        )
