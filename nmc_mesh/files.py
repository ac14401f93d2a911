"""Files that appear whole or not at all, and errors that say which file and what to do."""

from __future__ import annotations

import glob
import hashlib
import io
import json
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any

from nmc_mesh.errors import FileError
from nmc_mesh.progress import LOG

try:
    import fcntl
except ImportError:  # Windows: temporary files of killed processes stay
    fcntl = None  # type: ignore[assignment]


_PART = ".part"
_ENDS = {signal.SIGINT, signal.SIGTERM} | ({signal.SIGHUP} if hasattr(signal, "SIGHUP") else set())
_LONGEST = 180
"""Bytes of a file's name that its temporary name takes over: 255 is the most for a name."""


class Beside:
    """Temporary names in the folder of the files to be: renamed together when all are written.

    A temporary file is locked as long as its process lives, so that the next one that writes the
    same file knows, and removes, what a killed one left.
    """

    def __init__(self) -> None:
        self._names: dict[Path, Path] = {}
        self._locks: list[int] = []

    def name(self, path: Path) -> Path:
        """Temporary name to write ``path`` under; of a symbolic link, beside what it leads to."""
        target = path.resolve() if path.is_symlink() else path
        if target in self._names:  # written a second time in this set
            return self._names[target]
        if not target.parent.is_dir():
            raise FileError(f"the folder {target.parent} does not exist; create it or name another")
        if target.is_dir():
            raise FileError(f"{path} is a folder; choose another name")
        if target.exists() and not target.is_file():
            raise FileError(f"{path} is no plain file (a pipe, a device?); choose another name")
        prefix = f".{_shortened(target.name)}."
        for left in target.parent.glob(f"{glob.escape(prefix)}????????{_PART}"):
            _sweep(left)
        self._names[target], lock = _locked(target.parent, prefix)
        self._locks.append(lock)
        return self._names[target]

    def keep(self) -> None:
        """Give every file its name, with the rights a new file has; no signal comes between."""
        mask = os.umask(0)
        os.umask(mask)
        with _undisturbed():
            for path, temporary in self._names.items():
                temporary.chmod(0o666 & ~mask)
                os.replace(temporary, path)
        for path in self._names:
            LOG.info("written: %s", path)

    def drop(self) -> None:
        """Remove what has not got its name."""
        for temporary in self._names.values():
            temporary.unlink(missing_ok=True)
        while self._locks:
            os.close(self._locks.pop())


_SET: ContextVar[Beside | None] = ContextVar("set", default=None)
_CLAIMED: dict[Path, tuple[Path, int]] = {}
"""Outputs that this process will write: a locked file beside each, and its handle."""


def claim(path: Path) -> None:
    """Reserve an output for this process, from before its work until ``release``.

    A locked file beside the output tells others. One that a killed process left is taken over.

    Raises
    ------
    FileError
        If another process that is alive has reserved it.
    """
    target = path.resolve()
    if fcntl is None or target in _CLAIMED or (target.exists() and not target.is_file()):
        return
    # A signal between the file and its entry would leave a file that nobody knows of.
    with _undisturbed():
        _mark(path, target)


def _mark(path: Path, target: Path) -> None:
    """Make and lock the file beside an output, and enter it."""
    assert fcntl is not None
    mark = target.with_name(f".{_shortened(target.name)}.claim")
    while True:
        handle = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            lock_alone(handle)
        except BlockingIOError:
            os.close(handle)
            raise FileError(
                f"another run is writing '{path}'; wait until it has ended, or choose another name"
            ) from None
        except OSError:  # a file system without locks
            os.close(handle)
            mark.unlink(missing_ok=True)
            return
        if os.fstat(handle).st_nlink:
            _CLAIMED[target] = mark, handle
            return
        os.close(handle)  # its owner removed it in between


