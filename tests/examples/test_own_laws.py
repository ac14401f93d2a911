"""Laws of one's own: what they draw is what they say, in Python and by name in a model file."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.dataset.environment import environment
from nmc_mesh.errors import InputError
from nmc_mesh.particle.model import load_table
from nmc_mesh.particle.schema import parse_model
from nmc_mesh.particle.writer import format_model
from tests.examples.test_examples import EXAMPLES, load
from tests.foreign import installed

SHIPPED = Path(nmc_mesh.__file__).parent / "presets" / "nmc-radial.toml"
HEAD = 'name = "mine"\nsummary = "my own"\n\n'
SHELL = '[shell]\nlaw = "ellipsoids"\naxes = [1.5, 1.0, 1.0]\nspread = 0.01\n\n'
GRAINS = '[grains]\nlaw = "laguerre"\ngrain_size = 0.5\nradius = 0.3\n\n'
MARKS = '[grains.marks]\nlaw = "constant"\ndiagonal = [0.25, 1.0, 1.0]\n\n'
END = "[provenance]\n"


def shipped_part(first: str, after: str) -> str:
    """Part of a shipped model file, from one heading to another."""
    text = SHIPPED.read_text()
    return text[text.index(f"\n[{first}]") + 1 : text.index(f"\n[{after}")] + "\n"


def test_ellipsoids_have_their_volume_and_their_elongation() -> None:
    shell = load("own_shell_law.py").main().shell
    assert shell.volume == pytest.approx(4 / 3 * np.pi * 1.5, rel=0.05)
    along, across = shell.radius(np.eye(3))[:2]
    assert along / across == pytest.approx(1.5, rel=0.03)


def test_constant_marks_give_matrices_of_one_determinant_that_point_to_the_centre() -> None:
    diagram = load("own_mark_law.py").main().tessellation
    np.testing.assert_allclose(np.linalg.det(diagram.matrices), 0.25, rtol=1e-12)
    across = np.einsum("nij,nj->ni", diagram.matrices, diagram.seeds)
    np.testing.assert_allclose(across, 0.25 * diagram.seeds, atol=1e-12)


def test_a_laguerre_diagram_has_flat_faces_between_grains() -> None:
    """Along a line through two cells the difference of costs is linear."""
    particle = load("own_tessellation.py").main()
    diagram = particle.tessellation
    one, other = particle.kept[:2]
    ends = diagram.seeds[[one, other]]
    line = np.stack([ends[0], ends.mean(axis=0), ends[1]])
    gap = diagram.costs(line, one) - diagram.costs(line, other)
    assert gap[1] == pytest.approx((gap[0] + gap[2]) / 2, abs=1e-12)
    assert particle.n_grains == pytest.approx(particle.shell.volume / 0.5**3, rel=0.3)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def code(name: str) -> str:
    return (EXAMPLES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "group", "law", "text"),
    [
        ("own_shell_law.py", "shell_laws", "ellipsoids:Ellipsoids", "shell"),
        ("own_tessellation.py", "tessellations", "laguerre:Laguerre", "grains"),
        ("own_mark_law.py", "mark_laws", "constant:Constant", "marks"),
    ],
)
def test_a_model_file_names_a_law_of_a_package(
    site: Path,
    tmp_path: Path,
    name: str,
    group: str,
    law: str,
    text: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    parts = {
        "shell": SHELL + shipped_part("grains", "texture"),
        "grains": shipped_part("shell", "grains") + GRAINS,
        "marks": shipped_part("shell", "grains") + shipped_part("grains", "grains.marks") + MARKS,
    }
    file = tmp_path / "mine.toml"
    file.write_text(HEAD + parts[text] + END)
    label, value = law.split(":")
    with pytest.raises(InputError, match=f"there is no .* '{label}'; there are "):
        nmc_mesh.load_model(file)
    entries = {f"nmc_mesh.{group}": {label: f"nmc_own:{value}"}}
    with installed(site, "nmc-own", code(name), entries):
        table = load_table(file)
        assert parse_model(format_model(table), "again") == table
        one, again = (nmc_mesh.load_model(file).sample(3, diameter=1.5) for _ in range(2))
        assert one.n_grains > 5
        np.testing.assert_array_equal(one.tessellation.seeds, again.tessellation.seeds)
        assert one.shell.equivalent_diameter == pytest.approx(1.5)
        assert run(["plugins", label]) == 0
        assert re.search(r"nmc-own\s[^0-9]*1\.2", capsys.readouterr().out)
        assert environment.__wrapped__()["nmc-own"] == "1.2"  # what data sets record
        assert run(["info", str(file), "--quiet"]) == 0
        wrong = file.read_text().replace("1.0]", "-1.0]").replace("radius = 0.3", "radius = -1")
        file.write_text(wrong.replace("spread = 0.01", "spread = -1.0"))
        with pytest.raises(InputError, match="greater than 0, not -1"):
            nmc_mesh.load_model(file)


def test_no_package_is_loaded_for_a_law_that_is_built_in(site: Path) -> None:
    entries = {"nmc_mesh.mark_laws": {"constant": "nmc_own:Constant"}}
    with installed(site, "nmc-own", "raise RuntimeError('loaded')", entries):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            nmc_mesh.load_model(SHIPPED)
        with (
            pytest.warns(UserWarning, match="'constant' of nmc-own 1.2 is left out: RuntimeError"),
            pytest.raises(InputError, match="there is no mark law 'constnt'"),
        ):
            parse_model(SHIPPED.read_text().replace('law = "radial"', 'law = "constnt"'), "mine")
