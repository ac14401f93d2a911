"""Array aliases in shape words. Shapes are checked where values are built, not by the type."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Any float64 array."""

Ints = NDArray[np.int32]
"""Any int32 array: labels, indices."""

Longs = NDArray[np.int64]
"""Any int64 array: offsets into other arrays."""

Complexes = NDArray[np.complex128]
"""Any complex array: Fourier coefficients."""

Bools = NDArray[np.bool_]
"""Any mask."""

AnyArray = NDArray[Any]
"""Whatever a caller hands in, before it is checked."""
