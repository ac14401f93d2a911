"""What the commands for data sets say."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.filesize import decimal
from rich.table import Table

from nmc_mesh.dataset.estimate import Cost
from nmc_mesh.dataset.recipe import Recipe
from nmc_mesh.dataset.settings import State, Summary
from nmc_mesh.dataset.verify import Verdict
from nmc_mesh.dataset.worker_pool import SHARE
from nmc_mesh.memory import free_memory


def state_line(state: State, short: bool = False) -> str:
    """Say how far the work is: rate and time left; with counts if not ``short``."""
    parts = [] if short else [f"{state.stage}: {state.done:,} of {state.total:,} particles"]
    if state.rate > 0:
        parts.append(f"{_rate(state.rate)}")
    if math.isfinite(state.left):
        parts.append(f"{_time(state.left)} left")
    if state.failed:
        parts.append(f"{state.failed:,} failed")
    return ", ".join(parts)


def summary_table(summary: Summary, name: str, folder: Path) -> Table:
    """Return what a run made."""
    table = _table(f"{name} in {folder}")
    table.add_row("particles", f"{summary.done:,} of {summary.total:,}")
    if summary.made:
        rate = summary.made / summary.seconds if summary.seconds else 0.0
        table.add_row("made now", f"{summary.made:,} in {_time(summary.seconds)}, {_rate(rate)}")
    else:
        table.add_row("made now", "nothing: all was there")
    table.add_row("files", decimal(summary.bytes))
    table.add_row("digest", summary.digest)
    if summary.failed:
        table.add_section()
        table.add_row("failed", f"{summary.failed:,}; try again with --retry-failed")
        for k, error in summary.errors.items():
            table.add_row(f"particle {k}", error)
    return table


def verdict_table(verdict: Verdict, folder: Path, forgotten: bool) -> Table:
    """Return what a verification found."""
    table = _table(f"{folder} is {'sound' if verdict.sound else 'not sound'}")
    table.add_row("particles", f"{verdict.checked:,} checked, {len(verdict.wrong):,} wrong")
    if verdict.missing:
        table.add_row("not made yet", f"{verdict.missing:,}; call nmc-mesh dataset again")
    if verdict.failed:
        table.add_row("failed", f"{verdict.failed:,}; try again with --retry-failed")
    for line in verdict.mixed[:5]:
        table.add_row("mixed", line)
    for k, fault in list(verdict.wrong.items())[:10]:
        table.add_row(f"particle {k}", fault)
    for line in verdict.faults[:10]:
        table.add_row("file", line)
    if verdict.faults:
        table.add_row("remedy", "cards: call nmc-mesh dataset again; shards: nmc-mesh dataset pack")
    for line in verdict.strange[:10]:
        table.add_row("not of it", line)
    if verdict.wrong:
        hint = "the next run makes them again" if forgotten else "--forget lets the next run do it"
        table.add_row("remedy", hint)
    return table


def rebuilt_table(same: Mapping[str, bool], k: int, differ: Iterable[str]) -> Table:
    """Return how a particle that was made again compares."""
    equal = all(same.values())
    table = _table(f"particle {k} made again: {'the same bytes' if equal else 'other bytes'}")
    for name, unchanged in same.items():
        table.add_row(name, "the same" if unchanged else "differs")
    for line in differ if not equal else ():
        table.add_row("other here", line)
    return table


def cost_table(
    recipe: Recipe, total: Cost, workers: int, folder: Path | None, measured: int
) -> Table:
    """Return what a data set would cost.

    Parameters
    ----------
    recipe, total
        The recipe, and the expected cost of all its particles.
    workers
        Processes that would work.
    folder
        Where it would lie.
    measured
        Particles that the expectation was calibrated with.
    """
    plan = recipe.plan
    table = _table(f"{plan.name}: {plan.number:,} particles, expected")
    table.add_row("grains", f"{total.grains:,.0f}, {total.grains / plan.number:,.0f} per particle")
    if total.voxel_count:
        table.add_row("voxels", f"{total.voxel_count:,.3g}")
    if total.cells:
        table.add_row("tetrahedra", f"{total.cells:,.3g}")
    table.add_section()
    stages = {"draw": total.draw, "voxels": total.voxels, "mesh": total.mesh, "write": total.write}
    shares = ", ".join(f"{name} {_time(took)}" for name, took in stages.items() if took)
    table.add_row("one core", f"{_time(total.seconds)} ({shares})")
    table.add_row(f"{workers} processes", _time(total.seconds / workers))
    table.add_row("memory", f"{decimal(int(total.memory))} for the largest particle")
    free = SHARE * free_memory()
    if total.memory > free:
        table.add_row("", f"more than the {decimal(int(free))} that this machine gives out")
    where = folder if folder is not None and folder.is_dir() else Path()
    disk = shutil.disk_usage(where).free
    short = "" if total.bytes <= disk else ": too small"
    table.add_row(
        "disk",
        f"{decimal(int(total.bytes))} in {total.files:,.0f} files; {decimal(disk)} free{short}",
    )
    table.add_row("per particle", f"{decimal(int(total.bytes / plan.number))}")
    table.add_row("measured", f"{measured} particles were made for this and thrown away")
    return table


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _rate(rate: float) -> str:
    return f"{rate:.3g} per second" if rate >= 1 else f"{60 * rate:.3g} per minute"


def _time(seconds: float) -> str:
    """Seconds, minutes, hours or days, two of them at most."""
    if seconds < 90:
        return f"{seconds:.3g} s"
    minutes, hours, days = seconds / 60, seconds / 3600, seconds / 86400
    if minutes < 90:
        return f"{minutes:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{days:.1f} days"
