"""A seed gives the same bytes as on other processors: numpy, BLAS and the C library act their part.

Environment variables make numpy, OpenBLAS and glibc take the routines that they have for older
processors; whatever goes through one of them in a way that depends on the processor gives other
bytes than those frozen. A process per processor, with another number of threads each; this one is
`test_corpus.py`'s.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

CASES = (
    "models/whole-way",  # every shipped model: particle, mesh, tables, voxels, clipped too
    "models/textures",
    "shell/drawn",
    "shell/drawn-sized",
    "grains/drawn",
    "geometry/star-shape",
    "geometry/radius-table",
    "geometry/labels-of-points",
    "mesh/image-00",
    "tags/tables-curved-00",
    "tags/quality-angles-00",
)
ROOT = Path(__file__).parents[2]
OLD = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"}
# Name -> vector instructions that numpy does without, OpenBLAS's kernels, more, threads.
KINDS: dict[str, tuple[str, str, dict[str, str], int]] = {
    "haswell": ("X86_V4 AVX512_ICL AVX512_SPR", "Haswell", {}, 2),
    "nehalem": ("X86_V3 X86_V4 AVX512_ICL AVX512_SPR", "Nehalem", OLD, 3),
    "prescott": ("X86_V3 X86_V4 AVX512_ICL AVX512_SPR", "Prescott", OLD, 1),
}


def known(names: str) -> str:
    """Those of the names that this numpy knows; it warns of others."""
    there = import_module("numpy._core._multiarray_umath").__cpu_dispatch__
    return " ".join(name for name in names.split() if name in there)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="x86 acts as x86 only")
@pytest.mark.parametrize("kind", KINDS)
def test_bytes_are_those_of_any_processor(kind: str) -> None:
    off, kernels, more, threads = KINDS[kind]
    given = {"NPY_DISABLE_CPU_FEATURES": known(off), "OPENBLAS_CORETYPE": kernels, **more}
    done = subprocess.run(
        [sys.executable, "-m", "tests.corpus", "--threads", str(threads), *CASES],
        env=os.environ | {name: value for name, value in given.items() if value},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    wrong = [line for line in done.stdout.splitlines() if " same " not in line]
    assert (done.returncode, wrong, done.stderr) == (0, [], "")
    assert len(done.stdout.splitlines()) == len(CASES)
