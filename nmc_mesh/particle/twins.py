"""Twins: grains divided by parallel planes into lamellae, every other one of the twin's crystal.

Lamella k of grain A is one more cell of the diagram, of the function

    F_Ak(x) = F_A(x) + e L_k(x),    L_k(x) = (t_1 + ... + t_k) - k n.x + (the same for all k),

with n the normal of the planes and t_k the place of the k-th of them along n, ascending. The least
of all L_k is a concave function of n.x with kinks at the t_k, so lamellae are slabs with exactly
plane faces; and F_Ak is a quadric, with the matrix of A. Where A ends does move, by
e L / |grad (F_A - F_B)|: e makes that less than a thousandth of a grain or so. Ours; the paper has
no twins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from nmc_mesh.crystal.orientation import crystal_axes, product
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.owners import Owners
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.later import Shown
from nmc_mesh.numerics.draws import standard_normal, uniform
from nmc_mesh.numerics.functions import cos, exp, sin
from nmc_mesh.numerics.products import determinants, dot, matmul
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats, Ints

WEIGHT = 0.004
"""e over m g, m the mean entry of the grain's matrix and g a grain."""
_VOXELS_PER_GRAIN = 8
_CHIP = 16  # voxels, a 32nd of a grain: no lamella is less

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Twins(Shown):
    """A law of twins.

    Parameters
    ----------
    share
        Of the grains, how many are divided, in [0, 1].
    thickness
        Mean thickness of a lamella in grain sizes (the edge of the cube of a mean grain).
    spread
        Deviation of the logarithm of thicknesses.
    plane
        Normal of the planes in the crystal's frame (x along a, z along c); default: basal planes.
    axis, angle
        The twin law: the turn, in radians, of every other lamella about an axis of the crystal's
        frame; default: 60 degrees about c, that of layered oxides.

    Raises
    ------
    InputError
        If a number is out of its range, or a direction is none.

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> whole = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> twinned = nmc_mesh.Twins(0.5).divide(whole, np.random.default_rng(1))
    >>> whole.n_grains, len({grain for _, _, grain in twinned.parents.runs})
    (14, 7)
    """

    share: float
    thickness: float = 0.3
    spread: float = 0.3
    plane: Vector = (0.0, 0.0, 1.0)
    axis: Vector = (0.0, 0.0, 1.0)
    angle: float = float(np.pi / 3)

    def __post_init__(self) -> None:
        _within("the share of grains with twins", self.share, 0.0, 1.0)
        _within("the thickness of lamellae in grain sizes", self.thickness, 0.05, 1.0)
        _within("the spread of thicknesses", self.spread, 0.0, 1.0)
        _within("the angle of a twin law in radians", self.angle, 0.0, float(np.pi))
        for name in ("plane", "axis"):
            way = np.asarray(getattr(self, name), dtype=np.float64)
            if way.shape != (3,) or not np.isfinite(way).all() or not way.any():
                raise InputError(
                    f"the {name} of twins is a direction of three numbers in the crystal's frame, "
                    f"not {getattr(self, name)!r}"
                )
            object.__setattr__(self, name, tuple((way / np.sqrt(dot(way, way))).tolist()))

    def divide(self, particle: Particle, rng: np.random.Generator) -> Particle:
        """Return the particle with some of its grains divided into lamellae.

        The lamella at the lower end of a grain keeps its label, the others follow all grains;
        ``parents`` of the result says which grain a lamella is part of.

        Parameters
        ----------
        particle
            Any particle with orientations, without twins.
        rng
            Draws which grains, and thicknesses.

        Raises
        ------
        InputError
            If the particle has no orientations, has twins, or is one of several; or not enough
            grains are thick enough to be divided.

        Examples
        --------
        >>> ball = nmc_mesh.StarShape.ball(0.6)
        >>> whole = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
        >>> twinned = nmc_mesh.Twins(0.5, thickness=0.4).divide(whole, np.random.default_rng(1))
        >>> points = np.random.default_rng(2).uniform(-0.4, 0.4, (100, 3))
        >>> labels = twinned.labels(points)
        >>> parents = twinned.parents.of(labels)
        >>> grains = np.where(parents > 0, parents, labels)
        >>> float((grains == whole.labels(points)).mean()) > 0.98
        True
        """
        if self.share == 0:
            return particle
        _check(particle)
        wanted = int(np.floor(self.share * particle.n_grains + 0.5))
        places = _places(particle)
        divided: dict[int, Lamellae] = {}
        order = np.argsort(uniform(rng, 0.0, 1.0, particle.n_grains), kind="stable")
        for grain in order.tolist():
            if len(divided) == wanted:
                break
            lamellae = self._lamellae(particle, grain, places[grain], rng)
            if len(lamellae.planes):
                divided[grain] = lamellae
        if len(divided) < wanted:
            raise InputError(
                f"only {len(divided)} of {particle.n_grains} grains are thick enough for lamellae "
                f"of {self.thickness:g} grain sizes, {wanted} were asked for; take thinner ones or "
                "a smaller share"
            )
        return self._divided(particle, dict(sorted(divided.items())))

    def _lamellae(
        self, particle: Particle, grain: int, places: Floats, rng: np.random.Generator
    ) -> Lamellae:
        """Draw the planes of a grain; those that would cut off a chip are left out."""
        assert particle.orientations is not None
        turn = crystal_axes(particle.orientations[grain : grain + 1])[0]
        normal = matmul(turn, np.array(self.plane))
        size = particle.grain_size
        shift = 0.5 * self.spread * self.spread
        if not len(places):
            return Lamellae(normal, np.empty(0), 0.0)
        along = dot(places, normal)
        count = int(4 * np.ptp(along) / (self.thickness * size)) + 8
        thick = self.thickness * size * exp(self.spread * standard_normal(rng, count) - shift)
        start = float(uniform(rng, 0.0, 1.0, 1)[0])
        ends = float(along.min()) - start * thick[0] + np.cumsum(thick)
        kept: list[float] = []
        below = along
        for plane in ends[ends < along.max()].tolist():
            if (below < plane).sum() >= _CHIP and (below >= plane).sum() >= _CHIP:
                kept.append(plane)
                below = below[below >= plane]
        return Lamellae(normal, np.array(kept), float(along.mean()))

    def _divided(self, particle: Particle, divided: dict[int, Lamellae]) -> Particle:
        diagram, grains = particle.tessellation, particle.n_grains
        seeds, offsets = np.array(diagram.seeds), np.array(diagram.offsets)
        more: list[tuple[Floats, Floats, float]] = []
        parents, turns = list(range(1, grains + 1)), []
        assert particle.orientations is not None
        half = 0.5 * self.angle
        law = np.concatenate([cos(np.array([half])), sin(np.array([half])) * np.array(self.axis)])
        for grain, lamellae in divided.items():
            row = int(particle.kept[grain])
            cells = _cells(diagram, row, lamellae, particle.grain_size)
            seeds[row], offsets[row] = cells[0]
            for number, (seed, offset) in enumerate(cells[1:], 1):
                more.append((seed, diagram.matrices[row], offset))
                parents.append(grain + 1)
                own = particle.orientations[grain]
                turns.append(product(own, law) if number % 2 else own)
        whole = GBPD(
            np.concatenate([seeds, [seed for seed, _, _ in more]]),
            np.concatenate([diagram.matrices, [matrix for _, matrix, _ in more]]),
            np.concatenate([offsets, [offset for _, _, offset in more]]),
        )
        extra = len(diagram) + np.arange(len(more))
        kept = np.concatenate([particle.kept[:grains], extra, particle.kept[grains:]])
        names = {
            name: particle.phases.labels_of(name) + len(more) for name in particle.phases.names
        }
        table = np.array(parents)
        alone = np.ones(grains, dtype=np.bool_)
        alone[list(divided)] = False
        table[:grains][alone] = 0
        facts = {"share": float(self.share), "grains": len(divided), "lamellae": len(more)}
        return replace(
            particle,
            tessellation=whole,
            kept=kept.astype(np.int32),
            orientations=np.concatenate([particle.orientations, turns]),
            provenance={**particle.provenance, "twins": facts},
            phases=Phases(names),
            parents=Owners(table),
            box=np.stack(particle.grain_bounds()),
        )


