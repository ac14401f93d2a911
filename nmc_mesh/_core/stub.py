"""Write ``__init__.pyi``, the types of the core's functions: python -m nmc_mesh._core.stub."""

from __future__ import annotations

import textwrap
from pathlib import Path

from nmc_mesh._core.border import Function, Part, read_border

_ARRAYS = {
    "f64": "np.float64", "f32": "np.float32", "i64": "np.int64", "u64": "np.uint64",
    "i32": "np.int32", "i16": "np.int16", "u16": "np.uint16", "i8": "np.int8", "u8": "np.uint8",
    "b8": "np.bool_",
}  # fmt: skip
_NUMBERS = {"double": "float", "float": "float", "bool": "bool"}
_HEAD = '''"""Made from core.h by python -m nmc_mesh._core.stub: what the core's functions take."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
'''


def stub(header: str) -> str:
    """Return the text of the stub for the text of the header."""
    functions = read_border(header).functions
    return _HEAD + "".join(_declared(name, functions[name]) for name in functions)


def _declared(name: str, function: Function) -> str:
    given = [f"{part.name}: {_type(part)}" for part in function.parts if _is_given(part)]
    results = [_type(part) for part in function.parts if not _is_given(part)]
    returned = "None" if not results else ", ".join(results)
    if len(results) > 1:
        returned = f"tuple[{returned}]"
    doc = textwrap.fill(f'"""{function.doc}"""', 96, initial_indent="    ",
                        subsequent_indent="    ")  # fmt: skip
    arguments = "".join(f"    {argument},\n" for argument in given)
    return (
        f"\ndef {name}(\n{arguments}    /,\n) -> {returned}:\n{doc}\n"
        if given
        else (f"\ndef {name}() -> {returned}:\n{doc}\n")
    )


def _is_given(part: Part) -> bool:
    return part.kind not in ("result", "own")


def _type(part: Part) -> str:
    if part.kind == "struct":
        return "Any"
    if part.rank:
        return f"NDArray[{_ARRAYS[part.type]}]"
    return _NUMBERS.get(part.type, "int")


def main() -> None:
    """Write the stub beside the header."""
    folder = Path(__file__).parent
    header = (folder / "core.h").read_text(encoding="utf-8")
    (folder / "__init__.pyi").write_text(stub(header), encoding="utf-8")


if __name__ == "__main__":
    main()