def release() -> None:
    """Give up all outputs that ``claim`` reserved."""
    with _undisturbed():
        while _CLAIMED:
            mark, handle = _CLAIMED.popitem()[1]
            mark.unlink(missing_ok=True)
            os.close(handle)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let signals wait that ask the process to end.

    Handlers are replaced, not masked: a mask holds for one thread, and the system gives a blocked
    signal to another one. Python runs handlers in the main thread alone, so elsewhere nothing has
    to wait.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: dict[int, None] = {}
    before = {
        number: signal.signal(number, lambda number, _: heard.setdefault(number))
        for number in _ENDS
        if signal.getsignal(number) not in (signal.SIG_IGN, None)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for waiting in heard:
            signal.raise_signal(waiting)


def lock_alone(handle: int) -> None:
    """Lock an open file for this process alone, until it is closed.

    Raises
    ------
    OSError
        If another process has locked it.
    """
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    windows = import_module("msvcrt")
    windows.locking(handle, windows.LK_NBLCK, 1)


def _shortened(name: str) -> str:
    """A name that leaves room for more; its fingerprint stands for what is cut off."""
    raw = os.fsencode(name)
    if len(raw) <= _LONGEST:
        return name
    return os.fsdecode(raw[: _LONGEST - 9]) + "-" + hashlib.sha256(raw).hexdigest()[:8]


def _locked(folder: Path, prefix: str) -> tuple[Path, int]:
    """Make a temporary file; another process may sweep it before it is locked: then another."""
    while True:
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=_PART, dir=folder)
        if fcntl is None:
            return Path(name), handle
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:  # a file system without locks: nobody sweeps there either
            return Path(name), handle
        if os.fstat(handle).st_nlink:
            return Path(name), handle
        os.close(handle)


def _sweep(path: Path) -> None:
    """Remove a temporary file of a process that is gone."""
    if fcntl is None:
        return
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return
    try:
        lock_alone(handle)
        path.unlink(missing_ok=True)
    except OSError:
        pass
    finally:
        os.close(handle)


@contextmanager
def written(path: Path) -> Iterator[Beside]:
    """Write one or more files beside their places, and rename them if all went well.

    Inside ``together`` they wait for the rest of the set.

    Raises
    ------
    FileError
        If the folder is missing or cannot be written, or the disk is full.
    """
    whole = _SET.get()
    beside = Beside() if whole is None else whole
    try:
        yield beside
        if whole is None:
            beside.keep()
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(
            f"cannot write {path}: {reason}; choose a folder you may write to, with enough space"
        ) from error
    finally:
        if whole is None:
            beside.drop()


@contextmanager
def together() -> Iterator[None]:
    """Give all files that this thread writes inside their names at the end, or none of them.

    A run that is stopped leaves no part of a set, and the files that were there before.

    Raises
    ------
    FileError
        If a file cannot get its name.
    """
    beside = Beside()
    token = _SET.set(beside)
    try:
        yield
        beside.keep()
    except OSError as error:
        raise FileError(
            f"cannot write '{error.filename2 or error.filename}': {error.strerror or error}; "
            "choose a folder you may write to, with enough space"
        ) from error
    finally:
        _SET.reset(token)
        beside.drop()


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all."""
    with written(path) as beside:
        beside.name(path).write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write plain values as JSON, whole or not at all."""
    write_text(path, json.dumps(value, indent=1) + "\n")


@contextmanager
def hdf5(path: Path) -> Iterator[Any]:
    """Make an HDF5 file in memory, then write it: the library itself crashes when a disk is full.

    The yielded h5py.File is written to ``path`` when the block ends.
    """
    import h5py

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        yield file
    with path.open("wb") as target:
        target.write(memory.getbuffer())


def contents(path: Path) -> bytes:
    """Bytes of a file.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}; check the name") from error


def damaged(path: Path, detail: object) -> FileError:
    """Error for a file whose contents do not make sense."""
    text = " ".join(str(detail).split())
    return FileError(f"{path} is truncated or damaged ({text}); write it again")
