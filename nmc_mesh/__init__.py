"""Virtual battery-cathode particles, from microscope image to finite-element mesh.

Conventions, fixed once for every room, function and file:

Units
    Lengths are micrometres (um), areas um^2, volumes um^3, angles radians.
Axes
    Points are (x, y, z); arrays of labels are indexed [x, y, z]. An image stack whose first axis
    is the slice (TIFF, HDF5) is turned when it is read. Voxel (i, j, k) is centred at
    origin + (i, j, k) * spacing.
Orientations
    Unit quaternions (w, x, y, z), scalar first; q takes a vector from the crystal's frame to the
    sample's: v_sample = q v_crystal q*. q and -q are the same orientation. The crystal's z is its c
    axis, its x lies along a; the Laue group is -3m (space group R-3m).
Labels
    0 is outside; grains are 1 ... n, labels of other phases follow (see `Phases`).
    Seeds of a tessellation are rows 0 ... n - 1.
Tags in files
    Ids start at 1 and are unique across dimensions. Blocks of cells are ``grain_00001`` (or one
    ``particle``), facets are ``outer_surface`` and ``grain_00001_grain_00002`` (or one
    ``grain_boundary``), then ``triple_lines`` and ``quadruple_points``. Labels of other phases and
    facets between phases have names of their own: ``electrolyte``, ``pore_surface``.
Facets
    Know the labels on both sides as (lower, higher), (grain, 0) on the outer surface, (grain, pore)
    at the wall of a void without cells; the right-hand normal points from the first to the second,
    so outwards on the outer surface.
Randomness
    Comes in as a seed or ``numpy.random.Generator``; the same seed gives the same bytes on any
    number of threads.

The names of ``__init__.pyi`` load on first use, so that ``import nmc_mesh`` itself costs nothing.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """Load a public name, or ``__version__``, when it is first asked for (PEP 562)."""
    if name == "__version__":
        from importlib.metadata import version

        return version("nmc-mesh")
    if name not in __all__ and not name.startswith("_"):
        from difflib import get_close_matches
        from importlib.util import find_spec

        if find_spec(f"{__name__}.{name}") is None:
            near = get_close_matches(name, __all__, n=1)
            hint = f"; perhaps you meant '{near[0]}'" if near else ""
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'{hint}")
    return _load(name)
