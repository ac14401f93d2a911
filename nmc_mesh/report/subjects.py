"""The report of a particle, a mesh, a model, a data set, measured sections."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.dataset.card import flat
from nmc_mesh.dataset.folder import read_folder
from nmc_mesh.dataset.make import place, stem
from nmc_mesh.dataset.manifest import DONE, FAILED
from nmc_mesh.dataset.store import load_particle
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.certificate import certify
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import ParticleModel
from nmc_mesh.particle.particle import Particle
from nmc_mesh.plot.distributions import distributions
from nmc_mesh.plot.notebook import png, thumbnail
from nmc_mesh.progress import Progress, silent
from nmc_mesh.report.of_mesh import mesh_parts
from nmc_mesh.report.page import Page, Part, SortTable
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import AnyArray
from nmc_mesh.validation.grains_compare import GrainComparison
from nmc_mesh.validation.grains_proof import planar_sample

_EXAMPLES = 8  # particles of a data set, sections of a file, that are drawn
_GRAINS_ACROSS = 8  # of the particle that stands for a model
_MOST_COLUMNS = 16  # of a data set that have a histogram
_DESCRIPTORS = {
    "area": "area of a grain's section (µm²)",
    "elongation": "elongation",
    "orientation": "angle to the radial direction (rad)",
    "chord": "chord length (µm)",
}


def particle_page(
    particle: Particle, name: str, size: float | None = None, progress: Progress = silent
) -> Page:
    """Report a particle: it is meshed, and the mesh is proven against it.

    Parameters
    ----------
    particle, name
        The particle, and what the page calls it.
    size
        Edge length of the mesh in um; default: a quarter of a grain's.
    progress
        Called with the name of the stage and the share of it that is done.
    """
    mesh = tetrahedralize(particle, size, progress=progress)
    return mesh_page(mesh, name, particle, progress)


def mesh_page(
    mesh: TetMesh, name: str, particle: Particle | None = None, progress: Progress = silent
) -> Page:
    """Report a mesh, with its certificate against the particle if that is known."""
    proof = certify(mesh, particle, progress=progress)
    origin: Any = mesh.info.get("provenance", {})
    known = dict(origin) if isinstance(origin, Mapping) else {}
    facts = {} if particle is None else _particle_facts(particle)
    known = known if particle is None else dict(particle.provenance)
    parts = [Part("Particle", facts=facts)] if facts else []
    progress("draw", 0.0)
    parts += list(mesh_parts(mesh, proof))
    progress("draw", 1.0)
    return _page(f"Report of {name}", repr(mesh), [*parts, *_origin(known)])


def model_page(
    model: ParticleModel,
    name: str,
    compared: GrainComparison | None = None,
    seed: int = 0,
    size: float | None = None,
    progress: Progress = silent,
) -> Page:
    """Report a model by a small particle of it, and beside measured sections if compared."""
    diameter = _GRAINS_ACROSS * model.grains.grain_size
    particle = model.sample(seed, diameter)
    page = particle_page(particle, name, size, progress)
    facts = {
        "name": model.name,
        "grain size": f"{model.grains.grain_size:.3g} µm",
        "shells": type(model.shell).__name__,
        "texture": "none" if model.texture is None else type(model.texture).__name__,
        "shown here": f"a particle of {diameter:.3g} µm, seed {seed}",
    }
    parts = [Part("Model", facts=facts)]
    if compared is not None:
        parts.append(_comparison(compared))
    numbers = Part("Where the numbers come from", facts=dict(model.provenance))
    return _page(f"Report of {name}", repr(model), [*parts, *page.parts, numbers])


def sections_page(
    sections: Sequence[Section],
    name: str,
    compared: GrainComparison | None = None,
) -> Page:
    """Report measured sections: maps, descriptors, and a model's beside if compared."""
    pictures, rows = {}, []
    for section in sections[:_EXAMPLES]:
        image = thumbnail(section)
        if image is not None:
            pictures[Path(section.name).name] = png(image)
    for section in sections:
        rows.append(
            {
                "section": Path(section.name).name,
                "grains": int(section.image.labels.max()),
                "pixel (µm)": section.pixel,
                "radius (µm)": section.radius,
                "preference": float(section.facts.get("preference", np.nan)),
                "unknown (%)": 100 * section.unknown_share,
            }
        )
    table = SortTable({key: np.array([row[key] for row in rows]) for key in rows[0]})
    parts = [Part("Sections", pictures=pictures, tables={"Sections": table})]
    if compared is not None:
        parts.append(_comparison(compared))
    else:
        sample = planar_sample([describe(s.image, s.center, s.known) for s in sections])
        columns = {title: getattr(sample, name) for name, title in _DESCRIPTORS.items()}
        words = "Grains that the border of a map does not cut. Line: the mean."
        parts.append(Part("Distributions", pictures={words: distributions(columns)}))
    done = {str(s.treatment) for s in sections if s.treatment is not None}
    parts.append(Part("Treatment", facts={"of the maps": "; ".join(sorted(done)) or "not known"}))
    command = f"nmc-mesh sections MAP.ang ... -o {shlex.quote(name)}"
    parts.append(Part("Commands", commands=[command]))
    return _page(f"Report of {name}", f"{len(sections):,} sections", parts)


