"""Reports: one page that holds all it shows, of whatever there is to report on."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.plot.distributions import distributions
from nmc_mesh.report import Page, Part, SortTable, paper
from nmc_mesh.report.page import MOST_ROWS, render
from nmc_mesh.report.paper import on_paper
from nmc_mesh.sections.files import write_sections
from tests.meshes import cube, voronoi
from tests.particles import ball

pytest.importorskip("jinja2", reason="pip install 'nmc-mesh[report]'")


class Outline(HTMLParser):
    """Titles, cells and what would be loaded from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.titles: list[str] = []
        self.cells: list[str] = []
        self.loaded: list[str] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.loaded += [
            value or "" for name, value in attrs
            if name in ("src", "href") and not (value or "").startswith("data:")
        ]  # fmt: skip

    def handle_data(self, data: str) -> None:
        if self.inside == "h2" and data.strip():
            self.titles.append(data.strip())
        if self.inside == "td" and data.strip():
            self.cells.append(data.strip())


def reported(subject: Path | str, folder: Path, *options: str) -> tuple[Outline, str]:
    file = folder / "report.html"
    assert run(["report", str(subject), "-o", str(file), "-q", *options]) == 0
    text = file.read_text(encoding="utf-8")
    assert len(text) < 5e6
    outline = Outline(text)
    assert outline.loaded == []
    return outline, text


def scene_of(text: str) -> dict[str, dict[str, object]]:
    """What the viewer of a page is given."""
    (frame,) = re.findall(r'srcdoc="([^"]*)"', text)
    (data,) = re.findall(r'base64Str = "([^"]+)"', html.unescape(frame))
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(data))) as file:
        scene: dict[str, dict[str, object]] = json.loads(file.read("index.json"))
    return scene


def test_a_particle_is_meshed_proven_and_shown(tmp_path: Path) -> None:
    pytest.importorskip("trame_vtk", reason="pip install 'nmc-mesh[report]'")
    nmc_mesh.write_particle(tmp_path / "p.h5", ball())
    outline, text = reported(tmp_path / "p.h5", tmp_path, "--size", "0.4")
    for title in ("Particle", "Picture", "Distributions", "Quality of the mesh", "Certificate"):
        assert title in outline.titles
    assert {"distance max", "smallest angle"} <= set(outline.cells)
    arrays = scene_of(text)["hashes"].values()
    points = next(a for a in arrays if a["vtk"] == "vtkPoints")  # type: ignore[index]
    flat = np.frombuffer(base64.b64decode(points["content"]), "<f4").reshape(-1, 3)  # type: ignore[index]
    assert np.linalg.norm(flat, axis=1).max() == pytest.approx(1.0, abs=0.05)


def test_a_mesh_tells_of_its_grains(tmp_path: Path) -> None:
    pytest.importorskip("trame_vtk", reason="pip install 'nmc-mesh[report]'")
    mesh = replace(cube(8, 2), info={"provenance": {"model": "a & b", "seed": 7, "grains": 8}})
    nmc_mesh.write(tmp_path / "m.msh", mesh)
    outline, text = reported(tmp_path / "m.msh", tmp_path)
    assert "nmc-mesh generate --model &#39;a &amp; b&#39; --seed 7 --grains 8" in text
    volumes = [cell for cell in outline.cells if cell == "1"]
    assert len(volumes) >= 8


def test_sections_show_maps_and_distributions(tmp_path: Path) -> None:
    labels = np.pad(np.kron(np.arange(1, 17).reshape(4, 4), np.ones((6, 6), int)), 2)
    image = nmc_mesh.LabelImage(labels, spacing=0.1)
    section = nmc_mesh.Section(image, np.ones(labels.shape, bool), np.zeros(2), "one")
    write_sections(tmp_path / "s.h5", [section])
    outline, text = reported(tmp_path / "s.h5", tmp_path)
    assert {"Sections", "Distributions", "Treatment"} <= set(outline.titles)
    assert text.count("data:image/png;base64,") == 2


def test_a_data_set_shows_its_particles(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'name = "few"\nnumber = 3\nseed = 1\n[particles]\nmodel = "nmc-radial"\n'
        "diameter = { low = 1.0, high = 1.5 }\n"
        '[card]\ndescription = "x <i>"\ncreator = "y"\nlicence = "CC-BY-4.0"\n'
    )
    assert run(["dataset", str(plan), "-o", str(tmp_path / "few"), "-q"]) == 0
    outline, text = reported(tmp_path / "few", tmp_path)
    assert {"Data set", "Distributions", "Examples", "Particles", "Provenance"} <= set(
        outline.titles
    )
    assert text.count("data:image/png;base64,") == 4
    assert "<i>" not in text
    assert "3 of 3" in outline.cells


