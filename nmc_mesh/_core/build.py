"""Compile the core: python nmc_mesh/_core/build.py [--debug | --sanitize KIND] [--target TRIPLE].

Standard library alone, so that it runs inside pip's isolated builds and from a checkout. It takes
``$CXX``, else the system's compiler, else the one of the package ``ziglang``, which
``pip install .`` brings where there is none. The library needs the C library alone: it is C++
without exceptions and without the C++ runtime, so every linker can finish it.

Floating point stays strict: no contraction into fused multiply-adds, no reassociation. The same
bytes come out of every compiler that was tried, whatever the processor.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CORE = Path(__file__).resolve().parent
ROOT = CORE.parent.parent
FLAGS = (
    "-std=c++20", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off", "-fno-math-errno",
    "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-Wall", "-Wextra",
)  # fmt: skip
OPTIMIZED = ("-O3", "-DNDEBUG", "-g0")
DEBUG = ("-O1", "-g", "-DNMC_DEBUG", "-Werror")
STAMPED = "version.cpp"
"""The source that is told what the library is built from; it is compiled every time."""
ZIG = "ziglang>=0.13"
"""Requirement that brings a compiler where there is none."""

# Targets that one machine can build for with zig: platform tag of the wheel -> zig's target.
TARGETS = {
    "manylinux2014_x86_64": "x86_64-linux-gnu.2.17",
    "manylinux2014_aarch64": "aarch64-linux-gnu.2.17",
    "macosx_11_0_x86_64": "x86_64-macos.11.0",
    "macosx_11_0_arm64": "aarch64-macos.11.0",
    "win_amd64": "x86_64-windows-gnu",
}


def lacks_compiler() -> bool:
    """Whether this machine has no C++ compiler of its own."""
    return compiler() is None


def compiler() -> str | None:
    """Path of the C++ compiler that this machine has: ``$CXX``, c++, g++ or clang++."""
    names = [os.environ["CXX"]] if os.environ.get("CXX") else ["c++", "g++", "clang++"]
    if sys.platform == "win32" and not os.environ.get("CXX"):
        return None  # MSVC knows none of the flags; zig does
    return next((path for path in map(shutil.which, names) if path), None)


def library_name(system: str) -> str:
    """File name of the library on "linux", "macos" or "windows"."""
    return {"windows": "nmc_core.dll", "macos": "libnmc_core.dylib"}.get(system, "libnmc_core.so")


def system_of(tag: str | None) -> str:
    """Operating system of a wheel's platform tag; None means this machine's."""
    if tag is None:
        return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    return "windows" if "win" in tag.split("_")[0] else "macos" if "mac" in tag else "linux"


def build(tag: str | None = None, mode: str = "", output: Path | None = None) -> Path:
    """Compile the sources that changed and link the library.

    Parameters
    ----------
    tag
        A platform tag of ``TARGETS``: cross-compiled by zig. None: for this machine.
    mode
        "" optimized, "debug" with a check of every index, or a sanitizer's name ("address",
        "undefined", "thread", or several with commas), which is a debug build too.
    output
        The library; default: beside this file.

    Returns
    -------
    Path
        The library.
    """
    system = system_of(tag)
    compile_command, link_command = _commands(tag)
    flags = [*FLAGS, *(OPTIMIZED if not mode else DEBUG)]
    link = ["-shared"]
    if system == "macos":
        link = ["-dynamiclib", f"-Wl,-install_name,@rpath/{library_name(system)}"]
    if not mode and system != "macos":
        link.append("-s")  # no symbols but the exported ones
    if system == "linux":
        link += ["-Wl,--as-needed", "-Wl,--gc-sections"]
        link += ["-Wl,-z,defs"] if not mode else []
    if mode not in ("", "debug"):
        flags.append(f"-fsanitize={mode}")
        link.append(f"-fsanitize={mode}")
    sources = sorted((CORE / "src").rglob("*.cpp"))
    key = hashlib.sha256(repr((compile_command, flags)).encode()).hexdigest()[:8]
    objects = _folder() / f"{tag or 'native'}-{key}"
    objects.mkdir(parents=True, exist_ok=True)
    newest = max(path.stat().st_mtime for path in [CORE / "core.h", *(CORE / "src").rglob("*.hpp")])

    def compiled(source: Path) -> Path:
        made = objects / (source.relative_to(CORE / "src").as_posix().replace("/", "-") + ".o")
        special, stamped = _flags_of(source, tag), source.name == STAMPED
        if (
            stamped
            or not made.exists()
            or made.stat().st_mtime < max(newest, source.stat().st_mtime)
        ):
            _run([*compile_command, *flags, *special, "-c", str(source), "-o", str(made)])
        return made

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = [str(part) for part in pool.map(compiled, sources)]
    output = output or CORE / library_name(system)
    output.parent.mkdir(parents=True, exist_ok=True)
    beside = output.with_name(f".{os.getpid()}-{output.name}")  # nobody sees a half-written library
    _run([*link_command, *link, *parts, "-o", str(beside), *(["-lm"] if system == "linux" else [])])
    os.replace(beside, output)
    return output


def wheel_tag(tag: str | None) -> str:
    """Tag of the wheel: one for every Python 3, for one platform."""
    return f"py3-none-{tag or sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def _commands(tag: str | None) -> tuple[list[str], list[str]]:
    """Return the commands that compile and link.

    zig links as C: as C++ it would first build the C++ runtime, which nothing here needs.
    """
    own = compiler() if tag is None else None
    if own is not None:
        return [own], [own]
    zig = [sys.executable, "-m", "ziglang"]
    target = TARGETS[tag] if tag else _native_target()
    return [*zig, "c++", "-target", target], [*zig, "cc", "-target", target]


def _native_target() -> str:
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    return {"linux": f"{machine}-linux-gnu.2.17", "darwin": f"{machine}-macos"}.get(
        sys.platform, f"{machine}-windows-gnu"
    )


def sources_id() -> int:
    """Return a number of 64 bits for all that decides the results: the sources and the flags."""
    parts = [CORE / "core.h", *(CORE / "src").rglob("*.[ch]pp")]
    total = hashlib.sha256(repr(FLAGS).encode())
    for name, path in sorted((path.relative_to(CORE).as_posix(), path) for path in parts):
        total.update(name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return int.from_bytes(total.digest()[:8], "big")


def _flags_of(source: Path, tag: str | None) -> list[str]:
    """Kernels that gain from AVX2 lie in files of their own, chosen at run time."""
    if source.name == STAMPED:
        header = zlib.crc32((CORE / "core.h").read_bytes())
        return [f"-DNMC_HEADER={header}u", f"-DNMC_SOURCES={sources_id()}ull"]
    machine = tag or platform.machine().lower()
    x86 = "x86_64" in machine or "amd64" in machine
    return ["-mavx2"] if x86 and source.name.endswith("_avx2.cpp") else []


def _folder() -> Path:
    return ROOT / "build" / "core"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--debug", action="store_true", help="check every index")
    parser.add_argument("--sanitize", default="", metavar="KIND", help="address, undefined, thread")
    parser.add_argument("--target", choices=TARGETS, help="cross-compile with zig")
    parser.add_argument("--output", type=Path, help="default: beside this file")
    given = parser.parse_args()
    mode = given.sanitize or ("debug" if given.debug else "")
    print(build(given.target, mode, given.output))


if __name__ == "__main__":
    main()