def dataset_page(folder: Path) -> Page:
    """Report a data set: counts, distributions, examples, a table, how it is made again."""
    recipe, manifest = read_folder(folder)
    records = list(manifest.records())
    if not records:
        raise InputError(f"'{folder}' has no particle yet; call nmc-mesh dataset again")
    known = [dict(flat(record)) for record in records]
    names = list(dict.fromkeys(name for row in known for name in row))
    columns: dict[str, AnyArray] = {"k": np.array([record["k"] for record in records])}
    for name in names:
        columns[name] = np.array([row.get(name, np.nan) for row in known])
    numbers = {
        name: values.astype(np.float64)
        for name, values in columns.items()
        if name != "k" and values.dtype.kind in "iuf" and len(np.unique(values)) > 1
    }
    shown = dict(list(numbers.items())[:_MOST_COLUMNS])
    pictures = {}
    for record in records[:_EXAMPLES]:
        image = thumbnail(load_particle(folder / place(record["k"]) / f"{stem(record['k'])}.h5"))
        if image is not None:
            pictures[f"Particle {record['k']}, the plane z = 0."] = png(image)
    plan = recipe.plan
    facts = {
        "particles": f"{len(records):,} of {plan.number:,}",
        "failed": f"{len(manifest.numbers(FAILED)):,}",
        "seed": f"{plan.seed}",
        "recipe": recipe.id,
        "models": ", ".join(recipe.tables),
        "creator": plan.card.creator,
        "licence": plan.card.licence,
    }
    stored = sum(facts_of[1] for record in records for facts_of in record["files"].values())
    facts["bytes"] = f"{stored / 1e6:,.1f} MB in {len(manifest.numbers(DONE)):,} particles"
    runs = {f"run {k}": _run_text(run) for k, run in enumerate(manifest.runs, 1)}
    quoted = shlex.quote(str(folder))
    parts = [
        Part("Data set", plan.card.description, facts=facts),
        Part("Distributions", pictures={"Line: the mean.": distributions(shown)}),
        Part("Examples", pictures=pictures),
        Part("Particles", tables={"Particles": SortTable(columns)}),
        Part("Provenance", facts=runs),
        Part("Commands", commands=[f"nmc-mesh dataset plan.toml -o {quoted}",
                                   f"nmc-mesh dataset verify {quoted} --rebuild 0"]),
    ]  # fmt: skip
    return _page(f"Report of {plan.name}", f"data set in {folder.name}", parts)


def _comparison(compared: GrainComparison) -> Part:
    """Histograms of drawn sections beside the measured ones, and how far they lie apart."""
    drawn = {title: getattr(compared.simulated, name) for name, title in _DESCRIPTORS.items()}
    measured = {title: getattr(compared.measured, name) for name, title in _DESCRIPTORS.items()}
    distances = compared.distances()
    table = SortTable(
        {"descriptor": np.array(list(distances))}
        | {
            title: np.array([row[key] for row in distances.values()])
            for key, title in (
                ("measured_mean", "measured"), ("simulated_mean", "model"), ("ks", "KS"),
                ("ks_noise", "KS noise"), ("wasserstein", "W / σ"),
            )
        }
    )  # fmt: skip
    text = (
        f"{len(compared.measured.area):,} measured grains on {compared.sections} sections, "
        f"{len(compared.simulated.area):,} of the model, cut and treated as those were."
    )
    pictures = {"Sections: the model and what was measured.": distributions(drawn, measured)}
    return Part("Model beside measured sections", text, pictures=pictures,
                tables={"Means and distances": table})  # fmt: skip


def _particle_facts(particle: Particle) -> dict[str, str]:
    facts = {
        "grains": f"{particle.n_grains:,}",
        "diameter": f"{particle.shell.equivalent_diameter:.4g} µm, of the ball of its volume",
        "grain size": f"{particle.grain_size:.3g} µm",
        "ends at": "faces of whole grains" if particle.surface == "grains" else "its shell",
        "orientations": "none" if particle.orientations is None else "of every grain",
    }
    return facts | ({"phases": ", ".join(particle.phases.names)} if particle.phases else {})


def _origin(known: Mapping[str, Any]) -> list[Part]:
    """Provenance, and the command that draws the particle again, as far as it says."""
    facts = {str(name): str(value)[:300] for name, value in known.items()}
    parts = [Part("Provenance", facts=facts or {"known": "nothing"})]
    if known.get("model") is None or known.get("seed") is None or known.get("measured_shell"):
        return parts
    words = ["nmc-mesh", "generate", "--model", str(known["model"]), "--seed", str(known["seed"])]
    if known.get("grains") is not None:
        words += ["--grains", str(known["grains"])]
    elif known.get("diameter") is not None:
        words += ["--diameter", repr(known["diameter"])]
    if known.get("surface") == "shell":
        words += ["--surface", "shell"]
    parts.append(Part("Commands", commands=[shlex.join([*words, "-o", "particle.msh"])]))
    return parts


def _run_text(run: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in run.items())[:300]


def _page(title: str, subject: str, parts: Sequence[Part]) -> Page:
    try:
        version = metadata.version("nmc-mesh")
    except metadata.PackageNotFoundError:
        version = ""
    return Page(title, subject, parts, version)
