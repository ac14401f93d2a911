"""The way back from second order: corners alone, with all that is known of the grains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nmc_mesh.mesh.first_order import first_order
from tests.meshes import voronoi, with_middles


def test_corners_cells_and_tags_come_back() -> None:
    straight = voronoi(5, 3)
    curved = with_middles(straight)
    back = first_order(replace(curved, info={**straight.info, "order": 2, "second_order": {}}))
    for name in ("points", "cells", "labels", "facets", "facet_grains", "edges"):
        assert np.array_equal(getattr(back, name), getattr(straight, name))
    assert dict(back.info) == dict(straight.info)
    assert first_order(straight) is straight
