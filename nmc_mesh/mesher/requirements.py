"""What a user demands of a mesh: "angle>=20, distance<=0.2" and the like."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.mesher.certificate import Certificate
from nmc_mesh.mesher.topology import of_size

_FORM = re.compile(r"\s*([A-Za-z_0-9]+)\s*(<=|>=)\s*(\S+)\s*")
_FINER = "take a smaller --size (half of it halves most distances in um) or ask for less"
_EXACT = "name the particle that was meshed; only an analytic one has exact boundaries"
_VOLUMES = "name the particle or the label image that was meshed"


@dataclass(frozen=True)
class Quantity:
    """A figure of a certificate that can be demanded.

    Parameters
    ----------
    sense
        "<=" if less is better, ">=" if more is.
    what
        The figure in words, with its unit.
    of
        Takes a certificate, gives the figure, or None if it is not known.
    remedy
        What to change where it falls short.
    needs
        What to give so that it can be known.
    proofs
        Which of the certificate's proofs tell it.
    """

    sense: str
    what: str
    of: Callable[[Certificate], float | None]
    remedy: str
    needs: str = ""
    proofs: tuple[str, ...] = ()


def _junctions(kind: str, sizes: tuple[int, ...]) -> Callable[[Certificate], float | None]:
    def count(found: Certificate) -> float | None:
        if found.topology is None:
            return None
        return sum(len(of_size(getattr(found.topology, kind), size)) for size in sizes)

    return count


def _share(of: int) -> Callable[[Certificate], float | None]:
    return lambda found: found.distance(of)


QUANTITIES = {
    "angle": Quantity(
        ">=", "smallest dihedral angle, degrees",
        lambda found: float(np.degrees(found.smallest_angle)),
        "take another --size, a few percent smaller, or leave --growth and --outer-size out",
    ),
    "largest_angle": Quantity(
        "<=", "largest dihedral angle, degrees",
        lambda found: float(np.degrees(found.largest_angle)),
        "take another --size, a few percent smaller, or leave --growth and --outer-size out",
    ),
    "distance": Quantity(
        "<=", "proven distance of every facet from the boundaries of its grains, edge lengths",
        _share(100), _FINER, _EXACT, ("distances",),
    ),
    "distance_p99": Quantity(
        "<=", "the same of 99 % of the facets, edge lengths", _share(99), _FINER, _EXACT,
        ("distances",),
    ),
    "distance_p90": Quantity(
        "<=", "the same of 90 % of the facets, edge lengths", _share(90), _FINER, _EXACT,
        ("distances",),
    ),
    "distance_common": Quantity(
        "<=", "the same from the boundary that the two grains have in common, edge lengths",
        lambda proof: proof.distance_common(), _FINER, _EXACT, ("distances",),
    ),
    "distance_back": Quantity(
        "<=", "proven distance of every exact boundary from the mesh, edge lengths",
        lambda found: found.distance_back, _FINER, _EXACT, ("back",),
    ),
    "two_sided": Quantity(
        "<=", "the greater of distance and distance_back, edge lengths",
        lambda found: found.two_sided, _FINER, _EXACT, ("distances", "back"),
    ),
    "unproven": Quantity(
        "<=", "number of facets that no common boundary of their grains is proven near",
        lambda found: found.unproven, _FINER, _EXACT, ("distances",),
    ),
    "missing": Quantity(
        "<=", "number of exact grain boundaries without a facet", _junctions("missing", (2,)),
        "take a smaller --size: what is missing is smaller than a facet", _EXACT, ("topology",),
    ),
    "added": Quantity(
        "<=", "number of grain boundaries of the mesh that the diagram has not",
        _junctions("added", (2,)), "take a smaller --size", _EXACT, ("topology",),
    ),
    "missing_junctions": Quantity(
        "<=", "number of exact triple lines and quadruple points that the mesh has not",
        _junctions("missing", (3, 4)),
        "take a smaller --size: what is missing is smaller than an edge", _EXACT, ("topology",),
    ),
    "undecided": Quantity(
        "<=", "number of boundaries and junctions that could not be decided",
        _junctions("undecided", (2, 3, 4)),
        "take a smaller --size: they are decided down to a share of it", _EXACT, ("topology",),
    ),
    "volume": Quantity(
        "<=", "greatest relative error of a grain's volume, percent",
        lambda found: None if found.volume_error is None else 100.0 * found.volume_error,
        "take a smaller --size, or --order 2", _VOLUMES, ("volumes",),
    ),
    "pieces": Quantity(
        "<=", "number of grains in more than one piece",
        lambda found: len(found.split_grains), "take a smaller --size",
    ),
}  # fmt: skip
"""Name in a requirement, and what it stands for."""


@dataclass(frozen=True)
class Requirement:
    """One demand: ``QUANTITIES[name]`` compared with a limit in its sense."""

    name: str
    limit: float

    def __str__(self) -> str:
        return f"{self.name}{QUANTITIES[self.name].sense}{self.limit:g}"


def requirements(text: str) -> list[Requirement]:
    """Read demands with commas between.

    Parameters
    ----------
    text
        Such as "angle>=20, distance<=0.2"; see ``QUANTITIES`` for the names and their units.

    Raises
    ------
    InputError
        If a name is unknown, a sense is the wrong way round, or a limit no number.

    Examples
    --------
    >>> [str(demand) for demand in requirements("angle >= 20, distance<=0.2")]
    ['angle>=20', 'distance<=0.2']
    """
    return [_read(part) for part in text.split(",")]


def _read(part: str) -> Requirement:
    found = _FORM.fullmatch(part)
    if found is None:
        raise InputError(
            f"a requirement has the form name>=number or name<=number, such as angle>=20, not "
            f"'{part.strip()}'"
        )
    name, sense, number = found.groups()
    if name not in QUANTITIES:
        near = get_close_matches(name, QUANTITIES, n=1)
        hint = f"; perhaps you meant '{near[0]}'" if near else ""
        raise InputError(f"a certificate has no '{name}', only {', '.join(QUANTITIES)}{hint}")
    if sense != QUANTITIES[name].sense:
        raise InputError(
            f"'{name}' can be required {QUANTITIES[name].sense} a number, not {sense}: it is the "
            f"{QUANTITIES[name].what}"
        )
    try:
        limit = float(number)
    except ValueError:
        limit = np.nan
    if not np.isfinite(limit):
        raise InputError(f"'{part.strip()}' needs a finite number, not '{number}'")
    return Requirement(name, limit)


def proofs_of(demands: list[Requirement]) -> set[str]:
    """Which of a certificate's proofs tell whether demands are met.

    Examples
    --------
    >>> sorted(proofs_of(requirements("angle>=20, two_sided<=1")))
    ['back', 'distances']
    """
    return {proof for wanted in demands for proof in QUANTITIES[wanted.name].proofs}


def demand(certificate: Certificate, demands: list[Requirement]) -> None:
    """Refuse a mesh that falls short of a demand.

    Raises
    ------
    InputError
        If a demand cannot be judged, with what is needed for it.
    MeshError
        If the mesh falls short, with what to change.
    """
    short = []
    for wanted in demands:
        quantity = QUANTITIES[wanted.name]
        value = quantity.of(certificate)
        if value is None:
            raise InputError(f"'{wanted}' cannot be judged: {quantity.needs}")
        # Not a number is not met, whatever the sense.
        met = value <= wanted.limit if quantity.sense == "<=" else value >= wanted.limit
        if not met:
            told = f"{value:.3g}" if np.isfinite(value) else "not proven"
            short.append((f"{wanted} (it is {told})", quantity.remedy))
    if short:
        remedies = dict.fromkeys(remedy for _, remedy in short)
        raise MeshError(
            f"the mesh falls short of {' and '.join(what for what, _ in short)}; "
            f"{'; '.join(remedies)}"
        )
