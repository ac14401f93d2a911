"""Docstrings of what is public: every parameter is told, every example runs and is right."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nmc_mesh

ROOT = Path(nmc_mesh.__file__).parent
FILES = [path for path in sorted(ROOT.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]
ROOMS = sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file())
NAMES = {"np": np, "nmc_mesh": nmc_mesh}
"""What every example may use without an import."""

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PRIVATE = {"_core", "cli"}
"""Rooms whose names are not for users: kernels are told in ``core.h``, commands in their help."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def public_names() -> list[tuple[str, str]]:
    """Modules and names that users import: those of the package and those its rooms export."""
    rooms = [f"nmc_mesh.{room}" for room in ROOMS if room not in PRIVATE]
    exports = {home: getattr(importlib.import_module(home), "__all__", []) for home in rooms}
    exports["nmc_mesh"] = [name for name in nmc_mesh.__all__ if not name.startswith("__")]
    return [(home, name) for home, names in exports.items() for name in names]


def functions(home: str, name: str) -> Iterator[tuple[str, Callable[..., Any], str]]:
    """Yield a function, or a class and its public methods, and what tells their parameters.

    Classes that only rooms export are results, which users read and do not build.
    """
    value = getattr(importlib.import_module(home), name)
    if inspect.isfunction(value) or (is_dataclass(value) and home == "nmc_mesh"):
        yield name, value, inspect.getdoc(value) or ""
    if not inspect.isclass(value):
        return
    for key, member in vars(value).items():
        method = getattr(member, "__func__", member)
        if inspect.isfunction(method) and not key.startswith("_"):
            yield f"{name}.{key}", method, inspect.getdoc(method) or ""


def sections(doc: str) -> dict[str, str]:
    """Split a numpydoc docstring at its underlined titles."""
    parts = re.split(r"^(\S[^\n]*)\n-{3,}\n", "\n" + doc, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def told(doc: str) -> set[str]:
    """Names of a docstring's Parameters section."""
    lines = sections(doc).get("Parameters", "").splitlines()
    heads = [line.split(":")[0] for line in lines if line and not line.startswith(" ")]
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


def wanted(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self", "cls"}


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_the_examples_of_a_file_are_right(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module(module_name(path))
    runner, report = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False), []
    for test in doctest.DocTestFinder().find(module, extraglobs=NAMES):
        folder = tmp_path / test.name
        folder.mkdir()
        monkeypatch.chdir(folder)
        runner.run(test, out=report.append)
    assert runner.tries > 0
    assert runner.failures == 0, "".join(report)


@pytest.mark.parametrize("name", [name for name in nmc_mesh.__all__ if not name.startswith("__")])
def test_a_public_name_has_an_example(name: str) -> None:
    value = getattr(nmc_mesh, name)
    assert ">>> " in sections(inspect.getdoc(value) or "").get("Examples", "")
    for label, function, doc in functions("nmc_mesh", name):
        assert ">>> " in sections(doc).get("Examples", "") or not wanted(function), label


def test_every_parameter_of_a_public_function_is_told() -> None:
    missing = {
        f"{home}.{label}": sorted(names)
        for home, name in public_names()
        for label, function, doc in functions(home, name)
        if (names := wanted(function) - told(doc))
    }
    assert missing == {}
