"""The particle value: a shell, a tessellation, and the grains of it that stayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from nmc_mesh.arrays import given, keep
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.owners import NO_OWNERS, Owners
from nmc_mesh.geometry.phases import ALL_GRAINS, GRAIN, Phases
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.later import Shown, later
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.particle.box import kept_box, kept_reach, shell_box
from nmc_mesh.particle.checks import (
    Surface,
    check_owners,
    check_phases,
    check_surface,
    checked_box,
    checked_kept,
    checked_quaternions,
)
from nmc_mesh.particle.coating import Coating, Laid, lay, lay_on_shell
from nmc_mesh.particle.domain import Domain, read_domain
from nmc_mesh.particle.surroundings import check_surroundings, label_surroundings
from nmc_mesh.typing import AnyArray, Floats, Ints

_VOXELS_PER_GRAIN = 8

_TOLD = ("model", "seed")


@dataclass(frozen=True, eq=False)
class Particle(Shown):
    """Label g of 1 ... n is the cell of seed kept[g - 1]; all else is outside (label 0).

    Labels are grains, but for the last ones where ``phases`` names others, such as pores.

    With the surface "grains" a grain stays if its centre of mass lies inside the shell, and then it
    stays whole, so the particle's surface is made of grain faces (Fig. 9 of the paper, doi
    10.1038/s43246-024-00728-5). With the surface "shell" (ours) the particle is the shell, and
    grains end at it: every seed has a grain.

    Parameters
    ----------
    shell
        The outer shell, centred on the origin, um.
    tessellation
        The power diagram in 3D, um; it need be right inside ``box`` only.
    kept
        Seed number (0-based) of every label, shape (n,), all different.
    orientations
        Unit quaternion (w, x, y, z) of every grain, shape (g, 4), or None.
    provenance
        Model, seed, package version, counts: plain values only.
    box
        Corners (lower, upper) in um, shape (2, 3), of a box that holds every kept grain. Left out,
        it is measured on a voxel grid when it is first asked for.
    surface
        What the particle ends at: "grains", whole ones, or the "shell".
    phases
        What labels are made of that are no grains; their seeds stand last in ``kept``.
    domain
        A box or sphere around; what is outside the particle is in it the last label, of a fluid,
        and has no seed of its own in ``kept``. See `in_domain`.
    coating
        A layer on the surface; it is the last label, but for what is around, and has no seed in
        ``kept``. See `coated`.
    parents
        Of lamellae that divide a grain: the label of one of them, which stands for it (`Twins`).
    particles
        Where there are several (see `assemble`), which one a grain belongs to, from 1 up.

    Raises
    ------
    InputError
        If a part does not fit the others, with what was expected and what came.

    Examples
    --------
    A ball of two grains, parted by the plane x = 0.

    >>> diagram = nmc_mesh.GBPD([[-1, 0, 0], [1, 0, 0]], [np.eye(3)] * 2, [0, 0])
    >>> ball = nmc_mesh.StarShape.ball(1.0)
    >>> particle = nmc_mesh.Particle(ball, diagram, [0, 1], surface="shell")
    >>> particle.labels([[-0.5, 0, 0], [0.5, 0, 0], [0, 0, 1.1]])
    array([1, 2, 0], dtype=int32)
    """

    shell: StarShape
    tessellation: GBPD
    kept: Ints
    orientations: Floats | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    box: Floats | None = None
    surface: Surface = "grains"
    phases: Phases = ALL_GRAINS
    domain: Domain | None = None
    coating: Coating | None = None
    parents: Owners = NO_OWNERS
    particles: Owners = NO_OWNERS

    def __post_init__(self) -> None:
        if not isinstance(self.shell, StarShape):
            raise InputError(f"a particle's shell is a StarShape, not {type(self.shell).__name__}")
        if not isinstance(self.tessellation, GBPD) or self.tessellation.dim != 3:
            raise InputError("a particle's tessellation is a GBPD in three dimensions")
        keep(self, kept=checked_kept(self.kept, len(self.tessellation)))
        check_phases(self.phases, self.n_labels)
        check_owners(self.parents, self.particles, self.n_grains)
        check_surroundings(self)
        if self.orientations is not None:
            keep(self, orientations=checked_quaternions(self.orientations, self.n_grains))
        if self.box is not None:
            keep(self, box=checked_box(self.box))
        check_surface(self.surface)
        if self.surface == "shell" and len(self.kept) < len(self.tessellation):
            raise InputError(
                f"a particle clipped at its shell has a grain for every seed, not {len(self.kept)} "
                f"for {len(self.tessellation)}; give tessellation.subset(kept) and all of its seeds"
            )
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    def __repr__(self) -> str:
        origin = [f"{name} {self.provenance[name]}" for name in _TOLD if name in self.provenance]
        crystals = "no orientations" if self.orientations is None else "orientations"
        parts = [
            f"{self.n_grains:,} grains of {len(self.tessellation):,} seeds",
            *([f"{self.n_particles:,} particles"] if self.particles else []),
            *([repr(self.phases)] if self.phases else []),
            f"diameter {self.shell.equivalent_diameter:.4g} um",
            *(["cut at its shell"] if self.surface == "shell" else []),
            crystals,
            *origin,
        ]
        return f"Particle({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.shell, self.tessellation, self.kept, self.orientations)
        what = (self.box, self.surface, self.phases, self.domain, self.coating)
        owners = (self.parents, self.particles)
        return (Particle, (*parts, dict(self.provenance), *what, *owners))

    @property
    def n_labels(self) -> int:
        """Number of labels: grains, and what else there is."""
        return len(self.kept) + (self.coating is not None) + (self.domain is not None)

    @property
    def coat_label(self) -> int | None:
        """Label of the coating; None where there is none."""
        return None if self.coating is None else len(self.kept) + 1

    @property
    def n_grains(self) -> int:
        """Number of grains."""
        return int(self.phases.mask(GRAIN, np.arange(1, self.n_labels + 1)).sum())

    @property
    def n_particles(self) -> int:
        """Number of particles: 1, or as many as `assemble` put together."""
        return self.particles.count or 1

    @property
    def cut_off(self) -> bool:
        """Whether the box of its domain is a piece of a packing, and cuts particles off."""
        return "fraction" in self.provenance and bool(self.particles)

    @property
    def grain_size(self) -> float:
        """Edge length in um of the cube of the mean grain's volume: (V(shell) / n)^(1/3)."""
        return float(cbrt(self.shell.volume / self.n_grains))

    def bounds(self) -> tuple[Floats, Floats]:
        """(lower, upper) corners in um, each of shape (3,), of a box that holds all labels.

        Examples
        --------
        >>> diagram = nmc_mesh.GBPD([[0, 0, 0]], [np.eye(3)], [0])
        >>> ball = nmc_mesh.StarShape.ball(1.0)
        >>> lower, upper = nmc_mesh.Particle(ball, diagram, [0], surface="shell").bounds()
        >>> bool((lower <= -1).all() and (upper >= 1).all() and (upper < 1.02).all())
        True
        """
        if self.domain is not None:
            return self.domain.bounds
        return self.coated_bounds()

    def coated_bounds(self) -> tuple[Floats, Floats]:
        """(lower, upper) corners in um of a box that holds all but what is around the particle."""
        box, t = self._bounds, 0.0 if self.coating is None else self.coating.thickness
        return box[0] - t, box[1] + t

    def grain_bounds(self) -> tuple[Floats, Floats]:
        """(lower, upper) corners in um of a box that holds the particle without its coating."""
        box = self._bounds
        return box[0], box[1]

    def coated(self, coating: float | Coating) -> Particle:
        """Return the particle with a coating, whose label comes after those of its grains.

        Parameters
        ----------
        coating
            The layer, or its thickness in um.

        Raises
        ------
        InputError
            If the particle has a coating or a domain already.

        Examples
        --------
        >>> ball = nmc_mesh.StarShape.ball(0.6)
        >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
        >>> coated = particle.coated(0.1).in_domain("box:1.2")
        >>> coated.phases
        Phases(1 coating, 1 electrolyte)
        """
        if self.domain is not None or self.coating is not None:
            raise InputError("coat the bare particle, then put it into its domain")
        layer = coating if isinstance(coating, Coating) else Coating(coating)
        told = {name: self.phases.labels_of(name) for name in self.phases.names}
        own = [*told.get("coating", []), self.n_labels + 1]
        facts = {**self.provenance, "coating": layer.plain()}
        phases = Phases({**told, "coating": own})
        return replace(self, phases=phases, coating=layer, provenance=facts)

    @cached_property
    def layer(self) -> Laid:
        """The coating as a function of place: see ``nmc_mesh.particle.coating``."""
        if self.coating is None:
            raise InputError("the particle has no coating: coated()")
        lower, upper = self.grain_bounds()
        if self.surface == "shell":
            return lay_on_shell(self.coating, self.shell, lower, upper, self.grain_size)
        inside = np.zeros(len(self.tessellation), dtype=np.bool_)
        inside[self.kept] = True
        return lay(self.coating, self.tessellation, inside, lower, upper, self.grain_size)

    def in_domain(self, domain: str | Domain) -> Particle:
        """Return the particle in a box or a sphere of electrolyte, whose label is the last one.

        Parameters
        ----------
        domain
            ``"box:1.2"`` or ``"sphere:1.2"``, so many times as large as the particle (its box, its
            farthest point from the origin), or a `Domain`.

        Raises
        ------
        InputError
            If the domain does not hold the particle, or the particle has one already.

        Examples
        --------
        >>> ball = nmc_mesh.StarShape.ball(0.6)
        >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
        >>> bath = particle.in_domain("box:1.2")
        >>> bath.phases, bath.labels([bath.domain.lower, [9.0, 0.0, 0.0]]).tolist()
        (Phases(1 electrolyte), [15, 0])
        """
        if self.domain is not None:
            raise InputError("the particle has a domain already; put the bare one into another")
        if isinstance(domain, str):
            domain = read_domain(domain, *self.bounds(), self.reach)
        told = {name: self.phases.labels_of(name) for name in self.phases.names}
        own = [*told.get("electrolyte", []), self.n_labels + 1]
        phases = Phases({**told, "electrolyte": own})
        return replace(self, phases=phases, domain=domain)

    def bare(self) -> Particle:
        """Return the particle without its domain and its coating.

        Examples
        --------
        >>> ball = nmc_mesh.StarShape.ball(0.6)
        >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
        >>> particle.coated(0.1).in_domain("sphere:1.5").bare().phases == particle.phases
        True
        """
        if self.domain is None and self.coating is None:
            return self
        told = {name: self.phases.labels_of(name) for name in self.phases.names}
        kept = {name: own[own <= len(self.kept)] for name, own in told.items()}
        facts = {name: fact for name, fact in self.provenance.items() if name != "coating"}
        return replace(self, phases=Phases(kept), domain=None, coating=None, provenance=facts)

    @cached_property
    def reach(self) -> float:
        """Distance in um of the farthest point of its grains, or their coating, from the origin."""
        coat = 0.0 if self.coating is None else self.coating.thickness
        if self.surface == "shell":
            return self.shell.max_radius + coat
        spacing = self.grain_size / _VOXELS_PER_GRAIN
        return kept_reach(self.tessellation, self.kept, self._bounds, spacing) + coat

    def labels(self, points: AnyArray) -> Ints:
        """Label 1 ... n of every point, 0 outside; points of shape (m, 3) in um, labels (m,).

        Parameters
        ----------
        points
            In um, shape (m, 3).

        Examples
        --------
        >>> ball = nmc_mesh.StarShape.ball(0.6)
        >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
        >>> centre, far = particle.labels([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
        >>> bool(centre > 0), int(far)
        (True, 0)
        """
        array = np.ascontiguousarray(given(points, "points", np.float64))
        grain_of_seed = self.grain_of_seed()
        labels: Ints = grain_of_seed[self.tessellation.labels(array)]
        if self.surface == "shell":
            labels[~self.shell.contains(array)] = self._around
        label_surroundings(self, array, labels)
        return labels

    def grain_of_seed(self) -> Ints:
        """Label 1 ... n of every seed of the tessellation; 0, or what is around, where it went.

        Examples
        --------
        >>> ball = nmc_mesh.StarShape.ball(0.6)
        >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
        >>> grains = particle.grain_of_seed()
        >>> np.array_equal(grains[particle.kept], np.arange(1, particle.n_grains + 1))
        True
        """
        table = np.full(len(self.tessellation), self._around, dtype=np.int32)
        table[self.kept] = np.arange(1, len(self.kept) + 1)
        return table

    def plot(
        self,
        cut: str = "octant",
        color: str = "grain",
        spacing: float | None = None,
        show: bool = True,
    ) -> Any:
        """Show the particle as voxels, cut open, to turn and zoom: in a window or the notebook.

        Parameters
        ----------
        cut
            What is taken away: the "octant" towards the viewer, the half beyond "x", "y" or "z",
            or "none".
        color
            "grain", "phase", "ipf" or "c-axis": see `picture`.
        spacing
            Edge length of a voxel in um; default: an eighth of a grain's.
        show
            False returns the ``pyvista.Plotter``, to add to and to show.

        Raises
        ------
        InputError
            If there is no such cut, or the grains have no orientations to be coloured by.
        MissingExtraError
            If pyvista is not installed.

        Examples
        --------
        >>> ball = nmc_mesh.StarShape.ball(0.6)
        >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
        >>> plotter = particle.plot("none", "c-axis", spacing=0.1, show=False)
        >>> len(plotter.actors) > 0
        True
        """
        return later("plot_particle")(self, cut, color, spacing, show)

    @property
    def _around(self) -> int:
        """Label of what is outside the grains and their coating."""
        return 0 if self.domain is None else self.n_labels

    @cached_property
    def _bounds(self) -> Floats:
        if self.box is not None:
            return self.box
        if self.surface == "shell":
            return shell_box(self.shell)
        size = self.grain_size
        half = self.shell.max_radius + 2 * size
        return kept_box(self.tessellation, self.kept, half, size / _VOXELS_PER_GRAIN)
