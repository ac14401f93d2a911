"""The command ``report``: one page that tells all of a particle, a model, a data set, sections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.console import complain, console, watched
from nmc_mesh.cli.options import common

if TYPE_CHECKING:
    from nmc_mesh.particle.model import ParticleModel
    from nmc_mesh.progress import Progress
    from nmc_mesh.report.page import Page
    from nmc_mesh.sections.section import Section
    from nmc_mesh.validation.grains_compare import GrainComparison


@click.command()
@click.argument("subject", metavar="PARTICLE|MESH|MODEL|DATASET|SECTIONS")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT.html",
    help="The page to write, or a .pdf for paper.",
)  # fmt: skip
@click.option(
    "--beside", metavar="SECTIONS|MODEL",
    help="For a model: measured sections (.h5); for sections: a model. Both are compared.",
)  # fmt: skip
@click.option(
    "--size", type=float, metavar="UM",
    help="Edge length of the mesh of a particle or a model.  [default: a quarter of a grain]",
)  # fmt: skip
@common
def report(subject: str, output: Path, beside: str | None, size: float | None, quiet: bool) -> None:
    """Write one page that holds all it shows: a picture to turn, statistics, quality, tables.

    \b
    nmc-mesh report particle.h5 -o report.html
    nmc-mesh report particle.msh -o report.html
    nmc-mesh report mine.toml --beside sections.h5 -o report.html
    nmc-mesh report sections.h5 --beside mine.toml -o report.html
    nmc-mesh report particles/ -o report.html
    nmc-mesh report particle.msh -o report.pdf               for paper: stills, first rows of tables

    A stored particle is meshed, and the mesh proven against it; so is a mesh beside whose file the
    particle lies (see check). The page needs no network; a browser opens it from anywhere.
    """
    from rich.filesize import decimal

    from nmc_mesh.cli.files import checked_place
    from nmc_mesh.doors import positive
    from nmc_mesh.plot import require_matplotlib
    from nmc_mesh.report.page import LARGEST, REPORTS, write_report
    from nmc_mesh.report.paper import require_paper

    checked_place(output, REPORTS, Path(subject))
    require_matplotlib()
    if output.suffix.lower() == ".pdf":
        require_paper()
    if size is not None:
        positive(size, "--size")
    with watched(quiet) as watch:
        page = _page(subject, beside, size, watch)
        watch("write", 0.0)
        count = write_report(output, page)
        watch("write", 1.0)
    if count > LARGEST:
        complain("warning", f"{output} has {decimal(count)}, more than is easily sent around")
    if not quiet:
        console().print(f"{output}: {page.title}, {len(page.parts)} parts, {decimal(count)}")


def _page(subject: str, beside: str | None, size: float | None, watch: Progress) -> Page:
    """The page of what is named, whatever it is."""
    from nmc_mesh.cli.certificate import particle_beside
    from nmc_mesh.errors import FileError, InputError
    from nmc_mesh.io import FORMATS, read, read_particle
    from nmc_mesh.io.particle import holds_particle
    from nmc_mesh.particle.model import list_models, load_model
    from nmc_mesh.plot.turning import require_viewer
    from nmc_mesh.report import subjects
    from nmc_mesh.sections.files import read_sections

    path = Path(subject)
    suffix = path.suffix.lower()
    if suffix == ".toml" or (subject in list_models() and not path.exists()):
        require_viewer()
        model = load_model(subject)
        compared = None if beside is None else _compared(model, read_sections(Path(beside)), watch)
        return subjects.model_page(model, path.name, compared, size=size, progress=watch)
    if not path.exists():
        raise FileError(f"cannot read {path}: there is no such file; check the name")
    if suffix in (".h5", ".hdf5") and path.is_file() and not holds_particle(path):
        planes = read_sections(path)
        if not planes:
            raise InputError(f"{path} holds no section; make them with: nmc-mesh sections")
        compared = None if beside is None else _compared(load_model(beside), planes, watch)
        return subjects.sections_page(planes, path.name, compared)
    if beside is not None:
        raise InputError("--beside is for models and sections; leave it out")
    if path.is_dir():
        return subjects.dataset_page(path)
    if suffix in (".h5", ".hdf5"):
        require_viewer()
        return subjects.particle_page(read_particle(path), path.name, size, watch)
    if suffix not in FORMATS or FORMATS[suffix].read is None:
        raise InputError(
            f"no report of '{path}': name a stored particle or sections (.h5), a mesh, a model "
            "(.toml), or the folder of a data set"
        )
    require_viewer()
    truth = particle_beside(path)
    watch("read", 0.0)
    mesh, particle = read(path), None if truth is None else read_particle(truth)
    watch("read", 1.0)
    return subjects.mesh_page(mesh, path.name, particle, watch)


def _compared(model: ParticleModel, planes: list[Section], watch: Progress) -> GrainComparison:
    import numpy as np

    from nmc_mesh.validation.grains_compare import check_comparable, compare_grains

    for plane in planes:
        check_comparable(plane, Path(plane.name).name, model.grains, model.name)
    return compare_grains(planes, model.grains, np.random.default_rng(0), 1, watch)
