"""The rules of ARCHITECTURE.md: who imports whom, and what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nmc_mesh
from nmc_mesh.dataset.environment import _MAKERS
from nmc_mesh.later import HOMES, later

PACKAGE = Path(nmc_mesh.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
GROUND = {
    "_core",
    "arrays",
    "errors",
    "numerics",
    "typing",
    "devices",
    "files",
    "stored",
    "memory",
    "parallel",
    "progress",
    "extensions",
    "doors",
    "later",
}

# Room -> rooms it imports, besides itself and the ground. No room imports one of a later line.
MAY_IMPORT = {
    "geometry": set(),
    "crystal": set(),
    "shell": {"geometry"},
    "ebsd": {"geometry", "crystal"},
    "sections": {"geometry", "crystal", "ebsd"},
    "grains": {"geometry"},
    "particle": {"geometry", "crystal", "shell", "grains"},
    "mesh": {"geometry", "crystal"},
    "mesher": {"geometry", "particle", "mesh"},
    "cohesive": {"crystal", "mesh"},
    "cracks": {"geometry", "particle", "mesh", "cohesive"},
    "mechanics": {"crystal", "mesh", "cohesive"},
    "calibration": {"geometry", "sections", "grains"},
    "validation": {"geometry", "crystal", "shell", "ebsd", "sections", "grains", "calibration"},
    "io": {"geometry", "crystal", "particle", "mesh", "cohesive"},
    "plot": {"geometry", "crystal", "shell", "ebsd", "sections", "grains", "particle", "mesh"}
    | {"cohesive", "validation"},
    "pipeline": {"geometry", "particle", "mesh", "mesher", "cracks"},
    "streaming": {"particle", "mesh", "mesher", "io"},
    "dataset": {"geometry", "crystal", "particle", "mesh", "mesher", "io"},
    "report": {"mesh", "mesher", "particle", "sections", "validation", "plot", "dataset"},
    "cli": {"report", "geometry", "crystal", "particle", "mesh", "mesher", "cohesive", "cracks"}
    | {"io", "plot"}
    | {
        "ebsd",
        "sections",
        "grains",
        "shell",
        "validation",
        "calibration",
        "mechanics",
        "pipeline",
        "streaming",
        "dataset",
    },
}

# Package -> the only places that import it. No place imports a package of NOWHERE: plugins do.
ONLY_IN = {
    "ctypes": ("_core/",),
    "torch": ("calibration/", "dataset/", "grains/fit_torch", "devices"),
    "cma": ("calibration/",),
    "pyvista": ("plot/",),
    "matplotlib": ("plot/",),
    "pandas": ("mesh/",),
    "jinja2": ("report/",),
    "trame_vtk": ("plot/",),
    "av": ("plot/",),
    "fpdf": ("report/",),
    "skfem": ("io/",),
    "dask": ("dataset/",),
    "distributed": ("dataset/",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "pydantic": ("particle/schema", "crystal/", "dataset/"),
}
NOWHERE = {"gmsh", "orix"}
# What no processor changes: rooms whose numbers reach a particle, a mesh or a data set, and the
# files in them that fit, measure or report, which may call numpy's functions and LAPACK.
SAME_EVERYWHERE = (
    "geometry", "crystal", "shell", "grains", "particle", "mesh", "mesher", "cohesive", "cracks",
    "dataset",
)  # fmt: skip
FIT_OR_REPORT = (
    "crystal/material_schema.py",
    "crystal/section_shape.py",
    "crystal/tensors.py",
    "crystal/texture_fit.py",
    "crystal/texture_joint.py",
    "shell/components.py",
    "shell/corpuscles.py",
    "shell/descriptors.py",
    "shell/distance_correlation.py",
    "shell/fit.py",
    "shell/joint_fit.py",
    "shell/likelihood.py",
    "shell/mixture.py",
    "shell/outline",
    "shell/plane_cuts.py",
    "shell/radius.py",
    "shell/segmentation.py",
    "grains/fit_",
    "particle/sections.py",
    "cracks/images.py",
    "cracks/stereology.py",
    "cracks/fit.py",
    "dataset/estimate.py",
)
CHANGING = {"exp", "log", "sin", "cos", "tanh", "cbrt", "arccos", "arctan2", "hypot", "power"}
CHANGING |= {
    "dot",
    "einsum",
    "matmul",
    "inner",
    "vdot",
    "tensordot",
    "expm1",
    "log1p",
    "tan",
    "arcsin",
}
CHANGING |= {"arctan", "leggauss", "log2", "log10"}
DRAWS = {"standard_normal", "standard_t", "standard_gamma", "poisson", "normal", "lognormal"}
DRAWS |= {"standard_exponential", "exponential", "gamma", "uniform", "binomial", "beta"}
# Names that say nothing of what they hold, and rooms where some locals are still called so.
SAYING_NOTHING = {"found", "one", "place", "told"}
STILL_CALLED_SO = {"particle", "mesh", "mesher", "io"}
HEAVY = ("torch", "gmsh", "pyvista", "vtkmodules", "matplotlib", "pandas", "skfem", "dask")
HEAVY += ("scipy", "numpy")


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


def rooms(name: str) -> list[str]:
    """Return the room that an import takes something from, if it is one of ours."""
    return name.split(".")[1:2] if name.startswith("nmc_mesh.") else []


@pytest.mark.parametrize("file", FILES, ids=place)
def test_a_file_imports_only_rooms_it_may(file: Path) -> None:
    own = room(file)
    if own in ("__init__", "__main__"):
        return
    allowed = GROUND | {own} | MAY_IMPORT.get(own, set())
    for name in imports(file):
        assert allowed.issuperset(rooms(name)), f"{place(file)} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=place)
def test_a_heavy_package_has_one_home(file: Path) -> None:
    for name in imports(file):
        package = name.split(".")[0]
        homes = ONLY_IN.get(package, () if package in NOWHERE else ("",))
        assert place(file).startswith(homes), f"{place(file)} imports {name}"


def depends_on_the_processor(node: ast.AST) -> str:
    """Name what a piece of a program calls that gives other bits on other processors."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return "@"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        whole = [isinstance(side, ast.Constant) for side in (node.left, node.right)]
        square = isinstance(node.right, ast.Constant) and node.right.value == 2
        return "" if all(whole) or square else ast.unparse(node)
    if not isinstance(node, ast.Attribute):
        return ""
    name = ast.unparse(node)
    owner, _, last = name.rpartition(".")
    if (owner in ("np", "math") or "polynomial" in owner) and last in CHANGING:
        return name
    if owner.endswith("rng") and last in DRAWS:
        return name
    return name if owner == "np.linalg" and last != "norm" else ""


