"""The command ``fit-cracks``: from segmented sections to a law of cracks in space."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.options import common
from nmc_mesh.extensions import DEFAULT_MODEL

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.cracks.fit import CrackFit
    from nmc_mesh.cracks.images import CrackDescriptors
    from nmc_mesh.mesh.tet_mesh import TetMesh
    from nmc_mesh.particle.particle import Particle

_EDGES_PER_GRAIN = 3.0
"""Of the meshes whose boundaries are measured: coarse, as only areas and directions count; ours."""


@click.command("fit-cracks")
@click.argument("images", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--voxel", required=True, metavar="UM", help="Edge length of a pixel.")
@click.option(
    "--model", default=DEFAULT_MODEL, show_default=True, metavar="NAME",
    help="Draws intact particles with the grains of those in the images.",
)  # fmt: skip
@click.option(
    "--law", default="random", show_default=True, metavar="LAW",
    help="How cracks grow: random, short, long or radial; the fit finds its other numbers.",
)  # fmt: skip
@click.option(
    "--height", type=float, default=0.0, show_default=True, metavar="UM",
    help="Distance of the planes from the particles' centres.",
)  # fmt: skip
@click.option(
    "--particles", type=click.IntRange(1), default=6, show_default=True, metavar="N",
    help="How many particles are drawn.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="For the draws.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT.json",
    help="File for the law; nmc-mesh cracks --law takes it.",
)  # fmt: skip
@common
def fit_cracks(
    images: tuple[Path, ...],
    voxel: str,
    model: str,
    law: str,
    height: float,
    particles: int,
    seed: int,
    output: Path,
    quiet: bool,
) -> None:
    """Find share, direction, place and width of cracks from IMAGES of sections.

    \b
    nmc-mesh fit-cracks one.tif two.tif --voxel 0.02 --model nmc-radial -o fitted.json
    nmc-mesh fit-cracks cuts/*.png --voxel 0.02 --law long --height 1.5 -o fitted.json

    Every image is the section of one particle: 0 outside, 1 grain, 2 crack. The law is that whose
    cracks, in particles drawn from the model, would show the same area per volume, the same
    directions and places; the width is that in space. Take a dozen sections or more: the report
    says how far the share may be off by their number, which counts for long cracks.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.cli.labels import labels_from
    from nmc_mesh.cli.shell import generator
    from nmc_mesh.cracks import fit
    from nmc_mesh.cracks.images import crack_descriptors
    from nmc_mesh.cracks.law import CrackLaw
    from nmc_mesh.particle.model import load_model

    checked_place(output, (".json",))
    generator(seed)
    chosen, base = load_model(model), CrackLaw.named(law, 0.1)
    with watched(quiet) as watch:
        watch("measure", 0.0)
        cuts = [labels_from(image, voxel, option="--voxel", axes=2) for image in images]
        sections = [crack_descriptors(cut) for cut in cuts]
        watch("measure", 1.0)
        drawn = _drawn(chosen, sections, height, particles, seed, watch)
        pixel = float(cuts[0].spacing[0])
        fitted = fit.fit_cracks(sections, drawn, pixel, base, height, seed)
        watch("fit", 1.0)
        _write(output, fitted, model, sections)
    if not quiet:
        console().print(_report(fitted, sections, watch.seconds, output))


def _drawn(
    model: Any,
    sections: list[CrackDescriptors],
    height: float,
    count: int,
    seed: int,
    watch: Any,
) -> list[tuple[Particle, TetMesh]]:
    """Draw particles as large as those in the images, and mesh them coarsely."""
    import numpy as np

    from nmc_mesh.mesher.tetrahedralize import tetrahedralize

    flat = np.mean([section.area for section in sections]) / np.pi
    diameter = 2.0 * float(np.sqrt(flat + height**2))
    made = []
    for number in range(count):
        watch("draw", number / count)
        particle = model.sample(np.random.default_rng([seed, number]), diameter)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of tiny grains, which do not matter
            size = model.grains.grain_size / _EDGES_PER_GRAIN
            made.append((particle, tetrahedralize(particle, size=size)))
    watch("draw", 1.0)
    return made


def _write(path: Path, fitted: CrackFit, model: str, sections: list[CrackDescriptors]) -> None:
    from nmc_mesh.files import write_json

    moments = {
        name: {key: float(value) for key, value in part._asdict().items()}
        for name, part in (("measured", fitted.measured), ("drawn", fitted.drawn))
    }
    document = {
        "law": fitted.law.facts(),
        "width": fitted.width,
        "share_error": fitted.error * fitted.law.share if len(sections) > 1 else None,
        "model": model,
        "sections": len(sections),
        **moments,
    }
    write_json(path, document)


def _report(
    fitted: CrackFit, sections: list[CrackDescriptors], seconds: Any, output: Path
) -> Table:
    from nmc_mesh.cli.tables import ending

    shown, drawn = fitted.measured, fitted.drawn
    facts = [
        ("sections", f"{len(sections):,}, with {sum(s.pieces for s in sections):,} cracks"),
        ("area of cracks per volume", f"{shown.density:.4g} /µm"),
        ("tilt to the radius", f"{shown.tilt:.3f}, drawn {drawn.tilt:.3f} (1/2: at random)"),
        ("distance", f"{shown.distance:.3f} radii, drawn {drawn.distance:.3f}"),
    ]
    spread = fitted.error * fitted.law.share
    law = [
        ("share of boundaries", f"{100 * fitted.law.share:.3g} % ± {100 * spread:.2g}"),
        ("width", f"{fitted.width:.4g} µm"),
        ("radial", f"{fitted.law.radial:.3g}"),
        ("outward", f"{fitted.law.outward:.3g}"),
    ]
    return ending(f"cracks of {len(sections)} sections", [facts, law], seconds, [output])
