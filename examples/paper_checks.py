"""What the paper reports about sections, checked: Figs. 6, 10b and 11.

python examples/paper_checks.py docs/paper_checks.png

Of doi 10.1038/s43246-024-00728-5. Its measured sections are not public: here sections of a known
architecture (the truth "strong", ours) stand for them, and the law calibrator finds the model.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.plot.grains import DESCRIPTORS, histograms
from nmc_mesh.sections.find import section_of_labels
from nmc_mesh.sections.preference import density
from nmc_mesh.sections.section import Section
from nmc_mesh.validation.grains_checks import (
    FIGURE_6,
    HeightProfile,
    counted_grains,
    expected_grains,
    orientation_by_height,
)
from nmc_mesh.validation.grains_compare import GrainComparison, compare_grains
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_truths import PIXEL, TRUTHS

TRUTH = TRUTHS["strong"]
SECTIONS = 8
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8)
DRAWS = 10


def section_counts(draws: int = DRAWS) -> dict[str, dict[str, float]]:
    """Fig. 6: grains in the central section, relative to D = (1, 1, 1)."""
    counts = {
        diagonal: [counted_grains(diagonal, np.random.default_rng(k)) for k in range(draws)]
        for diagonal in FIGURE_6
    }
    unit = (1.0, 1.0, 1.0)
    return {
        str(diagonal): {
            "counted": float(np.mean(found)),
            "error": float(np.std(found, ddof=1) / np.sqrt(draws)),
            "theory": expected_grains(diagonal),
            "counted_ratio": float(np.mean(found) / np.mean(counts[unit])),
            "theory_ratio": expected_grains(diagonal) / expected_grains(unit),
            "printed_ratio": FIGURE_6[diagonal] / FIGURE_6[unit],
        }
        for diagonal, found in counts.items()
    }


def fitted(cut: Section) -> Section:
    """A section as a measured map gives it."""
    found = section_of_labels(cut.image, ~cut.known)
    diagram = fit_section(found.image, found.center).diagram
    return replace(found, diagram=diagram, height=cut.height)


def calibrated() -> tuple[GrainModel, GrainComparison]:
    """Fig. 10b: sections of the truth beside those of the model calibrated on them."""
    cuts = draw_cuts(TRUTH.model, TRUTH.radius, [0.0] * SECTIONS, PIXEL, 0)
    sections = [fitted(one) for one in cuts]
    model = LawCalibrator(seeds="poisson")(sections, 0).grains
    return model, compare_grains(sections, model, np.random.default_rng(1))


def figure(
    compared: GrainComparison,
    profile: HeightProfile,
    counts: dict[str, dict[str, float]],
    path: Path,
) -> None:
    """Draw all three."""
    from matplotlib import pyplot

    with pyplot.rc_context({"font.size": 8}):
        sheet = pyplot.figure(figsize=(11, 5.4), layout="constrained")
        axes = sheet.subplot_mosaic("AAABBBCCCDDD;EEEEFFFFGGGG")
        for key, (name, title) in zip("ABCD", DESCRIPTORS.items(), strict=True):
            histograms(axes[key], compared, name, title)
        _by_height(axes["E"], axes["F"], profile)
        _counts(axes["G"], counts)
        sheet.savefig(path, dpi=100)
        pyplot.close(sheet)


def _by_height(one: Any, two: Any, profile: HeightProfile) -> None:
    grid = np.linspace(0, np.pi / 2, 200)
    for share, angles in zip(profile.shares, profile.orientations, strict=True):
        one.plot(grid, density(angles, grid), label=f"{share:.1f} R", color=str(0.8 * share))
    one.axhline(2 / np.pi, color="0.7", ls="--", lw=1)
    one.set_title("orientation α (rad) by cut height")
    one.legend(frameon=False)
    scores = [found.score for found in profile.scores]
    two.errorbar(profile.shares, scores, [found.error for found in profile.scores], fmt="o-")
    two.set_ylim(0)
    two.set_title("preference (mean cos 2α) by height / R")


def _counts(axis: Any, counts: dict[str, dict[str, float]]) -> None:
    place = np.arange(len(counts))
    for shift, key in ((-0.25, "printed_ratio"), (0.0, "theory_ratio"), (0.25, "counted_ratio")):
        values = [found[key] for found in counts.values()]
        axis.bar(place + shift, values, 0.25, label=key.removesuffix("_ratio"))
    axis.set_xticks(place, [key.replace(".0", "") for key in counts])
    axis.set_title("grains in the section, D = (1, 1, 1): 1")
    axis.legend(frameon=False)


def main(path: Path) -> dict[str, Any]:
    """Check all three, draw them, write the numbers beside the figure."""
    counts = section_counts()
    model, compared = calibrated()
    rng = np.random.default_rng(2)
    profile = orientation_by_height(model, TRUTH.radius, SHARES, 2, PIXEL, rng)
    figure(compared, profile, counts, path)
    facts = {
        "figure_6": counts,
        "figure_10b": compared.facts(),
        "figure_11": {
            "height_over_radius": list(SHARES),
            "preference": [found.score for found in profile.scores],
            "error": [found.error for found in profile.scores],
        },
    }
    path.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return facts


if __name__ == "__main__":
    main(Path(sys.argv[1]))