@pytest.mark.parametrize(
    ("subject", "message", "code"),
    [
        ("no.h5", "there is no such file", 4),
        ("x.txt", "no report of", 3),
        ("empty", "holds no data set", 4),
        ("m.msh --beside s.h5", "--beside is for models and sections", 3),
        ("x.txt -o x.docx", "unknown extension", 3),
    ],
)
def test_what_cannot_be_reported_is_refused_in_one_line(
    subject: str, message: str, code: int, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("x.txt").write_text("text")
    Path("empty").mkdir()
    nmc_mesh.write("m.msh", cube(1, 1))
    words = subject.split()
    words += [] if "-o" in words else ["-o", "report.html"]
    before = sorted(Path().rglob("*"))
    assert run(["report", *words, "-q"]) == code
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert message in told[0]
    assert sorted(Path().rglob("*")) == before


def test_tables_hold_numbers_that_sort_and_say_what_is_left_out() -> None:
    table = SortTable({"id": np.arange(MOST_ROWS + 5), "<b>": np.full(MOST_ROWS + 5, 1 / 3)})
    text = render(Page("<title>", "of nothing", [Part("A", tables={"B": table})]))
    assert text.count("<tr>") == MOST_ROWS + 1
    assert "5 more rows are not shown" in text
    assert "<td>0.3333</td>" in text
    assert "&lt;b&gt;" in text
    assert "<b>" not in text


def test_paper_shows_what_the_page_shows(tmp_path: Path) -> None:
    """Every part, fact, caption and the first rows of tables; a still stands for what turns."""
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("trame_vtk", reason="pip install 'nmc-mesh[report]'")
    mesh = voronoi(6, 3)
    nmc_mesh.write(tmp_path / "m.msh", mesh)
    assert run(["report", str(tmp_path / "m.msh"), "-o", str(tmp_path / "m.pdf"), "-q"]) == 0
    document = pypdf.PdfReader(tmp_path / "m.pdf")
    outline, _ = reported(tmp_path / "m.msh", tmp_path)
    assert [mark.title for mark in document.outline] == outline.titles
    text = " ".join(page.extract_text() for page in document.pages)
    for cell in ("99 % of cells", f"{len(mesh.cells):,} of order 1", "disorientation (°)"):
        assert cell in text or cell not in outline.cells
    assert "Grains; dark lines are their boundaries." in text
    assert sum(len(page.images) for page in document.pages) == 2  # a still, the histograms
    assert f"1 / {len(document.pages)}" in text


def test_paper_has_every_letter_and_no_endless_table() -> None:
    pypdf = pytest.importorskip("pypdf")
    table = SortTable({"id": np.arange(MOST_ROWS + 5), "U": np.full(MOST_ROWS + 5, 1 / 3)})
    facts = {"Größe ≤": "3 µm³ − ½ °, " + "long " * 80}
    page = Page("Ω", "of nothing", [Part("A", facts=facts, tables={"B": table}, commands=["a  b"])])
    pages = pypdf.PdfReader(io.BytesIO(on_paper(page))).pages
    text = " ".join(sheet.extract_text() for sheet in pages)
    for letters in ("Ω", "Größe ≤", "3 µm³ − ½ °", "0.3333", "a  b"):
        assert letters in text
    assert f"{MOST_ROWS + 5 - paper.MOST_ROWS} more rows are not shown" in text
    assert len(pages) < 4


def test_without_its_package_paper_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmc_mesh.report.paper.find_spec", lambda name: None)
    assert run(["report", "nmc-calibrated", "-o", str(tmp_path / "m.pdf"), "-q"]) != 0
    assert "needs the package 'fpdf2'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_distributions_take_what_there_is() -> None:
    nothing = {"none": np.array([]), "one": np.ones(3), "gaps": np.array([1.0, np.nan, 2.0])}
    nothing |= {"rounding": 1 + np.spacing(1.0) * np.arange(40), "huge": np.full(3, 1e20)}
    assert distributions(nothing).startswith(b"\x89PNG")
    beside = distributions({"a": np.arange(9.0)}, {"a": np.arange(5.0)})
    assert beside != distributions({"a": np.arange(9.0)})


def test_the_scene_of_a_mesh_has_a_colour_for_every_triangle() -> None:
    from nmc_mesh.plot.paint import paint
    from nmc_mesh.plot.render import centroid
    from nmc_mesh.plot.scene import scene
    from nmc_mesh.plot.turning import scene_state

    mesh = voronoi(20, 4)
    things = scene(mesh, centroid(mesh))
    state = scene_state(things.triangles, paint(mesh, "grain").of(things))
    sizes = {array["vtk"]: array for array in state["hashes"].values()}
    cells = np.frombuffer(base64.b64decode(sizes["vtkCellArray"]["content"]), "<i4").reshape(-1, 4)
    assert len(cells) == len(things.triangles)
    assert (cells[:, 0] == 3).all()
    colors = base64.b64decode(sizes["vtkDataArray"]["content"])
    assert len(colors) == 3 * len(cells)
