"""Certificates on the command line: options, rows of tables, what a stored one says."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from nmc_mesh.geometry.label_image import LabelImage
    from nmc_mesh.mesh.tet_mesh import TetMesh
    from nmc_mesh.mesher.certificate import Certificate
    from nmc_mesh.mesher.requirements import Requirement
    from nmc_mesh.particle.particle import Particle
    from nmc_mesh.progress import Progress

Command = TypeVar("Command", bound=Callable[..., object])
KEY = "certificate"
"""Place of a certificate's facts in what a mesh tells of its making."""


def _demands(
    context: click.Context, option: click.Parameter, text: str | None
) -> list[Requirement] | None:
    if text is None:
        return None
    from nmc_mesh.mesher.requirements import requirements

    return requirements(text)


def required(command: Command) -> Command:
    """Add ``--require``, read and checked."""
    return click.option(
        "--require", "demands", metavar="DEMANDS", callback=_demands,
        help="Refuse a mesh that falls short, and write nothing: angle>=20, distance<=0.2, ... "
        "Angles in degrees, proven distances in edge lengths, volume in percent.",
    )(command)  # fmt: skip


def certifying(command: Command) -> Command:
    """Add ``--certify`` and ``--require``."""
    wanted = click.option(
        "--certify", is_flag=True,
        help="Prove how near the mesh comes to its source; the tables keep the certificate.",
    )  # fmt: skip
    return wanted(required(command))


def certified(
    mesh: TetMesh,
    source: Particle | LabelImage,
    wanted: bool,
    demands: list[Requirement] | None,
    progress: Progress,
) -> tuple[TetMesh, Certificate | None]:
    """Return a mesh that carries its certificate, if one is wanted or demanded.

    All of it where it is wanted, else what the demands need.

    Raises
    ------
    MeshError
        If the mesh falls short of a demand.
    """
    if not wanted and demands is None:
        return mesh, None
    from dataclasses import replace

    from nmc_mesh.mesher.certificate import PROOFS, certify
    from nmc_mesh.mesher.requirements import demand, proofs_of

    proofs = PROOFS if wanted else proofs_of(demands or [])
    proof = certify(mesh, source, proofs=proofs, progress=progress)
    demand(proof, demands or [])
    return replace(mesh, info={**mesh.info, KEY: proof.facts()}), proof


def particle_beside(file: Path) -> Path | None:
    """Return the stored particle that lies beside a mesh under its name, if there is one."""
    from nmc_mesh.io.particle import holds_particle

    beside = file.with_suffix(".h5")
    return beside if beside.is_file() and holds_particle(beside) else None


def proven(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Rows of a table that tell what a certificate proves."""
    if "distance_max" not in facts:
        return
    shares = {"50 %": "p50", "90 %": "p90", "99 %": "p99", "all": "max"}
    within = [
        f"{share} within {facts[f'distance_{name}']:.2g}"
        for share, name in shares.items()
        if facts[f"distance_{name}"] is not None
    ]
    yield "proven distance", f"{', '.join(within) or 'of no facet'} edge lengths of the boundaries"
    if "unproven_back" in facts:
        back = facts["distance_back_max"]
        unproven = facts["unproven_back"]
        near = (
            f"within {back:.2g} edge lengths of a facet; all, both ways, within "
            f"{facts['distance_two_sided']:.2g}"
            if back is not None and facts["distance_two_sided"] is not None
            else f"not proven in {unproven:,} cells and boxes"
        )
        yield "way back", f"exact boundaries {near}"
    count = facts["unproven_facets"]
    if count:
        pairs = facts["unproven_pairs"]
        named = ", ".join(f"{a}-{b}" if b else f"{a}-outside" for a, b in pairs[:6])
        more = ", ..." if len(pairs) > 6 else ""
        yield "no boundary near", f"{count:,} facets between {named}{more}"
    topology = facts.get("topology")
    if topology is not None:
        yield from _junctions(topology)


def _junctions(topology: dict[str, Any]) -> Iterator[tuple[str, str]]:
    words = {name: name.replace("_", " ") for name in topology["exact"]}
    for kind, meaning in (("exact", "meet in the diagram"), ("missing", "of them not in the mesh"),
                       ("added", "in the mesh alone"), ("undecided", "not decided")):  # fmt: skip
        counts = topology[kind]
        if any(counts.values()):
            each = ", ".join(f"{counts[name]:,} {word}" for name, word in words.items())
            yield meaning, each


def stored(file: Path) -> Iterator[tuple[str, str]]:
    """Rows of a table that tell what the certificate in a file of tables proves."""
    from nmc_mesh.files import contents

    try:
        facts = json.loads(contents(file))["info"][KEY]
    except (ValueError, KeyError, TypeError):
        return  # not our tables, or none with a certificate
    low, high = (math.degrees(facts[f"{end}_angle"]) for end in ("smallest", "largest"))
    yield "certificate", f"dihedral angles of {low:.1f}° to {high:.1f}°"
    yield from proven(facts)
    if "volume_error" in facts:
        yield "volume error", f"of a grain at most {100 * facts['volume_error']:.1f} %"
