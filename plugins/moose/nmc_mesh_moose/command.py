"""The command ``nmc-mesh-moose``."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np

import nmc_mesh
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io.crystals import informed
from nmc_mesh.io.deck_abaqus import strain_tensor
from nmc_mesh.io.particle import holds_particle
from nmc_mesh_moose.check import check_input
from nmc_mesh_moose.particle import DECKS, Load, write_moose
from nmc_mesh_moose.voxels import write_voxels


def options() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser("nmc-mesh-moose", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    write = verbs.add_parser("write", help="mesh, input and table of crystals of a particle")
    write.add_argument("source", type=Path, help="a mesh that nmc-mesh wrote")
    write.add_argument("folder", type=Path)
    write.add_argument("--deck", choices=DECKS, default="charge")
    write.add_argument("--material", default="nmc811", help="a shipped one, or a .toml file")
    write.add_argument("--cohesive", action="store_true", help="boundaries that may open")
    write.add_argument("--rate", type=float, default=0.5, help="C-rate of a charge, 1/h")
    write.add_argument("--strain", metavar="XX,YY,ZZ,YZ,XZ,XY", help="of the deck stress")
    voxels = verbs.add_parser("voxels", help="phase fields from voxels")
    voxels.add_argument("source", type=Path, help="a particle (.h5) or a label image")
    voxels.add_argument("folder", type=Path)
    voxels.add_argument("--spacing", type=float, help="edge length of a voxel, um")
    check = verbs.add_parser("check", help="names in an input against those in its files")
    check.add_argument("deck", type=Path)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Write or check; the exit code is 1 where something does not fit, 2 for a wrong command."""
    try:
        chosen = options().parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        if chosen.verb == "check":
            problems = check_input(chosen.deck)
            print(*(problems or [f"{chosen.deck} fits its files"]), sep="\n")
            return int(bool(problems))
        with warnings.catch_warnings(record=True, action="always") as seen:
            files = _particle(chosen) if chosen.verb == "write" else _voxels(chosen)
        for warning in seen:
            print(f"warning: {warning.message}", file=sys.stderr)
        print(*files, sep="\n")
    except (InputError, FileError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _particle(chosen: argparse.Namespace) -> list[Path]:
    strain = None
    if chosen.strain is not None:
        try:
            strain = strain_tensor([float(word) for word in chosen.strain.split(",")])
        except ValueError:
            raise InputError("a strain has six numbers: xx,yy,zz,yz,xz,xy") from None
    material = nmc_mesh.load_material(chosen.material)
    mesh = informed(nmc_mesh.read(chosen.source), chosen.source)
    load = Load(rate=chosen.rate, strain=strain)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    return write_moose(
        chosen.folder, mesh, chosen.source.stem, material, chosen.deck, load, chosen.cohesive
    )


def _voxels(chosen: argparse.Namespace) -> list[Path]:
    turns: np.ndarray | None = None
    if holds_particle(chosen.source):
        particle = nmc_mesh.read_particle(chosen.source)
        turns = particle.orientations
        if chosen.spacing is None:
            raise InputError("how large is a voxel? give its edge in um, such as --spacing 0.1")
        image = nmc_mesh.voxelize(particle, chosen.spacing)
    else:
        image = nmc_mesh.read_labels(chosen.source, spacing=chosen.spacing)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    return write_voxels(chosen.folder, image, chosen.source.stem, turns)
