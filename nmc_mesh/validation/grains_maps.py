"""Sections of a known architecture, taken through orientation maps as measured ones are."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from nmc_mesh.crystal.orientation import bunge_angles
from nmc_mesh.crystal.texture import UniformTexture
from nmc_mesh.ebsd.confidence import trusted
from nmc_mesh.ebsd.grains import ANGLE, MIN_PIXELS
from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.ebsd.read import read_scan
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.ebsd.write import write_ang
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.find import section_of_scan
from nmc_mesh.sections.section import Section

_CONFIDENCE = 0.9
_NMC = Phase("NMC", "-3m", (2.87, 2.87, 14.2, np.pi / 2, np.pi / 2, 2 * np.pi / 3))


def map_of_section(section: Section, rng: np.random.Generator) -> EbsdScan:
    """Return the map of a section whose grains are crystals of any orientation alike.

    One pair of neighbours in some hundred is turned by less than five degrees, and is one grain on
    the map, as in a measured one.

    Parameters
    ----------
    section
        As it was cut, every grain however small; its unknown pixels are not indexed.
    rng
        Draws the orientations.
    """
    labels = section.image.labels
    count = int(labels.max())
    turns = UniformTexture().sample(np.zeros((count, 3)), None, rng)
    angles = np.concatenate([np.zeros((1, 3)), bunge_angles(turns)])[labels]
    there = labels > 0
    return EbsdScan(
        angles,
        there.astype(np.int32),
        np.where(there, _CONFIDENCE, -1.0),
        (_NMC,),
        section.image.spacing,
        section.image.origin,
        name=section.name,
    )


def section_through_map(
    section: Section, rng: np.random.Generator, min_pixels: int = MIN_PIXELS
) -> Section:
    """Write the map of a simulated section as .ang and return the section that is read of it.

    Confidence, grains, small ones, particle and centre are found as ``nmc-mesh sections`` does.

    Parameters
    ----------
    section
        As it was cut.
    rng
        Draws the crystals.
    min_pixels
        Grains of fewer pixels are left out.
    """
    with tempfile.TemporaryDirectory(prefix="nmc-mesh-") as folder:
        path = Path(folder) / f"{section.name}.ang"
        write_ang(path, map_of_section(section, rng))
        remapped = section_of_scan(trusted(read_scan(path), "auto").scan, ANGLE, min_pixels)
    return replace(remapped, name=section.name, height=section.height)


def sections_through_maps(
    cuts: Sequence[Section], seed: int, heights_known: bool = True, progress: Progress = silent
) -> list[Section]:
    """Return simulated sections as a calibrator gets measured ones, with a diagram each.

    Parameters
    ----------
    cuts
        As they were cut.
    seed
        Draws the crystals of section i together with i.
    heights_known
        Keep the heights; without, all pass for central ones.
    progress
        Told before every section.
    """
    sections = []
    for index, cut in enumerate(cuts):
        progress("map, fit", index / len(cuts))
        section = section_through_map(cut, np.random.default_rng([seed, 7, index]))
        diagram = fit_section(section.image, section.center).diagram
        height = section.height if heights_known else None
        sections.append(replace(section, diagram=diagram, height=height))
    progress("map, fit", 1.0)
    return sections
