"""Compare today's results with the frozen ones.

``python -m tests.corpus`` runs the short cases, ``--full`` all of them, names like 'mesh/*' some of
them. It prints a line for every case, "same" or what differs, and ends with 1 if a case differs
that should not. "close" are cases that depend on last bits of the processor or a library and agree
but for those. ``--save DIR`` keeps the arrays, ``--against DIR`` compares with kept ones: how many
numbers differ, from where on, by how many ulps at most. ``--freeze`` writes down what came out.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from nmc_mesh.parallel import set_threads
from tests.corpus.case import Arrays, Case
from tests.corpus.cases import CASES
from tests.corpus.record import (
    Record,
    alike,
    compared,
    differences,
    read_records,
    record,
    write_records,
)


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.corpus", description=str(__doc__).splitlines()[0]
    )
    parser.add_argument("patterns", nargs="*", metavar="CASE", help="such as 'mesh/*'; default all")
    parser.add_argument("--full", action="store_true", help="the large cases too")
    parser.add_argument("--list", action="store_true", help="name the cases, run none")
    parser.add_argument("--save", type=Path, metavar="DIR", help="write the arrays as .npz")
    parser.add_argument("--against", type=Path, metavar="DIR", help="compare with saved arrays")
    parser.add_argument("--freeze", action="store_true", help="freeze what comes out")
    parser.add_argument("--threads", type=int, help="number of threads")
    return parser.parse_args()


def chosen(patterns: list[str], full: bool) -> Iterator[Case]:
    """Yield the cases that match; a case named in full runs even if it is large."""
    for name, case in CASES.items():
        if name in patterns or (
            (case.short or full)
            and (not patterns or any(fnmatch(name, pattern) for pattern in patterns))
        ):
            yield case


def place(folder: Path, case: Case) -> Path:
    """File of a case's arrays."""
    return folder / f"{case.name}.npz"


def save(path: Path, arrays: Arrays) -> None:
    """Write arrays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def saved(path: Path) -> Arrays:
    """Read saved arrays."""
    with np.load(path) as file:
        return {key: file[key] for key in file.files}


def against(found: Arrays, path: Path) -> list[str]:
    """Say how arrays differ from those saved in a file."""
    if not path.exists():
        return [f"{path} is not there"]
    then = saved(path)
    told = [f"{key}: not there" for key in then if key not in found]
    for key, array in found.items():
        words = compared(array, then[key]) if key in then else "not saved"
        if words:
            told.append(f"{key}: {words}")
    return told


def verdict(case: Case, found: Arrays, frozen: dict[str, Record] | None, told: list[str]) -> str:
    """One word for how a case went."""
    if not told:
        return "same"
    if frozen is not None and case.depends != "arithmetic" and alike(found, frozen):
        return f"close ({case.depends})"
    return "DIFFERS"


def main() -> int:
    """Run the cases; return how many differ where they may not."""
    warnings.filterwarnings("ignore", ".* are lost")  # coarse cases lose grains: that is frozen
    asked = options()
    set_threads(asked.threads)
    records, wrong = read_records(), 0
    for case in chosen(asked.patterns, asked.full):
        if asked.list:
            print(f"{case.name:40} {case.depends:10} {'short' if case.short else 'full'}")
            continue
        start, spent = time.perf_counter(), time.process_time()
        found = case.make()
        start, spent = time.perf_counter() - start, time.process_time() - spent
        if asked.save:
            save(place(asked.save, case), found)
        if asked.freeze:
            records[case.name] = {key: record(array) for key, array in found.items()}
        frozen = records.get(case.name)
        if asked.against:
            told = against(found, place(asked.against, case))
        else:
            told = differences(found, frozen) if frozen is not None else ["not frozen yet"]
        word = verdict(case, found, frozen, told)
        wrong += word == "DIFFERS"
        print(f"{case.name:40} {word:8} {spent:7.2f} s CPU {start:7.2f} s", flush=True)
        for line in told:
            print(f"    {line}")
    if asked.freeze:
        write_records({name: found for name, found in records.items() if name in CASES})
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(), 1))
