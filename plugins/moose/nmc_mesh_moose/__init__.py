"""Inputs for MOOSE from particles of nmc_mesh, and a checker of what they name."""

from nmc_mesh_moose.check import check_input
from nmc_mesh_moose.command import main
from nmc_mesh_moose.particle import DECKS, Load, write_moose
from nmc_mesh_moose.voxels import write_voxels

__all__ = ["DECKS", "Load", "check_input", "main", "write_moose", "write_voxels"]
