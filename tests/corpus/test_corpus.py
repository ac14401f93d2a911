"""The kernels give the bytes that they gave when the corpus was frozen, on any number of threads.

What says "close" instead of the same bytes: fits and reports that go through LAPACK or the C
library, whose last bits are those of the processor. `test_processors.py` runs cases as other
processors would. `python -m tests.corpus` shows how far arrays are from saved ones, see
``__main__.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nmc_mesh.parallel import set_threads
from tests.corpus.cases import CASES, forget
from tests.corpus.record import alike, differences, read_records, record

FROZEN = read_records()
SHORT = [name for name, case in CASES.items() if case.short]
THREADED = (
    "geometry/labels-of-points",
    "geometry/labels-on-grid",
    "geometry/candidates",
    "grains/nearest",
    "particle/voxels-whole-00",
    "stages/cleave-whole-00",
    "stages/improve-whole-00",
    "stages/coarsen-growth-00",
    "mesh/clipped-00",
    "mesh/flat-00",
    "mesh/cohesive-second-order-00",
)


@pytest.fixture(autouse=True, scope="module")
def _nothing_kept() -> Iterator[None]:
    yield
    forget()


@pytest.mark.filterwarnings("ignore:.* are lost")
@pytest.mark.parametrize("name", SHORT)
def test_bytes_are_as_frozen(name: str) -> None:
    found = CASES[name].make()
    told = differences(found, FROZEN[name])
    if told and CASES[name].depends != "arithmetic" and alike(found, FROZEN[name]):
        return
    assert not told, f"{name}: " + "; ".join(told[:3])


def test_every_case_is_frozen() -> None:
    assert CASES.keys() == FROZEN.keys()


@pytest.mark.parametrize("name", THREADED)
def test_threads_do_not_matter(name: str) -> None:
    found = []
    try:
        for count in (1, 2, 3):
            forget()
            set_threads(count)
            made = CASES[name].make()
            found.append({key: record(array).sha256 for key, array in made.items()})
    finally:
        set_threads(None)
    assert found[0] == found[1] == found[2]
