"""Charge a polycrystal at a constant current in DOLFINx, and follow its stress.

    nmc-mesh generate --diameter 2 -o particle.xdmf
    nmc-mesh materials nmc811 -o nmc811.toml
    nmc-mesh-charge particle.xdmf nmc811.toml --series charge.xdmf

Anisotropic diffusion (``charge``), anisotropic swelling and stiffness (``stress``). With
``--factor``, the thermodynamic factor, stress moves lithium too (``coupling``). A coating has a
material of its own, ``--coating alumina.toml`` (``coating``). Where the material
has a table [boundary] with diffusivity (um^2/s) and width (um), grain boundaries conduct their
product along themselves. Progress goes to the screen's error channel; the last line printed is one
of JSON. Runs on one rank or more:

    mpirun -n 4 python3 -m nmc_mesh_fenicsx.chemo_mechanics particle.xdmf nmc811.toml
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from mpi4py import MPI

from nmc_mesh_fenicsx.algebra import owned
from nmc_mesh_fenicsx.charge import Charge
from nmc_mesh_fenicsx.coating import layer_of, read_coating
from nmc_mesh_fenicsx.coupling import ChargeUnderStress
from nmc_mesh_fenicsx.material import read_material
from nmc_mesh_fenicsx.particle import read
from nmc_mesh_fenicsx.series import Series
from nmc_mesh_fenicsx.stress import Stress, percentiles, von_mises
from nmc_mesh_fenicsx.versions import degree_of_mesh

SHARES = (0.5, 0.9, 0.99)
TOLERANCE = 1e-9
"""Of x, before it counts as beyond a range: ours, far above what solvers leave."""


def main(arguments=None):
    """Read, charge, stress, report; on trouble one line, from one rank."""
    chosen = options().parse_args(arguments)
    comm = MPI.COMM_WORLD
    try:
        material = read_material(chosen.material)
        coating = None if chosen.coating is None else read_coating(chosen.coating)
        particle, layer = layer_of(read(chosen.particle, comm), material, coating)
        run(chosen, particle, material, layer)
    except (ValueError, FileNotFoundError) as error:  # on every rank
        if comm.rank == 0:
            print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:  # of one rank, say on a full disk: the others would wait for ever
        print(f"error: {error}", file=sys.stderr, flush=True)
        if comm.size > 1:
            comm.Abort(1)
        sys.exit(1)


def options():
    """What the command takes."""
    parser = argparse.ArgumentParser(description="Charge a particle and follow its stress.")
    parser.add_argument("particle", type=Path, help="the .xdmf file of the particle")
    parser.add_argument("material", type=Path, help="a .toml file of nmc-mesh materials")
    parser.add_argument("--coating", type=Path, help="material of the coating, if there is one")
    parser.add_argument("--rate", type=positive, default=0.5, help="C-rate, 1/h")
    parser.add_argument("--share", type=positive, default=1.0, help="of the capacity, charged")
    parser.add_argument("--steps", type=whole, default=40, help="steps in time")
    parser.add_argument(
        "--factor",
        type=positive,
        help="thermodynamic factor d ln a / d ln x, 1 in an ideal solution: stress moves lithium",
    )
    parser.add_argument("--temperature", type=positive, default=298.15, help="K, with --factor")
    parser.add_argument("--degree", type=int, choices=(1, 2), help="of elements; else the mesh's")
    parser.add_argument("--series", type=Path, help=".xdmf for ParaView: x, displacement, stress")
    parser.add_argument("--frames", type=whole, default=10, help="of the series, after the start")
    parser.add_argument("-o", "--output", type=Path, help=".npz with content and stress at the end")
    parser.add_argument("--quiet", action="store_true", help="no progress; warnings stay")
    return parser


def positive(text):
    """Read a number above zero."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return value


