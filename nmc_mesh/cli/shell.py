"""Commands around the outer shell: segment a CT volume, fit a model to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import console, watched
from nmc_mesh.cli.model_file import add, contents_of, model_output
from nmc_mesh.cli.options import Command, adding, common

if TYPE_CHECKING:
    from nmc_mesh.geometry.star_shape import StarShape
    from nmc_mesh.progress import Progress
    from nmc_mesh.shell.fit import ShellLawName
    from nmc_mesh.shell.segmentation import Segmentation


def _one_volume(context: click.Context, option: click.Parameter, given: tuple[Path, ...]) -> Path:
    """Return the file or folder; of all files of a folder, which a shell makes of a pattern, it."""
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.images import slices_of

    if len(given) == 1:
        return given[0]
    folder = given[0].parent
    if folder.is_dir() and set(slices_of(folder) or ()) == set(given):
        return folder
    raise InputError(
        f"{len(given)} files are no volume; name the folder of the slices, or put the pattern in "
        f"quotes: '{folder / '*'}{given[0].suffix}'"
    )


def segmentation(command: Command) -> Command:
    """Add the volume, its voxel and every threshold of the segmentation."""
    volume = click.argument(
        "volume", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="CT",
        callback=_one_volume,
    )  # fmt: skip
    return volume(thresholds(command))


def thresholds(command: Command) -> Command:
    """Add what ``segmentation`` adds, but for the volume."""
    return adding(_SEGMENTATION, command)


_SEGMENTATION = (
    click.option(
        "--voxel", metavar="UM",
        help="Edge length of a voxel, which is a cube.  [default: what the file says]",
    ),
    click.option(
        "--kind",
        type=click.Choice(["auto", "grey", "binary", "labels"]),
        default="auto",
        show_default=True,
        help="Grey values, two values, or one label per particle.",
    ),
    click.option(
        "--phase", metavar="VALUES", help="Values that are particles in a volume of phases: 1,2."
    ),
    click.option("--dark", is_flag=True, help="Particles are darker than what surrounds them."),
    click.option(
        "--contrast-check/--no-contrast-check",
        default=True,
        show_default=True,
        help="Refuse a volume whose contrast seems inverted.",
    ),
    click.option(
        "--sigma", type=float, default=1.8, show_default=True, metavar="VOXELS",
        help="Gaussian filter of grey values.",
    ),
    click.option(
        "--marker-depth", type=float, default=1.0, show_default=True, metavar="VOXELS",
        help="Necks less deep than this do not part particles.",
    ),
    click.option(
        "--min-volume", type=int, default=10, show_default=True, metavar="VOXELS",
        help="Merge or drop smaller components.",
    ),
    click.option(
        "--min-sphericity", type=float, default=0.5, show_default=True,
        help="Merge or drop less spherical components.",
    ),
    click.option("--keep-border", is_flag=True, help="Keep what touches the border."),
    click.option(
        "--field-of-view/--no-field-of-view", default=True, show_default=True,
        help="Look for a field of view (constant or NaN outside), and drop what it cuts off.",
    ),
    click.option("--dataset", metavar="NAME", help="Which dataset of an HDF5 file."),
    click.option(
        "--block", type=int, metavar="VOXELS",
        help="Segment in blocks of this edge, to save memory; 0: as a whole.  [default: as a whole "
        "if there is memory for it]",
    ),
    click.option(
        "--margin", type=int, metavar="VOXELS",
        help="Around each block; has to hold the largest particle.  [default: 48, or more where a "
        "particle needs it]",
    ),
)  # fmt: skip


def shell_law(command: Command) -> Command:
    """Add the law that is fitted to the particles."""
    law = click.option(
        "--law", type=click.Choice(["independent", "joint"]), default="independent",
        show_default=True,
        help="Law of the shells: independent coefficients (the paper's), or all of them jointly "
        "(ours), as compact and round as measured.",
    )  # fmt: skip
    return law(command)


@click.command()
@segmentation
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="LABELS.tif",
    help="Labels to write: .tif or .h5 (slices first), .npy [x, y, z], .nrrd or .vti.",
)  # fmt: skip
@common
def segment(volume: Path, output: Path, quiet: bool, **choices: Any) -> None:
    """Find the particles of an X-ray CT volume: one label for each.

    \b
    nmc-mesh segment CT.tif --voxel 0.128 -o labels.tif
    nmc-mesh segment slices/ --voxel 0.128 -o labels.tif
    nmc-mesh segment phases.tif --voxel 0.398 --phase 1 -o labels.tif
    nmc-mesh segment large.npy --voxel 0.128 --block 160 --margin 48 -o labels.tif
    nmc-mesh mesh labels.tif --spacing 0.398 -o electrode.msh

    CT is a stack, or a folder or a pattern ('slices/ct*.tif') of slices, which are stacked in the
    order of the numbers in their names. Grey values are filtered and parted by Otsu's threshold,
    touching particles by a watershed; small, angular and cut components are merged or dropped, and
    a table says how many.
    """
    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.label_images import LABEL_FILES, write_labels

    checked_place(output, LABEL_FILES, volume)
    if volume.is_dir() and output.parent.samefile(volume):
        raise InputError(f"{output} would be a slice of {volume} next time; use another folder")
    with watched(quiet) as watch:
        particles = particles_of(volume, watch, **choices)
        watch("write", 0.0)
        write_labels(output, particles.image)
        watch("write", 1.0)
    if not quiet:
        from nmc_mesh.cli.shell_report import segmentation_table

        console().print(segmentation_table(particles, volume.name, watch.seconds, output))


_FITTED = {
    "independent": ("shell.laws", "maximum likelihood (family by AIC)"),
    "joint": ("shell", "a joint law of all coefficients (classes by BIC), which is ours,"),
}
"""What the provenance of a fitted law says, and under which name."""


@click.command("fit-shell")
@segmentation
@model_output
@shell_law
@click.option(
    "--min-share", type=float, default=0.9, show_default=True,
    help="Refuse particles of whose volume a star shape captures less.",
)  # fmt: skip
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Draws the rotations of the particles."
)
@click.option(
    "--bootstrap", type=int, default=20, show_default=True, metavar="ROUNDS",
    help="Rounds for the deviations of the parameters; 0: none.",
)  # fmt: skip
@common
def fit_shell(
    volume: Path,
    output: Path,
    base: str | None,
    law: ShellLawName,
    min_share: float,
    seed: int,
    bootstrap: int,
    quiet: bool,
    **choices: Any,
) -> None:
    """Fit the shell model to the particles of an X-ray CT volume.

    \b
    nmc-mesh fit-shell CT.tif --voxel 0.128 -o mine.toml
    nmc-mesh fit-shell labels.tif --voxel 0.398 --base nmc-equiaxed -o mine.toml
    nmc-mesh fit-shell CT.tif --voxel 0.128 --law joint -o mine.toml
    nmc-mesh generate --model mine.toml --seed 1 -o particle.msh

    CT is grey, binary or labelled. The model file gets the laws of the spherical-harmonic
    coefficients; grains and texture stay those it has, or are those of --base. It says where every
    number comes from.
    """
    import numpy as np

    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.particle.parts import started
    from nmc_mesh.particle.writer import with_shell
    from nmc_mesh.shell import fit

    checked_place(output, (".toml",), volume)
    started(output, base)
    rng = generator(seed)
    with watched(quiet) as watch:
        inputs = contents_of([volume])
        particles = particles_of(volume, watch, **choices)
        fitted = fit.fit_shell(particles.image, rng, min_share=min_share, law=law)
        watch("fit", 1.0)
        spread = fitted.deviations(np.random.default_rng(seed), bootstrap) if bootstrap > 1 else []
        watch("deviations", 1.0)
        name, how = _FITTED[law]
        facts = {
            name: f"fitted: {how} on the particles of {volume.name}",
            "shell.quality": fit.summary(particles, fitted),
            "shell.min_volume": "paper: 10 voxels of the CT",
        }
        add(
            output, base, "shell", [volume],
            lambda table, more: with_shell(
                table, table.name, table.summary, fitted.model, {**more, **facts}
            ),
            inputs,
        )  # fmt: skip
    if not quiet:
        from nmc_mesh.cli.shell_report import law_table, segmentation_table

        console().print(segmentation_table(particles, volume.name, watch.seconds, output))
        console().print(law_table(fitted, spread))


def particles_of(
    volume: Path,
    watch: Progress,
    voxel: str | None,
    kind: str,
    phase: str | None,
    dataset: str | None,
    contrast_check: bool,
    block: int | None,
    margin: int | None,
    **thresholds: Any,
) -> Segmentation:
    """Read a volume and find its particles, as the options of ``segmentation`` say."""
    import numpy as np

    from nmc_mesh.cli.files import numbers
    from nmc_mesh.io.images import read_volume
    from nmc_mesh.io.spacing import spacing_of
    from nmc_mesh.shell.segmentation import SegmentationOptions
    from nmc_mesh.shell.volume import KINDS, cubic
    from nmc_mesh.shell.volume import segment as find

    options = SegmentationOptions(check_contrast=contrast_check, **thresholds)
    given = None if voxel is None else np.array(numbers("--voxel", voxel, float))
    edge = cubic(spacing_of(volume, given, dataset))
    phases = [] if phase is None else numbers("--phase", phase, int)
    watch("read", 0.0)
    array = read_volume(volume, dataset)
    watch("read", 1.0)
    wanted = next((known for known in KINDS if known == kind), None)
    return find(
        array, edge, options, kind=wanted, phases=phases, block=block, margin=margin, progress=watch
    )


def measured_shell_of(address: str, voxel: str | None) -> StarShape:
    """Return the particle that ``labels.tif#12`` names."""
    from nmc_mesh.cli.labels import labels_from
    from nmc_mesh.errors import InputError
    from nmc_mesh.shell.fit import measured_shell

    name, mark, label = address.rpartition("#")
    if not mark or not label.isdigit() or int(label) == 0:
        raise InputError(
            f"--shell takes a label image and a particle, labels.tif#12, not '{address}'"
        )
    image = labels_from(name, voxel, option="--voxel")
    return measured_shell(image, int(label))


def generator(seed: int) -> Any:
    """Return the generator of a seed; InputError if it is negative."""
    from nmc_mesh.numerics import draws

    return draws.generator(seed)
