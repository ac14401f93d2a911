"""Grains as a section through a particle shows them: where, how large, how long, how tilted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.typing import Bools, Floats

_FEWEST = 2.0  # radii of a grain from the centre; nearer ones have no clear radius


class SectionGrains(NamedTuple):
    """Grains of a plane; row i belongs to the i-th of them.

    ``places`` (g, 2), centroids in um from the section's centre; ``spreads`` (g, 2, 2), second
    moments about these in um^2, pixels counted as squares; ``radii`` (g,), of the circles of equal
    area in um; ``height``, distance of the plane from the particle's centre in um.
    """

    places: Floats
    spreads: Floats
    radii: Floats
    height: float

    def clear(self) -> Bools:
        """Whether a grain is farther from the particle's centre than its own diameter, (g,)."""
        flat = np.linalg.norm(self.places, axis=1)
        return np.asarray((self._arms() > _FEWEST * self.radii) & (flat > 0))

    def only(self, which: Bools) -> SectionGrains:
        """Return some of the grains."""
        return SectionGrains(
            self.places[which], self.spreads[which], self.radii[which], self.height
        )

    def _arms(self) -> Floats:
        return np.asarray(np.hypot(np.linalg.norm(self.places, axis=1), self.height))

    def frames(self) -> Floats:
        """Rows along the radius in the plane, across it in the plane, and along z, (g, 3, 3).

        The second turns to where the grain's section leans: its mixed moment is not negative.
        """
        first = self.places / np.linalg.norm(self.places, axis=1, keepdims=True)
        second = np.stack([-first[:, 1], first[:, 0]], axis=1)
        mixed = np.einsum("gi,gij,gj->g", first, self.spreads, second)
        second *= np.where(mixed < 0, -1.0, 1.0)[:, None]
        frames = np.zeros((len(first), 3, 3))
        frames[:, 0, :2], frames[:, 1, :2], frames[:, 2, 2] = first, second, 1.0
        return frames

    def features(self) -> Floats:
        """What tells how a grain lies in space, without unit, shape (g, 4).

        Half the log of its spread along the radius over that across; the correlation of the two;
        the log of its size over the median one; its size over its distance from the centre.
        """
        if not len(self.radii):
            return np.empty((0, 4))
        frames = self.frames()[:, :2, :2]
        moments = frames @ self.spreads @ np.swapaxes(frames, 1, 2)
        along, across = np.diagonal(moments, axis1=1, axis2=2).T
        mixed = moments[:, 0, 1]
        return np.stack(
            [
                0.5 * np.log(along / across),
                mixed / np.sqrt(along * across),
                np.log(self.radii / np.median(self.radii)),
                self.radii / self._arms(),
            ],
            axis=1,
        )
