"""Draw a particle of about 500 grains, mesh it, write every format and a picture."""

from pathlib import Path

import nmc_mesh


def main(folder: Path = Path("demo")) -> tuple[nmc_mesh.Particle, nmc_mesh.TetMesh]:
    folder.mkdir(parents=True, exist_ok=True)
    particle, mesh = nmc_mesh.generate("nmc-radial", seed=3, diameter=4.0)
    for ending in (".msh", ".vtu", ".xdmf", ".json"):
        nmc_mesh.write(folder / f"particle{ending}", mesh)
    nmc_mesh.picture(mesh, folder / "particle.png")
    return particle, mesh


if __name__ == "__main__":
    main()
