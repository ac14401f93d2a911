"""Profiles of a mesh: numbers by place that ``info`` knows, and their values in cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.profile import Profile, check_profile_name
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.numerics.products import determinants
from nmc_mesh.typing import Floats


def with_profile(mesh: TetMesh, name: str, profile: Profile) -> TetMesh:
    """Return a mesh that knows a profile: formats with arrays of cells write its values there.

    Parameters
    ----------
    mesh
        Any mesh.
    name
        Of small letters, digits and _.
    profile
        The number by place; without a radius it gets that of the ball of the mesh's volume.

    Raises
    ------
    InputError
        If the name is none.

    Examples
    --------
    >>> labels = np.repeat([1, 2], 4)[:, None, None] * np.ones((1, 8, 8), int)
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.25))
    >>> rich = nmc_mesh.with_profile(mesh, "nickel", nmc_mesh.Profile((0, 2), (0.9, 0.6), "x"))
    >>> values = nmc_mesh.profile_of(rich, "nickel")
    >>> len(values) == len(mesh.cells), bool((values <= 0.9).all())
    (True, True)
    """
    corners = mesh.points[mesh.cells[:, :4]]
    volume = np.add.reduce(determinants(corners[:, 1:] - corners[:, :1])) / 6
    whole = profile.within(float(cbrt(0.75 * volume / np.pi)))
    known = {**mesh.info.get("profiles", {}), check_profile_name(name): whole.plain()}
    return replace(mesh, info={**mesh.info, "profiles": known})


def profile_of(mesh: TaggedMesh, name: str) -> Floats:
    """Return the values of a profile at the centres of the cells of a mesh, shape (m,).

    Parameters
    ----------
    mesh
        A mesh that knows it.
    name
        Of the profile.

    Raises
    ------
    InputError
        If the mesh knows no such profile.

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> mesh = nmc_mesh.tetrahedralize(particle, size=0.1)
    >>> rich = nmc_mesh.with_profile(mesh, "nickel", nmc_mesh.Profile((0, 1), (0.9, 0.6)))
    >>> bool((nmc_mesh.profile_of(rich, "nickel") < 0.9).all())
    True
    """
    known = mesh.info.get("profiles", {})
    if name not in known:
        raise InputError(
            f"the mesh has no profile '{name}'; it has {', '.join(known) or 'none'}: with_profile()"
        )
    return Profile.of_plain(known[name]).of(_centres(mesh))


def profile_columns(mesh: TaggedMesh) -> Mapping[str, Floats]:
    """Arrays of cells by the names of the profiles that a mesh knows."""
    return {name: profile_of(mesh, name) for name in mesh.info.get("profiles", {})}


def _centres(mesh: TaggedMesh) -> Floats:
    corners = mesh.points[mesh.cells[:, : 8 if mesh.cells.shape[1] == 8 else 4]]
    total = corners[:, 0].copy()
    for k in range(1, corners.shape[1]):  # one order of summing
        total += corners[:, k]
    return np.asarray(total / corners.shape[1])
