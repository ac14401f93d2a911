"""What MkDocs does for the site beyond its plugins: pages made from the package, links, formulas.

Pages of the reference are made from the names that the package and its rooms export and from the
commands themselves, so that none can be forgotten. Formulas become MathML, which browsers draw
without a script from elsewhere.
"""

from __future__ import annotations

import ast
import html
import inspect
import os
import posixpath
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nmc_mesh"
GALLERY = ROOT / "examples" / "gallery"
PRIVATE = {"_core", "cli", "numerics"}
"""Rooms without names for users: kernels, commands, elementary functions."""
MODULES = {
    "crystal": ["texture"],
    "dataset": ["learn"],
    "mechanics": ["chemo", "homogenize", "cohesive_zone", "cohesive_equilibrium"],
    "mesh": ["tables", "quality", "groups"],
}
"""Modules of rooms that examples and how-tos import from, told whole."""
ALONE = ("errors", "extensions", "progress")
"""Modules that stand beside the rooms."""


# --- names -----------------------------------------------------------------------------------


def exports(module: str) -> dict[str, str]:
    """Return the home (module and name) of every name that a package imports to export it."""
    folder = ROOT.joinpath(*module.split("."))
    path = next(p for p in (folder / "__init__.pyi", folder / "__init__.py") if p.is_file())
    homes = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (
            node.level or (node.module or "").startswith("nmc_mesh")
        ):
            source = ".".join(filter(None, [module if node.level else "", node.module]))
            homes |= {alias.asname or alias.name: f"{source}.{alias.name}" for alias in node.names}
    return {name: home for name, home in homes.items() if name[0] != "_"}


def resolved(home: str) -> str:
    """Follow a name through the packages that pass it on."""
    module, name = home.rsplit(".", 1)
    folder = ROOT.joinpath(*module.split("."))
    return resolved(exports(module)[name]) if folder.is_dir() else home


def rooms() -> list[str]:
    """Return the rooms that have a page."""
    names = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
    return [name for name in names if name not in PRIVATE]


def names_of(room: str) -> dict[str, str]:
    """Return, by its home, what users import a name of a room as; the shortest counts."""
    of_package = {resolved(home): f"nmc_mesh.{name}" for name, home in exports("nmc_mesh").items()}
    inside = {
        home: name for home, name in of_package.items() if home.startswith(f"nmc_mesh.{room}.")
    }
    of_room = {resolved(h): f"nmc_mesh.{room}.{n}" for n, h in exports(f"nmc_mesh.{room}").items()}
    return {home: of_package.get(home, name) for home, name in {**of_room, **inside}.items()}


def docstring(path: Path) -> str:
    """Return a module's docstring."""
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


# --- pages -----------------------------------------------------------------------------------


def room_page(room: str) -> str:
    """Return the page of a room: where names come from, then each of them."""
    names = dict(sorted(names_of(room).items(), key=lambda item: item[1].lower()))
    lines = [f"# nmc_mesh.{room}", "", docstring(PACKAGE / room / "__init__.py").split("\n")[0], ""]
    if names:
        lines += ["| import | what it is made in |", "|---|---|"]
        lines += [
            f"| [`{name}`][{home}] | `{home.rsplit('.', 1)[0]}` |" for home, name in names.items()
        ]
        lines.append("")
    for home in names:
        lines += [f"::: {home}", ""]
    for module in MODULES.get(room, []):
        lines += whole(f"nmc_mesh.{room}.{module}")
    return "\n".join(lines)


def whole(module: str) -> list[str]:
    """Return what tells a module and all that is public in it."""
    return [
        f"::: {module}",
        "    options:",
        "      show_root_full_path: true",
        "      show_if_no_docstring: false",
        "",
    ]


def index_page() -> str:
    """Return the list of all names of the package itself."""
    package = (
        ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))) or ""
    )
    lines = ["# Python", "", "Every name, its parameters, and an example that the tests run.", ""]
    lines += ["| name | page |", "|---|---|"]
    for name, home in sorted(exports("nmc_mesh").items(), key=lambda item: item[0].lower()):
        room = resolved(home).split(".")[1]
        page = room if room in rooms() else "others"
        lines.append(f"| [`nmc_mesh.{name}`][{resolved(home)}] | [{page}]({page}.md) |")
    return "\n".join([*lines, "", "## Conventions", "", "```text", package, "```", ""])


def others_page() -> str:
    """Return the page of what stands beside the rooms: the pipeline, errors, entry points."""
    homes = [resolved(home) for home in exports("nmc_mesh").values()]
    alone = [home for home in homes if home.split(".")[1] not in [*rooms(), *ALONE]]
    lines = ["# The pipeline, errors and doors for others", ""]
    for home in alone:
        lines += [f"::: {home}", ""]
    for module in ALONE:
        lines += whole(f"nmc_mesh.{module}")
    return "\n".join(lines)


def commands_page() -> str:
    """Return the reference of the command line, from the commands themselves."""
    from nmc_mesh.cli.commands import commands

    context = click.Context(commands, info_name="nmc-mesh")
    lines = ["# Command line", "", "Made from the commands; `--help` says the same.", ""]
    for path, command, inner in walk(commands, context):
        lines += [f"{'##' if path.count(' ') < 2 else '###'} {path}", ""]
        lines += ["```text", " ".join([path, *command.collect_usage_pieces(inner)]), "```", ""]
        lines += [help_text(command.help or ""), "", *options_table(command, inner)]
    return "\n".join(lines)


