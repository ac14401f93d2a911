"""Figures of measured sections: grains, the directions they point to, and how strongly."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.plot.bins import bin_edges
from nmc_mesh.plot.sheet import Sheet
from nmc_mesh.sections.preference import QUARTER, density
from nmc_mesh.sections.section import Section

_MOST = 8
_PANELS = 3
_RADIAL, _FLAT = "#4477aa", "0.5"
_BINS = 18  # at most; of 5 degrees


def section_figure(sections: Sequence[Section], path: str | os.PathLike[str]) -> None:
    """Draw a row for every section, of the first eight: map, angles, density of the angles.

    Left the grains, coloured by their angle alpha to the radial direction, with the assumed centre
    (+) and the point they point to (x); in the middle the boundaries of the fitted diagram on the
    measured ones, if there is a fit; right the density of alpha, reflected at both ends, with the
    preference score and what no preference would give (dashed). After Fig. 2 of
    doi 10.1038/s43246-024-00728-5.

    Parameters
    ----------
    sections
        What the command ``sections`` wrote.
    path
        File to write, .png, .svg or .pdf; replaced only when the new one is complete.

    Raises
    ------
    InputError
        If the extension is another, or there is no section.
    MissingExtraError
        If matplotlib is not installed.
    FileError
        If the file cannot be written.
    """
    if not sections:
        raise InputError("a figure needs a section; there is none")
    shown = sections[:_MOST]
    with Sheet(path, len(shown), _PANELS, (10, 3.2 * len(shown))) as axes:
        for row, section in enumerate(shown):
            left, middle, right = axes[_PANELS * row : _PANELS * (row + 1)]
            drawn = _map(left, section)
            left.figure.colorbar(drawn, ax=left, label="angle to the radial direction (°)")
            _boundaries(middle, section)
            _density(right, section)


def _extent(section: Section) -> tuple[float, float, float, float]:
    image = section.image
    low = image.origin - 0.5 * image.spacing
    high = low + np.array(image.labels.shape) * image.spacing
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def _map(axis: Any, section: Section) -> Any:
    image = section.image
    angle = np.full(int(image.labels.max()) + 1, np.nan)
    angle[section.tables["labels"]] = np.degrees(section.tables["orientations"])
    shown = angle[image.labels]
    drawn = axis.imshow(
        shown.T, origin="lower", extent=_extent(section), cmap="viridis_r", vmin=0, vmax=90,
        interpolation="nearest",
    )  # fmt: skip
    axis.plot(*section.center, "+", color="black", ms=9)
    if "pointing_x" in section.facts:
        axis.plot(section.facts["pointing_x"], section.facts["pointing_y"], "x", color="red", ms=7)
    axis.set_title(f"{Path(section.name).name}: {len(section.tables['labels']):,} grains")
    axis.set_xlabel("x (µm)")
    axis.set_ylabel("y (µm)")
    return drawn


def _boundaries(axis: Any, section: Section) -> None:
    extent = _extent(section)
    paint = np.ones((*section.image.labels.shape, 3))
    paint[_edges(section.image.labels)] = 0.55
    if section.diagram is not None:
        fitted = section.diagram.labels(section.image.points() - section.center)
        fitted = np.where(section.mask.ravel(), fitted + 1, 0).reshape(section.mask.shape)
        paint[_edges(fitted)] = (0.85, 0.2, 0.2)
    axis.imshow(paint.transpose(1, 0, 2), origin="lower", extent=extent, interpolation="nearest")
    right = section.facts.get("right")
    quality = "no fit" if right is None else f"fit (red): {100 * right:.1f} % of the pixels right"
    axis.set_title(quality)
    axis.set_xlabel("x (µm)")


def _edges(labels: Any) -> Any:
    edge = np.zeros(labels.shape, dtype=bool)
    edge[:-1] |= labels[:-1] != labels[1:]
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    return edge


def _density(axis: Any, section: Section) -> None:
    grid = np.linspace(0, QUARTER, 200)
    alpha = section.tables["orientations"][~section.tables["cut"]]
    alpha = alpha[~np.isnan(alpha)]
    axis.axhline(1 / QUARTER, color=_FLAT, ls="--", lw=1)
    if len(alpha):
        edges = bin_edges(np.degrees(alpha), 0.0, 90.0, _BINS)
        weights = np.full(len(alpha), (len(edges) - 1) / (len(alpha) * QUARTER))
        axis.hist(np.degrees(alpha), edges, color=_RADIAL, alpha=0.3, weights=weights)
        axis.plot(np.degrees(grid), density(alpha, grid), color=_RADIAL)
    axis.set_ylim(0)
    axis.set_xlim(0, 90)
    axis.set_xlabel("angle to the radial direction (°)")
    axis.set_ylabel("density (1/rad)")
    facts = section.facts
    axis.set_title(
        f"preference {facts['preference']:+.2f} ± {facts['preference_error']:.2f}: "
        f"{'radial' if facts['radial'] else 'left out'}"
        + (", centre off" if facts.get("center_off") else "")
    )
