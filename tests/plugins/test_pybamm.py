"""Polycrystals as parameters of PyBaMM: an isotropic one is PyBaMM's own, others are slower."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("pybamm_polycrystal.py")


def test_polycrystals_discharge_in_cells(tmp_path: Path) -> None:
    if importlib.util.find_spec("pybamm") is None:
        pytest.skip("PyBaMM is missing; pip install pybamm")
    places = [str(ROOT), str(ROOT / "plugins" / "pybamm")]
    done = subprocess.run(
        [sys.executable, SCRIPT],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(places),
            "PYBAMM_DISABLE_TELEMETRY": "true",
        },
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    # The cube of 2 um.
    assert found["radius"] == pytest.approx(1e-6 * np.cbrt(0.75 * 8 / np.pi), rel=1e-6)
    assert found["even"] == pytest.approx(found["plain"], abs=1e-5)
    assert found["slow"][1] < found["even"][1] - 1e-5
    assert found["found"] == pytest.approx(found["expected"], rel=1e-9)
    for name in ("whole", "set"):
        first, last = found[name]
        assert 2.5 < last < first < 4.2
    assert "two points" in found["refusal"]
    # In V, from 30 s on; PyBaMM has 100 points along the radius, the mesh 500 nodes.
    assert max(found["apart"].values()) < 5e-5
    assert found["spread"] > 0.05
    assert found["field"] < 2e-4
    for curve in (found["grains"], found["varied"]):
        assert np.isfinite(curve).all()
        assert 2.5 < curve[-1] < curve[0] < 4.2
