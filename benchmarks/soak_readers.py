"""Damage two thousand files of every format and read them: ``soak_readers.py [N]``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.fuzz.seeds import seeds
from tests.fuzz.trial import trials


def main() -> None:
    """Say how each format went; end with 1 if one did not."""
    number, bad = int(sys.argv[1]) if len(sys.argv) > 1 else 2000, 0
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "seeds"
        made.mkdir()
        for path, read in seeds(made).items():
            wrong = trials(path, read, Path(scratch) / path.name, range(number))
            bad += len(wrong)
            print(f"{path.name}: {len(wrong)} of {number} went wrong", *wrong[:5], sep="\n  ")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
