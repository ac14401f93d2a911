"""A coating around the grains: a second material, isotropic, that lithium passes.

x in it is the content that a grain beside it would have in equilibrium: continuous, with the
material's D of it. It holds s x of lithium, s its greatest concentration over that of the grains,
0 where it has none, and does not swell.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nmc_mesh_fenicsx.crystals import of_grains, trigonal
from nmc_mesh_fenicsx.material import tables_of

NAME = "coating"
ISOTROPIC = 1e-3
NEEDED = {
    "diffusivity": ["along", "across"],
    "stiffness": ["C11", "C12", "C13", "C14", "C33", "C44"],
}


class Layer(NamedTuple):
    """What a charge knows of phases beside crystals; of bare grains nothing is coated.

    Attributes
    ----------
    coated
        Whether a cell is coating, by the dofs of DG0 functions.
    grain
        DG0 function, 1 in grains, 0 in the coating.
    storage
        DG0 function, lithium that cells hold at x = 1, over what grains do.
    material
        Of the coating, None if there is none.
    """

    coated: Any
    grain: Any
    storage: Any
    material: Any


def read_coating(path):
    """Read the material of a coating.

    Parameters
    ----------
    path
        What ``nmc-mesh materials alumina -o FILE`` writes.

    Raises
    ------
    ValueError
        If it cannot be read, lacks a number, or has axes.
    """
    found = tables_of(path, NEEDED)
    along, across = (np.asarray(found["diffusivity"][name]) for name in ("along", "across"))
    stiff = trigonal(found["stiffness"])
    bulk, shear = stiff[0, 1], stiff[3, 3]
    same = np.zeros((6, 6))
    same[:3, :3] = bulk
    same[np.arange(6), np.arange(6)] += shear * np.array([2, 2, 2, 1, 1, 1])
    off = np.abs(stiff - same).max() / np.abs(stiff).max()
    if not np.allclose(along, across, rtol=ISOTROPIC) or off > ISOTROPIC:
        raise ValueError(
            f"a coating has no crystals, and {path} is not isotropic; take one such as alumina"
        )
    return found


def layer_of(particle, material, coating):
    """Return the particle whose coating has no turn, and what a charge knows of it.

    Parameters
    ----------
    particle
        What ``read`` gave.
    material, coating
        What ``read_material`` and ``read_coating`` gave; None for bare grains.

    Raises
    ------
    ValueError
        If the particle has a coating without a material or none for one, or cells of another
        phase.
    """
    there = _labels_there(particle)
    phases = {name: np.intersect1d(labels, there) for name, labels in particle.phases.items()}
    own = phases.pop(NAME, np.zeros(0, dtype=int))
    others = sorted(name for name, labels in phases.items() if len(labels))
    if others:
        raise ValueError(
            f"the particle has cells of {others[0]}, which nothing is solved in; write its grains "
            "alone (nmc_mesh.mesh.phases.solids)"
        )
    if len(own) and coating is None:
        raise ValueError(
            "the particle has a coating: say what it is (--coating alumina.toml), or write its "
            "grains alone"
        )
    if coating is not None and not len(own):
        raise ValueError("the particle has no coating; leave --coating out")
    labels = np.arange(1, there.max() + 1)
    is_own = np.isin(labels, own)
    grain = of_grains(particle, labels, np.where(is_own, 0.0, 1.0), "grain")
    share = _share(material, coating)
    storage = of_grains(particle, labels, np.where(is_own, share, 1.0), "storage")
    layer = Layer(grain.x.array < 0.5, grain, storage, coating)
    if particle.orientations is None or not len(own):
        return particle, layer
    turns = np.full((len(labels), 4), np.nan)
    known = min(len(labels), len(particle.orientations))
    turns[:known] = particle.orientations[:known]
    turns[is_own] = [1.0, 0.0, 0.0, 0.0]
    return particle._replace(orientations=turns), layer


def _labels_there(particle):
    """Labels of the cells of all ranks, ascending."""
    own = np.unique(particle.grain.x.array.round().astype(int))
    return np.unique(np.concatenate(particle.mesh.comm.allgather(own)))


def _share(material, coating):
    """Lithium that a coating holds at x = 1, over what grains do."""
    held = (coating or {}).get("concentration", {}).get("maximum", 0.0)
    if not held:
        return 0.0
    if "maximum" not in material["concentration"]:
        raise ValueError("the material has no concentration.maximum; add it, with its source")
    return held / material["concentration"]["maximum"]
