"""Sections of a known architecture, taken through all that measured ones go through."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from nmc_mesh.progress import Progress
    from nmc_mesh.sections.section import Section


def mapped(section: Section, rng: np.random.Generator, min_pixels: int | None = None) -> Section:
    """Write the map of a simulated section as .ang and return the section that is read of it.

    Confidence, grains, small ones, particle and centre are found as ``nmc-mesh sections`` does.

    Parameters
    ----------
    section
        As it was cut.
    rng
        Draws the crystals.
    min_pixels
        In place of the command's default.
    """
    from nmc_mesh.cli.maps import read_trusted
    from nmc_mesh.ebsd.grains import ANGLE, MIN_PIXELS
    from nmc_mesh.ebsd.write import write_ang
    from nmc_mesh.sections import section_of_scan
    from nmc_mesh.validation.grains_maps import map_of_section

    least = MIN_PIXELS if min_pixels is None else min_pixels
    with tempfile.TemporaryDirectory(prefix="nmc-mesh-") as folder:
        place = Path(folder) / f"{section.name}.ang"
        write_ang(place, map_of_section(section, rng))
        found = section_of_scan(read_trusted(place, "auto", quiet=True).scan, ANGLE, least)
    return replace(found, name=section.name, height=section.height)


def fitted(
    cuts: Sequence[Section], seed: int, progress: Progress, told: bool = True
) -> list[Section]:
    """Return simulated sections as a calibrator gets measured ones, with a diagram each.

    Parameters
    ----------
    cuts
        As they were cut.
    seed
        Draws the crystals of section i together with i.
    progress
        Told before every section.
    told
        Keep the heights; without, all pass for central ones.
    """
    import numpy as np

    from nmc_mesh.grains.fit_section import fit_section

    found = []
    for place, one in enumerate(cuts):
        progress("map, fit", place / len(cuts))
        section = mapped(one, np.random.default_rng([seed, 7, place]))
        diagram = fit_section(section.image, section.center).diagram
        height = section.height if told else None
        found.append(replace(section, diagram=diagram, height=height))
    progress("map, fit", 1.0)
    return found
