"""Sections that a calibration gets: read with their diagrams, and with a height each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nmc_mesh.cli.console import complain, say

if TYPE_CHECKING:
    from nmc_mesh.progress import Progress
    from nmc_mesh.sections.section import Section


def read_fitted(
    sources: Sequence[Path],
    heights: Sequence[float] | None,
    particle_radius: float | None,
    isotropic: bool,
    watch: Progress,
) -> list[Section]:
    """Read sections with their diagrams and heights; leave out those that missed the centre."""
    from dataclasses import replace

    from nmc_mesh.errors import InputError
    from nmc_mesh.grains.fit_section import fit_section
    from nmc_mesh.sections.files import read_sections

    every = [section for source in sources for section in read_sections(source)]
    if heights is not None and particle_radius is not None:
        raise InputError("give --heights or --particle-radius, not both")
    if heights is not None and len(heights) != len(every):
        raise InputError(f"--heights has {len(heights)} numbers for {len(every)} sections")
    tell_untreated(every)
    usable, left = [], []
    for index, section in enumerate(every):
        section = replace(section, name=Path(section.name).name)
        if section.diagram is None:
            section = replace(section, diagram=fit_section(section.image, section.center).diagram)
        if heights is not None:
            section = replace(section, height=heights[index])
        if particle_radius is not None:
            section = _by_outline(section, particle_radius)
        if not (isotropic or section.height is not None or section.facts.get("radial", True)):
            left.append(f"{section.name} ({section.facts['preference']:+.2f})")
        else:
            usable.append(section)
        watch("read", (index + 1) / len(every))
    if left:
        complain(
            "warning",
            f"left out, grains without radial preference: {', '.join(left)}; give --heights if "
            "they are known, or --isotropic",
        )
    return usable


def tell_untreated(sections: Sequence[Section]) -> None:
    """Warn of sections whose file does not say what was done to the maps."""
    names = [Path(section.name).name for section in sections if section.treatment is None]
    if names:
        complain(
            "warning",
            f"{', '.join(names)}: the file is of an earlier version and does not tell which grains "
            "were left out; those smaller than its smallest are taken for lost; run nmc-mesh "
            "sections again",
        )


def listed_heights(text: str) -> list[float | None]:
    """Read 0,0.5,?: None stands for a height that is to be estimated."""
    from nmc_mesh.cli.files import numbers

    parts = text.split(",")
    given = ",".join("0" if part.strip() == "?" else part for part in parts)
    values = numbers("--heights", given, float)
    return [
        None if part.strip() == "?" else value for part, value in zip(parts, values, strict=True)
    ]


def with_estimates(
    sections: Sequence[Section],
    hidden: Sequence[bool],
    isotropic: bool,
    seed: int,
    watch: Progress,
) -> list[Section]:
    """Return the sections with estimates of the hidden heights, and print these."""
    from nmc_mesh.calibration.heights import VAGUE, estimated
    from nmc_mesh.calibration.law import LawCalibrator
    from nmc_mesh.errors import InputError

    if isotropic:
        raise InputError("grains without direction do not tell a height; give numbers to --heights")
    complete, estimates = estimated(
        sections, hidden, LawCalibrator(seeds="poisson", sizes="power"), seed, watch
    )
    unsure = [section for section, unknown in zip(complete, hidden, strict=True) if unknown]
    for section, estimate in zip(unsure, estimates, strict=True):
        say(f"{section.name}: height {estimate.height:.2f} +- {estimate.error:.2f} um, estimated")
        if estimate.error > VAGUE * section.radius:
            complain(
                "warning",
                f"{section.name}: its grains hardly tell its height; give it, or leave the section "
                "out",
            )
    return complete


def _by_outline(section: Section, radius: float) -> Section:
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
