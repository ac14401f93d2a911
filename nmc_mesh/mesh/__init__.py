"""Meshes: the value, the mesher, tags, tables, quality, validator.

The names below load on first use: tags and tables need no mesher. The functions ``validate`` and
``quality`` live in the modules of their names.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nmc_mesh.mesh.mesher import tetrahedralize as tetrahedralize
    from nmc_mesh.mesh.tet_mesh import TetMesh as TetMesh

_HOMES = {"TetMesh": "tet_mesh", "tetrahedralize": "mesher"}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'nmc_mesh.mesh' has no attribute {name!r}")
    value = getattr(import_module(f"nmc_mesh.mesh.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
