"""The formats that meshes larger than memory are written to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nmc_mesh.files import written
from nmc_mesh.io.exodus_stream import ExodusStream
from nmc_mesh.io.xdmf_stream import XdmfStream

_STREAMS: dict[str, type[ExodusStream] | type[XdmfStream]] = {
    ".xdmf": XdmfStream,
    ".e": ExodusStream,
}
ENDINGS = tuple(_STREAMS)


@contextmanager
def files_of(path: Path) -> Iterator[ExodusStream | XdmfStream]:
    """Write slabs as they come to a file of `ENDINGS`; files appear when all went well.

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    kind = _STREAMS[path.suffix.lower()]
    with written(path) as beside, ExitStack() as stack:
        beside.name(path)  # tells at once if that cannot be
        folder = path.resolve().parent
        files = {
            name: stack.enter_context(tempfile.TemporaryFile(dir=folder)) for name in kind.columns
        }
        yield kind(path, beside, files)
