"""A plan with everything it names: enough to make any particle of it anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from nmc_mesh.crystal.library import load_material, material_text
from nmc_mesh.dataset.design import Designer, Item
from nmc_mesh.dataset.plan import AS_MODEL, NO_TEXTURE, Plan, fingerprint, read_plan
from nmc_mesh.particle.model import ParticleModel, load_table, model_of
from nmc_mesh.particle.schema import ModelTable

RECIPE_VERSION = 1


@dataclass(frozen=True, eq=False)
class Recipe:
    """A plan, the tables of its models and the files of its materials.

    Parameters
    ----------
    plan
        The plan.
    tables
        Table of every model, by the name that the plan gives it.
    materials
        Text of every material's file, by the name that the plan gives it.
    """

    plan: Plan
    tables: dict[str, ModelTable]
    materials: dict[str, str] = field(default_factory=dict)

    @cached_property
    def designer(self) -> Designer:
        """The values of every particle."""
        return Designer(self.plan)

    @cached_property
    def models(self) -> dict[str, ParticleModel]:
        """Model by the name that the plan gives it, with its own texture."""
        return {name: model_of(table) for name, table in self.tables.items()}

    def model(self, item: Item) -> ParticleModel:
        """Return the model of a particle, with the texture that its values name.

        Parameters
        ----------
        item
            The particle, as the plan's design gives it.
        """
        model = self.models[item.model]
        if item.texture in (None, AS_MODEL):
            return model
        law = None if item.texture == NO_TEXTURE else self.plan.textures[str(item.texture)]
        return replace(model, texture=None if law is None else law.texture())

    @property
    def document(self) -> dict[str, Any]:
        """Plain values that hold all of it; ``from_document`` takes them back."""
        return {
            "version": RECIPE_VERSION,
            "plan": self.plan.model_dump(mode="json"),
            "models": {name: table.model_dump(mode="json") for name, table in self.tables.items()},
            "materials": dict(self.materials),
        }

    @cached_property
    def making(self) -> dict[str, Any]:
        """The part of the document that decides what the particles are: all but name and card."""
        document = self.document
        plan = {k: v for k, v in document["plan"].items() if k not in ("name", "card")}
        if self.plan.particles.surface == "grains":  # as of plans that could not choose it
            plan["particles"] = {k: v for k, v in plan["particles"].items() if k != "surface"}
        return {**document, "plan": plan}

    @cached_property
    def id(self) -> str:
        """Fingerprint of what decides a particle: the number of others does so in a cube only."""
        making = self.making
        if self.plan.design.kind != "latin-hypercube":
            plan = {name: value for name, value in making["plan"].items() if name != "number"}
            making = {**making, "plan": plan}
        return fingerprint(making)


def from_document(document: dict[str, Any]) -> Recipe:
    """Return the recipe of a document that ``Recipe.document`` gave."""
    tables = {k: ModelTable.model_validate(v) for k, v in document["models"].items()}
    return Recipe(Plan.model_validate(document["plan"]), tables, dict(document["materials"]))


def load_recipe(path: Path) -> Recipe:
    """Read a plan and what it names; errors as ``read_plan`` and ``resolve``.

    Parameters
    ----------
    path
        The plan, a .toml file.
    """
    return resolve(read_plan(path), path.parent)


def resolve(plan: Plan, folder: Path = Path()) -> Recipe:
    """Look up models and materials of a plan; their files are looked for beside it, in ``folder``.

    Parameters
    ----------
    plan
        A checked plan.
    folder
        Where files that it names are looked for.

    Raises
    ------
    InputError
        If a model or material is not there, or a design does not fit.
    FileError
        If a file cannot be read.
    """
    particles = plan.particles
    tables = {name: load_table(_placed(name, folder)) for name in _listed(particles.model)}
    materials = {}
    for name in _listed(particles.material):
        source = _placed(name, folder)
        load_material(source)
        materials[name] = material_text(source)
    recipe = Recipe(plan, tables, materials)
    _ = recipe.designer
    return recipe


def _listed(names: str | tuple[str, ...] | None) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(dict.fromkeys(names))


def _placed(name: str, folder: Path) -> str:
    return str(folder / name) if name.endswith(".toml") else name


def differences(old: Any, new: Any, entry: str = "") -> list[str]:
    """Say where two trees of plain values differ: "place: old -> new", one line each."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            line
            for key in sorted({*old, *new})
            for line in differences(old.get(key), new.get(key), f"{entry}.{key}".lstrip("."))
        ]
    return [] if old == new else [f"{entry}: {_short(old)} -> {_short(new)}"]


def _short(value: Any) -> str:
    text = "not there" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
