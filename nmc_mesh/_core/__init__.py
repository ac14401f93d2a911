"""The compiled core: the hot loops in C++, called by the names that ``core.h`` declares.

``core.label_points(tree, points, first, last, labels)`` is ``nmc_label_points`` of the library.
Arrays go over without a copy, so their type, shape and order must fit; results come back. This
package is the only place that knows the library; rooms import it as ``core``.
"""

from __future__ import annotations

from typing import Any

from nmc_mesh._core.library import border, function


def __getattr__(name: str) -> Any:
    """Make a function of the core when it is first asked for (PEP 562)."""
    if name.startswith("_") or name not in border().functions:
        raise AttributeError(f"the core has no function {name!r}")
    made = function(name)
    globals()[name] = made
    return made


def __dir__() -> list[str]:
    return sorted(border().functions)
