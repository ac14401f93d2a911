"""What short commands load: a package that they have no need of would cost more than they do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nmc_mesh.io import write
from tests.meshes import cube

PROGRAM = (
    "import sys; from nmc_mesh.cli.main import run; code = run(sys.argv[1:]); "
    "print(*sys.modules, file=sys.stderr); sys.exit(code)"
)
NEVER = {
    "torch", "matplotlib", "pyvista", "vtkmodules", "dask", "scipy", "h5py", "meshio", "tifffile",
    "pydantic", "urllib.request", "nmc_mesh.mesher", "nmc_mesh.calibration", "nmc_mesh.mechanics",
    "nmc_mesh.validation", "nmc_mesh.pipeline",
}  # fmt: skip
WITHOUT_NUMBERS = {"numpy", "nmc_mesh._core", "nmc_mesh.io", "nmc_mesh.particle"}


def loaded(*arguments: str) -> set[str]:
    """Modules that a command has loaded, and the packages around them, when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
    )
    names = done.stderr.split()
    return {".".join(parts[:k]) for name in names for parts in [name.split(".")] for k in (1, 2)}


@pytest.mark.parametrize("arguments", [("--help",), ("generate", "--help"), ("--version",)])
def test_help_loads_no_numbers(arguments: tuple[str, ...]) -> None:
    assert not loaded(*arguments) & (NEVER | WITHOUT_NUMBERS)


@pytest.mark.parametrize("arguments", [("models",), ("models", "--quiet")])
def test_the_list_of_models_loads_nothing_that_checks_or_draws_one(
    arguments: tuple[str, ...],
) -> None:
    assert not loaded(*arguments) & (NEVER | {"nmc_mesh.io", "nmc_mesh.mesh"})


def test_a_sample_plan_is_written_without_what_checks_plans(tmp_path: Path) -> None:
    found = loaded("dataset", "--init", str(tmp_path / "plan.toml"))
    assert (tmp_path / "plan.toml").exists()
    assert not found & (NEVER | {"nmc_mesh.io", "nmc_mesh.particle"})


@pytest.mark.parametrize("name", ["cube.msh", "cube.inp", "cube.mesh", "cube.vol"])
def test_info_of_a_mesh_loads_its_format_alone(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, cube(2, n=2))
    assert not loaded("info", str(tmp_path / name)) & NEVER
