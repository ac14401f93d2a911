"""Programs that are no part of the package (examples, benchmarks, plugins), loaded as modules."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]


def load_script(place: str) -> ModuleType:
    """Run a file as a module; ``place`` is its path from the root of the repository."""
    path = ROOT / place
    spec = spec_from_file_location(f"script_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses and types of tables are looked up
    spec.loader.exec_module(module)
    return module
