"""Many particles: planned, made on one machine or many, never lost, verified, packed for learning.

::

    from nmc_mesh.dataset import DataSet, load_recipe, make_dataset

    make_dataset(load_recipe(Path("plan.toml")), "particles")
    particle = DataSet("particles")[7].particle()

Names load on first use. ``nmc_mesh.dataset.learn`` (torch) is imported by its full name.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
