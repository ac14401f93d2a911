"""A plan with everything it names: enough to make any particle of it anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nmc_mesh.dataset.design import Designer
from nmc_mesh.dataset.plan import Plan, fingerprint, read_plan
from nmc_mesh.particle.model import ParticleModel, load_table
from nmc_mesh.particle.schema import ModelTable

RECIPE_VERSION = 1


@dataclass(frozen=True, eq=False)
class Recipe:
    """A plan and the tables of its models.

    Parameters
    ----------
    plan
        The plan.
    tables
        Table of every model, by the name that the plan gives it.
    """

    plan: Plan
    tables: dict[str, ModelTable]

    @cached_property
    def designer(self) -> Designer:
        """The values of every particle."""
        return Designer(self.plan)

    @cached_property
    def models(self) -> dict[str, ParticleModel]:
        """Model by the name that the plan gives it."""
        return {
            name: ParticleModel(
                table.name, table.shell.model(), table.grains.model(), table.provenance
            )
            for name, table in self.tables.items()
        }

    @property
    def document(self) -> dict[str, Any]:
        """Plain values that hold all of it; ``from_document`` takes them back."""
        return {
            "version": RECIPE_VERSION,
            "plan": self.plan.model_dump(mode="json"),
            "models": {name: table.model_dump(mode="json") for name, table in self.tables.items()},
        }

    @cached_property
    def making(self) -> dict[str, Any]:
        """The part of the document that decides what the particles are: all but name and card."""
        document = self.document
        plan = {k: v for k, v in document["plan"].items() if k not in ("name", "card")}
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
    return Recipe(Plan.model_validate(document["plan"]), tables)


def load_recipe(path: Path) -> Recipe:
    """Read a plan and the models it names; errors as ``read_plan`` and ``load_model``."""
    return resolve(read_plan(path), path.parent)


def resolve(plan: Plan, folder: Path = Path()) -> Recipe:
    """Look up the models of a plan; model files are looked for beside it, in ``folder``.

    Raises
    ------
    InputError
        If a model is not there or a design does not fit.
    FileError
        If a model file cannot be read.
    """
    named = plan.particles.model
    names = [named] if isinstance(named, str) else list(named)
    tables = {name: load_table(_placed(name, folder)) for name in names}
    recipe = Recipe(plan, tables)
    _ = recipe.designer
    return recipe


def _placed(name: str, folder: Path) -> str:
    return str(folder / name) if name.endswith(".toml") else name


def differences(old: Any, new: Any, place: str = "") -> list[str]:
    """Say where two trees of plain values differ: "place: old -> new", one line each."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            line
            for key in sorted({*old, *new})
            for line in differences(old.get(key), new.get(key), f"{place}.{key}".lstrip("."))
        ]
    return [] if old == new else [f"{place}: {_short(old)} -> {_short(new)}"]


def _short(value: Any) -> str:
    text = "not there" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
