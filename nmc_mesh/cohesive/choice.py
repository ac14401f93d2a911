"""Which grain boundaries to open: all, by pair, by disorientation."""

from __future__ import annotations

import re
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from nmc_mesh.crystal.symmetry import disorientation
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.crystals import need_orientations
from nmc_mesh.mesh.groups import boundary_pairs
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

Choice: TypeAlias = str | ArrayLike
"""``"all"``, ``"12-15,3-4"``, ``"angle:15-180deg"``, or pairs of grains, shape (p, 2)."""

_PAIR = re.compile(r"\s*(\d+)-(\d+)\s*")
_ANGLE = re.compile(r"\s*angle:([\d.]+)-([\d.]+)deg\s*")


def parsed(text: str) -> str | Ints | tuple[float, float]:
    """Read a choice of boundaries: ``"all"``, pairs, or the ends of a range of angles in radians.

    Raises
    ------
    InputError
        If the text is none of these.
    """
    if text.strip() == "all":
        return "all"
    if angles := _ANGLE.fullmatch(text):
        try:
            low, high = (np.radians(float(part)) for part in angles.groups())
        except ValueError as error:
            raise InputError(f"'{text}' holds a number that is none; see {_FORMS}") from error
        if low > high:
            raise InputError(f"'{text}' is an empty range; give the smaller angle first")
        return float(low), float(high)
    pairs = [_PAIR.fullmatch(part) for part in text.split(",")]
    if not all(pairs):
        raise InputError(f"boundaries are {_FORMS}, not '{text}'")
    try:
        return np.array([pair.groups() for pair in pairs if pair], dtype=np.int32)
    except OverflowError as error:
        raise InputError(f"'{text}' names a grain beyond 2,147,483,647") from error


_FORMS = "'all', pairs of grains such as '12-15,3-4', or 'angle:15-180deg'"


def chosen_facets(mesh: TetMesh, choice: Choice) -> Bools:
    """Mark the facets of the chosen boundaries, shape (k,).

    Raises
    ------
    InputError
        If a pair of grains does not touch, no boundary has a disorientation in the range, or the
        grains have no orientations.
    """
    wanted = parsed(choice) if isinstance(choice, str) else np.atleast_2d(np.asarray(choice))
    pairs, pair_of_facet = boundary_pairs(mesh)
    between = pair_of_facet >= 0
    if isinstance(wanted, str):
        return between
    if isinstance(wanted, tuple):
        open_pairs = _by_angle(mesh, pairs, *wanted)
    else:
        open_pairs = _by_pair(pairs, wanted)
    return between & open_pairs[np.where(between, pair_of_facet, 0)]


def _by_pair(pairs: Ints, wanted: AnyArray) -> Bools:
    if wanted.ndim != 2 or wanted.shape[1] != 2 or not len(wanted) or wanted.dtype.kind not in "iu":
        raise InputError(
            f"pairs of grains have shape {wanted.shape}, expected whole numbers (p, 2)"
        )
    known = (pairs[:, 0].astype(np.int64) << 32) | pairs[:, 1]
    ordered = np.sort(wanted.astype(np.int64), axis=1)
    codes = (ordered[:, 0] << 32) | ordered[:, 1]
    missing = ordered[~np.isin(codes, known)]
    if len(missing):
        low, high = missing[0].tolist()
        raise InputError(
            f"grains {low} and {high} have no common boundary "
            f"({len(missing)} of {len(ordered)} pairs have none); the table of boundaries beside "
            "the mesh lists those there are"
        )
    return np.isin(known, codes)


def _by_angle(mesh: TetMesh, pairs: Ints, low: float, high: float) -> Bools:
    angles = boundary_angles(mesh, pairs)
    between = (angles >= low) & (angles <= high)
    if not between.any():
        smallest, largest = np.degrees([angles.min(), angles.max()])
        raise InputError(
            f"no boundary has a disorientation of {np.degrees(low):g} to {np.degrees(high):g} "
            f"degrees; they have {smallest:.1f} to {largest:.1f}"
        )
    return between


def boundary_angles(mesh: TetMesh, pairs: Ints) -> Floats:
    """Disorientation of pairs of grains under R-3m, in radians, shape (p,).

    Raises
    ------
    InputError
        If the grains have no orientations, or there is not one for every grain.
    """
    remedy = "give them some, or choose boundaries by pair"
    lower, higher = (need_orientations(mesh, pairs[:, side], remedy) for side in (0, 1))
    return disorientation(lower, higher).angle
