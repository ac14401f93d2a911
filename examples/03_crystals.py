"""How crystals lie decides how fast lithium moves: three textures on the same grains."""

from __future__ import annotations

from dataclasses import replace

import nmc_mesh
from nmc_mesh.crystal.texture import FibreTexture, Texture, UniformTexture
from nmc_mesh.mechanics.homogenize import Uptake, crystal_diffusivities, uptake

TEXTURES: dict[str, Texture] = {
    "layers along the radius": FibreTexture(-7.3),
    "at random": UniformTexture(),
    "layers across the radius": FibreTexture(7.3),
}


def main(diameter: float = 3.0) -> dict[str, Uptake]:
    """Return the diffusivity of uptake, um^2/s, under each texture."""
    model = nmc_mesh.load_model("nmc-radial")
    material = nmc_mesh.load_material("nmc811")
    mesh = nmc_mesh.tetrahedralize(model.sample(7, diameter))
    found = {}
    for name, texture in TEXTURES.items():
        particle = replace(model, texture=texture).sample(7, diameter)  # the same grains
        turned = replace(mesh, info={**mesh.info, "orientations": particle.orientations})
        found[name] = uptake(turned, crystal_diffusivities(turned, material, content=0.5))
    return found


if __name__ == "__main__":
    for name, result in main().items():
        print(f"{name}: {result.value:.2g} um^2/s ({result.lower:.2g} to {result.upper:.2g})")
