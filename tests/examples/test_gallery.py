"""The gallery: every script is short, says what it shows, and draws one picture of its name."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

GALLERY = Path(__file__).parents[2] / "examples" / "gallery"
SCRIPTS = sorted(GALLERY.glob("*.py"))
MOST_LINES = 25


def test_there_are_a_dozen() -> None:
    assert len(SCRIPTS) >= 12
    assert [int(script.stem[:2]) for script in SCRIPTS] == list(range(1, len(SCRIPTS) + 1))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_is_short_and_draws_what_it_is_called(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = script.read_text(encoding="utf-8")
    tree = ast.parse(text)
    title, empty, *words = (ast.get_docstring(tree) or "").split("\n")
    assert title.endswith(".")
    assert empty == ""
    assert words
    code = text.splitlines()[tree.body[0].end_lineno :]
    assert sum(bool(line.strip()) for line in code) <= MOST_LINES

    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script))
    plt.close("all")
    (picture,) = tmp_path.iterdir()
    assert picture.stem == script.stem[3:]
    with PIL.Image.open(picture) as image:
        shades = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert len(np.unique(shades // 32, axis=0)) > 8  # not blank, not one colour
