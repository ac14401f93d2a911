"""Fragments of grains that can be told while a part of the mesh is all that is there."""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.components import Choice, cell_volumes, without_fragments
from nmc_mesh.mesher.stream_components import Components
from nmc_mesh.mesher.window import Window
from nmc_mesh.typing import Bools, Floats, Ints


def repaired(window: Window, beyond: Floats, components: Components) -> Window:
    """Give fragments to their neighbours as far as they lie in the window.

    ``beyond`` is the volume in um^3 that each label has behind the front, (labels + 1,), about.
    """
    across = neighbours(window.soup.cells, len(window.soup.points))
    choice = _closed_fragments(window, beyond, components)
    soup, repairs = without_fragments(window.soup, across, choice=choice)
    components.count(repairs)
    return window._replace(soup=soup)


def _closed_fragments(window: Window, beyond: Floats, components: Components) -> Choice:
    """Choose components that lie in the window whole, and are not the largest of their label.

    One that reaches the front or the rim may be part of something larger.
    """
    rim = len(window.rim)
    roots = components.roots()
    united = components.volume_of_united()
    written = np.zeros(len(beyond))
    np.maximum.at(written, components.labels, united)
    settled = len(window.names)
    held = (window.soup.cells >= settled) & (window.soup.cells < settled + window.held)
    ends: Bools = np.asarray(held.any(axis=1))
    ends[:rim] = True

    def chosen(soup: Soup, across: Ints) -> tuple[Bools, Ints]:
        labels = soup.labels
        parent = np.arange(len(labels), dtype=np.int32)
        core.unite_cells(labels, across, False, parent)
        own = cell_volumes(soup.points, soup.cells)
        own[:rim] = 0.0
        total = np.bincount(parent, own, len(labels))
        pairs = np.unique(np.stack([parent[:rim], roots[window.rim]], axis=1), axis=0)
        np.add.at(total, pairs[:, 0], united[pairs[:, 1]])
        ended = np.zeros(len(labels), dtype=np.bool_)
        ended[parent[ends]] = True
        each = np.flatnonzero((parent == np.arange(len(labels))) & (labels > 0))
        name, volume = labels[each], total[each]
        most = np.maximum(written, beyond)
        np.maximum.at(most, name, volume)
        small = np.zeros(len(labels), dtype=np.bool_)
        small[each] = ~ended[each] & (volume < most[name])
        return small[parent], parent

    return chosen
