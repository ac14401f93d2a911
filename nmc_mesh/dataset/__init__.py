"""Many particles: planned, made on one machine or many, never lost, verified, packed for learning.

::

    from nmc_mesh.dataset import DataSet, load_recipe, make_dataset

    make_dataset(load_recipe(Path("plan.toml")), "particles")
    particle = DataSet("particles")[7].particle()

Names load on first use. ``nmc_mesh.dataset.learn`` (torch) is imported by its full name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nmc_mesh.dataset.engine import make_dataset as make_dataset
    from nmc_mesh.dataset.loader import DataSet as DataSet
    from nmc_mesh.dataset.pack import Shards as Shards
    from nmc_mesh.dataset.pack import pack_dataset as pack_dataset
    from nmc_mesh.dataset.plan import Plan as Plan
    from nmc_mesh.dataset.plan import parse_plan as parse_plan
    from nmc_mesh.dataset.plan import read_plan as read_plan
    from nmc_mesh.dataset.recipe import Recipe as Recipe
    from nmc_mesh.dataset.recipe import load_recipe as load_recipe
    from nmc_mesh.dataset.recipe import resolve as resolve
    from nmc_mesh.dataset.settings import Settings as Settings
    from nmc_mesh.dataset.settings import State as State
    from nmc_mesh.dataset.settings import Summary as Summary
    from nmc_mesh.dataset.verify import rebuild as rebuild
    from nmc_mesh.dataset.verify import verify_dataset as verify_dataset

_HOMES = {
    "DataSet": "loader",
    "Plan": "plan",
    "Recipe": "recipe",
    "Settings": "settings",
    "Shards": "pack",
    "State": "settings",
    "Summary": "settings",
    "load_recipe": "recipe",
    "make_dataset": "engine",
    "pack_dataset": "pack",
    "parse_plan": "plan",
    "read_plan": "plan",
    "rebuild": "verify",
    "resolve": "recipe",
    "verify_dataset": "verify",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'nmc_mesh.dataset' has no attribute {name!r}")
    return getattr(import_module(f"nmc_mesh.dataset.{_HOMES[name]}"), name)
