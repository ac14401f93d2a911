"""Pictures of meshes: no window, no graphics driver, no system library."""

from __future__ import annotations

from nmc_mesh.plot.draw import grid, picture, require_matplotlib

__all__ = ["grid", "picture", "require_matplotlib"]
