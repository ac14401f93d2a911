"""Plans: what is read, what is refused, what editors are told."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from nmc_mesh.dataset.plan import Plan, fingerprint, parse_plan, plan_schema, read_plan
from nmc_mesh.dataset.recipe import differences, from_document, resolve
from nmc_mesh.dataset.sample import sample_plan
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io import FORMATS
from tests.dataset.plans import MESHES, VOXELS, plan_text, recipe_of


def test_the_sample_is_a_plan_and_shows_every_table() -> None:
    plan = parse_plan(sample_plan())
    assert plan.number == 20
    for name in Plan.model_fields:
        assert name in sample_plan()
    lines = sample_plan().splitlines()
    keys = re.compile(
        r"# (\[|(size|formats|blocks|order|boundaries|tables|law|radial|material) *=)"
    )
    whole = "\n".join(line[2:] if keys.match(line) else line for line in lines)
    plan = parse_plan(whole)
    assert plan.meshed
    assert plan.surfaces is not None
    assert set(plan.textures) == {"uniform", "fibre"}
    assert plan.particles.material == "nmc811"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("number = 4", "numbr = 4", "unknown name 'numbr', perhaps you meant 'number'"),
        ("spacing", "spacng", "unknown name 'voxels.spacng', perhaps you meant 'spacing'"),
        ("number = 4", "number = 0", "'number': Input should be greater than or equal to 1"),
        ("low = 1.2", "low = 3", "low = 3 is above high = 1.5"),
        ("low = 1.2", "low = -1", "greater than 0, not -1"),
        ("seed = 1", "seed = -1", "'seed': Input should be greater than or equal to 0"),
        ('model = "tiny.toml"', "", "'particles.model' is missing"),
        ('".vtu"', '".vtx"', "perhaps you meant '.vtu'"),
        ("[voxels]", '[design]\nkind = "gird"\n[voxels]', "perhaps you meant 'grid'"),
    ],
)
def test_a_mistake_is_told_in_one_line(old: str, new: str, message: str) -> None:
    text = plan_text(VOXELS, MESHES)
    assert old in text
    with pytest.raises(InputError) as caught:
        parse_plan(text.replace(old, new))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_toml_and_no_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="not a TOML file"):
        parse_plan("number = ")
    with pytest.raises(FileError, match="nmc-mesh dataset --init"):
        read_plan(tmp_path / "none.toml")
    with pytest.raises(InputError, match="perhaps you meant 'nmc-radial'"):
        resolve(parse_plan(plan_text().replace("tiny.toml", "nmc-radail")))


def test_meshes_come_in_every_format_that_holds_one() -> None:
    every = [suffix for suffix, form in FORMATS.items() if form.mesh]
    plan = parse_plan(plan_text("", f"[meshes]\nformats = {json.dumps(every)}\n"))
    assert plan.meshes is not None
    assert plan.meshes.formats == tuple(every)
    assert {".mesh", ".med"} < set(every)
    enum = json.loads(plan_schema())["$defs"]["Meshes"]["properties"]["formats"]["items"]["enum"]
    assert enum == every
    text = next(line for line in sample_plan().splitlines() if "formats = " in line)
    assert text.split("  # ")[1].split() == every
    with pytest.raises(InputError, match=r"or '\.header', not '\.vtx', perhaps you meant '\.vtu'"):
        parse_plan(plan_text("", '[meshes]\nformats = [".vtx"]\n'))
    with pytest.raises(InputError, match=r"not '\.json'"):
        parse_plan(plan_text("", '[meshes]\nformats = [".json"]\n'))


def test_the_schema_knows_every_table_and_forbids_others() -> None:
    schema = json.loads(plan_schema())
    assert set(schema["properties"]) == set(Plan.model_fields)
    assert schema["additionalProperties"] is False
    assert set(schema["$defs"]["Voxels"]["properties"]) == {"spacing", "compression"}
    assert tomllib.loads(sample_plan()).keys() <= schema["properties"].keys()


def test_a_recipe_holds_all_it_needs(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, VOXELS)
    copy = from_document(json.loads(json.dumps(recipe.document)))
    assert copy.id == recipe.id
    assert copy.models["tiny.toml"].name == "tiny"
    first, second = (r.models["tiny.toml"].sample(3, 1.2) for r in (recipe, copy))
    assert first.tessellation.rows.tobytes() == second.tessellation.rows.tobytes()


def test_what_does_not_touch_the_particles_keeps_the_id(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, VOXELS)
    card = '[card]\nlicence = "MIT"\n'
    assert recipe_of(tmp_path, VOXELS, card).id == recipe.id
    assert recipe_of(tmp_path, VOXELS, number=9).id == recipe.id
    assert recipe_of(tmp_path, VOXELS, seed=2).id != recipe.id
    assert recipe_of(tmp_path).id != recipe.id
    cube = '[design]\nkind = "latin-hypercube"\n'
    assert recipe_of(tmp_path, cube, number=4).id != recipe_of(tmp_path, cube, number=5).id


def test_differences_are_named_by_place() -> None:
    old = {"a": 1, "b": {"c": [1, 2], "d": 3}}
    new = {"a": 1, "b": {"c": [1, 3]}, "e": "x"}
    assert differences(old, new) == [
        "b.c: [1, 2] -> [1, 3]",
        "b.d: 3 -> not there",
        "e: not there -> x",
    ]
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_a_texture_or_material_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \[textures.fibre\]; there are model, none"):
        parse_plan(plan_text('texture = "fibre"\n'))
    with pytest.raises(InputError, match="perhaps you meant 'nmc811'"):
        recipe_of(tmp_path, 'material = "nmc810"\n')
    with pytest.raises(InputError, match=r"unknown name 'textures\.a\.fibre\.radal'"):
        parse_plan(plan_text('[textures.a]\nlaw = "fibre"\nradal = 3.0\n'))
