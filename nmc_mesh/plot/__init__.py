"""Pictures of meshes: no window, no graphics driver, no system library."""

from __future__ import annotations

from nmc_mesh.plot.draw import picture, require_matplotlib

__all__ = ["picture", "require_matplotlib"]
