"""Polycrystals in PyBaMM: as parameters of its models, or themselves in the place of the ball."""

from nmc_mesh_pybamm.parameters import nmc811_polycrystal, parameters, positive_electrode
from nmc_mesh_pybamm.polycrystal import cell, contents

__all__ = ["cell", "contents", "nmc811_polycrystal", "parameters", "positive_electrode"]
