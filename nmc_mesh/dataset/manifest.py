"""What has been made: lines of JSON, only ever appended to.

A line with ``run`` tells of a start: time, host, environment. A line with ``k`` tells what became
of particle k; the last one counts. A line that was cut off, by a kill or a full disk, is passed
over.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.errors import FileError
from nmc_mesh.typing import Longs

NAME = "manifest.jsonl"
_SETTLE_SECONDS = 1.0
TODO, DONE, FAILED = 0, 1, 2
STATES = {"done": DONE, "failed": FAILED, "todo": TODO}


class Manifest:
    """The manifest of a data set of ``number`` particles.

    ``problems`` says what in the file is not as it was written. In memory there are nine bytes per
    particle, so a million is no burden; a record is read from the file when it is asked for.

    Parameters
    ----------
    folder
        Of the data set.
    number
        How many particles the plan wants.

    Raises
    ------
    FileError
        If the file is there and cannot be read.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self.path = folder / NAME
        self.state = np.zeros(number, dtype=np.uint8)
        self.runs: list[dict[str, Any]] = []
        self.torn = 0
        self.problems: list[str] = []
        self._settled = 0.0
        self._offset: Longs = np.full(number, -1, dtype=np.int64)
        self._end = self._number = 0
        if self.path.exists():
            self._read()

    def numbers(self, state: int) -> Longs:
        """Numbers of the particles in a state: TODO, DONE or FAILED."""
        return np.flatnonzero(self.state == state)

    def record(self, k: int) -> dict[str, Any]:
        """Return the last record of particle k."""
        with self._opened() as file:
            return self._at(file, k)

    def records(self, state: int = DONE) -> Iterator[dict[str, Any]]:
        """Last records of all particles in a state, by their number."""
        if not self.path.exists():
            return
        with self._opened() as file:
            for k in self.numbers(state):
                yield self._at(file, int(k))

    def append(self, lines: Sequence[dict[str, Any]]) -> None:
        """Add lines; a cut-off end of the file is cut away first.

        They outlive this process at once; once a second they are brought to the disk, so that a
        loss of power takes a second's lines at most, and those particles are made again.

        Raises
        ------
        FileError
            If they cannot be written; then none of them counts.
        """
        texts = [json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines]
        try:
            with self.path.open("r+b" if self.path.exists() else "xb") as file:
                file.truncate(self._end)
                file.seek(self._end)
                file.write(b"".join(texts))
                file.flush()
                if time.monotonic() - self._settled >= _SETTLE_SECONDS:
                    os.fsync(file.fileno())
                    self._settled = time.monotonic()
        except OSError as error:
            raise FileError(
                f"cannot write {self.path}: {error.strerror}; make room, then call again: what is "
                "done stays done"
            ) from error
        for line, text in zip(lines, texts, strict=True):
            self._take(line, self._end)
            self._end += len(text)

    def _read(self) -> None:
        with self._opened() as file:
            for text in file:
                if not text.endswith(b"\n"):
                    self.torn += 1
                    self.problems.append("its last line is cut off")
                    return
                self._number += 1
                try:
                    self._take(json.loads(text), self._end)
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    self.torn += 1
                    self.problems.append(f"line {self._number} is none of ours")
                self._end += len(text)

    def _take(self, line: dict[str, Any], offset: int) -> None:
        if "run" in line:
            self.runs.append(dict(line["run"]))
            return
        k, state = int(line["k"]), STATES[line["status"]]
        if not 0 <= k < len(self.state):
            self.problems.append(f"it tells of particle {k}, the plan has {len(self.state)}")
            return
        if self.state[k] == DONE == state:
            self.problems.append(f"it tells twice that particle {k} was made")
        self.state[k] = state
        self._offset[k] = offset

    def _at(self, file: Any, k: int) -> dict[str, Any]:
        file.seek(int(self._offset[k]))
        record: dict[str, Any] = json.loads(file.readline())
        return record

    def _opened(self) -> Any:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise FileError(f"cannot read {self.path}: {error.strerror}") from error
