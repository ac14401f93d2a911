"""A data set on a SLURM cluster: jobs of dask-jobqueue do the work, this program hands it out.

    pip install 'nmc-mesh[cluster]' dask-jobqueue
    python examples/slurm_dataset.py plan.toml /shared/particles --jobs 100 --queue compute

Run it on a login node or in a small job of its own, on a folder that all nodes share. It may be
killed, jobs may run into their time limit, nodes may fail: call it again, and it goes on.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from nmc_mesh.dataset import Settings, State, Summary, load_recipe, make_dataset

GB = 1e9


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plan", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jobs", type=int, default=4, help="nodes to ask for")
    parser.add_argument("--cores", type=int, default=64, help="cores of a node")
    parser.add_argument("--memory", type=float, default=240.0, help="GB of a node")
    parser.add_argument("--queue", default=None)
    parser.add_argument("--walltime", default="04:00:00")
    parser.add_argument("--environment", default="", help="such as 'source ~/nmc/bin/activate'")
    return parser.parse_args(arguments)


def cluster_of(chosen: argparse.Namespace) -> Any:
    """Ask for the jobs: one process per core with one thread each, and BLAS with one thread too."""
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError:
        raise SystemExit("this example needs dask-jobqueue: pip install dask-jobqueue") from None
    lines = ["export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1"]
    cluster = SLURMCluster(
        queue=chosen.queue,
        cores=chosen.cores,
        processes=chosen.cores,
        memory=f"{chosen.memory:g}GB",
        walltime=chosen.walltime,
        job_script_prologue=[*([chosen.environment] if chosen.environment else []), *lines],
        # Memory is given out by nmc_mesh, per node; Dask need not watch over it.
        worker_extra_args=["--memory-limit", "0"],
    )
    cluster.scale(jobs=chosen.jobs)
    return cluster


def tell(state: State) -> None:
    print(f"{state.stage}: {state.done:,} of {state.total:,}, {state.rate:.1f} per s", flush=True)


def main(arguments: list[str] | None = None) -> Summary:
    chosen = options(arguments)
    cluster = cluster_of(chosen)
    try:
        # Where a node is shared, its free memory is not all yours: say what the job asked for.
        how = Settings(scheduler=cluster.scheduler_address, memory=0.8 * chosen.memory * GB)
        return make_dataset(load_recipe(chosen.plan), chosen.folder, how, tell)
    finally:
        cluster.close()


if __name__ == "__main__":
    print(main())
