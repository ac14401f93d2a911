"""The one door of all calibrators: fitted sections in, a grain model out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from nmc_mesh.arrays import one_line
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Floats


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
        self, sections: Sequence[Section], seed: int, progress: Progress = silent
    ) -> Calibration:
        """Calibrate.

        Raises
        ------
        InputError
            If the sections are too few, too small, too different, or show no radial preference.
        """
