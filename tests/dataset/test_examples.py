"""The examples of data sets run, and say the right number."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from nmc_mesh.dataset.recipe import load_recipe
from nmc_mesh.particle.model import load_model
from tests.dataset.plans import ROOT, VOXELS, plan_text, written_plan
from tests.scripts import load_script

SLURM_OPTIONS = (
    "queue", "cores", "processes", "memory", "walltime", "job_script_prologue", "worker_extra_args",
)  # fmt: skip
"""Names that dask_jobqueue.SLURMCluster takes, by its documentation (0.9)."""
EXAMPLES = ROOT / "examples"


def load(name: str) -> ModuleType:
    return load_script(f"examples/{name}.py")


def test_grains_are_learned_to_be_as_dense_as_the_seeds(tmp_path: Path) -> None:
    plan = written_plan(tmp_path, plan_text(VOXELS, number=12, diameter="{ low = 1.2, high = 2 }"))
    density = load("dataset_learn").main(tmp_path / "d", plan)
    assert density == pytest.approx(load_model("nmc-radial").grains.intensity, rel=0.2)


def test_the_plan_of_sizes_is_a_plan() -> None:
    recipe = load_recipe(EXAMPLES / "dataset_sizes.toml")
    models = [item.model for item in recipe.designer]
    assert models.count("nmc-radial") == models.count("nmc-equiaxed") == 20


def test_a_slurm_cluster_does_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SLURM stands for itself by a local cluster that takes the same call."""
    import distributed

    asked: dict[str, Any] = {}

    class SLURMCluster:
        def __init__(self, **options: Any) -> None:
            asked.update(options)
            few = {"n_workers": 1, "threads_per_worker": 1, "memory_limit": 0}
            self._inner = distributed.LocalCluster(**few, dashboard_address=":0")
            self.scheduler_address = self._inner.scheduler_address
            self.close = self._inner.close

        def scale(self, jobs: int) -> None:
            asked["jobs"] = jobs

    module = SimpleNamespace(SLURMCluster=SLURMCluster)
    monkeypatch.setitem(sys.modules, "dask_jobqueue", module)  # type: ignore[arg-type]
    plan = written_plan(tmp_path, plan_text(number=2))
    arguments = [str(plan), str(tmp_path / "d"), "--jobs", "3", "--cores", "8", "--memory", "32"]
    found = load("slurm_dataset").main(arguments)
    assert (found.done, found.failed) == (2, 0)
    assert (asked["jobs"], asked["processes"], asked["memory"]) == (3, 8, "32GB")
    assert all(text in SLURM_OPTIONS for text in set(asked) - {"jobs"})
    assert "make: 2 of 2" in capsys.readouterr().out
    monkeypatch.setitem(sys.modules, "dask_jobqueue", None)
    with pytest.raises(SystemExit, match="pip install dask-jobqueue"):
        load("slurm_dataset").main(arguments)
