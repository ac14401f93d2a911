"""A release says one version everywhere, and its recipe and paper hold what they lean on."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from nmc_mesh.dataset import load_recipe
from tests.scripts import load_script

ROOT = Path(__file__).parents[1]
release = load_script(".ci/release.py")


def test_every_file_tells_the_same_version() -> None:
    assert len(set(release.versions().values())) == 1


def test_a_tag_is_released_only_if_all_say_its_version_and_the_day(tmp_path: Path) -> None:
    (tmp_path / "recipe").mkdir()
    for name in release.versions():
        shutil.copy(ROOT / name, tmp_path / name)
    version = release.versions()["pyproject.toml"]
    log = tmp_path / "CHANGELOG.md"
    log.write_text(f"# Changelog\n\n## {version} (2026-12-01)\n\n- Something.\n\n## 0.0 (2025)\n")
    assert release.problems(f"v{version}", tmp_path) == []
    assert release.notes(tmp_path) == ("2026-12-01", "- Something.")
    assert len(release.problems("v99.0", tmp_path)) == 4
    log.write_text(f"# Changelog\n\n## {version} (unreleased)\n")
    (problem,) = release.problems(f"v{version}", tmp_path)
    assert "date" in problem


def test_the_conda_recipe_wants_what_the_package_wants() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "recipe/recipe.yaml").read_text(encoding="utf-8")
    run = text.split("  run:\n")[1].split("\n\n")[0]
    wanted = {line.strip(" -").replace(" ", "") for line in run.splitlines()}
    assert wanted == {f"python{project['requires-python']}", *project["dependencies"]}


def test_every_reference_of_the_paper_is_listed_used_and_has_a_doi() -> None:
    paper = (ROOT / "paper/paper.md").read_text(encoding="utf-8")
    entries = re.findall(
        r"@\w+\{(\w+),(.*?)^\}", (ROOT / "paper/paper.bib").read_text(encoding="utf-8"), re.M | re.S
    )
    assert {key for key, _ in entries} == set(re.findall(r"@([a-z]+\d{4})", paper))
    for key, entry in entries:
        assert re.search(r"doi = \{10\.\d{4,}/\S+\}", entry), key
    for picture in re.findall(r"\]\((\S+\.png)\)", paper):
        assert (ROOT / "paper" / picture).exists()


def test_the_sample_set_is_a_plan_of_a_hundred_particles_with_fields() -> None:
    plan = load_recipe(ROOT / "examples/sample_set.toml").plan
    assert plan.number == 100
    assert plan.meshes is not None
    assert plan.voxels is not None


@pytest.mark.parametrize("name", ["docs", "release", "tests", "wheels"])
def test_there_is_a_workflow(name: str) -> None:
    text = (ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8")
    for script in re.findall(r"(?:run: |python )(\.ci/[\w.]+|make \w+)", text):
        target = script.removeprefix("make ")
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert (ROOT / script).exists() or re.search(rf"^{target}:", makefile, re.M)
