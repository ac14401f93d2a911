"""The command ``fit-gbpd``: a labelled volume becomes an analytic particle, and its mesh."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.labels import sure
from nmc_mesh.cli.options import common, fit_device

if TYPE_CHECKING:
    from rich.table import Table

    from nmc_mesh.grains.fit_forms import FormName
    from nmc_mesh.particle.from_labels import FittedParticle


@click.command("fit-gbpd")
@click.argument("labels", type=click.Path(path_type=Path), metavar="LABELS")
@click.option(
    "--voxel", metavar="UM",
    help="Edge length of a voxel, or three: 0.1,0.1,0.2.  [default: what the file says]",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), multiple=True, required=True,
    metavar="PARTICLE.h5 [OUT.msh ...]",
    help="Files to write: .h5 holds the particle itself, other endings its mesh or picture.",
)  # fmt: skip
@click.argument("more", type=click.Path(path_type=Path), nargs=-1, metavar="")
@click.option(
    "--form", type=click.Choice(["free", "radial"]), default="free", show_default=True,
    help="Axes of the grains: any, or the first one toward the centre as in the paper.",
)  # fmt: skip
@click.option("--keep", metavar="LABELS", help="Labels to fit, such as 3,4,7.  [default: all]")
@click.option("--dataset", metavar="NAME", help="Which dataset of an HDF5 file holds the labels.")
@click.option("--steps", type=int, metavar="N", help="Steps of the fit.  [default: 200]")
@click.option(
    "--hold-out", type=float, default=0.02, show_default=True, metavar="SHARE",
    help="Share of the voxels that is hidden from the fit, to judge it by.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Draws those voxels.")
@fit_device
@click.option("--size", type=float, metavar="UM", help="Edge length of a mesh, if one is written.")
@sure
@common
def fit_gbpd(
    labels: Path,
    voxel: str | None,
    output: tuple[Path, ...],
    more: tuple[Path, ...],
    form: FormName,
    keep: str | None,
    dataset: str | None,
    steps: int | None,
    hold_out: float,
    seed: int,
    device: str | None,
    size: float | None,
    quiet: bool,
) -> None:
    """Fit a generalized balanced power diagram to a labelled volume, such as measured 3D EBSD.

    \b
    nmc-mesh fit-gbpd labels.tif --voxel 0.1 -o particle.h5
    nmc-mesh fit-gbpd labels.npy --voxel 0.1,0.1,0.2 --form radial -o particle.h5 particle.msh
    nmc-mesh fit-gbpd grains.h5 --dataset ids --voxel 0.05 --keep 3,4,7 -o three.h5

    Whole numbers label the voxels; 0 is outside. Grains that the border of the image cuts become
    surroundings. The result has smooth boundaries and meshes like a drawn particle; read it back
    with nmc_mesh.read_particle. For a section in a plane see nmc-mesh sections.
    """
    from nmc_mesh.cli.files import checked, checked_place, numbers, write_all
    from nmc_mesh.cli.labels import labels_from
    from nmc_mesh.cli.shell import generator
    from nmc_mesh.errors import InputError
    from nmc_mesh.geometry.label_image import kept_labels
    from nmc_mesh.grains.fit_volume import VOLUME_STEPS
    from nmc_mesh.io.particle import PARTICLE_FILES, write_particle
    from nmc_mesh.mesher.sizes import check_size
    from nmc_mesh.particle.from_labels import fit_particle

    every = [*output, *more]
    stores = [path for path in every if path.suffix.lower() in PARTICLE_FILES]
    if len(stores) != 1:
        raise InputError("name one .h5 file for the particle, such as -o particle.h5")
    checked_place(stores[0], PARTICLE_FILES, labels)
    meshes = [path for path in every if path not in stores]
    paths = checked(meshes, tables=False, source=labels) if meshes else []
    rng = generator(seed)
    wanted = None if keep is None else numbers("--keep", keep, int)
    image = labels_from(labels, voxel, dataset, "--voxel")
    chosen = image if wanted is None else kept_labels(image, wanted)
    with watched(quiet) as watch:
        fitted = fit_particle(
            chosen,
            form=form,
            steps=VOLUME_STEPS if steps is None else steps,
            hide=hold_out,
            rng=rng,
            device=device,
            provenance={"file": labels.name},
            progress=watch,
        )
        if size is not None:
            check_size(size, fitted.particle.grain_size)
        write_particle(stores[0], fitted.particle)
        if paths:
            from nmc_mesh.mesher.tetrahedralize import tetrahedralize

            mesh = tetrahedralize(fitted.particle, size, progress=watch)
            write_all(mesh, paths, "auto", "auto", watch)
    if not quiet:
        console().print(_table(fitted, labels.name, dict(watch.seconds), [stores[0], *paths]))


def _table(
    fitted: FittedParticle, title: str, seconds: dict[str, float], files: list[Path]
) -> Table:
    import numpy as np

    from nmc_mesh.cli.tables import ending

    fit, particle = fitted.fit, fitted.particle
    facts = [("grains", f"{particle.n_grains:,}")]
    if len(fitted.cut):
        facts.append(("cut by the border", f"{len(fitted.cut):,}: they are surroundings now"))
    if len(fit.lost):
        facts.append(("lost", ", ".join(map(str, fit.lost[:8]))))
    facts.append(("voxels right", f"{100 * fit.right:.2f} %"))
    if np.isfinite(fit.held_out):
        facts.append(("held-out voxels right", f"{100 * fit.held_out:.2f} %"))
    if np.isfinite(fit.right_outside):
        facts.append(("outside right", f"{100 * fit.right_outside:.2f} %"))
    facts.append(("share of the shell", f"{100 * fitted.star_share:.1f} % of the volume"))
    return ending(title, [facts], seconds, files)
