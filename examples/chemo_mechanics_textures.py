"""How crystals should lie in a cathode particle: charge it at C/2 with three textures.

A particle of about fifty long grains of NMC811 loses half of its lithium. Layers along the radius
(c axes across it) lead lithium out, c axes along the radius bar its way and pull the boundaries at
the surface open: compare Xu et al., doi 10.1038/s41467-019-13884-x, on radially aligned grains.

    python chemo_mechanics_textures.py [MATERIAL.toml]

Where the material says what grain boundaries conduct ([boundary] diffusivity and width), lithium
moves along them too; no shipped one does. Needs ``pip install 'nmc-mesh[viz]'`` for the picture.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

import nmc_mesh
from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.texture import FibreTexture, UniformTexture
from nmc_mesh.errors import NmcMeshError
from nmc_mesh.mechanics import chemo
from nmc_mesh.mechanics.cohesive_zone import unbreakable
from nmc_mesh.mechanics.diffusion import lag_diffusivity
from nmc_mesh.mechanics.linear import triangle_areas
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.plot.fields import fields_picture, node_panel, wedge_panel

TEXTURES = {
    "c across the radius": FibreTexture.across_radius(0.15),
    "random": UniformTexture(),
    "c along the radius": FibreTexture.along_radius(0.15),
}
SHARE = 0.5  # of the capacity is charged


def main(
    picture: Path | None = None, diameter: float = 1.9, source: str = "nmc811"
) -> dict[str, dict[str, float]]:
    material = load_material(source)
    full = material.content_range[1]
    conducts = "boundary.diffusivity" in material.numbers
    particle = nmc_mesh.load_model("nmc-radial").sample(1, diameter=diameter)
    mesh = nmc_mesh.tetrahedralize(particle, size=0.18)
    split = nmc_mesh.split_boundaries(mesh)
    areas = triangle_areas(split.mesh.points, split.wedges[:, :3])
    grains = grain_table(mesh)
    found, contents, tractions = {}, [], []
    for name, texture in TEXTURES.items():
        turns = np.tile([1.0, 0.0, 0.0, 0.0], (mesh.labels.max(), 1))
        rng = np.random.default_rng(0)
        turns[grains["id"] - 1] = texture.sample(grains["centroid"], None, rng)
        whole = replace(mesh, info={**mesh.info, "orientations": turns})
        parted = replace(split, mesh=replace(split.mesh, info=whole.info))

        charge = chemo.galvanostatic(whole, material, 0.5, SHARE, steps=20, boundaries=conducts)
        state = chemo.opened(parted, material, charge.content[-1], full, unbreakable())
        normal, shear = chemo.wedge_tractions(parted, state.cohesive)
        diffusivity = chemo.grain_diffusivity(whole, material, full)
        found[name] = {
            "diffusivity, um^2/s": lag_diffusivity(whole, diffusivity),
            "largest difference of x": float(np.ptp(charge.content[-1])),
            "pull, 99 % of the area below, MPa": chemo.peak(normal, areas),
            "shear, 99 % of the area below, MPa": chemo.peak(shear, areas),
        }
        if conducts:
            found[name]["diffusivity with boundaries, um^2/s"] = lag_diffusivity(
                whole, diffusivity, material.boundary_conductance
            )
        contents.append(node_panel(whole, charge.content[-1], name))
        tractions.append(wedge_panel(parted, normal))
    if picture is not None:
        middle = full - SHARE * np.ptp(material.content_range)
        rows = [
            ("lithium content x", (middle - 0.08, middle + 0.08), "viridis", contents),
            ("normal traction, MPa", (-1500.0, 1500.0), "RdBu_r", tractions),
        ]
        fields_picture(rows, picture)
    return found


if __name__ == "__main__":
    try:
        table = main(Path("textures.png"), source=[*sys.argv, "nmc811"][1])
    except NmcMeshError as error:
        raise SystemExit(f"error: {error}") from None
    for name, numbers in table.items():
        print(name, *(f"  {what}: {value:.4g}" for what, value in numbers.items()), sep="\n")
