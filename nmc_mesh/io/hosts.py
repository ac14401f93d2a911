"""The table of hosts: which format, version and groups each reads as it is today.

A preset is here once a test has let its host read every volume, the outer surface and a boundary
between grains. Where the host cannot be had (a licence, no package), ``read_by`` names what read
the file in its place; ``docs/hosts.md`` tells what each keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from nmc_mesh.errors import InputError
from nmc_mesh.mesh.groups import Blocks, Boundaries


class Host(NamedTuple):
    """What a program that solves on meshes wants of a file, and why.

    ``options`` are those of the format, see `nmc_mesh.io.write`; ``stem`` is the name that the file
    has to have, if it has to; ``read_by`` what read it in our tests in place of the host.
    """

    name: str
    ending: str
    why: str
    blocks: Blocks = "auto"
    boundaries: Boundaries = "auto"
    options: Mapping[str, Any] = MappingProxyType({})
    stem: str = ""
    read_by: str = ""


HOSTS: Mapping[str, Host] = MappingProxyType(
    {
        "abaqus": Host("Abaqus, CalculiX", ".inp", "element sets, surfaces, orientations"),
        "comsol": Host(
            "COMSOL",
            ".mphtxt",
            "domains and boundaries as selections by name",
            read_by="a reader of ours after COMSOL's manual",
        ),
        "dealii": Host(
            "deal.II",
            ".msh",
            "no facets between grains, no lines and points: it takes ids on the outside only",
            boundaries="none",
        ),
        "dolfinx": Host(
            "DOLFINx", ".xdmf", "loads a third as long as .msh; facets in a second file"
        ),
        "elmer": Host(
            "Elmer",
            ".header",
            "bodies and boundaries with names, in a folder of their own",
            stem="mesh",
            read_by="Netgen, whose files for Elmer are the same",
        ),
        "freefem": Host(
            "FreeFEM", ".msh", "version 2.2: 4.1 ends it by a fault", options={"version": "2.2"}
        ),
        "getdp": Host(
            "GetDP", ".msh", "version 2.2: it knows no other", options={"version": "2.2"}
        ),
        "med": Host(
            "code_aster, SALOME",
            ".med",
            "groups with names",
            read_by="medcoupling, SALOME's library",
        ),
        "mfem": Host(
            "MFEM", ".mesh", "version 1.3 has names (MFEM 4.7)", options={"version": "1.3"}
        ),
        "moose": Host(
            "MOOSE, libMesh",
            ".e",
            "blocks, one-sided side sets, crystals (BreakMeshByBlock: --boundaries none)",
            read_by="libMesh, VTK, the exodus library",
        ),
        "ngsolve": Host("Netgen, NGSolve", ".vol", "materials and boundaries with names"),
        "pybamm": Host(
            "PyBaMM",
            ".msh",
            "version 2.2, no facets between grains: it takes boundaries on the outside only",
            boundaries="none",
            options={"version": "2.2"},
        ),
        "skfem": Host(
            "scikit-fem",
            ".msh",
            "one group of facets between grains: with one per pair it takes minutes",
            boundaries="one",
        ),
    }
)
"""Presets by the word that ``--for`` takes."""


def find_host(word: str) -> Host:
    """Look up the preset of a host.

    Raises
    ------
    InputError
        If there is none, or the host takes no mesh.
    """
    if word == "damask":
        raise InputError(
            "DAMASK reads voxels together with a material, not a mesh; write both: "
            "nmc-mesh deck damask PARTICLE -o grid.vti --material NAME"
        )
    if word not in HOSTS:
        raise InputError(f"there is no preset for '{word}'; use one of {', '.join(HOSTS)}")
    return HOSTS[word]


def options_for(
    host: Host | None, path: Path, blocks: Blocks, boundaries: Boundaries
) -> dict[str, Any]:
    """Keywords with which `nmc_mesh.io.write` writes a file for a host.

    What is chosen by hand stands above the preset; files of other formats are not concerned.

    Parameters
    ----------
    host
        Who will read, or None.
    path
        The file.
    blocks, boundaries
        The layout of the groups, ``auto`` where nothing was chosen.
    """
    layout: dict[str, Any] = {"blocks": blocks, "boundaries": boundaries}
    if host is None or path.suffix.lower() != host.ending:
        return layout
    if blocks == "auto":
        layout["blocks"] = host.blocks
    if boundaries == "auto":
        layout["boundaries"] = host.boundaries
    return layout | dict(host.options)
