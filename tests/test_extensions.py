"""What other packages add: found by a real installed package, broken ones told, names kept."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError
from nmc_mesh.io import formats
from tests.foreign import installed
from tests.meshes import cube

CODE = """
from pathlib import Path
from nmc_mesh.io import Format
from nmc_mesh.particle.schema_laws import MarkLawTable

def write_counts(path, mesh, groups, header="counts"):
    path.write_text(f"{header} {len(mesh.cells)} {len(groups)}\\n")

FORMAT = Format("counts of cells", write_counts, None, options=("header",))
MODEL = Path(__file__).with_name("model.toml")
MATERIAL = Path(__file__).with_name("material.toml")
MISSING = Path(__file__).with_name("nothing.toml")
NUMBER = 3

class HalfLaw(MarkLawTable):
    pass
"""

ENTRIES = {
    "nmc_mesh.formats": {
        ".counts": "nmc_foreign:FORMAT",
        ".msh": "nmc_foreign:FORMAT",
        ".number": "nmc_foreign:NUMBER",
    },
    "nmc_mesh.models": {
        "foreign-model": "nmc_foreign:MODEL",
        "lost-model": "nmc_foreign:MISSING",
    },
    "nmc_mesh.materials": {
        "foreign-material": "nmc_foreign:MATERIAL",
        "broken-material": "nmc_nowhere:MATERIAL",
    },
    "nmc_mesh.mark_laws": {
        "number-law": "nmc_foreign:NUMBER",
        "half-law": "nmc_foreign:HalfLaw",
    },
}

PROBLEMS = {
    ".msh": "its name is taken",
    ".number": "it is a int, not a nmc_mesh.io.Format",
    "lost-model": "there is no file",
    "broken-material": "ModuleNotFoundError: No module named 'nmc_nowhere'",
    "number-law": "it is not a class derived from nmc_mesh.particle.schema_laws.MarkLawTable",
    "half-law": "it has no method mark_law",
}


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[Path]:
    """A folder, while the package nmc-foreign 1.2 is installed."""
    root = Path(nmc_mesh.__file__).parent
    model = (root / "presets" / "nmc-radial.toml").read_text()
    material = (root / "crystal" / "materials" / "nmc111.toml").read_text()
    with installed(tmp_path / "site", "nmc-foreign", CODE, ENTRIES) as package:
        (package / "model.toml").write_text(model.replace('"nmc-radial"', '"foreign-model"', 1))
        (package / "material.toml").write_text(material)
        yield tmp_path


def problems(warned: list[warnings.WarningMessage]) -> list[str]:
    return [str(one.message) for one in warned]


def test_a_foreign_format_writes(foreign: Path) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        mesh = replace(cube(8), info={})
        formats.write(foreign / "particle.counts", mesh, header="cells")
    assert (foreign / "particle.counts").read_text().startswith("cells 384 ")
    told = problems(warned)
    assert len(told) == 2
    for name in (".msh", ".number"):
        assert any(
            f"'{name}' of nmc-foreign 1.2 is left out: {PROBLEMS[name]}" in text for text in told
        )


def test_what_is_built_in_needs_no_foreign_package(foreign: Path) -> None:
    """No warning, and no import, while a format of our own is asked for."""
    formats.write(foreign / "particle.vtu", cube(1, n=1))
    assert "nmc_foreign" not in sys.modules


def test_foreign_models_and_materials_stand_beside_ours(foreign: Path) -> None:
    with pytest.warns(UserWarning, match="'lost-model' of nmc-foreign 1.2 is left out: there is"):
        assert "foreign-model" in nmc_mesh.list_models()
    with pytest.warns(UserWarning, match="lost-model"):
        model = nmc_mesh.load_model("foreign-model")
    assert model.name == "foreign-model"
    with pytest.warns(UserWarning, match="'broken-material' of nmc-foreign 1.2 is left out: Mod"):
        assert "foreign-material" in nmc_mesh.list_materials()
    with pytest.warns(UserWarning, match="broken-material"):
        assert nmc_mesh.load_material("foreign-material").name
    with (
        pytest.warns(UserWarning, match="lost-model"),
        pytest.raises(InputError, match="perhaps you meant 'foreign-model'"),
    ):
        nmc_mesh.load_model("foreign-mode")


def test_the_command_lists_all_and_says_what_is_broken(
    foreign: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["plugins"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    lines = [line for line in told.out.splitlines()[1:] if "nmc-foreign" in line]
    assert any(" .counts " in line and "counts of cells" in line for line in lines)
    assert any(" foreign-model " in line for line in lines)
    for name, problem in PROBLEMS.items():
        assert any(f" {name} " in line and f"broken: {problem}" in line for line in lines)
    assert "gmsh" in told.out
    assert run(["plugins", "--quiet"]) == 0
    quiet = capsys.readouterr().out.splitlines()
    assert len(quiet) == 1 + len(PROBLEMS)


def test_an_unknown_plugin_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins", "nmc-radal"]) == InputError.exit_code
    assert "perhaps you meant 'nmc-radial'" in capsys.readouterr().err
    assert run(["plugins", "nmc-radial", "-q"]) == 0
    assert capsys.readouterr().out == ""
