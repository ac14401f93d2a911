"""The one door of all calibrators: fitted sections in, a grain model out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from nmc_mesh.arrays import keep, one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Bools, Floats


@dataclass(frozen=True, eq=False)
class FittedSection:
    """A measured section and the planar diagram fitted to it.

    Parameters
    ----------
    image
        Grains 1 ... n in two dimensions, um; 0 is outside, or unknown.
    known
        False where a pixel of the particle has no grain, shape of the image.
    center
        Centre of the particle in um, in the coordinates of the image, shape (2,).
    diagram
        The fit, origin in ``center``, grain i at seed i - 1, as `grains.fit_section` finds it.
    height
        Distance of the section's plane from the particle's centre in um, >= 0.
    name
        For messages.

    Raises
    ------
    InputError
        If shapes do not agree, there is no grain, or the height is negative or not finite.
    """

    image: LabelImage
    known: Bools
    center: Floats
    diagram: GBPD
    height: float = 0.0
    name: str = "section"

    __repr__ = one_line

    def __post_init__(self) -> None:
        known = np.array(self.known, dtype=bool)
        center = np.array(self.center, dtype=np.float64)
        if self.image.dim != 2 or known.shape != self.image.labels.shape or center.shape != (2,):
            raise InputError(f"{self.name}: a section has two axes, a mask and a centre of two")
        if self.diagram.dim != 2 or len(self.diagram) != self.image.labels.max():
            raise InputError(
                f"{self.name}: the diagram must lie in the plane with a seed per grain; fit it anew"
            )
        if not (np.isfinite(self.height) and self.height >= 0):
            raise InputError(
                f"{self.name}: the height over the centre must be 0 um or more, not {self.height}"
            )
        keep(self, known=known, center=center)

    @property
    def pixel(self) -> float:
        """Edge length of a pixel in um."""
        return float(np.sqrt(self.image.spacing.prod()))

    @property
    def mask(self) -> Bools:
        """Pixels of the particle, known or not."""
        return np.asarray((self.image.labels > 0) | ~self.known)

    @property
    def radius(self) -> float:
        """Radius in um of the disc of the section's area."""
        return float(self.pixel * np.sqrt(self.mask.sum() / np.pi))

    @property
    def grain_area(self) -> float:
        """Mean area of a grain section in um^2: known pixels over grains."""
        labels = self.image.labels
        return float((labels > 0).sum() / labels.max() * self.pixel**2)


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a calibrator found.

    ``grains`` is the model; ``history`` has a series (one number per record) for every name:
    ``step``, losses, intensity (seeds per um^3), distances; ``facts`` tell how it was found:
    method, recipe, settings, seed, distances at the end.
    """

    grains: GrainModel
    history: Mapping[str, Floats] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = one_line

    def __post_init__(self) -> None:
        object.__setattr__(self, "history", MappingProxyType(dict(self.history)))
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))


class Calibrator(Protocol):
    """Finds a grain model whose sections look like the measured ones.

    Every calibrator is a frozen dataclass; its fields are its options. The same sections and seed
    give the same model on any number of threads.
    """

    def __call__(
        self, sections: Sequence[FittedSection], seed: int, progress: Progress = silent
    ) -> Calibration:
        """Calibrate.

        Raises
        ------
        InputError
            If the sections are too few, too small, too different, or show no radial preference.
        """
