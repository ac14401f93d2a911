"""Sections that a calibration gets: read with their diagrams, and with a height each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nmc_mesh.cli.console import complain, say

if TYPE_CHECKING:
    from nmc_mesh.calibration.protocol import FittedSection
    from nmc_mesh.progress import Progress


def read_fitted(
    sources: Sequence[Path],
    heights: Sequence[float] | None,
    particle_radius: float | None,
    isotropic: bool,
    watch: Progress,
) -> list[FittedSection]:
    """Read sections with their diagrams and heights; leave out those that missed the centre."""
    from nmc_mesh.calibration.protocol import FittedSection
    from nmc_mesh.errors import InputError
    from nmc_mesh.grains.fit_section import fit_section
    from nmc_mesh.io.sections import read_sections

    records = [record for source in sources for record in read_sections(source)]
    if heights is not None and particle_radius is not None:
        raise InputError("give --heights or --particle-radius, not both")
    if heights is not None and len(heights) != len(records):
        raise InputError(f"--heights has {len(heights)} numbers for {len(records)} sections")
    found, left = [], []
    for place, record in enumerate(records):
        section, name = record.section, Path(record.section.name).name
        diagram = record.diagram or fit_section(section.image, section.center).diagram
        stored = record.facts.get("height")
        height = float(stored or 0.0) if heights is None else heights[place]
        one = FittedSection(section.image, section.known, section.center, diagram, height, name)
        known = heights is not None or stored is not None or particle_radius is not None
        if particle_radius is not None:
            one = _by_outline(one, particle_radius)
        if not (isotropic or known or record.facts.get("radial", True)):
            left.append(f"{name} ({record.facts['preference']:+.2f})")
        else:
            found.append(one)
        watch("read", (place + 1) / len(records))
    if left:
        complain(
            "warning",
            f"left out, grains without radial preference: {', '.join(left)}; give --heights if "
            "they are known, or --isotropic",
        )
    return found


def listed_heights(text: str) -> list[float | None]:
    """Read 0,0.5,?: None stands for a height that is to be estimated."""
    from nmc_mesh.cli.files import numbers

    parts = text.split(",")
    given = ",".join("0" if part.strip() == "?" else part for part in parts)
    found = numbers("--heights", given, float)
    return [
        None if part.strip() == "?" else value for part, value in zip(parts, found, strict=True)
    ]


def with_estimates(
    sections: Sequence[FittedSection],
    hidden: Sequence[bool],
    isotropic: bool,
    seed: int,
    watch: Progress,
) -> list[FittedSection]:
    """Return the sections with estimates of the hidden heights, and print these."""
    from nmc_mesh.calibration.heights import VAGUE, estimated
    from nmc_mesh.calibration.law import LawCalibrator
    from nmc_mesh.errors import InputError

    if isotropic:
        raise InputError("grains without direction do not tell a height; give numbers to --heights")
    found, estimates = estimated(sections, hidden, LawCalibrator(), seed, watch)
    told = [one for one, unknown in zip(found, hidden, strict=True) if unknown]
    for one, estimate in zip(told, estimates, strict=True):
        say(f"{one.name}: height {estimate.height:.2f} +- {estimate.error:.2f} um, estimated")
        if estimate.error > VAGUE * one.radius:
            complain(
                "warning",
                f"{one.name}: its grains hardly tell its height; give it, or leave the section out",
            )
    return found


def _by_outline(section: FittedSection, radius: float) -> FittedSection:
    from dataclasses import replace

    import numpy as np

    from nmc_mesh.errors import InputError

    if not radius > 0:
        raise InputError(f"the particle's radius must be positive, not {radius} um")
    if section.radius > 1.1 * radius:
        raise InputError(
            f"{section.name} has a radius of {section.radius:.3g} um, more than the particle's "
            f"{radius:g} um; choose a larger --particle-radius"
        )
    return replace(section, height=float(np.sqrt(max(radius**2 - section.radius**2, 0.0))))
