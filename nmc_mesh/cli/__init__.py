"""The command line: ``nmc-mesh``."""

from __future__ import annotations

from nmc_mesh.cli.main import main

__all__ = ["main"]
