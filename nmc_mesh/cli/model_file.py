"""The model file that fits grow: what they add to, what they read, what they replace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nmc_mesh.cli.console import complain
from nmc_mesh.extensions import DEFAULT_MODEL

if TYPE_CHECKING:
    from nmc_mesh.particle.schema import ModelTable

_SILENT, _THREADS = ("-q", "--quiet", "--debug", "--fresh"), "--threads"


def model_output(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the model file that a fit adds its part to, and another start for it."""
    output = click.option(
        "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="MODEL.toml",
        help="Model file to write; if it is there, the part is added to it and the rest stays.",
    )  # fmt: skip
    base = click.option(
        "--base", metavar="NAME",
        help="Model, shipped or a file, that all other parts are taken from.  [default: MODEL.toml "
        f"if it is there, else {DEFAULT_MODEL}]",
    )  # fmt: skip
    return output(base(command))


def add(
    output: Path,
    base: str | None,
    part: str,
    sources: Sequence[Path],
    change: Callable[[ModelTable, dict[str, str]], ModelTable],
    inputs: str,
) -> None:
    """Add a part that was fitted to sources to a model file; complain of parts this replaces.

    ``change`` takes the model and what the provenance of every fit holds; ``inputs`` are
    ``contents_of`` the sources as they were read.
    """
    from nmc_mesh.particle.parts import add_part

    names = ", ".join(source.name for source in sources)
    facts = {
        f"{part}.from": f"fitted to {names}",
        f"{part}.inputs": inputs,
        f"{part}.command": command_line(),
    }
    for line in add_part(output, base, part, lambda table: change(table, facts)):
        complain("warning", line)


def contents_of(sources: Sequence[Path]) -> str:
    """Return the names and fingerprints of files, or folders of slices, that a fit reads."""
    from nmc_mesh.io.fingerprint import fingerprint

    return ", ".join(f"{source.name} sha256:{fingerprint(source)}" for source in sources)


def command_line() -> str:
    """Return the command line for a provenance: without folders, and what changes no result."""
    import shlex
    import sys

    words, skip = [], False
    for argument in sys.argv[1:]:
        if not (skip or argument in _SILENT or argument.split("=")[0] == _THREADS):
            words.append(Path(argument).name if "/" in argument else argument)
        skip = argument == _THREADS
    return shlex.join(["nmc-mesh", *words])
