"""What the colours of a picture mean: grains, crystals, or a field; and the key to them."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from nmc_mesh.arrays import places_in
from nmc_mesh.crystal.ipf import hexagonal_key, ipf_colors, tilt_colors
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.crystals import need_orientations, radii
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.plot.colors import grain_colors, phase_colors, phase_legend
from nmc_mesh.plot.scene import Scene
from nmc_mesh.typing import AnyArray, Floats, Ints

Way = Literal["grain", "phase", "ipf", "c-axis"]
Color: TypeAlias = Way | AnyArray
"""A way to colour, or a number per cell, shape (m,)."""

_FINE = 120  # samples across a key


class Key(NamedTuple):
    """An image, (h, w, 3), words at places (x, y) in [0, 1] from its lower left, and a title.

    ``steps``: a legend, each pixel of the image stands for one thing.
    """

    image: Floats
    words: tuple[tuple[float, float, str], ...]
    title: str
    steps: bool = False


class Paint(NamedTuple):
    """Colours, shape (n, 3) in [0, 1], of labels that ascend, or of cells (None); and their key."""

    colors: Floats
    labels: Ints | None
    key: Key | None

    def of(self, things: Scene) -> Floats:
        """Colour of every triangle, shape (t, 3)."""
        return self._of(things.grains, things.cells)

    def of_cells(self, mesh: TaggedMesh) -> Floats:
        """Colour of every cell of the mesh that was painted, shape (m, 3)."""
        return self._of(mesh.labels, np.arange(len(mesh.cells), dtype=np.int32))

    def _of(self, labels: Ints, cells: Ints) -> Floats:
        return self.colors[cells if self.labels is None else places_in(self.labels, labels)]


def paint(mesh: TaggedMesh, color: Color, title: str = "") -> Paint:
    """Choose the colours of a picture.

    Parameters
    ----------
    mesh
        The mesh.
    color
        "grain": neighbours differ; "phase": what every label is made of; "ipf": which direction of
        the crystal lies along the radius; "c-axis": the angle between c and the radius; or a number
        per cell, shape (m,).
    title
        What the numbers are, with their unit.

    Raises
    ------
    InputError
        If the way is unknown, the grains have no orientations, or there is not a finite number for
        every cell.
    """
    if not isinstance(color, str):
        return _field(mesh, np.asarray(color), title)
    if color not in get_args(Way):
        raise InputError(
            f"there is no colouring '{color}'; use one of {', '.join(get_args(Way))}, or a number "
            "per cell"
        )
    known = np.union1d(mesh.labels_there, mesh.facet_grains[mesh.walls, 1])
    if color == "phase":
        legend = phase_legend(mesh.phases, known)  # walls show the void beyond them
        places = ((k + 0.5) / len(legend) for k in range(len(legend)))
        words = tuple((x, -0.2, name) for x, (name, _) in zip(places, legend, strict=True))
        swatches = np.array([[shade for _, shade in legend]])
        return Paint(phase_colors(mesh.phases, known), known, Key(swatches, words, "", True))
    if color == "grain":
        return Paint(grain_colors(mesh.facet_grains, known, mesh.phases), known, None)
    remedy = f"generate it from a model with a texture: the colouring '{color}' shows crystals"
    turns = need_orientations(mesh, mesh.grains, remedy)
    colors = np.ones((len(known), 3))
    own = places_in(known, mesh.grains)
    if color == "ipf":
        colors[own] = ipf_colors(turns, radii(mesh))
        return Paint(0.15 + 0.85 * colors, known, _triangle())
    colors[own] = tilt_colors(turns, radii(mesh))
    tilted = np.linspace(0, np.pi / 2, _FINE)
    turned = np.stack([np.cos(tilted / 2), np.sin(tilted / 2), 0 * tilted, 0 * tilted], axis=1)
    ramp = tilt_colors(turned, np.array([0.0, 0.0, 1.0]))
    words = ((0.0, -0.2, "0°"), (1.0, -0.2, "90°"))
    return Paint(colors, known, Key(ramp[None], words, "c axis to the radius"))


def _field(mesh: TaggedMesh, values: AnyArray, title: str) -> Paint:
    if values.shape != (len(mesh.cells),) or values.dtype.kind not in "fiu":
        raise InputError(
            f"a field to draw has shape {values.shape}, expected a number per cell "
            f"({len(mesh.cells)},)"
        )
    if not np.isfinite(values).all():
        raise InputError("a field to draw has a number in every cell, no NaN or infinity")
    from matplotlib import colormaps

    low, high = float(values.min()), float(values.max())
    share = (values - low) / (high - low if high > low else 1.0)
    ramp = colormaps["viridis"](np.linspace(0, 1, 256))[None, :, :3]
    words = ((0.0, -0.2, f"{low:.3g}"), (1.0, -0.2, f"{high:.3g}"))
    return Paint(ramp[0][np.rint(255 * share).astype(np.int64)], None, Key(ramp, words, title))


def _triangle() -> Key:
    """Key of the inverse pole figure: c at the top, a and the direction between two a below."""
    down, right = np.meshgrid(np.linspace(0, 1, _FINE), np.linspace(0, 1, _FINE), indexing="ij")
    safe = np.where(down > 0, down, 1.0)
    azimuth = (right - 0.5 + down / 2) / safe
    inside = (down > 0) & (azimuth >= 0) & (azimuth <= 1)
    colors = 0.15 + 0.85 * hexagonal_key(down.ravel(), np.clip(azimuth, 0, 1).ravel())
    image = np.where(inside[..., None], colors.reshape(_FINE, _FINE, 3), 1.0)
    words = ((0.5, 1.35, "c"), (0.0, -0.1, "a"), (1.0, -0.1, "a + 30°"))
    return Key(image, words, "along the radius")