def whole(text):
    """Read a whole number of at least one."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than one")
    return value


def run(chosen, particle, material, layer):
    """Charge and stress, with what is shown and written on the way."""
    begun, comm = time.monotonic(), particle.mesh.comm
    for path, ending in ((chosen.series, ".xdmf"), (chosen.output, ".npz")):
        if path is not None and (path.suffix != ending or not path.parent.is_dir()):
            raise ValueError(f"{path} must end in {ending}, in a folder that is there")
    step = 3600 * chosen.share / chosen.rate / chosen.steps
    least = degree_of_mesh(particle.mesh)
    if chosen.degree is not None and chosen.degree < least:
        raise ValueError(f"the mesh is of degree {least}, the elements cannot be of a lower one")
    what = particle, material, chosen.rate, step, layer, chosen.degree or least
    if chosen.factor is None:
        charge = Charge(*what)
        stress = Stress(particle, material, charge.content, layer)
    else:
        charge = ChargeUnderStress(*what, chosen.factor, chosen.temperature)
        stress = charge.stress
    frames = np.linspace(0, chosen.steps, min(chosen.frames, chosen.steps) + 1).round()
    guard = Guard(material, comm)
    series = Series(chosen.series, particle, chosen.particle) if chosen.series else None
    for done in range(chosen.steps + 1):
        if done:
            charge.advance()
            guard.look(charge)
        if done == chosen.steps or (series and done in frames):
            stress.update()
        if series and done in frames:
            mechanics = (stress.displacement, stress.stress, stress.von_mises)
            series.add(charge.time, (*charge.fields(), *mechanics))
        if comm.rank == 0 and not chosen.quiet:
            show(done, chosen.steps, guard.bounds, time.monotonic() - begun)
    report(chosen, charge, stress, guard)


def show(done, steps, bounds, seconds):
    """Tell how far it is: in place on a screen, every tenth part elsewhere."""
    screen, last = sys.stderr.isatty(), done == steps
    if screen or done * 10 // steps > (done - 1) * 10 // steps:
        least, largest = bounds
        line = f"step {done} of {steps}, x from {least:.3f} to {largest:.3f}, {seconds:.0f} s"
        end = "\n" if last or not screen else ""
        print(f"\r{line}" if screen else line, end=end, file=sys.stderr, flush=True)


class Guard:
    """Warns once where content leaves the range of the material, ends where no lattice is known.

    Parameters
    ----------
    material
        What ``read_material`` gave.
    comm
        A communicator, whose first rank speaks.

    Attributes
    ----------
    bounds
        Least and largest content at the last look.
    """

    def __init__(self, material, comm):
        self.range = material["concentration"]["range"]
        self._lattice, self._comm, self._warned = material["lattice"]["x"], comm, False
        self.bounds = (self.range[1], self.range[1])

    def look(self, charge):
        """Look at the content of now.

        Raises
        ------
        ValueError
            If it lies beyond the table of lattice parameters.
        """
        least, largest = self.bounds = charge.bounds()
        at = f"x runs from {least:.3f} to {largest:.3f} after {charge.time:.0f} s"
        if least < self._lattice[0] or largest > self._lattice[-1]:
            raise ValueError(f"{at}; no lattice is known there: charge less, or more slowly")
        low, high = self.range
        inside = low - TOLERANCE <= least and largest <= high + TOLERANCE
        if not inside and not self._warned:
            self._warned = True
            if self._comm.rank == 0:
                words = f"warning: {at}, beyond the range of the material, {low} to {high}"
                print(
                    f"{words}; charge less, more slowly, or mesh finer", file=sys.stderr, flush=True
                )


def report(chosen, charge, stress, guard):
    """Print the facts on the first rank, and write what was asked for."""
    comm, space = charge.content.function_space.mesh.comm, charge.content.function_space
    charge.average()
    own = owned(space)
    middle = stress.von_mises.function_space.tabulate_dof_coordinates()
    parts = {
        "points": space.tabulate_dof_coordinates()[:own],
        "content": charge.content.x.array[:own],
        "centres": middle[: len(stress.volumes)],
        "volumes": stress.volumes,
        "stress": stress.cells(),
        "means": charge.mean.x.array[: len(stress.volumes)],
    }
    every = {name: comm.gather(part) for name, part in parts.items()}
    low, high = guard.range
    lost, beyond = charge.lost(), charge.beyond(low - TOLERANCE, high + TOLERANCE)
    if comm.rank:
        return
    every = {name: np.concatenate(found) for name, found in every.items()}
    sigma, volumes = every["stress"], every["volumes"]
    principal = np.linalg.eigvalsh(sigma[:, [[0, 5, 4], [5, 1, 3], [4, 3, 2]]])[:, 2]
    spread = {
        "von Mises stress, MPa": percentiles(von_mises(sigma), volumes, SHARES),
        "largest principal stress, MPa": percentiles(principal, volumes, SHARES),
    }
    words = [f"{share:.0%} of the volume below" for share in SHARES]
    facts = {
        "least x": guard.bounds[0],
        "largest x": guard.bounds[1],
        "share of nodes beyond the range": beyond,
        **{name: dict(zip(words, values, strict=True)) for name, values in spread.items()},
        "lithium lost": float(lost),
    }
    if chosen.output:
        beside = chosen.output.with_name(f".{chosen.output.name}.part")
        try:
            with beside.open("wb") as file:
                np.savez(file, **every)
            beside.replace(chosen.output)
        finally:
            beside.unlink(missing_ok=True)
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
