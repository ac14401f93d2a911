"""The table ``[texture]`` of a model file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nmc_mesh.crystal.frames import About
from nmc_mesh.crystal.tables import Finite, Table
from nmc_mesh.crystal.texture import FibreTexture, TabulatedTexture, Texture, UniformTexture


class UniformTable(Table):
    """Every orientation alike."""

    law: Literal["uniform"]

    def texture(self) -> Texture:
        """Return the law itself."""
        return UniformTexture()


class FibreTable(Table):
    """c axes about the radius or the long axis (``radial``) and the short axis (``short``)."""

    law: Literal["fibre"]
    radial: Finite
    short: Finite = 0.0
    about: About = "radius"

    def texture(self) -> Texture:
        """Return the law itself."""
        return FibreTexture(self.radial, self.short, self.about)


class TabulatedTable(Table):
    """Shares of the angle between c and the radius or the long axis: ``edges`` in radians."""

    law: Literal["tabulated"]
    edges: tuple[Finite, ...]
    weights: tuple[Finite, ...]
    about: About = "radius"

    def texture(self) -> Texture:
        """Return the law itself."""
        return TabulatedTexture(self.edges, self.weights, self.about)


TextureTable = Annotated[UniformTable | FibreTable | TabulatedTable, Field(discriminator="law")]

TABLES: tuple[type[Table], ...] = (UniformTable, FibreTable, TabulatedTable)


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
