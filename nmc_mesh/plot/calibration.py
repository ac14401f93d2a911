"""Figure of a calibration: sections of the model beside the measured ones, and its course."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from nmc_mesh.plot.grains import DESCRIPTORS, histograms
from nmc_mesh.plot.sheet import Sheet
from nmc_mesh.typing import Floats
from nmc_mesh.validation.grains_compare import GrainComparison

_LOSSES = ("discriminator", "generator", "distance", "objective")
_COLORS = {"area": "#4477aa", "elongation": "#ee7733", "orientation": "#228833", "chord": "#aa3377"}


def calibration_figure(
    history: Mapping[str, Floats], compared: GrainComparison, path: str | os.PathLike[str]
) -> None:
    """Draw the four descriptors (Fig. 10b of the paper), losses, distances and the intensity.

    Parameters
    ----------
    history
        Series of a calibration by name, ``step`` among them.
    compared
        What ``compare_grains`` found for its model.
    path
        File to write, .png, .svg or .pdf; replaced only when the new one is complete.

    Raises
    ------
    InputError, MissingExtraError, FileError
        See ``comparison_figure``.
    """
    with Sheet(path, 2, 4, (11, 5)) as axes:
        for axis, (name, title) in zip(axes, DESCRIPTORS.items(), strict=False):
            histograms(axis, compared, name, title)
        _course(axes[4], history, {name: name for name in _LOSSES}, "loss")
        _course(axes[5], history, {f"ks_{name}": name for name in _COLORS}, "KS of windows")
        _course(axes[6], history, {"intensity": "seeds"}, "intensity (1/µm³)")
        axes[7].set_axis_off()


def _course(
    axis: Any, history: Mapping[str, Floats], wanted: Mapping[str, str], title: str
) -> None:
    there = {key: name for key, name in wanted.items() if key in history}
    if not there:
        axis.set_axis_off()
        return
    for key, name in there.items():
        axis.plot(history["step"], history[key], lw=1.2, label=name, color=_COLORS.get(name))
    axis.set_xlabel("step")
    axis.set_title(title)
    if len(there) > 1:
        axis.legend(frameon=False)