def walk(
    command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command, Any]]:
    """Yield the path, the command and its context for all commands, the group itself first."""
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from walk(inner, click.Context(inner, info_name=name, parent=context))


def help_text(text: str) -> str:
    """Return a help text as Markdown: what click leaves as it is becomes a block of code."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text.split("\f")[0])):
        if paragraph.startswith("\b"):
            lines = paragraph.removeprefix("\b").strip("\n")
            paragraphs.append(f"```text\n{textwrap.dedent(lines)}\n```")
        else:
            paragraphs.append(escaped(" ".join(paragraph.split())))
    return "\n\n".join(paragraphs)


def options_table(command: click.Command, context: click.Context) -> list[str]:
    """Return the options of a command as a table."""
    records = [
        record
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context))
    ]
    rows = [f"| `{names.replace('|', ' / ')}` | {escaped(text)} |" for names, text in records]
    return ["| option | what it does |", "|---|---|", *rows, ""]


def escaped(text: str) -> str:
    """Return a text in which Markdown finds nothing to turn into something else."""
    return re.sub(r"([*_\[\]|`#$\\])", r"\\\1", html.escape(text, quote=False))


# --- the gallery -----------------------------------------------------------------------------


def gallery_page(scripts: Sequence[Path], pictures: Sequence[Path]) -> str:
    """Return the page of the gallery: of every script its title, words, picture and code."""
    lines = ["# Gallery", "", "Every picture was made by the code below it, just now.", ""]
    for script, picture in zip(scripts, pictures, strict=True):
        words, code = told_and_done(script)
        title, text = words.split("\n", 1)
        lines += [f"## {title.rstrip('.')}", "", text.strip(), "", f"![{title}]({picture.name})"]
        lines += ["", "```python", code, "```", ""]
    return "\n".join(lines)


def told_and_done(script: Path) -> tuple[str, str]:
    """Return what a script says of itself, and its code."""
    text = script.read_text(encoding="utf-8")
    tree = ast.parse(text)
    first = tree.body[0].end_lineno or 0
    return ast.get_docstring(tree) or "", "\n".join(text.splitlines()[first:]).strip()


def drawn(script: Path, folder: Path) -> Path:
    """Run a script of the gallery in a folder of its own and return the picture that it draws."""
    place = folder / script.stem
    place.mkdir()
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    subprocess.run([sys.executable, "-W", "error", script], cwd=place, env=environment, check=True)
    (picture,) = place.iterdir()
    return picture


# --- what MkDocs calls -----------------------------------------------------------------------


def on_config(config: Any) -> Any:
    """Add the gallery and the reference to the navigation."""
    pages = [{"Overview": "reference/index.md"}]
    pages += [{f"nmc_mesh.{room}": f"reference/{room}.md"} for room in pages_of_rooms()]
    pages += [{"Pipeline, errors, doors": "reference/others.md"}]
    config.nav.insert(2, {"Gallery": "gallery/index.md"})
    config.nav.insert(
        -1, {"Reference": [{"Command line": "reference/commands.md"}, {"Python": pages}]}
    )
    return config


def pages_of_rooms() -> list[str]:
    """Return the rooms that have something to tell."""
    return [room for room in rooms() if names_of(room) or room in MODULES]


def made_pages() -> dict[str, str]:
    """Return the pages that are made, by their names in the folder of the reference."""
    pages = {"index": index_page(), "commands": commands_page(), "others": others_page()}
    return pages | {room: room_page(room) for room in pages_of_rooms()}


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made, and the pictures of the gallery."""
    from mkdocs.structure.files import File

    for name, content in made_pages().items():
        files.append(File.generated(config, f"reference/{name}.md", content=content))
    scripts = sorted(GALLERY.glob("*.py"))
    with TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        pictures = list(pool.map(drawn, scripts, [Path(folder)] * len(scripts)))
        page = gallery_page(scripts, pictures)
        files.append(File.generated(config, "gallery/index.md", content=page))
        for picture in pictures:
            image = picture.read_bytes()
            files.append(File.generated(config, f"gallery/{picture.name}", content=image))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Link pages that the text names by their path in the repository."""

    def link(match: re.Match[str]) -> str:
        name = match[1]
        target = files.get_file_from_path(name)
        if target is None or target is page.file:
            return match[0]
        title = re.search(r"^# (.+)$", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.M)
        start = posixpath.dirname(page.file.src_uri) or "."
        return f"[{title[1] if title else name}]({posixpath.relpath(name, start)})"

    return re.sub(r"`docs/([\w/]+\.md)`", link, markdown)


def on_page_content(content: str, **_: Any) -> str:
    """Turn formulas into MathML."""
    from latex2mathml.converter import convert

    kinds = {"(": "inline", "[": "block"}

    def formula(match: re.Match[str]) -> str:
        latex = html.unescape(match[3]).strip()
        tag = re.search(r"\\tag\{(.+?)\}", latex)
        latex = re.sub(r"\\tag\{.+?\}", "", latex) + (rf" \qquad ({tag[1]})" if tag else "")
        drawn: str = convert(latex, display=kinds[match[2]])
        return drawn if match[2] == "(" else f'<div style="overflow-x: auto">{drawn}</div>'

    pattern = r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>'
    return re.sub(pattern, formula, content, flags=re.DOTALL)
