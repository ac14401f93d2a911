"""The rules of ARCHITECTURE.md: who imports whom, and what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nmc_mesh

PACKAGE = Path(nmc_mesh.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
GROUND = {"_core", "errors", "typing", "memory", "parallel", "progress", "extensions", "numerics"}

# Room -> rooms it may import, besides itself and the ground.
MAY_IMPORT = {
    "geometry": set(),
    "crystal": {"geometry"},
    "shell": {"geometry"},
    "ebsd": {"geometry", "crystal"},
    "grains": {"geometry"},
    "particle": {"geometry", "crystal", "shell", "grains"},
    "mesh": {"geometry", "crystal", "particle"},
    "io": {"geometry", "crystal", "grains", "particle", "mesh", "ebsd"},
    "plot": {"geometry", "crystal", "mesh", "io", "validation"},
    "validation": {"geometry", "shell", "grains", "particle", "mesh"},
    "calibration": {"geometry", "grains", "particle", "validation"},
    "mechanics": {"geometry", "crystal", "mesh"},
    "pipeline": {"geometry", "particle", "mesh"},
    "dataset": {"geometry", "crystal", "particle", "mesh", "io", "pipeline"},
    "cli": {"geometry", "crystal", "particle", "mesh", "io", "plot", "pipeline", "dataset"}
    | {"ebsd", "grains", "shell", "validation", "calibration", "mechanics"},
}

# Package -> the only places that may import it.
ONLY_IN = {
    "ctypes": ("_core/",),
    "torch": ("calibration/", "dataset/"),
    "cma": ("calibration/",),
    "gmsh": ("mesh/", "io/"),
    "pyvista": ("plot/",),
    "matplotlib": ("plot/",),
    "dask": ("dataset/",),
    "distributed": ("dataset/",),
    "skfem": ("mechanics/",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "pydantic": ("particle/schema", "crystal/", "dataset/"),
}
HEAVY = ("torch", "gmsh", "pyvista", "vtkmodules", "matplotlib", "dask", "scipy", "numpy")


def place(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def room(file: Path) -> str:
    return place(file).split("/")[0].removesuffix(".py")


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(file)}: relative import"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("file", FILES, ids=place)
def test_a_file_imports_only_rooms_it_may(file: Path) -> None:
    own = room(file)
    if own == "__init__":
        return
    allowed = GROUND | {own} | MAY_IMPORT.get(own, set())
    for name in imports(file):
        parts = name.split(".")
        if parts[0] == "nmc_mesh" and len(parts) > 1:
            assert parts[1] in allowed, f"{place(file)} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=place)
def test_a_heavy_package_has_one_home(file: Path) -> None:
    for name in imports(file):
        homes = ONLY_IN.get(name.split(".")[0])
        assert homes is None or place(file).startswith(homes), f"{place(file)} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=place)
def test_only_the_command_line_exits(file: Path) -> None:
    exits = {"exit", "quit", "_exit", "SystemExit"}
    named = [
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
    ]
    assert place(file) in ("cli/main.py", "_core/build.py") or not exits & set(named)


def test_every_room_is_in_the_table() -> None:
    rooms = {room(file) for file in FILES} - GROUND - {"__init__"}
    assert rooms <= set(MAY_IMPORT)


def test_import_loads_nothing_heavy(capsys: pytest.CaptureFixture[str]) -> None:
    program = (
        "import sys, time; start = time.perf_counter(); import nmc_mesh; "
        "print(f'{time.perf_counter() - start:.4f}'); print(*sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    seconds, modules = result.stdout.splitlines()
    loaded = {name.split(".")[0] for name in modules.split()}
    with capsys.disabled():
        print(f" [import nmc_mesh: {seconds} s] ", end="")
    assert not loaded & set(HEAVY)


def test_public_names_are_announced_to_type_checkers() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.asname: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == {name: f"nmc_mesh.{home}" for name, home in nmc_mesh._HOMES.items()}


@pytest.mark.parametrize("name", nmc_mesh.__all__)
def test_public_names_load(name: str) -> None:
    assert getattr(nmc_mesh, name).__doc__
    assert name in dir(nmc_mesh)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tetrahedralise'"):
        _ = nmc_mesh.tetrahedralise
