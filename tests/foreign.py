"""Packages of others, as pip would leave them: a module, and what it says it adds."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nmc_mesh.extensions import Registry
from nmc_mesh.io.formats import FORMATS
from nmc_mesh.mesher.tetrahedralize import MESHERS
from nmc_mesh.particle.schema import GRAIN_TABLES, SHELL_TABLES
from nmc_mesh.particle.schema_marks import MARK_TABLES

REGISTRIES: tuple[Registry[Any], ...] = (
    FORMATS, SHELL_TABLES, GRAIN_TABLES, MARK_TABLES, MESHERS
)  # fmt: skip


@contextmanager
def installed(
    home: Path, name: str, code: str, entries: Mapping[str, Mapping[str, str]]
) -> Iterator[Path]:
    """Put a package NAME 1.2 with one module on the path; yield the module's folder.

    ``entries`` are entry points: group -> name -> object in the module.
    """
    module = name.replace("-", "_")
    info = home / f"{module}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    lines = []
    for group, points in entries.items():
        lines += [f"[{group}]", *(f"{point} = {value}" for point, value in points.items()), ""]
    (info / "entry_points.txt").write_text("\n".join(lines))
    (info / "RECORD").write_text("")
    package = home / module
    package.mkdir()
    (package / "__init__.py").write_text(code)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(home))
        sys.modules.pop(module, None)
        _forget()
        yield package
    sys.modules.pop(module, None)
    _forget()


def _forget() -> None:
    for registry in REGISTRIES:
        registry.forget()
