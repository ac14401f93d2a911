"""Outer shells: coefficient laws, the model that samples them, and its fit to X-ray CT."""

from nmc_mesh.shell.laws import Law, LogNormal, Normal, Student
from nmc_mesh.shell.model import ShellLaw, ShellModel, ShellSample

__all__ = ["Law", "LogNormal", "Normal", "ShellLaw", "ShellModel", "ShellSample", "Student"]
