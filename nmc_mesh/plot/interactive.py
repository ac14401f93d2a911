"""Views to turn: meshes and particles in pyvista, cut open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np

from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError, MissingExtraError
from nmc_mesh.mesh.crystals import cell_columns
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.plot.colors import phase_legend
from nmc_mesh.plot.paint import Color, paint
from nmc_mesh.typing import Floats

Cut = Literal["octant", "x", "y", "z", "none"]
"""What is taken away: the octant towards the viewer, the half beyond x, y or z, or nothing."""

_VOXELS_PER_GRAIN = 8
_CELLS = {4: "TETRA", 10: "QUADRATIC_TETRA", 8: "HEXAHEDRON"}


def grid(mesh: TaggedMesh) -> Any:
    """Return the mesh as a ``pyvista.UnstructuredGrid``.

    Its cell arrays are ``grain_id`` and, if crystals are known, those of `cell_columns`.

    Parameters
    ----------
    mesh
        Any mesh, of tetrahedra or hexahedra.

    Raises
    ------
    MissingExtraError
        If pyvista is not installed.
    """
    pyvista = _pyvista()
    kind = getattr(pyvista.CellType, _CELLS[mesh.cells.shape[1]])
    result = pyvista.UnstructuredGrid({kind: mesh.cells}, mesh.points)
    result.cell_data["grain_id"] = mesh.labels
    if isinstance(mesh, TetMesh):
        for name, values in cell_columns(mesh).items():
            result.cell_data[name] = values
    return result


def plot_mesh(
    mesh: TaggedMesh,
    cut: Cut = "octant",
    color: Color = "grain",
    title: str = "",
    show: bool = True,
) -> Any:
    """Show a mesh in a window, or in the notebook; see `TaggedMesh.plot`."""
    if cut not in get_args(Cut):
        raise InputError(f"a cut is one of {', '.join(get_args(Cut))}, not {cut!r}")
    pyvista = _pyvista()
    chosen = paint(mesh, color, title)
    body = grid(mesh)
    body.cell_data["color"] = np.rint(255 * chosen.of_cells(mesh)).astype(np.uint8)
    if not isinstance(color, str):
        body.cell_data["value"] = np.asarray(color)
    body = _opened(body, cut)
    plotter = pyvista.Plotter()
    if isinstance(color, str):
        plotter.add_mesh(body, scalars="color", rgb=True)
    else:
        bar = {"title": title or "value"}
        plotter.add_mesh(body, scalars="value", cmap="viridis", scalar_bar_args=bar)
    if isinstance(color, str) and color == "phase":
        legend = phase_legend(mesh.phases, mesh.labels_there)
        plotter.add_legend([[name, shade.tolist()] for name, shade in legend], bcolor=None)
    plotter.add_axes()
    plotter.view_isometric()
    return plotter.show() if show else plotter


def plot_particle(
    particle: Particle,
    cut: Cut = "octant",
    color: Literal["grain", "phase", "ipf", "c-axis"] = "grain",
    spacing: float | None = None,
    show: bool = True,
) -> Any:
    """Show a particle, as voxels, in a window, or in the notebook; see `Particle.plot`."""
    if spacing is None:
        spacing = particle.grain_size / _VOXELS_PER_GRAIN
    voxels = voxel_mesh(voxelize(particle, positive(spacing, "the spacing")))
    if particle.orientations is not None:
        voxels = replace(voxels, info={**voxels.info, "orientations": particle.orientations})
    return plot_mesh(voxels, cut, color, show=show)


def _opened(body: Any, cut: Cut) -> Any:
    """Take away what a cut does, at planes through the middle of the box."""
    middle: Floats = np.asarray(body.center)
    if cut == "octant":
        far = np.asarray(body.bounds)[1::2] + 1e-3 * body.length
        return body.clip_box(np.stack([middle, far], axis=1).ravel(), invert=True)
    return body if cut == "none" else body.clip(cut, origin=middle, invert=True)


def _pyvista() -> Any:
    try:
        import pyvista
    except ImportError as error:
        raise MissingExtraError("pyvista", "an interactive view", "viz") from error
    return pyvista
