"""Build a wheel for every platform into dist/ and check it; arguments name some of the platforms.

One machine builds them all: zig compiles for each system. A wheel must hold the header and one
small library that exports what the header declares and needs the system's C library alone.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import lief

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "nmc_mesh" / "_core"
core = runpy.run_path(str(CORE / "build.py"))
border = runpy.run_path(str(CORE / "border.py"))

LARGEST = 4 << 20
"""Of a wheel, in bytes."""
SYSTEM_LIBRARIES = (
    "libc.so",
    "libm.so",
    "ld-linux",
    "libSystem",
    "kernel32",
    "ntdll",
    "api-ms-win",
)
GLIBC = (2, 17)
"""That of manylinux2014."""


def main() -> None:
    """Build and check."""
    wanted = sys.argv[1:] or list(core["TARGETS"])
    for tag in wanted:
        wheel = built(tag)
        complaints = list(problems(tag, wheel))
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.2f} MB, {', '.join(complaints) or 'ok'}")
        if complaints:
            sys.exit(1)


def built(tag: str) -> Path:
    """Build one wheel into dist/."""
    folder = ROOT / "dist"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, env={**os.environ, "NMC_WHEEL": tag})
    return next(folder.glob(f"nmc_mesh-*-py3-none-{tag}.whl"))


def problems(tag: str, wheel: Path) -> list[str]:
    """Say what is wrong with a wheel."""
    name = core["library_name"](core["system_of"](tag))
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        names = archive.namelist()
        if f"nmc_mesh/_core/{name}" not in names or "nmc_mesh/_core/core.h" not in names:
            return [f"{name} or core.h is missing"]
        library = lief.parse(archive.extract(f"nmc_mesh/_core/{name}", folder))
        header = archive.read("nmc_mesh/_core/core.h").decode()
    wrong = [f"holds {name}" for name in names if name.endswith((".cpp", ".hpp", ".pyc"))]
    if wheel.stat().st_size > LARGEST:
        wrong.append(f"is larger than {LARGEST} bytes")
    needed = [str(getattr(item, "name", item)) for item in library.libraries]
    wrong += [
        f"needs {item}"
        for item in needed
        if not any(known.lower() in item.lower() for known in (*SYSTEM_LIBRARIES, name))
    ]
    exported = {str(getattr(item, "name", item)).lstrip("_") for item in exports(library)}
    declared = {f"nmc_{name}" for name in border["read_border"](header).functions}
    wrong += [f"lacks {name}" for name in sorted(declared - exported)]
    return wrong + [f"needs glibc {version}" for version in too_new(library)]


def exports(library: lief.Binary) -> list[object]:
    """Exported symbols of an ELF, Mach-O or PE file."""
    if isinstance(library, lief.PE.Binary):
        return list(library.get_export().entries)
    return list(library.exported_symbols)


def too_new(library: lief.Binary) -> list[str]:
    """Versions of glibc that are newer than the platform tag promises."""
    if not isinstance(library, lief.ELF.Binary):
        return []
    asked = {
        version.name.removeprefix("GLIBC_")
        for requirement in library.symbols_version_requirement
        for version in requirement.get_auxiliary_symbols()
    }
    return sorted(v for v in asked if tuple(map(int, v.split(".")[:2])) > GLIBC)


if __name__ == "__main__":
    main()
