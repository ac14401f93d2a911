"""Commands for data sets: make, verify, pack, tell."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.progress import TimeRemainingColumn as Remaining

from nmc_mesh.cli.console import console
from nmc_mesh.cli.options import common

if TYPE_CHECKING:
    from nmc_mesh.dataset.recipe import Recipe
    from nmc_mesh.dataset.settings import State

_SECONDS_BETWEEN_LINES = 30.0
_CALIBRATION_SECONDS = 20.0
_STOPPING = "stopping; what is done stays done, and the same command goes on with it"
_FAILED = 1


class PlanFirst(click.Group):
    """A group whose first argument may also be a plan: then it is made."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Look up a command; anything else is for ``make``."""
        if args and args[0] not in self.commands:
            args = ["make", *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave options of ``make`` alone."""
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group(cls=PlanFirst, no_args_is_help=True)
def dataset() -> None:
    """Make, verify and pack data sets of many particles.

    \b
    nmc-mesh dataset --init plan.toml              # a commented plan to start from
    nmc-mesh dataset plan.toml --dry-run           # what would it cost?
    nmc-mesh dataset plan.toml -o particles        # make it; call again to go on
    nmc-mesh dataset plan.toml -o particles --scheduler tcp://node1:8786
    nmc-mesh dataset verify particles              # are all bytes what they were?
    nmc-mesh dataset verify particles --rebuild 7  # make one again, bit for bit
    nmc-mesh dataset pack particles                # few large files for learning

    A data set is made by "nmc-mesh dataset make --help". It may be killed at any time: the same
    command goes on where it stopped, and the data set ends the same, byte for byte.
    """


@dataset.command()
@click.argument("plan", type=click.Path(path_type=Path), required=False, metavar="PLAN.toml")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
    help="Folder of the data set; made if it is not there.",
)  # fmt: skip
@click.option(
    "--processes", type=int, metavar="N",
    help="Processes on this machine.  [default: one per core; the data do not depend on it]",
)  # fmt: skip
@click.option(
    "--scheduler", metavar="ADDRESS",
    help="A Dask scheduler, such as tcp://node1:8786, whose workers share DIR.",
)  # fmt: skip
@click.option(
    "--memory", type=float, metavar="GB",
    help="Memory to give out per machine.  [default: 0.8 of what is free]",
)  # fmt: skip
@click.option("--retry-failed", is_flag=True, help="Try particles again that failed before.")
@click.option("--mixed", is_flag=True, help="Allow versions that differ between machines or runs.")
@click.option("--dry-run", is_flag=True, help="Say what it would cost; make nothing.")
@click.option("--init", is_flag=True, help="Write a commented plan to PLAN.toml.")
@click.option("--schema", is_flag=True, help="Print the JSON schema of a plan, for editors.")
@common
def make(
    plan: Path | None,
    output: Path | None,
    processes: int | None,
    scheduler: str | None,
    memory: float | None,
    retry_failed: bool,
    mixed: bool,
    dry_run: bool,
    init: bool,
    schema: bool,
    quiet: bool,
) -> int:
    """Make the data set of a plan in DIR, or go on where it stopped.

    \b
    nmc-mesh dataset --init plan.toml
    nmc-mesh dataset --schema                      # for editors: JSON
    nmc-mesh dataset plan.toml --dry-run
    nmc-mesh dataset plan.toml -o particles --processes 4 --memory 16
    nmc-mesh dataset plan.toml -o particles --retry-failed

    Particles that fail are recorded with their errors, and the others go on; the exit code is then
    1.
    """
    if schema:
        from nmc_mesh.dataset.plan import plan_schema

        click.echo(plan_schema(), nl=False)
        return 0
    if plan is None:
        raise click.UsageError("a plan is missing: nmc-mesh dataset PLAN.toml -o DIR")
    if init:
        _write_sample(plan, quiet)
        return 0
    from nmc_mesh.dataset.engine import make_dataset
    from nmc_mesh.dataset.recipe import load_recipe
    from nmc_mesh.dataset.settings import Settings

    recipe = load_recipe(plan)
    if dry_run:
        _tell_costs(recipe, output, processes, quiet)
        return 0
    if output is None:
        raise click.UsageError("the folder is missing: -o DIR")
    settings = Settings(
        processes=processes,
        scheduler=scheduler,
        memory=None if memory is None else memory * 1e9,
        retry_failed=retry_failed,
        mixed=mixed,
    )
    with _counted(quiet, recipe.plan.number) as show:
        summary = make_dataset(recipe, output, settings, show)
    if not quiet:
        from nmc_mesh.cli.dataset_report import summary_table

        console().print(summary_table(summary, recipe.plan.name, output))
    return _FAILED if summary.failed else 0


@dataset.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--rebuild", "again", type=int, metavar="K", help="Make particle K again; compare.")
@click.option("--hashes", is_flag=True, help="Compare hashes only; do not look into the files.")
@click.option("--forget", is_flag=True, help="Let the next run make again what is wrong.")
@common
def verify(folder: Path, again: int | None, hashes: bool, forget: bool, quiet: bool) -> int:
    """Hash all files of a data set again, check their contents; make one particle again.

    \b
    nmc-mesh dataset verify particles
    nmc-mesh dataset verify particles --hashes
    nmc-mesh dataset verify particles --rebuild 7
    nmc-mesh dataset verify particles --forget

    Exit code 0 if all is as it was written, 1 if not.
    """
    from nmc_mesh.cli.dataset_report import rebuilt_table, verdict_table
    from nmc_mesh.dataset import verify as verifier

    if again is not None:
        same = verifier.rebuild(folder, again)
        if not quiet:
            differ = verifier.environments_differ(folder)
            console().print(rebuilt_table(same, again, differ))
        return 0 if all(same.values()) else _FAILED
    with _bar(quiet, "verify") as show:
        verdict = verifier.verify_dataset(folder, hashes_only=hashes, report=show)
    if forget and verdict.wrong:
        verifier.forget(folder, verdict.wrong)
    if not quiet:
        console().print(verdict_table(verdict, folder, forget))
    return 0 if verdict.sound else _FAILED


@dataset.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--per-shard", type=int, default=10_000, show_default=True, help="Particles in a file."
)
@common
def pack(folder: Path, per_shard: int, quiet: bool) -> None:
    """Gather voxels and tables in few large HDF5 files, for learning.

    \b
    nmc-mesh dataset pack particles
    nmc-mesh dataset pack particles --per-shard 1000

    The files lie in DIR/packed; nmc_mesh.dataset.learn streams them into torch.
    """
    from rich.filesize import decimal

    from nmc_mesh.dataset.pack import pack_dataset

    with _bar(quiet, "pack") as show:
        shards = pack_dataset(folder, per_shard, show)
    if not quiet:
        size = decimal(sum(path.stat().st_size for path in shards))
        console().print(f"{len(shards)} shards in {shards[0].parent}, {size}")


def _write_sample(path: Path, quiet: bool) -> None:
    from nmc_mesh.dataset.sample import sample_plan
    from nmc_mesh.errors import FileError
    from nmc_mesh.files import write_text

    if path.exists():
        raise FileError(f"'{path}' is there already; choose another name")
    write_text(path, sample_plan())
    if not quiet:
        console().print(f"Edit {path}, then: nmc-mesh dataset {path} --dry-run")


def _tell_costs(recipe: Recipe, folder: Path | None, processes: int | None, quiet: bool) -> None:
    from nmc_mesh.cli.console import watched
    from nmc_mesh.cli.dataset_report import cost_table
    from nmc_mesh.dataset.calibrate import calibrated, probes
    from nmc_mesh.dataset.estimate import Estimator
    from nmc_mesh.parallel import get_threads, set_threads

    workers = processes or get_threads()
    set_threads(1)
    with watched(quiet) as watch:
        chosen = probes(recipe, 3, _CALIBRATION_SECONDS)
        scale, records = calibrated(recipe, chosen, report=watch)
    total = Estimator(recipe, scale).total(iter(recipe.designer))
    if not quiet:
        console().print(cost_table(recipe, total, workers, folder, len(records)))


@contextmanager
def _counted(quiet: bool, total: int) -> Iterator[Callable[[State], None]]:
    """Draw a bar with rate and time left, or write a line now and then where there is no screen."""
    from nmc_mesh.cli.dataset_report import state_line
    from nmc_mesh.dataset.settings import STOP

    screen = Console(stderr=True, highlight=False)
    if quiet or not screen.is_terminal:
        spoken = [time.monotonic()]

        def say(state: State) -> None:
            now = time.monotonic()
            if not quiet and state.stage == STOP:
                print(_STOPPING, file=sys.stderr, flush=True)
            elif not quiet and now - spoken[0] >= _SECONDS_BETWEEN_LINES:
                spoken[0] = now
                print(state_line(state), file=sys.stderr, flush=True)

        yield say
        return
    columns = (
        TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), Elapsed(),
        TextColumn("{task.fields[told]}"),
    )  # fmt: skip
    with Progress(*columns, console=screen, transient=True) as bars:
        task = bars.add_task("prepare", total=total, told="")

        def show(state: State) -> None:
            done = state.done + state.failed
            line = _STOPPING if state.stage == STOP else state_line(state, short=True)
            bars.update(task, description=state.stage, completed=done, told=line)

        yield show


@contextmanager
def _bar(quiet: bool, name: str) -> Iterator[Callable[[int, int], None]]:
    screen = Console(stderr=True)
    columns: tuple[Any, ...] = (
        TextColumn(name), BarColumn(), MofNCompleteColumn(), Elapsed(), TextColumn("left"),
        Remaining(compact=True),
    )  # fmt: skip
    hidden = quiet or not screen.is_terminal
    with Progress(*columns, console=screen, transient=True, disable=hidden) as bars:
        task = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