class Lamellae(NamedTuple):
    """Normal of the planes of a grain, their places along it, and that of the grain's middle."""

    normal: Floats
    planes: Floats
    middle: float


def _within(what: str, value: object, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and low <= value <= high):  # type: ignore[operator]
        raise InputError(f"{what} is {low:g} to {high:.4g}, not {value!r}")


def _check(particle: Particle) -> None:
    if particle.orientations is None:
        raise InputError(
            "twins divide crystals, and the particle has no orientations; draw it from a model "
            "with a texture"
        )
    if particle.parents:
        raise InputError("the particle has twins already; divide one without")
    if particle.n_labels > len(particle.kept) or particle.particles:
        raise InputError("divide a bare particle; then coat it, or put it into a domain")


def _places(particle: Particle) -> list[Floats]:
    """Centres of the voxels of every grain, um, each (n, 3)."""
    lower, upper = particle.grain_bounds()
    spacing = particle.grain_size / _VOXELS_PER_GRAIN
    shape = tuple(int(n) for n in np.ceil((upper - lower) / spacing))
    first = lower + 0.5 * spacing
    cells = labels_on_grid(particle.tessellation, first, spacing, shape)
    labels = particle.grain_of_seed()[cells]
    inside = np.argwhere((labels > 0) & (labels <= particle.n_grains))
    places = first + spacing * inside
    if particle.surface == "shell":
        held = particle.shell.contains(places)
        inside, places = inside[held], places[held]
    own: Ints = labels[tuple(inside.T)]
    order = np.argsort(own, kind="stable")
    counts = np.bincount(own, minlength=particle.n_grains + 1)[1:]
    return np.split(places[order], np.cumsum(counts)[:-1])


def _cells(diagram: GBPD, row: int, lamellae: Lamellae, size: float) -> list[tuple[Floats, float]]:
    """Seed and offset of the cell of every lamella.

    With e L = b n.(x - s) + c, the seed is at s + d, d = -b/2 M^-1 n, and r' = r - c + d . M d.
    """
    matrix, seed = diagram.matrices[row], diagram.seeds[row]
    weight = WEIGHT * float(np.trace(matrix)) / 3 * size
    planes, normal = lamellae.planes, lamellae.normal
    count = len(planes)
    steps = np.arange(count + 1) - 0.5 * count
    sums = np.concatenate([[0.0], np.cumsum(planes - lamellae.middle)])
    levels = sums - sums.mean()
    base = float(dot(normal, seed)) - lamellae.middle
    a, b, c = matrix
    inverse = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    across = matmul(np.ascontiguousarray(inverse), normal) / float(determinants(matrix))
    cells = []
    for step, level in zip(steps.tolist(), levels.tolist(), strict=True):
        slope, value = -weight * step, weight * (level - step * base)
        moved = -0.5 * slope * across
        bent = 0.25 * slope * slope * float(dot(normal, across))
        cells.append((seed + moved, float(diagram.offsets[row]) - value + bent))
    return cells
