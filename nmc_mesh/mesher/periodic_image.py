"""The mesher for periodic label images: an image is one period, its translates fill space.

As in `cleaving` each piece, voxels that hang together by faces, has a function of its own and keeps
its volume; here it may go on through the faces of the image. The functions are periodic themselves,
so labels are the same in all translates.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.periods import Periods
from nmc_mesh.geometry.phases import ALL_GRAINS, Phases
from nmc_mesh.mesh.phases import Walls, without_voids
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import check_cells
from nmc_mesh.mesher.anchors import anchored
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.components import Repairs, making_facts, whole_pieces
from nmc_mesh.mesher.field import Field, image_field
from nmc_mesh.mesher.lost import Losses, labels_and_volumes, lost_labels, warn_of_merged
from nmc_mesh.mesher.periodic_soup import Alike, cut_at
from nmc_mesh.mesher.pieces import Pieces, faces_of, pieces_of, without_small
from nmc_mesh.mesher.sizes import default_size
from nmc_mesh.mesher.torus import LEAST, Torus, check_size
from nmc_mesh.mesher.volume_correction import (
    VolumeKeeper,
    contacts,
    improve_with_volumes,
    started,
)
from nmc_mesh.progress import Progress
from nmc_mesh.typing import Ints

_FAR = 1000.0
"""Periods from the origin at which coordinates still add up exactly, with room to spare (ours)."""
_CORNERS = np.array([[1, 2, 3], [2, 3, 0], [3, 0, 1], [0, 1, 2]])


class _Tiled(NamedTuple):
    """An image as it is meshed: its pieces, and the torus that it is."""

    pieces: Pieces
    torus: Torus

    def repaired(self, field: Field, soup: Soup) -> tuple[Soup, Repairs]:
        """Leave each piece whole in the tiling."""
        return whole_pieces(soup, self.torus.across(soup), False, field.step)


def image_period(
    image: LabelImage, size: float | None, small: str, keep_voids: bool, progress: Progress
) -> TetMesh:
    """Mesh an image as one period of a tiling: see `nmc_mesh.tetrahedralize_periodic`."""
    periods = _checked_periods(image)
    own = min(default_size(image), float(periods.lengths.min()) / LEAST)
    length = own if size is None else positive(size, "the size")
    check_size(length, periods)
    progress("prepare", 0.0)
    merged, small_facts = without_small(image, small, tiled=True)
    tiled = _Tiled(
        pieces_of(merged, image, tiled=True),
        Torus(faces_of(image)[0], periods, Alike(), length),
    )
    losses = Losses(length, own, *labels_and_volumes(merged))
    soup, repairs = _meshed(tiled, losses, progress)
    labels = tiled.pieces.labels_of(soup.labels)
    lost = lost_labels(labels, labels_and_volumes(merged)[0])
    losses.refuse(lost)
    progress("tag", 0.0)
    info: dict[str, Any] = {
        **({"phases": image.phases.plain()} if image.phases else {}),
        **small_facts,
        "period": periods.plain(),
        "seam": "box",
        **making_facts(length, *repairs),
        "lost_grains": tuple(lost.tolist()),
    }
    phases = ALL_GRAINS if keep_voids else image.phases
    mesh = _tagged(soup._replace(labels=labels), tiled.torus, phases, info)
    progress("tag", 1.0)
    progress("validate", 0.0)
    check_cells(mesh, whole=False)
    progress("validate", 1.0)
    losses.warn(lost)
    warn_of_merged(mesh.info["merged_labels"])
    return mesh


def _checked_periods(image: LabelImage) -> Periods:
    """Edges of an image that can be one period."""
    if image.dim != 3:
        raise InputError("a mesh of tetrahedra needs a label image with three axes, not two")
    if not image.labels.any():
        raise InputError("the label image holds label 0 only: there is nothing to mesh")
    edges = image.spacing * np.array(image.labels.shape)
    away = float((np.abs(image.origin) / edges).max())
    if away > _FAR:
        raise InputError(
            f"the image lies {away:.3g} periods from the origin, too far for nodes that differ by "
            "one to the last bit; leave its origin out"
        )
    return Periods(edges)


def _meshed(
    tiled: _Tiled, losses: Losses, progress: Progress
) -> tuple[Soup, tuple[Repairs, Repairs]]:
    """Cleave and improve with the volumes of pieces kept; cut out near the box."""
    pieces, torus = tiled
    field = started(image_field(pieces.image, tiled=True), pieces.volumes, torus.size)
    progress("prepare", 1.0)
    progress("cleave", 0.0)
    field, anchors = anchored(field, torus.lattice.grid, pieces.volumes, torus.wrap)
    soup = torus.cleaved(field, progress, anchors)
    losses.refuse(lost_labels(pieces.labels_of(soup.labels), losses.labels))
    soup, early = tiled.repaired(field, soup)
    progress("cleave", 1.0)
    keeper = VolumeKeeper(pieces.volumes, contacts(soup, torus.across(soup)))
    field, soup = improve_with_volumes(field, soup, keeper, progress, torus.improved)
    soup, late = tiled.repaired(field, soup)
    return cut_at(soup, torus.periods, torus.names, torus.lower).soup, (early, late)


def _tagged(soup: Soup, torus: Torus, phases: Phases, info: dict[str, Any]) -> TetMesh:
    """Drop the cells outside and those of voids, and tag the rest; walls on the seam are walls."""
    walls = _walls_on_seam(soup, torus.across(soup), phases)
    kept = soup.labels > 0
    return without_voids(soup.points, soup.cells[kept], soup.labels[kept], phases, info, walls)


def _walls_on_seam(soup: Soup, across: Ints, phases: Phases) -> Walls | None:
    """Facets between a solid and a void of the next translate."""
    void = phases.mask("void", soup.labels)
    if not void.any():
        return None
    beside = np.where(across >= 0, across, np.arange(len(soup.labels))[:, None])
    cell, face = np.nonzero(void[beside] & ~void[:, None] & (soup.labels > 0)[:, None])
    facets = soup.cells[cell[:, None], _CORNERS[face]]
    return Walls(facets, soup.labels[beside[cell, face]])
