"""The Python that has DOLFINx, Debian's or the one that NMC_MESH_DOLFINX names, and its mpiexec."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

PYTHON = Path(os.environ.get("NMC_MESH_DOLFINX", "/usr/bin/python3"))
PLUGIN = Path(__file__).parents[1] / "plugins" / "fenicsx"
OPEN_MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}
"""What Open MPI wants of a container with few cores; MPICH does not look."""


def launched(*arguments: str | Path, ranks: int = 1) -> subprocess.CompletedProcess[str]:
    """Run DOLFINx's Python on some ranks, with the plugin on its path."""
    mpi = [PYTHON.with_name("mpiexec"), "-n", str(ranks)] if ranks > 1 else []
    return subprocess.run(
        [*mpi, PYTHON, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, **OPEN_MPI, "PYTHONPATH": str(PLUGIN)},
    )


@cache
def there() -> bool:
    """Whether that Python has what the plugin needs."""
    return (
        PYTHON.exists()
        and launched("-c", "import mpi4py.MPI, dolfinx.fem.petsc, h5py").returncode == 0
        and PYTHON.with_name("mpiexec").exists()
    )


def need() -> None:
    """Skip a test where DOLFINx is missing."""
    if not there():
        pytest.skip("apt-get install python3-dolfinx python3-h5py openmpi-bin gcc")
