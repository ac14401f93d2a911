"""The material value: what a crystal of a layered oxide is, every number with its source.

Units are um, s, MPa (= uN/um^2), N/m (= uN/um) and mol/m^3, so that forces come out in uN. x is the
lithium content, 1 in LiMO2. Tensors stand in the crystal's frame: z along c, x along a.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from nmc_mesh.crystal.tensors import trigonal_stiffness
from nmc_mesh.errors import InputError
from nmc_mesh.later import Shown
from nmc_mesh.typing import AnyArray, Floats

Number: TypeAlias = float | tuple[float, ...]
"""One number, or a row of them."""

WHAT = MappingProxyType(
    {
        "concentration.maximum": "concentration of lithium at x = 1, mol/m^3",
        "concentration.range": "least and largest x in use",
        "lattice.x": "lithium contents of the table of lattice parameters",
        "lattice.a": "lattice parameter a at these x, Angstrom",
        "lattice.c": "lattice parameter c at these x, Angstrom",
        "stiffness.C11": "stiffness, MPa",
        "stiffness.C12": "stiffness, MPa",
        "stiffness.C13": "stiffness, MPa",
        "stiffness.C14": "stiffness, MPa",
        "stiffness.C33": "stiffness, MPa",
        "stiffness.C44": "stiffness, MPa",
        "diffusivity.x": "lithium contents of the table of diffusivities",
        "diffusivity.along": "diffusivity along the layers, um^2/s",
        "diffusivity.across": "diffusivity across the layers, along c, um^2/s",
        "potential.x": "lithium contents of the open-circuit curve",
        "potential.open_circuit": "open-circuit potential against Li/Li+ at these x, V",
        "kinetics.edge": "exchange current of facets along c, the layers' edges, A/m^2",
        "kinetics.basal": "exchange current of facets across c, A/m^2",
        "kinetics.transfer": "anodic transfer coefficient, (0, 1)",
        "kinetics.film": "resistance of a film on all facets that react, ohm m^2",
        "boundary.diffusivity": "diffusivity in grain boundaries, um^2/s",
        "boundary.width": "width of grain boundaries for diffusion, um",
        "cohesive.strength": "traction at which a grain boundary opens, MPa",
        "cohesive.energy": "energy to open a grain boundary, N/m",
        "cohesive.shear_strength": "traction at which a grain boundary slides, MPa",
        "cohesive.shear_energy": "energy to slide a grain boundary, N/m",
    }
)
"""Every number that a material may have, by its dotted name."""


@dataclass(frozen=True)
class Material(Shown):
    """Numbers by their dotted names (see `WHAT`), each with its source.

    A number that is missing is an error when it is used, never a default.

    Parameters
    ----------
    name, summary
        Of the material.
    numbers
        Dotted name -> number, or a row of numbers.
    provenance
        Dotted name, or the beginning of one -> source.

    Examples
    --------
    >>> material = nmc_mesh.Material("mine", "a trial", {"concentration.maximum": 5e4}, {})
    >>> material.maximum_concentration
    50000.0
    >>> material.stiffness
    Traceback (most recent call last):
    ...
    nmc_mesh.errors.InputError: ...
    """

    name: str
    summary: str
    numbers: Mapping[str, Number]
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for field_name in ("numbers", "provenance"):
            value = MappingProxyType(dict(getattr(self, field_name)))
            object.__setattr__(self, field_name, value)

    def __repr__(self) -> str:
        return f"Material({self.name[:60]!r}, {len(self.numbers)} numbers, {self.summary[:120]!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Material, (self.name, self.summary, dict(self.numbers), dict(self.provenance)))

    def __hash__(self) -> int:
        return hash((self.name, tuple(self.numbers.items())))

    def number(self, name: str) -> float:
        """Return one number by its dotted name.

        Parameters
        ----------
        name
            Such as ``"stiffness.C11"``.

        Raises
        ------
        InputError
            If the material has no such number.

        Examples
        --------
        >>> nmc_mesh.load_material("nmc532").number("cohesive.strength")  # MPa
        745.0
        """
        value = self._needed(name)
        if isinstance(value, tuple):
            raise InputError(f"'{name}' of material {self.name} is a row of numbers, not one")
        return value

    def source(self, name: str) -> str:
        """Return the source of a number: that of its own name, or of the table it stands in.

        Parameters
        ----------
        name
            Such as ``"stiffness.C11"``.

        Examples
        --------
        >>> nmc_mesh.load_material("nmc532").source("diffusivity.across")
        'ours: across is a hundredth of that along the layers'
        """
        parts = name.split(".")
        keys = [".".join(parts[:k]) for k in range(len(parts), 0, -1)]
        return next((self.provenance[key] for key in keys if key in self.provenance), "unknown")

    def _needed(self, name: str) -> Number:
        if name not in WHAT:
            raise InputError(f"there is no number '{name}'; there are {', '.join(WHAT)}")
        if name not in self.numbers:
            raise InputError(
                f"material {self.name} has no '{name}' ({WHAT[name]}); write it, with its source, "
                f"into a copy of its file: nmc-mesh materials {self.name} -o stuff.toml"
            )
        return self.numbers[name]

    def _row(self, name: str) -> Floats:
        return np.atleast_1d(np.asarray(self._needed(name), dtype=np.float64))

    def _at(self, name: str, content: AnyArray | float) -> Floats:
        """Interpolate linearly between the x of the table; one number holds for every x."""
        values, wanted = self._row(name), np.asarray(content, dtype=np.float64)
        if not np.isfinite(wanted).all():
            raise InputError("a lithium content x is a finite number, 1 in LiMO2")
        if len(values) == 1:
            return np.full(wanted.shape, values[0])
        table = self._row(f"{name.split('.')[0]}.x")
        low, high = table[0], table[-1]
        if not ((wanted >= low - 1e-9) & (wanted <= high + 1e-9)).all():
            raise InputError(
                f"'{name}' of material {self.name} is known for x from {low:g} to {high:g}, "
                f"not at {float(np.min(wanted)):g} to {float(np.max(wanted)):g}"
            )
        return np.asarray(np.interp(wanted, table, values))

    @property
    def maximum_concentration(self) -> float:
        """Concentration of lithium at x = 1 in mol/m^3; times 1e-18 in mol/um^3."""
        return self.number("concentration.maximum")

    @property
    def content_range(self) -> tuple[float, float]:
        """Least and largest lithium content in use."""
        low, high = self._row("concentration.range")
        return float(low), float(high)

    def lattice(self, content: AnyArray | float) -> Floats:
        """Lattice parameters a and c in Angstrom at lithium contents x, shape (..., 2).

        Parameters
        ----------
        content
            Lithium contents x, any shape.

        Examples
        --------
        >>> nmc_mesh.load_material("nmc111").lattice([1.0, 0.5])
        array([[ 2.867, 14.246],
               [ 2.83 , 14.5  ]])
        """
        return np.stack([self._at("lattice.a", content), self._at("lattice.c", content)], axis=-1)

    def chemical_strain(
        self, content: AnyArray | float, reference: AnyArray | float = 1.0
    ) -> Floats:
        """Strain of the free lattice against that at ``reference``: a(x)/a(x0) - 1 and c's.

        Parameters
        ----------
        content, reference
            Lithium contents x and x0; their shapes broadcast.

        Returns
        -------
        Floats
            Strains along the layers and along c, shape (..., 2).

        Examples
        --------
        Without half of its lithium the crystal is 1.3 % narrower and 1.8 % taller.

        >>> nmc_mesh.load_material("nmc111").chemical_strain(0.5).round(4)
        array([-0.0129,  0.0178])
        """
        return np.asarray(self.lattice(content) / self.lattice(reference) - 1.0)

    @property
    def stiffness(self) -> Floats:
        """C_ij in MPa, Voigt's order xx yy zz yz xz xy with engineering shear, shape (6, 6).

        Trigonal -3m: C66 = (C11 - C12) / 2, C24 = -C14, C56 = C14.
        """
        names = ("C11", "C12", "C13", "C14", "C33", "C44")
        return trigonal_stiffness(*(self.number(f"stiffness.{name}") for name in names))

    def diffusivity(self, content: AnyArray | float) -> Floats:
        """Diffusivity along and across the layers in um^2/s at x, shape (..., 2).

        Parameters
        ----------
        content
            Lithium contents x, any shape.

        Examples
        --------
        >>> nmc_mesh.load_material("nmc532").diffusivity(0.5)
        array([9.16e-03, 9.16e-05])
        """
        names = ("diffusivity.along", "diffusivity.across")
        return np.stack([self._at(name, content) for name in names], axis=-1)

    @property
    def boundary_conductance(self) -> float:
        """What a grain boundary conducts along itself, its width times its diffusivity, um^3/s."""
        return self.number("boundary.diffusivity") * self.number("boundary.width")

    def diffusion_tensor(self, content: AnyArray | float) -> Floats:
        """D = diag(along, along, across) in um^2/s at x, shape (..., 3, 3).

        Parameters
        ----------
        content
            Lithium contents x, any shape.

        Examples
        --------
        >>> np.diag(nmc_mesh.load_material("nmc532").diffusion_tensor(0.5))
        array([9.16e-03, 9.16e-03, 9.16e-05])
        """
        return np.asarray(self.diffusivity(content)[..., [0, 0, 1], None] * np.eye(3))

    @property
    def open_circuit_curve(self) -> Floats:
        """Lithium contents x, ascending, and the open-circuit potential there in V, shape (2, k).

        Examples
        --------
        >>> x, potential = nmc_mesh.load_material("nmc811").open_circuit_curve
        >>> potential[x == 0.5].tolist()
        [3.972]
        """
        return np.stack([self._row("potential.x"), self._row("potential.open_circuit")])

    def strain_tensor(self, content: AnyArray | float, reference: AnyArray | float = 1.0) -> Floats:
        """Chemical strain diag(e_a, e_a, e_c), shape (..., 3, 3).

        Parameters
        ----------
        content, reference
            Lithium contents x and x0; their shapes broadcast.

        Examples
        --------
        >>> np.diag(nmc_mesh.load_material("nmc111").strain_tensor(0.5)).round(4)
        array([-0.0129, -0.0129,  0.0178])
        """
        strain = self.chemical_strain(content, reference)
        return np.asarray(strain[..., [0, 0, 1], None] * np.eye(3))
