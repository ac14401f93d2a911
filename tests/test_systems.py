"""What differs between Linux, macOS and Windows: cores, memory, locks."""

from __future__ import annotations

import ast
import os
import resource
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import nmc_mesh
from nmc_mesh import files, parallel
from nmc_mesh import memory as memory_module
from nmc_mesh.memory import free_memory, peak_memory, total_memory

PACKAGE = Path(nmc_mesh.__file__).parent
NOT_EVERYWHERE = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "msvcrt"}
"""Modules of the standard library that Windows lacks, or Linux."""


def test_where_the_system_tells_no_cores_of_a_process_those_of_the_machine_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parallel, "_threads", None)
    if hasattr(os, "sched_getaffinity"):
        assert parallel.get_threads() == len(os.sched_getaffinity(0))
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert parallel.get_threads() == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert parallel.get_threads() == 1
    done: list[tuple[int, int]] = []
    parallel.for_chunks(5, 2, lambda start, stop: done.append((start, stop)))
    assert done == [(0, 2), (2, 4), (4, 5)]


def test_memory_is_what_the_system_says() -> None:
    assert total_memory() == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < free_memory() <= total_memory()
    unit = 1 if sys.platform == "darwin" else 1024
    before = unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    held = bytearray(os.urandom(1 << 20)) * 64
    after = peak_memory()
    assert before <= after <= unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after > len(held)


@pytest.mark.parametrize(
    ("told", "free"), [((64, 24, 8), 24), ((64, -1, 8), 64)], ids=["Windows", "macOS"]
)
def test_free_memory_is_what_is_available_or_all_there_is(
    told: tuple[int, int, int], free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(memory_module.core, "memory", lambda: told)
    monkeypatch.setattr(Path, "read_text", missing)
    assert (total_memory(), free_memory(), peak_memory()) == (64, free, 8)


def test_a_file_is_locked_for_one_process_by_the_locks_of_windows_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: set[tuple[int, int]] = set()

    def locking(handle: int, mode: int, count: int) -> None:
        assert (mode, count) == (3, 1)
        what = os.fstat(handle)
        place = what.st_dev, what.st_ino
        if place in held:
            raise PermissionError(13, "Permission denied")
        held.add(place)

    monkeypatch.setattr(files, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=3))
    with (tmp_path / "lock").open("w") as one, (tmp_path / "lock").open("w") as other:
        files.lock_alone(one.fileno())
        with pytest.raises(OSError, match="denied"):
            files.lock_alone(other.fileno())


def test_no_module_of_one_system_is_imported_unguarded() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        guarded = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.Try)
            and any("ImportError" in ast.unparse(h.type) for h in node.handlers if h.type)
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if NOT_EVERYWHERE & {n.split(".")[0] for n in names} and id(node) not in guarded:
                found.append(f"{path.name}: {names}")
    assert not found


def test_no_function_of_one_system_is_called_unguarded() -> None:
    """Names of `os` and `signal` that Windows or macOS lack appear behind `hasattr`."""
    lacking = {
        *("sched_getaffinity", "sysconf", "fork", "getuid", "geteuid", "uname", "killpg", "nice"),
        *("getloadavg", "setsid", "mkfifo", "statvfs", "chown", "posix_fadvise", "memfd_create"),
        *("SIGKILL", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGQUIT", "SIGTSTP", "SIGPIPE", "SIGXFSZ"),
    }
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            if node.value.id in ("os", "signal") and node.attr in lacking:
                asked = f'hasattr({node.value.id}, "{node.attr}")'
                if asked not in text:
                    found.append(f"{path.name}: {node.value.id}.{node.attr}")
    assert not found
