"""A planar section of a particle, measured or simulated: one value for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from nmc_mesh.arrays import keep
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.later import Shown
from nmc_mesh.sections.treatment import Treatment
from nmc_mesh.typing import AnyArray, Bools, Floats


@dataclass(frozen=True, eq=False)
class Section(Shown):
    """Planar section of a particle.

    Parameters
    ----------
    image
        Grains 1 ... n in two dimensions, um; 0 is outside, or unknown.
    known
        False where a pixel of the particle has no grain, shape of the image.
    center
        Centre of the particle's section in um, in the coordinates of the image, shape (2,).
    name
        Where it came from.
    treatment
        What was done to the map; none if nobody knows.
    height
        Distance of the plane from the particle's centre in um, >= 0; none if nobody knows.
    diagram
        Planar diagram fitted to it, origin in ``center``, grain i at seed i - 1, as
        `grains.fit_section` finds it; none without a fit.
    tables, facts
        What was found on it: arrays by name; single numbers, words or booleans by name.

    Raises
    ------
    InputError
        If shapes do not agree, there is no grain, a pixel has a grain and is unknown, the diagram
        has not a seed per grain, or the height is negative or not finite.

    Examples
    --------
    >>> image = nmc_mesh.LabelImage(np.pad([[1, 1, 2, 2]] * 3, 1), spacing=0.1)
    >>> section = nmc_mesh.Section(image, np.ones((5, 6), bool), center=np.zeros(2))
    >>> int(section.mask.sum()), section.cut
    (12, False)
    """

    image: LabelImage
    known: Bools
    center: Floats
    name: str = "section"
    treatment: Treatment | None = None
    height: float | None = None
    diagram: GBPD | None = None
    tables: Mapping[str, AnyArray] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.image.dim != 2 or self.image.labels.max() == 0:
            raise InputError(f"{self.name}: a section needs two axes and a grain")
        known = np.array(self.known, dtype=bool)
        center = np.array(self.center, dtype=np.float64)
        if known.shape != self.image.labels.shape or center.shape != (2,):
            raise InputError(
                f"{self.name}: the mask needs the image's shape, the centre shape (2,)"
            )
        if (self.image.labels[~known] != 0).any():
            raise InputError(f"{self.name}: a pixel has a grain and is unknown; choose one")
        if self.height is not None and not (np.isfinite(self.height) and self.height >= 0):
            raise InputError(
                f"{self.name}: the height over the centre must be 0 um or more, not {self.height}"
            )
        if self.diagram is not None and (
            self.diagram.dim != 2 or len(self.diagram) != self.image.labels.max()
        ):
            raise InputError(
                f"{self.name}: the diagram must lie in the plane with a seed per grain; fit it anew"
            )
        keep(self, known=known, center=center)
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))

    def __repr__(self) -> str:
        counts = " x ".join(map(str, self.image.labels.shape))
        edges = " x ".join(f"{edge:.4g}" for edge in self.image.spacing)
        grains = np.count_nonzero(np.bincount(self.image.labels.ravel())[1:])
        return f"Section({self.name[:80]!r}, {grains:,} grains on {counts} pixels of {edges} um)"

    @property
    def pixel(self) -> float:
        """Edge length of a pixel in um."""
        return float(np.sqrt(self.image.spacing.prod()))

    @property
    def mask(self) -> Bools:
        """Pixels of the particle, known or not."""
        return np.asarray((self.image.labels > 0) | ~self.known)

    @property
    def cut(self) -> bool:
        """Whether the particle touches the border of the image: its centre is a guess then."""
        mask = self.mask
        return bool(mask[[0, -1]].any() or mask[:, [0, -1]].any())

    @property
    def radius(self) -> float:
        """Radius in um of the disc of the section's area."""
        return float(self.pixel * np.sqrt(self.mask.sum() / np.pi))

    @property
    def unknown_share(self) -> float:
        """Share of the particle's pixels that have no grain."""
        return float((~self.known).sum() / self.mask.sum())

    @property
    def grain_area(self) -> float:
        """Mean area of a grain section in um^2: known pixels over grains."""
        labels = self.image.labels
        return float((labels > 0).sum() / labels.max() * self.pixel**2)

    @property
    def over_center(self) -> float:
        """Height in um; a section of unknown height is taken for a central one."""
        return 0.0 if self.height is None else float(self.height)

    @property
    def fitted(self) -> GBPD:
        """Diagram of the fit.

        Raises
        ------
        InputError
            If there is none.
        """
        if self.diagram is None:
            raise InputError(f"{self.name} has no diagram; fit it by fit_section")
        return self.diagram

    @property
    def done(self) -> Treatment:
        """Treatment to give a simulated section; a guess if nobody knows.

        Then the smallest grain tells from which size on grains were kept, and all unknown pixels
        count as missing.
        """
        if self.treatment is not None:
            return self.treatment
        counts = np.bincount(self.image.labels.ravel())[1:]
        return Treatment(min_pixels=int(counts[counts > 0].min()), missing=self.unknown_share)
