"""Pictures of meshes: no window, no graphics driver, no system library."""

from __future__ import annotations

from nmc_mesh.plot.picture import grid, picture

__all__ = ["grid", "picture"]
