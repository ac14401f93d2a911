"""Names of groups that are too long for a format: shortened so that they can be told back."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Sequence

_WORD = re.compile(r"(?:^|(?<=_))grain_(?=\d)")
_HASH = 8


def shortened(names: Sequence[str], length: int, host: str) -> dict[str, str]:
    """Return a name of at most ``length`` characters for every name; those that fit stay.

    ``grain_`` becomes ``g``, as in ``g2147483646_g2147483647``; what is still too long keeps its
    beginning, then ``~`` and eight digits of its hash. All names stay different.

    Parameters
    ----------
    names
        All different.
    length
        What the format holds, at least 10 characters.
    host
        Name of the format, for the message.

    Warns
    -----
    UserWarning
        If a name had to be shortened, with the first few of them.
    """
    short = {name: name if len(name) <= length else _short(name, length) for name in names}
    changed = [(old, new) for old, new in short.items() if old != new]
    if changed:
        few = ", ".join(f"{old} to {new}" for old, new in changed[:3])
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        warnings.warn(
            f"{host} holds names of {length} characters; shortened: {few}{more}",
            UserWarning,
            stacklevel=3,
        )
    return short


def _short(name: str, length: int) -> str:
    brief = _WORD.sub("g", name)
    if len(brief) <= length:
        return brief
    mark = hashlib.sha256(name.encode()).hexdigest()[:_HASH]
    return f"{name[: length - _HASH - 1]}~{mark}"


def told_back(name: str, known: Sequence[str] = ()) -> str:
    """Return the long form of a shortened name; ``known`` are long names that it may stand for."""
    for other in known:
        if name in (other, _short(other, len(name))):
            return other
    return re.sub(r"(^|_)g(?=\d)", r"\1grain_", name) if re.fullmatch(r"(_?g\d+)+", name) else name
