"""Methods of values whose work is done in a later room: views, tables, other libraries' meshes.

Rooms of values import neither what draws them nor what writes them. Their methods `plot`,
`to_meshio`, ``_repr_html_`` and the like call by name through the table here, and nothing of the
later room is imported before that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

HOMES: Mapping[str, str] = MappingProxyType(
    {
        "html": "nmc_mesh.plot.notebook:html",
        "plot_mesh": "nmc_mesh.plot.interactive:plot_mesh",
        "plot_particle": "nmc_mesh.plot.interactive:plot_particle",
        "to_pyvista": "nmc_mesh.plot.interactive:grid",
        "to_meshio": "nmc_mesh.io.foreign:to_meshio",
        "from_meshio": "nmc_mesh.io.foreign:from_meshio",
        "to_skfem": "nmc_mesh.io.foreign:to_skfem",
    }
)
"""Function that does the work, ``module:name``, by the name that values call."""


def later(name: str) -> Callable[..., Any]:
    """Return the function of ``HOMES`` that does the work of a method."""
    module, _, function = HOMES[name].partition(":")
    work: Callable[..., Any] = getattr(import_module(module), function)
    return work


class Shown:
    """A value that notebooks show: the line that ``repr`` gives, and a small picture."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        html: str = later("html")(self)
        return html
