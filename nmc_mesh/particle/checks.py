"""Checks of the parts of a particle."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.owners import Owners
from nmc_mesh.geometry.phases import GRAIN, Phases
from nmc_mesh.typing import AnyArray, Floats, Ints

Surface = Literal["grains", "shell"]
"""What a particle ends at: faces of whole grains, or its shell."""


def check_surface(name: str) -> None:
    """Raise InputError if there is no such kind of surface."""
    if name not in get_args(Surface):
        raise InputError(f"a particle's surface is {' or '.join(get_args(Surface))}, not {name!r}")


def checked_kept(kept: AnyArray, seeds: int) -> Ints:
    """Return seed numbers of labels; InputError if they are not."""
    array = np.asarray(kept)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InputError(f"kept is one row of seed numbers, not {array.dtype} {array.shape}")
    if len(array) == 0:
        raise InputError("no grain has its centre of mass inside the shell; use a larger shell")
    if array.min() < 0 or array.max() >= seeds:
        raise InputError(f"kept names seeds {array.min()} to {array.max()}, there are {seeds}")
    if len(np.unique(array)) != len(array):
        raise InputError("kept names a seed twice")
    return np.array(array, dtype=np.int32)


def check_phases(phases: Phases, labels: int) -> None:
    """Raise InputError if phases do not name the last of so many labels."""
    if not isinstance(phases, Phases):
        raise InputError(f"the phases of a particle are Phases, not {type(phases).__name__}")
    others = np.flatnonzero(~phases.mask(GRAIN, np.arange(1, labels + 1))) + 1
    count = sum(last - first + 1 for _, first, last in phases.ranges)
    if count != len(others) or (len(others) and others[0] != labels - count + 1):
        raise InputError(
            f"phases name {count} labels that are to be the last of the particle's {labels}; give "
            "seeds of grains first"
        )
    if count == labels:
        raise InputError("a particle has one grain at least; its phases name every label")


def checked_quaternions(orientations: AnyArray, grains: int) -> Floats:
    """Return unit quaternions, one for every grain, shape (g, 4); InputError if they are not."""
    array = np.array(orientations, dtype=np.float64)
    if array.shape != (grains, 4):
        raise InputError(f"orientations have shape ({grains}, 4), not {array.shape}")
    length = np.sqrt((array * array).sum(axis=1))
    if not (np.abs(length - 1) < 1e-6).all():
        raise InputError("orientations must be unit quaternions")
    length[np.abs(length - 1) < 1e-15] = 1.0  # once normalised they stay, bit for bit
    return np.asarray(array / length[:, None])


def checked_box(box: AnyArray) -> Floats:
    """Return the corners of a box, (2, 3); InputError if they are none."""
    array = np.array(box, dtype=np.float64)
    if array.shape != (2, 3) or not np.isfinite(array).all() or not (array[0] < array[1]).all():
        raise InputError("a box has a lower and an upper corner, shape (2, 3), in um")
    return array


def check_owners(parents: Owners, particles: Owners, grains: int) -> None:
    """Refuse lamellae of no grain, and particles of what is none.

    Raises
    ------
    InputError
        If a label that is no grain has an owner, or a lamella's grain is no label.
    """
    for name, owners in (("parents", parents), ("particles", particles)):
        if not isinstance(owners, Owners):
            raise InputError(f"the {name} of labels are Owners, not {type(owners).__name__}")
        if owners.last > grains:
            raise InputError(f"the {name} name label {owners.last}; grains are 1 to {grains}")
    if max((owner for _, _, owner in parents.runs), default=0) > grains:
        raise InputError(f"a lamella is part of one of the grains 1 to {grains}")
    table = particles.of(np.arange(1, grains + 1))
    if particles and not table.all():
        raise InputError("every grain belongs to a particle, where there are several")
