"""Particles in gmsh's window: model, seed, size and diameter as parameters, drawn by "Run".

    python nmc_particle.py                             # the window
    python nmc_particle.py -nopopup particle.msh       # no window: draw, write, end
    python nmc_particle.py -nopopup -setnumber "NMC particle/2Seed" 7 particle.msh

The mesh comes as discrete entities with their physical names: grains, boundaries, outer surface.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import gmsh

import nmc_mesh
from nmc_mesh.errors import NmcMeshError

PARAMETERS = [
    {
        "type": "string",
        "name": "NMC particle/1Model",
        "values": ["nmc-calibrated"],
        "choices": [],
        "label": "Model",
    },
    {"type": "number", "name": "NMC particle/2Seed", "values": [0], "min": 0, "step": 1},
    {
        "type": "number",
        "name": "NMC particle/3Size",
        "values": [0],
        "min": 0,
        "label": "Size (um, 0: a quarter of a grain)",
    },
    {
        "type": "number",
        "name": "NMC particle/4Diameter",
        "values": [4],
        "min": 0,
        "label": "Diameter (um, 0: as drawn)",
    },
]


ENDINGS = (".msh", ".msh2", ".vtk", ".inp", ".med", ".unv", ".bdf", ".mesh", ".cgns", ".su2")
"""Of files in which gmsh writes tetrahedra."""


def define():
    """Offer the parameters; values that are set already stay."""
    for parameter in PARAMETERS:
        if parameter["name"] not in gmsh.onelab.getNames():
            known = dict(parameter)
            if "choices" in known:
                known["choices"] = list(nmc_mesh.list_models())
            gmsh.onelab.set(json.dumps(known))


def draw():
    """Draw a particle with the parameters as they stand, and show it in place of what there is."""
    model = gmsh.onelab.getString("NMC particle/1Model")[0]
    seed, size, diameter = (
        float(gmsh.onelab.getNumber(f"NMC particle/{name}")[0])
        for name in ("2Seed", "3Size", "4Diameter")
    )
    _, mesh = nmc_mesh.generate(model, int(seed), size or None, diameter=diameter or None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "particle.msh"
        nmc_mesh.write(path, mesh, binary=True)
        gmsh.clear()
        gmsh.merge(str(path))


def window():
    """Wait for "Run" and draw, until the window is closed."""
    gmsh.fltk.initialize()
    while gmsh.fltk.isAvailable():
        gmsh.fltk.wait()
        action = gmsh.onelab.getString("ONELAB/Action")
        if action and action[0] == "check":
            gmsh.onelab.setString("ONELAB/Action", [""])
            define()
            gmsh.graphics.draw()
        elif action and action[0] == "run":
            gmsh.onelab.setString("ONELAB/Action", [""])
            try:
                draw()
            except NmcMeshError as error:
                gmsh.logger.write(str(error), "error")
            gmsh.graphics.draw()


def main(arguments=None):
    """Open the window, or draw and write a file without one."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options, path = file_of(arguments) if "-nopopup" in arguments else (arguments, None)
    gmsh.initialize(["nmc_particle", *options])
    try:
        define()
        if path is None:
            window()
        else:
            draw()
            gmsh.write(path)
    except NmcMeshError as error:
        sys.exit(f"error: {error}")
    finally:
        gmsh.finalize()


def file_of(arguments):
    """Part the options of gmsh from the file to write, which comes last; refuse what is none."""
    *options, last = arguments
    setters = [word in ("-setnumber", "-setstring") for word in options[-2:]]
    if last.startswith("-") or any(setters):  # which take a name and a value
        sys.exit("error: -nopopup wants a file to write, at the end: -nopopup particle.msh")
    path = Path(last)
    if path.suffix not in ENDINGS:
        sys.exit(f"error: gmsh writes no {last}; use one of {', '.join(ENDINGS)}")
    if not path.parent.is_dir():
        sys.exit(f"error: there is no folder {path.parent}; make it first")
    return options, last


if __name__ == "__main__":
    main()