@pytest.mark.parametrize("file", FILES, ids=place)
def test_what_reaches_a_particle_is_the_same_on_every_processor(file: Path) -> None:
    name = place(file)
    if room(file) not in SAME_EVERYWHERE or name.startswith(FIT_OR_REPORT):
        return
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    calls = [words for node in nodes if (words := depends_on_the_processor(node))]
    assert not calls, f"{name} calls {', '.join(calls)}: take nmc_mesh.numerics instead"


@pytest.mark.parametrize("file", FILES, ids=place)
def test_only_the_command_line_exits(file: Path) -> None:
    exits = {"exit", "quit", "_exit", "SystemExit"}
    named = [
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
    ]
    assert place(file) in ("cli/main.py", "_core/build.py") or not exits & set(named)


def saying_nothing(file: Path) -> set[str]:
    """Locals and parameters of a file whose names do not say what they hold."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names & SAYING_NOTHING


@pytest.mark.parametrize("file", FILES, ids=place)
def test_a_local_says_what_it_holds(file: Path) -> None:
    if room(file) not in STILL_CALLED_SO:
        names = saying_nothing(file)
        assert not names, f"{place(file)}: {', '.join(sorted(names))} want nouns in their place"


def test_every_room_is_in_the_table() -> None:
    assert {room(file) for file in FILES} - GROUND - {"__init__", "__main__"} == set(MAY_IMPORT)


def test_rooms_import_in_one_direction() -> None:
    earlier: set[str] = set()
    for own, allowed in MAY_IMPORT.items():
        assert allowed <= earlier, f"{own} may import {allowed - earlier}, which come later"
        earlier.add(own)


def test_every_rule_guards_something() -> None:
    named = {(room(file), part) for file in FILES for name in imports(file) for part in rooms(name)}
    idle = {(own, other) for own, allowed in MAY_IMPORT.items() for other in allowed} - named
    assert not idle, f"no import uses what these rules allow: {sorted(idle)}"
    used = {(name.split(".")[0], place(file)) for file in FILES for name in imports(file)}
    for package, homes in ONLY_IN.items():
        for home in homes:
            guarded = any(name == package and at.startswith(home) for name, at in used)
            assert guarded, f"nothing in {home} imports {package}"
    vague = {room(file) for file in FILES if saying_nothing(file)}
    assert vague >= STILL_CALLED_SO, f"all locals of {STILL_CALLED_SO - vague} are nouns by now"


def test_every_method_of_a_later_room_has_its_home() -> None:
    called = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "later":
                assert room(file) not in ("cli", "plot", "io"), f"{place(file)} may import it"
                called.add(ast.literal_eval(node.args[0]))
    assert called == set(HOMES)
    for name in HOMES:
        assert later(name).__doc__


def test_the_code_that_decides_a_data_set_is_all_fingerprinted() -> None:
    reached, ahead = set(), {"dataset"}
    while ahead:
        reached |= ahead
        ahead = {other for own in ahead for other in MAY_IMPORT[own]} - reached
    assert set(_MAKERS) == reached - {"ebsd"} | {"numerics"}  # a data set holds no section


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


@pytest.mark.parametrize("name", nmc_mesh.__all__)
def test_public_names_load(name: str) -> None:
    assert getattr(nmc_mesh, name).__doc__
    assert name in dir(nmc_mesh)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="perhaps you meant 'tetrahedralize'"):
        _ = nmc_mesh.tetrahedralise
