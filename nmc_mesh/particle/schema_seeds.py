"""The seeds of a model file that are no Poisson process: ``[grains] seeds = { process = ... }``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nmc_mesh.crystal.tables import Positive, Table
from nmc_mesh.errors import InputError
from nmc_mesh.grains.seeds import FARTHEST, PerturbedLattice, SeedProcess, ThomasProcess

Displacement = Annotated[float, Field(gt=0, le=FARTHEST, allow_inf_nan=False)]


class LatticeTable(Table):
    """A perturbed lattice; ``displacement`` in grain sizes, intensity^(-1/3)."""

    process: Literal["perturbed-lattice"]
    displacement: Displacement

    def seeds(self) -> SeedProcess:
        """Return the process itself."""
        return PerturbedLattice(self.displacement)


class ThomasTable(Table):
    """Clusters of ``mean`` seeds; ``displacement`` in grain sizes, intensity^(-1/3)."""

    process: Literal["thomas"]
    displacement: Displacement
    mean: Positive = 4.0

    def seeds(self) -> SeedProcess:
        """Return the process itself."""
        return ThomasProcess(self.displacement, self.mean)


SeedsTable = Annotated[LatticeTable | ThomasTable, Field(discriminator="process")]

TABLES: tuple[type[Table], ...] = (LatticeTable, ThomasTable)


def seed_process(table: LatticeTable | ThomasTable | None) -> SeedProcess | None:
    """Return the process of a table; none stands for the Poisson process."""
    return None if table is None else table.seeds()


def seeds_table(process: SeedProcess | None) -> LatticeTable | ThomasTable | None:
    """Return the table of a process; none for the Poisson process.

    Raises
    ------
    InputError
        If model files know no such process.
    """
    if process is None:
        return None
    if isinstance(process, PerturbedLattice):
        return LatticeTable(process="perturbed-lattice", displacement=process.displacement)
    if isinstance(process, ThomasProcess):
        numbers = {"displacement": process.displacement, "mean": process.mean}
        return ThomasTable(process="thomas", **numbers)
    raise InputError(f"a model file cannot hold seeds of a {type(process).__name__}")
