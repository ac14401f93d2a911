"""Outer shells: laws of their coefficients, independent or joint, and their fit to X-ray CT."""

from nmc_mesh.shell.acceptance import ShellSample
from nmc_mesh.shell.joint import JointShellModel, ShellClass
from nmc_mesh.shell.laws import Law, LogNormal, Normal, Student
from nmc_mesh.shell.model import ShellLaw, ShellModel

__all__ = [
    "JointShellModel",
    "Law",
    "LogNormal",
    "Normal",
    "ShellClass",
    "ShellLaw",
    "ShellModel",
    "ShellSample",
    "Student",
]
