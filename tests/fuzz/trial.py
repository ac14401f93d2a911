"""Read damaged files in a process of its own, with little memory and little time."""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import signal
import traceback
import warnings
from pathlib import Path

from nmc_mesh.errors import NmcMeshError
from tests.fuzz.damage import damaged
from tests.fuzz.seeds import Reader

MEMORY = 2 << 30
SECONDS = 10.0


def trials(path: Path, read: Reader, folder: Path, numbers: range) -> list[str]:
    """Damage a file and read it, for each number; return what went wrong.

    Right is an `NmcMeshError`, or contents; wrong another exception, a warning of numpy, memory,
    time, or the end of the process.
    """
    folder.mkdir(exist_ok=True)
    for beside in path.parent.glob(f"{path.stem}.*"):
        shutil.copy(beside, folder)
    target, wrong = folder / path.name, []
    for number in numbers:
        told = damaged(path, target, number)
        fault = _read(read, target)
        if fault:
            wrong.append(f"{path.name} #{number} ({told}): {fault}")
    return wrong


def _read(read: Reader, path: Path) -> str:
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(out)
        os._exit(_child(read, path, into))
    os.close(into)
    try:
        late = not select.select([out], [], [], SECONDS)[0]
        if late:
            os.kill(pid, signal.SIGKILL)
        text = os.read(out, 65536)
    finally:
        os.close(out)
        _, status = os.waitpid(pid, 0)
    if late:
        return f"takes more than {SECONDS:g} s"
    return str(json.loads(text)) if text else f"the process ended with status {status}"


def _child(read: Reader, path: Path, into: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    fault = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read(path)
        except NmcMeshError:
            pass
        except BaseException as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            fault = f"{type(error).__name__} at {last.filename}:{last.lineno}: {error}"[:300]
    os.write(into, json.dumps(fault).encode())
    return 0
