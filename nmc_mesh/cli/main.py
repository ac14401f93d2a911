"""Run a command; turn every failure into one line and an exit code."""

from __future__ import annotations

import codecs
import io
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Sequence
from textwrap import shorten

import click

from nmc_mesh.cli.commands import commands
from nmc_mesh.cli.console import complain
from nmc_mesh.errors import FileError, NmcMeshError, ResourceError
from nmc_mesh.files import release

INTERRUPTED = 130
BUG = 70
_LETTERS = {
    "µ": "u",
    "μ": "u",
    "±": "+-",
    "–": "-",
    "°": "deg",
    "×": "x",
    "…": "...",
    "³": "3",
    "²": "2",
}
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Ended(KeyboardInterrupt):
    """A signal asked this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main() -> None:
    """Run the command of this process and exit with its code."""
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    _speak_plainly()
    if sys.flags.optimize > 1:  # then docstrings are gone, and the help with them
        os.environ.pop("PYTHONOPTIMIZE", None)
        os.execv(sys.executable, [sys.executable, "-m", "nmc_mesh", *sys.argv[1:]])
    sys.exit(_told(run(sys.argv[1:])))


def _speak_plainly() -> None:
    """Print what the terminal's encoding lacks in letters that it has."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(_LETTERS.get(letter, "?") for letter in letters), error.end


def _told(code: int) -> int:
    """Exit code once all is printed: a full disk is a trouble of files, a closed pipe is none."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None
    except OSError as error:
        sys.stdout = None
        complain("error", f"cannot print the result: {error.strerror}; choose another place for it")
        return code or FileError.exit_code
    return code


def _end(number: int, _: object) -> None:
    """End in order, once: who asks again does not disturb the tidying up."""
    for name in _SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    raise Ended(number)


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code.

    0: done; 2: the command line is wrong; 3 to 7: see `nmc_mesh.errors`; 70: a defect of this
    program; 130, 143, 129: interrupted by Ctrl-C, TERM, HUP.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=UserWarning)
        warnings.showwarning = lambda message, *_, **__: complain("warning", message)
        try:
            result = commands.main(list(arguments), "nmc-mesh", standalone_mode=False)
        except BaseException as error:
            if "--debug" in arguments:
                traceback.print_exc()
            return _code(error)
        finally:
            release()
    return result if isinstance(result, int) else 0


def _code(error: BaseException) -> int:
    """Say in one line what went wrong, and return the exit code."""
    if isinstance(error, NmcMeshError):
        complain("error", error)
        return error.exit_code
    if isinstance(error, click.UsageError):
        asked = error.ctx.command_path if error.ctx else "nmc-mesh"
        complain("error", f"{error.format_message().rstrip('.')}; see {asked} --help")
        return error.exit_code
    if isinstance(error, click.ClickException):
        complain("error", error.format_message())
        return error.exit_code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        complain("error", "interrupted; nothing half-written was left behind")
        cause = error if isinstance(error, Ended) else error.__cause__
        return 128 + cause.number if isinstance(cause, Ended) else INTERRUPTED
    if isinstance(error, OSError):
        where = f" '{error.filename}'" if error.filename else ""
        complain(
            "error", f"the system refuses{where}: {error.strerror or error}; see to that first"
        )
        return FileError.exit_code
    if isinstance(error, MemoryError):
        complain("error", "out of memory; take coarser voxels, larger cells or a smaller particle")
        return ResourceError.exit_code
    if isinstance(error, Exception):
        what = shorten(f"{type(error).__name__}: {error}", 200, placeholder=" ...")
        complain("error", f"a defect in nmc-mesh ({what}); report what --debug prints")
        return BUG
    raise error
