"""The table ``[texture]`` of a model file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nmc_mesh.crystal.frames import About
from nmc_mesh.crystal.misorientation import MisorientationLaw
from nmc_mesh.crystal.tables import Finite, Table
from nmc_mesh.crystal.texture import FibreTexture, TabulatedTexture, Texture, UniformTexture


class NeighboursTable(Table):
    """Shares of boundary area by disorientation: ``edges`` in radians."""

    edges: tuple[Finite, ...]
    shares: tuple[Finite, ...]


class _TextureTable(Table):
    """``neighbours``: how crystals lie to those beside them, if it is not left to chance."""

    neighbours: NeighboursTable | None = None

    def law_of_neighbours(self) -> MisorientationLaw | None:
        """Return the law of neighbours, if there is one."""
        if self.neighbours is None:
            return None
        return MisorientationLaw(self.neighbours.edges, self.neighbours.shares)


class UniformTable(_TextureTable):
    """Every orientation alike."""

    law: Literal["uniform"]

    def texture(self) -> Texture:
        """Return the law itself."""
        return UniformTexture()


class FibreTable(_TextureTable):
    """c axes about the radius or the long axis (``radial``) and the short axis (``short``)."""

    law: Literal["fibre"]
    radial: Finite
    short: Finite = 0.0
    about: About = "radius"

    def texture(self) -> Texture:
        """Return the law itself."""
        return FibreTexture(self.radial, self.short, self.about)


class TabulatedTable(_TextureTable):
    """Shares of the angle between c and the radius or the long axis: ``edges`` in radians."""

    law: Literal["tabulated"]
    edges: tuple[Finite, ...]
    weights: tuple[Finite, ...]
    about: About = "radius"

    def texture(self) -> Texture:
        """Return the law itself."""
        return TabulatedTexture(self.edges, self.weights, self.about)


TextureTable = Annotated[UniformTable | FibreTable | TabulatedTable, Field(discriminator="law")]

TABLES: tuple[type[Table], ...] = (UniformTable, FibreTable, TabulatedTable, NeighboursTable)


def neighbours_table(law: MisorientationLaw, digits: int = 5) -> NeighboursTable:
    """Return the table of a law of neighbours, its numbers rounded.

    Parameters
    ----------
    law
        The law.
    digits
        How many digits stay.
    """
    total = sum(law.shares)
    shares = tuple(float(f"{share / total:.{digits}g}") for share in law.shares)
    return NeighboursTable(edges=tuple(float(f"{edge:.6g}") for edge in law.edges), shares=shares)


def texture_table(texture: Texture, digits: int = 5) -> UniformTable | FibreTable | TabulatedTable:
    """Return the table of a texture law, its numbers rounded.

    Parameters
    ----------
    texture
        One of this package's laws.
    digits
        How many digits stay.
    """

    def short(value: float) -> float:
        return float(f"{value:.{digits}g}")

    if isinstance(texture, FibreTexture):
        radial, across = short(texture.radial), short(texture.short)
        return FibreTable(law="fibre", radial=radial, short=across, about=texture.about)
    if isinstance(texture, TabulatedTexture):
        total = sum(texture.weights)
        weights = tuple(short(weight / total) for weight in texture.weights)
        edges = tuple(short(edge) for edge in texture.edges)
        return TabulatedTable(law="tabulated", edges=edges, weights=weights, about=texture.about)
    return UniformTable(law="uniform")
