"""Blocks of an input for MOOSE, in its language HIT."""

from __future__ import annotations

from textwrap import indent


def block(name: str, *parts: str, note: str = "", **options: object) -> str:
    """Format a block with its options, then its parts.

    Parameters
    ----------
    name
        Of the block.
    parts
        Blocks inside.
    note
        A comment above it.
    options
        ``None`` leaves one out; rows become words in quotes.
    """
    lines = [f"{key} = {_value(value)}\n" for key, value in options.items() if value is not None]
    above = "".join(f"# {line}\n" for line in note.splitlines())
    return f"{above}[{name}]\n{indent(''.join([*lines, *parts]), '  ')}[]\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    text = " ".join(map(_value, value)) if isinstance(value, (list, tuple)) else str(value)
    return f"'{text}'" if " " in text and not text.startswith("${") else text
