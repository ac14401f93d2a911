"""Check that a release says one version everywhere, and print what has changed since the last.

    python .ci/release.py v0.1.0

The tag, pyproject.toml, CITATION.cff, recipe/recipe.yaml and the newest part of CHANGELOG.md must
agree, and that part must have its date. Why no version taken from the tag: particles, meshes and
data sets tell the version that made them, so a version counted in commits would make other bytes of
the same particle in every commit, and yet others in a copy without tags or without git.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def versions(root: Path = ROOT) -> dict[str, str]:
    """Return the version that every file tells."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    patterns = {
        "CITATION.cff": r"^version: (\S+)$",
        "CHANGELOG.md": r"^## (\S+) \(",
        "recipe/recipe.yaml": r"^  version: \"(\S+)\"$",
    }
    found = {"pyproject.toml": str(project["version"])}
    for name, pattern in patterns.items():
        match = re.search(pattern, (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        found[name] = match[1] if match else "none"
    return found


def notes(root: Path = ROOT) -> tuple[str, str]:
    """Return the date and the text of the newest part of the change log."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    part = re.search(r"^## \S+ \((.+?)\)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return (part[1], part[2].strip()) if part else ("", "")


def problems(tag: str, root: Path = ROOT) -> list[str]:
    """Say what stands against releasing a tag."""
    wrong = [
        f"{name} says {version}, the tag {tag}"
        for name, version in versions(root).items()
        if f"v{version}" != tag
    ]
    date, _ = notes(root)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", date):
        wrong.append(f"CHANGELOG.md has '{date}' where the date of the release belongs")
    return wrong


def main() -> None:
    """Check a tag."""
    if len(sys.argv) != 2:
        sys.exit("name the tag: python .ci/release.py v0.1.0")
    if wrong := problems(sys.argv[1]):
        sys.exit("\n".join(wrong))
    print(notes()[1])


if __name__ == "__main__":
    main()
