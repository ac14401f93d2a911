"""What tells others about a data set: a table, a datacard, a Croissant file (JSON-LD)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nmc_mesh.dataset.folder import write_document
from nmc_mesh.dataset.make import place, sha256, stem
from nmc_mesh.dataset.manifest import DONE, FAILED, Manifest
from nmc_mesh.dataset.recipe import Recipe
from nmc_mesh.files import write_text, written

TABLE, CARD, CROISSANT = "particles.csv", "README.md", "croissant.json"
_FIRST = ("k", "file", "sha256", "bytes")
_TERMS = (
    "citeAs column equivalentProperty extract field fileObject fileProperty fileSet format "
    "includes isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated "
    "replace samplingRate separator source subField transform"
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}
_PAPER = (
    "Fuchs et al., Generating multi-scale Li-ion battery cathode particles with radial grain "
    "architectures using stereological generative adversarial networks, Commun. Mater. 6 (2025), "
    "https://doi.org/10.1038/s43246-024-00728-5"
)


def write_cards(folder: Path, recipe: Recipe, manifest: Manifest) -> tuple[str, int]:
    """Write the table, the datacard and the Croissant file; return digest and bytes of all files.

    They hold nothing that depends on when, where or in what order the particles were made.
    """
    digest, size, columns = _table(folder, manifest)
    counts = {"done": len(manifest.numbers(DONE)), "failed": len(manifest.numbers(FAILED))}
    text = _datacard(recipe, counts, digest, size)
    write_text(folder / CARD, text)
    write_document(folder / CROISSANT, _croissant(folder, recipe, columns))
    return digest, size


def signature(record: dict[str, Any]) -> bytes:
    """Lines "k name sha256" of the files of a particle."""
    lines = [
        f"{record['k']} {name} {facts[0]}\n" for name, facts in sorted(record["files"].items())
    ]
    return "".join(lines).encode()


def _table(folder: Path, manifest: Manifest) -> tuple[str, int, dict[str, type]]:
    """Write ``particles.csv``: a row per particle; return digest, bytes and the columns' types."""
    columns: dict[str, type] = {}
    for record in manifest.records():
        for name, value in flat(record):
            columns.setdefault(name, type(value))
    total, size = hashlib.sha256(), 0
    path = folder / TABLE
    with written(path) as beside, beside.name(path).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*_FIRST, *columns])
        for record in manifest.records():
            total.update(signature(record))
            name = f"{stem(record['k'])}.h5"
            hashed, _ = record["files"][name]
            stored = sum(facts[1] for facts in record["files"].values())
            size += stored
            known = dict(flat(record))
            head = [record["k"], (place(record["k"]) / name).as_posix(), hashed, stored]
            rows.writerow([*head, *(known.get(column, "") for column in columns)])
    return total.hexdigest(), size, columns


def flat(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Values and quality by column; a quality named like a value gets a mark."""
    yield from record["values"].items()
    for name, value in record["quality"].items():
        if isinstance(value, list):
            yield from ((f"{name}_{axis}", part) for axis, part in zip("xyz", value, strict=True))
        else:
            yield (f"drawn_{name}" if name in record["values"] else name), value


def _datacard(recipe: Recipe, counts: dict[str, int], digest: str, size: int) -> str:
    plan = recipe.plan
    stored = ["the analytic form (shell, seeds, tensors, offsets)"]
    stored += ["voxels"] if plan.voxels else []
    stored += [f"meshes ({', '.join(plan.meshes.formats)})"] if plan.meshes else []
    stored += ["surfaces"] if plan.surfaces else []
    text = io.StringIO()
    text.write(f"# {plan.name}\n\n{plan.card.description}\n\n")
    text.write(
        f"- particles: {counts['done']:,} of {plan.number:,}"
        + (f" ({counts['failed']:,} failed)" if counts["failed"] else "")
        + f", {size / 1e6:,.1f} MB\n- stored: {', '.join(stored)}\n"
        f"- creator: {plan.card.creator}\n- licence: {plan.card.licence}\n"
        f"- recipe {recipe.id}, seed {plan.seed}, digest {digest}\n\n"
        "Lengths are micrometres. Arrays are indexed [x, y, z]; label 0 is outside, grains are "
        "1 ... n. `particles.csv` has a row per particle, `plan.json` everything needed to make "
        "any of them again, bit for bit, with the versions that `manifest.jsonl` names:\n\n"
        "    nmc-mesh dataset verify . --rebuild 0\n\n"
        "## Where the particles come from\n\n"
        f"Synthetic, drawn from a stochastic model after {_PAPER}. Numbers marked *ours* are not "
        "from that paper. No personal data.\n\n"
    )
    for name, table in recipe.tables.items():
        text.write(f"### Model {name}: {table.summary}\n\n")
        text.writelines(f"- `{key}`: {value}\n" for key, value in table.provenance.items())
        text.write("\n")
    text.write(
        "## Limits\n\nParticles are as good as their models: do not take statistics of a model "
        "marked *ours* for those of a measured material.\n"
    )
    return text.getvalue()


def _croissant(folder: Path, recipe: Recipe, columns: dict[str, type]) -> dict[str, Any]:
    plan = recipe.plan
    distribution: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": "table",
            "name": TABLE,
            "contentUrl": TABLE,
            "encodingFormat": "text/csv",
            "sha256": sha256(folder / TABLE),
        },
        {
            "@type": "cr:FileSet",
            "@id": "items",
            "name": "items",
            "description": "HDF5 file of every particle; particles.csv has its SHA-256.",
            "encodingFormat": "application/x-hdf5",
            "includes": "items/*/*.h5",
        },
    ]
    types = {"k": int, "file": str, "sha256": str, "bytes": int, **columns}
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": plan.name,
        "description": plan.card.description,
        "creator": {"@type": "sc:Person", "name": plan.card.creator},
        "license": plan.card.licence,
        "version": "1.0.0",
        **({} if plan.card.published is None else {"datePublished": plan.card.published}),
        "citeAs": _PAPER,
        "isLiveDataset": False,
        "sdPublisher": {"@type": "sc:Organization", "name": "nmc_mesh"},
        "distribution": distribution,
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "particles",
                "name": "particles",
                "key": {"@id": "particles/k"},
                "field": list(_fields(types.items())),
            }
        ],
    }


def _fields(types: Iterable[tuple[str, type]]) -> Iterator[dict[str, Any]]:
    names = {int: "sc:Integer", float: "sc:Float", str: "sc:Text", bool: "sc:Boolean"}
    for name, kind in types:
        yield {
            "@type": "cr:Field",
            "@id": f"particles/{name}",
            "name": name,
            "dataType": names.get(kind, "sc:Text"),
            "source": {"fileObject": {"@id": "table"}, "extract": {"column": name}},
        }
