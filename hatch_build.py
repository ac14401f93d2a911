"""Build the wheel with the compiled core in it; see nmc_mesh/_core/build.py."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CORE = Path(__file__).parent / "nmc_mesh" / "_core"
core = runpy.run_path(str(CORE / "build.py"))


class CoreHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compile before the wheel is packed; ``$NMC_WHEEL`` names another platform's tag."""

    def dependencies(self) -> list[str]:
        """Return what brings a compiler, where one is needed and missing."""
        return [core["ZIG"]] if core["lacks_compiler"]() or self._tag() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, in place for an editable install, else into the wheel."""
        if self.target_name != "wheel":
            return
        tag = self._tag()
        build_data |= {"pure_python": False, "tag": core["wheel_tag"](tag)}
        if version == "editable":
            core["build"](tag)
            return
        name = core["library_name"](core["system_of"](tag))
        made = core["build"](
            tag, output=Path(self.root) / "build" / "wheel" / (tag or "native") / name
        )
        build_data["force_include"][str(made)] = f"nmc_mesh/_core/{name}"

    def _tag(self) -> str | None:
        return os.environ.get("NMC_WHEEL") or None
