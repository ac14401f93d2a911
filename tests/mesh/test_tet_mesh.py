"""The mesh value: it travels between processes, and its room costs what is used."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np

from tests.meshes import cube


def test_a_mesh_survives_pickling() -> None:
    mesh = replace(cube(8), info={"size": 0.1, "orientations": np.eye(8, 4)})
    back = pickle.loads(pickle.dumps(mesh))
    for part in fields(mesh):
        if part.name != "info":
            values = getattr(back, part.name)
            assert np.array_equal(values, getattr(mesh, part.name)), part.name
            assert not values.flags.writeable
    assert back.info["size"] == 0.1
    assert np.array_equal(back.info["orientations"], mesh.info["orientations"])


def test_tables_load_no_mesher() -> None:
    program = (
        "import sys, nmc_mesh.io, nmc_mesh.mesh.tables; "
        "print(*(name for name in sys.modules if name.startswith('nmc_mesh.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "nmc_mesh.mesh.tables" in done.stdout.split()
    assert not {"nmc_mesh.mesher.tetrahedralize", "nmc_mesh.mesher.cleave"} & set(
        done.stdout.split()
    )
